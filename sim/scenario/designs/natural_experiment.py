"""A natural experiment: towns with and without a change, before and after it.

Closures, cuts, roll-outs and expansions that nobody allocated by lot. Read from a document of
`kind: natural_experiment`; docs/trials.md describes every key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.designs.trial import find_town
from sim.scenario.designs.trial_arms import AS_USUAL, Positive, Whole, read_as_usual
from sim.scenario.designs.trial_population import Eligible, Insurance
from sim.scenario.designs.trial_published import Published, complete_published, find_wrong_ratio
from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.schema.field_types import LARGEST_COUNT, Declared, Growth, Id, Length, Share, Text
from sim.units import DAYS_PER_WEEK, DAYS_PER_YEAR, WEEKS_PER_YEAR, say_weeks

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

SHARES = ("depressed", "lonely", "in_care", "untreated", "readmitted")
"""Outcomes that each person, or each discharge, has or has not in a week."""
STATE_SHARES = (*SHARES, "phq")
"""Outcomes that are the mean of a week."""
USUAL = "usual"
"""What is said of towns to which nothing happens, and their name where none is given."""
DAYS_OF_UNIT = {"day": 1.0, "week": float(DAYS_PER_WEEK), "year": DAYS_PER_YEAR}


class Insured(Declared):
    """Who is insured otherwise from week 0 on."""

    was: Insurance = Field(description="How they were insured.")
    becomes: Insurance = Field(description="How they are insured from then on.")
    share: Share = Field(default=1.0, description="Share of them to whom it happens.")


class Change(Declared):
    """What happens to a town from week 0 on."""

    size: dict[Id, Growth] = Field(
        default_factory=dict,
        description="Services that shrink or grow: what they keep of their size, 0% to close.",
    )
    set_: dict[str, Any] = Field(
        default_factory=dict,
        alias="set",
        description="Values of the scenario that are different, by dotted path; services and funds"
        " that come new, in week 0 unless they say when. What stood before stays as it was: see"
        " `size`.",
    )
    insured: Insured | None = Field(default=None, description="Who is insured otherwise.")
    over: Whole = Field(default=1, description="Time that a change of size takes, in equal steps.")


def _read_towns(value: Any) -> Any:
    """One sort alone is compared with towns as usual."""
    if isinstance(value, dict) and len(value) == 1:
        name, change = next(iter(value.items()))
        if change != AS_USUAL and name != USUAL:
            return {name: change, USUAL: AS_USUAL}
    return value


class Rate(Declared):
    """What is compared: a rate or a share among those who are followed."""

    # Written out again: type checkers read no Literal from the tuples above.
    measure: Literal[
        "admissions",
        "involuntary_admissions",
        "readmissions",
        "emergency_visits",
        "crises",
        "self_harm",
        "suicides",
        "deaths",
        "new_episodes",
        "bed_days",
        "boarding_days",
        "sessions",
        "depressed",
        "lonely",
        "in_care",
        "untreated",
        "readmitted",
        "phq",
    ] = Field(
        description="Counted: admissions, involuntary_admissions, readmissions (within 30 days of"
        " discharge), emergency_visits, crises, self_harm, suicides (expected), deaths,"
        " new_episodes, bed_days, boarding_days, sessions."
        " Means of a week: depressed (PHQ-9 of 10 and more), lonely, in_care, untreated (in need"
        " and no session in a year), phq; readmitted (of those discharged, who was back within 30"
        " days)."
    )
    per: Literal["day", "week", "year"] = Field(
        default="year", description="Time that a count is per."
    )
    people: Annotated[int, Field(strict=True, ge=1, le=LARGEST_COUNT)] = Field(
        default=1_000, description="People that a count is per."
    )
    from_: Length = Field(
        default=0, alias="from", description="How long after week 0 the time after begins."
    )


WEEKS_TO_SETTLE = WEEKS_PER_YEAR
"""Weeks that a town takes to settle: its services open with nobody in care."""
FEWEST_OF_A_LINE = 3
"""Weeks through which a line can be drawn that says anything of chance."""


class NaturalExperiment(Declared):
    """A study of towns that can be repeated in silico."""

    kind: Literal["natural_experiment"]
    id: Text = Field(description="Record of the evidence that it replicates.")
    title: Text
    study: Text
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = Field(
        default=None, description="Where it was, as two letters (ISO 3166)."
    )
    scenario: Text | None = Field(
        default=None, description="The town; without it, that of the country, or baseline."
    )
    sample: Literal["in", "out"] | None = Field(
        default=None, description="Whether numbers of the model were made from it."
    )
    warm_up: Length | None = Field(
        default=None,
        description="How long a town runs before week 0; without it, a year longer than `before`,"
        " and two at least.",
    )
    has: dict[str, Any] = Field(
        default_factory=dict,
        description="What every town has from the beginning, beside its scenario: values of the"
        " scenario by dotted path, such as a service that one of them is to lose.",
    )
    towns: Annotated[
        dict[Id, Annotated[Change, BeforeValidator(read_as_usual)]], BeforeValidator(_read_towns)
    ] = Field(
        min_length=2,
        description="What happens to towns of each sort; the first is compared with the last, one"
        " sort alone with towns as usual.",
    )
    number: Positive = Field(description="Towns of each sort, of the size that the scenario has.")
    among: Eligible | None = Field(
        default=None,
        description="People who are followed, as they are at week 0; all, if left out.",
    )
    before: Whole = Field(description="Time before week 0 that is looked at.")
    after: Whole = Field(description="Time after it.")
    design: Literal[
        "with_and_without",
        "before_and_after",
        "difference_in_differences",
        "interrupted_series",
        "lagged_correlation",
    ] = Field(
        description="What the effect is: the first sort of town against the last, after;"
        " after against before; the difference of these differences; the step between a line"
        " through the weeks before and one through those after; the correlation of"
        " yearly changes of size with changes of the outcome a year later."
    )
    outcome: Rate
    effect: Literal["MD", "RD", "IRR", "RR", "OR", "slope", "correlation"] = Field(
        description="Difference of rates (MD) or shares (RD), ratio of rates (IRR) or of shares"
        " (RR), odds ratio of shares (OR), change in the slope of an interrupted series per year"
        " (slope), correlation."
    )
    published: Published | None = Field(default=None, description="What was found.")
    note: str = ""

    @model_validator(mode="after")
    def _fits_together(self) -> NaturalExperiment:
        wrong = [*self._find_wrong_times(), *self._find_wrong_effect()]
        if wrong:
            # As conflicts and not as one error, so that each is told at its own place in the file.
            raise PydanticCustomError("conflicts", "contradictions", {"conflicts": wrong})
        complete_published(self, {}, 1.0)
        return self

    def _find_wrong_times(self) -> list[Conflict]:
        """Times that a town does not run, or that the design cannot do with."""
        wrong = []
        if self.before > self.burn_in:
            said = f"looks {say_weeks(self.before)} back and the town runs {self.burn_in}"
            wrong.append(Conflict(("before",), said, "a shorter time, or a longer `warm_up`"))
        if self.outcome.from_ >= self.after:
            said = "the time after begins when it has ended"
            wrong.append(Conflict(("outcome", "from"), said, f"less than {say_weeks(self.after)}"))
        if self.design == "lagged_correlation" and self.after < 3 * WEEKS_PER_YEAR:
            said = "needs three years and more after week 0 to correlate yearly changes"
            wrong.append(Conflict(("after",), said, f"{3 * WEEKS_PER_YEAR} weeks or more"))
        seen = min(self.before, self.after - self.outcome.from_)
        if self.design == "interrupted_series" and seen < FEWEST_OF_A_LINE:
            said = (
                f"draws a line through the weeks before and one through those after, and needs"
                f" {FEWEST_OF_A_LINE} of each"
            )
            wrong.append(Conflict(("design",), said))
        return wrong

    def _find_wrong_effect(self) -> list[Conflict]:
        """Effects that the design or the outcome does not have."""
        wrong = []
        if (self.effect == "correlation") != (self.design == "lagged_correlation"):
            wrong.append("a correlation belongs to the design lagged_correlation, and only there")
        if self.effect == "slope" and self.design != "interrupted_series":
            wrong.append("a slope belongs to the design interrupted_series, and only there")
        if self.effect in ("RR", "OR") and self.outcome.measure not in SHARES:
            wrong.append(
                f"{self.effect} compares shares, and {self.outcome.measure} is none; IRR is the"
                f" ratio of anything else, and {', '.join(SHARES)} are shares"
            )
        if self.effect == "OR" and self.design == "interrupted_series":
            wrong.append("lines are not drawn through odds: RR is the ratio of the step")
        if said := find_wrong_ratio(self.effect, self.published):
            wrong.append(said)
        return [Conflict(("effect",), said) for said in wrong]

    def describe(self) -> str:
        """Say in a sentence what it is."""
        first, last = self.compared
        return f"{self.title}: a natural experiment, {first} against {last}."

    def list_changes(self, name: str, usual: Scenario) -> dict[str, Any]:
        """Values of the scenario that are different in towns of a sort, by path; a service or a
        fund that the usual town has not comes in week 0 unless it says when.
        """
        standing = {"services": set(usual.services), "funds": set(usual.funds)}
        changes = dict(self.towns[name].set_)
        for path, value in self.towns[name].set_.items():
            first, _, one = path.partition(".")
            # What is new and stood before week 0 would change a past that all towns share.
            comes = first in standing and one and "." not in one and one not in standing[first]
            if comes and isinstance(value, dict) and f"{path}.from" not in changes:
                # What it says of `from` itself comes last, and counts.
                changes[path] = {"from": "week 0"} | value
        return changes

    @property
    def burn_in(self) -> int:
        """Weeks that a town runs before week 0: by itself it has settled before the time before."""
        return (
            max(self.before, WEEKS_TO_SETTLE) + WEEKS_TO_SETTLE
            if self.warm_up is None
            else self.warm_up
        )

    @property
    def compared(self) -> tuple[str, str]:
        """The sort of town that is compared, and what it is compared with."""
        names = tuple(self.towns)
        return names[0], names[-1]

    @property
    def town(self) -> str:
        """Name or path of the scenario that the towns are of."""
        return find_town(self.scenario, self.country)
