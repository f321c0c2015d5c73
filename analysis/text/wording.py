"""Numbers and findings in plain words: the only place where anything is rounded."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from sim.units import WEEKS_PER_YEAR, say_weeks

if TYPE_CHECKING:
    from collections.abc import Sequence

MINUS = "−"
"""A minus, not a hyphen: it is read aloud as one, as wide as a plus, and never left behind at the
end of a line.
"""

SYMBOLS = {"USD": "$", "GBP": "£", "EUR": "€", "AUD": "A$", "CAD": "C$", "NZD": "NZ$"}

AVOIDED = {
    r"suffer(?:er|ers|s|ing)?\b": "people with ...",
    r"\bburdens?\b": "strain, cost, what it takes",
    r"\bcommit(?:s|ted|ting)? suicide": "died by suicide",
    r"\bsuccessful suicide": "died by suicide",
    r"\bsuicidality\b": "thoughts of suicide, risk of suicide",
    r"\bdropped out\b|(?<![._])\bdrop-?outs?\b(?![._])": "left early",
    r"\baddicts?\b": "people with an addiction",
    r"\bschizophrenics?\b|\bdepressives\b|\bthe mentally ill\b": "people with ...",
    r"\bnon-?complian(?:t|ce)\b": "did not take part",
}


NO_THRESHOLD = (
    "No threshold is declared (`willingness_to_pay`), so nothing is called worth it or not"
)
SMALLEST_SHOWN = 1e-12
"""Half-width below which an interval is rounding, whatever its unit."""
FEWEST_FOR_RATIO, MOST_RATIO = 10, 1000
"""Replicates below which a ratio of variances is noise; the largest ratio that is written out."""


def find_avoided(text: str) -> list[tuple[str, str]]:
    """Find words that label people, each with what to say instead."""
    return [
        (match.group(0), instead)
        for pattern, instead in AVOIDED.items()
        for match in re.finditer(pattern, text, re.IGNORECASE)
    ]


def round_figures(value: float, figures: int = 2) -> float:
    """Round to significant figures."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, figures - 1 - math.floor(math.log10(abs(value))))


def say_number(value: float, figures: int = 2, *, signed: bool = False) -> str:
    """Write a number with two significant figures: 1,200; 0.034; 3.1 million."""
    if not math.isfinite(value):
        return "not known"
    # Rounded before a word is chosen: 999,999 is 1 million, not 1,000,000.
    rounded = round_figures(value, figures)
    sign = "+" if signed and rounded > 0 else ""
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if abs(rounded) >= size:
            return f"{sign}{_trim(rounded / size, figures)} {word}"
    return sign + _trim(rounded, figures)


def write_plain(value: float, figures: int = 4) -> str:
    """Write a number for a table: four figures, no words."""
    return _trim(round_figures(value, figures), figures) if math.isfinite(value) else "not known"


def _trim(value: float, figures: int) -> str:
    if value == 0:
        return "0"
    decimals = max(0, figures - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{min(decimals, 12)}f}".replace("-", MINUS)


def say_interval(
    mean: float,
    low: float,
    high: float,
    *,
    signed: bool = False,
    figures: int | None = None,
    alike: str = "the same in every replicate",
) -> str:
    """Write a mean with its interval; the width of the interval decides how many decimals are worth
    showing.

    In prose, `figures` also limits the significant figures of the largest number, as long as the
    ends stay apart. `alike`: what an interval without width says.
    """
    if not math.isfinite(mean):
        return "not known"
    if not (math.isfinite(low) and math.isfinite(high)):
        return f"{say_number(mean, signed=signed)} (interval not known)"
    if is_one_number(mean, low, high):
        return f"{say_number(mean, signed=signed)} ({alike})"
    decimals = find_decimals(mean, low, high, figures)
    sign = "+" if signed else ""
    # Adding 0 makes 0.0 of -0.0, which would be written with a sign.
    shown = [round(value, decimals) + 0.0 for value in (mean, low, high)]
    first, *ends = (
        f"{value:{sign},.{max(0, decimals)}f}".replace("-", MINUS) if value else "0"
        for value in shown
    )
    return f"{first} ({ends[0]} to {ends[1]})"


def rounds_to_nothing(mean: float, low: float, high: float, *, figures: int | None = None) -> bool:
    """Whether a mean is written as 0 at the decimals that its interval carries."""
    if not (math.isfinite(low) and math.isfinite(high)) or is_one_number(mean, low, high):
        return mean == 0
    return round(mean, find_decimals(mean, low, high, figures)) == 0


def is_one_number(mean: float, low: float, high: float) -> bool:
    """Whether an interval has no width but that of rounding."""
    return (high - low) / 2 <= max(1e-9 * abs(mean), SMALLEST_SHOWN)


def find_decimals(mean: float, low: float, high: float, figures: int | None = None) -> int:
    """Decimals that an interval carries: one figure of half its half-width, below 0 for tens.

    `figures` limits the significant figures of the largest number, as long as the ends stay apart.
    """
    decimals = -math.floor(math.log10((high - low) / 4))
    if figures is None:
        return decimals
    largest = max(abs(mean), abs(low), abs(high))
    fewest = figures - 1 - math.floor(math.log10(largest))
    apart = (
        places for places in range(fewest, decimals) if round(low, places) < round(high, places)
    )
    return min(decimals, next(apart, decimals))


def say_money(value: float, currency: str, price_year: object = None, *, figures: int = 2) -> str:
    """Write an amount of money: $1,200,000 (2025 prices)."""
    symbol = SYMBOLS.get(currency, f"{currency} ")
    text = f"{MINUS if value < 0 else ''}{symbol}{say_number(abs(value), figures)}"
    return f"{text} ({price_year} prices)" if price_year else text


def say_rounded_money(value: float, currency: str) -> str:
    """Write all figures of an amount that is rounded already: $115,400; −$1.126 million."""
    symbol = SYMBOLS.get(currency, f"{currency} ")
    return f"{MINUS if value < 0 else ''}{symbol}{_say_rounded(abs(value))}"


def say_amounts(mean: float, low: float, high: float, currency: str) -> tuple[str, str, str]:
    """Write a mean and the ends of its interval, without signs, in the figures of its table."""
    symbol = SYMBOLS.get(currency, f"{currency} ")
    if is_one_number(mean, low, high):
        said = f"{symbol}{say_number(abs(mean))}"
        return said, said, said
    decimals = find_decimals(mean, low, high, 2)
    amounts = (mean, *sorted((low, high), key=abs))
    first, near, far = (f"{symbol}{_say_rounded(abs(round(value, decimals)))}" for value in amounts)
    return first, near, far


def _say_rounded(value: float) -> str:
    """Write all figures of a number that is rounded already."""
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if value >= size:
            return f"{value / size:,.10g} {word}"
    return f"{value:,.10g}"


def say_money_interval(mean: float, low: float, high: float, currency: str) -> str:
    """Write an amount of money with its interval: +$210,000 (+$140,000 to +$280,000)."""
    if not math.isfinite(mean):
        return "not known"
    symbol = SYMBOLS.get(currency, f"{currency} ")
    if is_one_number(mean, low, high):
        sign = "+" if mean > 0 else MINUS if mean < 0 else ""
        return f"{sign}{symbol}{say_number(abs(mean))}"
    said = say_interval(mean, low, high, signed=True, figures=2)
    return re.sub(
        rf"([+{MINUS}]?)(\d[\d,]*(?:\.\d+)?)", lambda found: f"{found[1]}{symbol}{found[2]}", said
    )


def say_share(share: float | None, same: float = 0.0, of: int = 20) -> str:
    """Write a share of replicates as a frequency: 17 of 20 replicates; ties are stated."""
    if share is None or math.isnan(share):
        return "neither way is better" if share is None and math.isfinite(same) else "not known"
    if same == 1:
        return "the same in all"
    tied = f", the same in {round(same * of)}" if round(same * of) else ""
    return f"{round(share * of):,} of {of:,}{tied}"


def say_share_of(share: float) -> str:
    """A share of a difference in per cent, below 0 where it goes the other way."""
    return f"{MINUS if round(100 * share) < 0 else ''}{abs(100 * share):.0f}%"


def say_change(share: float, digits: int = 0) -> str:
    """A change in per cent with its sign: +3%; what rounds to nothing has none."""
    percent = round(100 * share, digits)
    return f"{'+' if percent > 0 else MINUS if percent < 0 else ''}{abs(percent):.{digits}f}%"


def say_ratio(ratio: float, replicates: int) -> str:
    """Write how many times pairing shrinks the variance; nothing where too few runs could say."""
    if not math.isfinite(ratio) or replicates < FEWEST_FOR_RATIO:
        return ""
    return f"over {MOST_RATIO:,}x" if ratio > MOST_RATIO else f"{ratio:.1f}x"


def say_correlation(value: float, replicates: int) -> str:
    """Write a correlation between replicates; a dash where too few runs could say."""
    if not math.isfinite(value) or replicates < FEWEST_FOR_RATIO:
        return "–"
    return f"{value:.2f}".replace("-", MINUS)


def say_rate(rate: float) -> str:
    """Write a rate that was declared as it was declared: 3%, 3.25%."""
    return f"{100 * rate:.6g}%"


def say_parts(covers: Sequence[str]) -> str:
    """Name the parts of uncertainty that an interval covers."""
    return " and ".join(covers) if covers else "nothing that varied"


def say_years(weeks: int) -> str:
    """Write a time in weeks as years where it is whole years."""
    years, rest = divmod(weeks, WEEKS_PER_YEAR)
    if rest or not years:
        return say_weeks(weeks)
    return "1 year" if years == 1 else f"{years} years"
