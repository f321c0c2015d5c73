"""Run trials, natural experiments and pooled trials, and write what came out into the pages.

    .ci/trials.py FOLDER     what FOLDER holds already is not run again

Trials, natural experiments and studies that were predicted are entered in the ledger first, from a
tree without changes; the tables of docs/trials.md, docs/evidence.md and docs/calibration.md follow,
and docs/predictions.md.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.evidence.loader import all_evidence
from sim.scenario.designs.trial import load_trial
from sim.scenario.designs.trial_outcome import RATIOS

if TYPE_CHECKING:
    from sim.scenario.designs.trial import Trial

LEDGER = Path("scenarios/trials/ledger.yaml")
PROGRAM = [
    sys.executable,
    "-c",
    "import sys; sys.argv[0] = 'kinwell'; from sim.cli import main; main()",
]
SINGLE = ("cr-01",)
"""Trials that a number is derived from where no meta-analysis is on record."""
SITES = {"cr-01": 24, "ps-07": 24, "tx-11": 24, "fa-03": 24}
"""Towns of a pooled trial in which few people of a town take part; the others need eight."""

AS_PREDICTED = ("--most-sites", "32")
"""How studies of the folder `predicted` were run before their results were added."""


def ask(*words: str) -> str:
    """What `kinwell WORDS` prints."""
    return subprocess.run([*PROGRAM, *words], stdout=subprocess.PIPE, text=True, check=True).stdout


def keep(file: Path, *words: str) -> str:
    """What `kinwell WORDS` printed, now or before."""
    if not file.is_file():
        file.write_text(ask(*words), encoding="utf-8")
    return file.read_text(encoding="utf-8")


def list_files(folder: str) -> list[str]:
    """Names of the studies of a folder of the shelf."""
    shelf = Path("scenarios/trials")
    return [
        str(file.relative_to(shelf).with_suffix(""))
        for file in sorted((shelf / folder).glob("*.yaml"))
    ]


def fill(page: Path, mark: str, text: str) -> None:
    """Put text between the marks of a page."""
    before = page.read_text(encoding="utf-8")
    block = re.compile(rf"(<!-- {mark}: begin -->\n).*?(<!-- {mark}: end -->)", re.DOTALL)
    after, count = block.subn(lambda found: f"{found[1]}{text}{found[2]}", before)
    if count != 1:
        raise SystemExit(f"{page}: has no block {mark}")
    page.write_text(after, encoding="utf-8")


def quote(text: str) -> str:
    """Printed text as a block, without what to do next."""
    lines = [line.rstrip() for line in text.splitlines() if not line.startswith("Next:")]
    return "```\n" + "\n".join(lines).strip("\n") + "\n```\n"


FEW = 0.1
"""A number below which two decimals say too little."""
MOST = 20.0
"""A ratio beyond which there was nothing in one arm to compare with."""
HEAD = (
    "| record | measured | acts through | number that `--derive` sets | pooled estimate, tau"
    " | virtual estimate | shipped; value that fits (interval) |\n|---|---|---|---|---|---|---|"
)
DOES = (
    "coping",
    "connection",
    "relief",
    "self_management",
    "kin",
    "warmth",
    "placement",
    "averts",
    "refers",
)
"""Numbers of a kind through which a pooled outcome may come, in the order of the table."""


def list_channels(study: Trial) -> str:
    """What the services of a trial do in the model."""
    known = all_evidence()
    kinds = [str(service["kind"]) for service in study.services.values()]
    ids = {word: [f"services.{kind}.{word}" for kind in kinds] for word in DOES}
    does = [w for w, own in ids.items() if any(i in known and known[i].value > 0 for i in own)]
    return ", ".join(["contact", *does]).replace("_", "-").replace("refers", "referral")


def tell(value: float) -> str:
    """A number of the evidence; what is small by its first two digits."""
    return f"{value:.2f}" if not 0.0 < value < FEW else f"{value:.2g}"


def write_row(study: Trial, one: dict[str, Any]) -> str:
    """A pooled trial as a row of the table."""
    told = study.published
    fits = "beyond what was tried" if one["value"] is None else tell(one["value"])
    ends = "" if one["low"] is None else f" ({tell(one['low'])} to {tell(one['high'])})"
    tau = f"{told.heterogeneity.tau:g}" if told.heterogeneity else "one trial"
    pooled = f"{study.effect} {told.effect:g} ({told.low:g} to {told.high:g}), {tau}"
    found = f"{one['effect_now']:.2f} | {one['now']:g}; {fits}{ends}"
    if study.effect in RATIOS and not 1 / MOST < one["effect_now"] < MOST:
        found = f"not told: it hardly ever happens to the others | {one['now']:g}"
    return (
        f"| {study.id} | {study.outcome.measure}, {study.follow_up} weeks | {list_channels(study)}"
        f" | `{one['record']}` | {pooled} | {found} |"
    )


def derive_all(folder: Path) -> str:
    """The table of pooled trials: what each gives at the shipped number, the number that fits."""
    rows = [HEAD]
    for name in [*SINGLE, *list_files("pooled")]:
        key = name.rpartition("/")[2]
        file = folder / f"derive-{key}.json"
        if not file.is_file():
            ask("trial", name, "--derive", "--sites", str(SITES.get(key, 8)), "--json", str(file))
        rows.append(write_row(load_trial(name), json.loads(file.read_text(encoding="utf-8"))[0]))
    return "\n".join(rows) + "\n"


def run_studies(folder: Path, name: str, *words: str) -> str:
    """What `kinwell trial` prints of some studies, entered in the ledger."""
    file = str(folder / f"{name}.json")
    return keep(folder / f"{name}.txt", "trial", *words, "--ledger", str(LEDGER), "--json", file)


def main(folder: Path) -> None:
    """Run what is not there yet, and write the pages."""
    folder.mkdir(parents=True, exist_ok=True)
    trials = [name for name in list_files(".") if name != LEDGER.stem]
    said = run_studies(folder, "trials", *trials, *list_files("natural"))
    fill(Path("docs/trials.md"), "trials", quote(said))
    said = run_studies(folder, "predicted", *list_files("predicted"), *AS_PREDICTED)
    fill(Path("docs/trials.md"), "predicted", quote(said))
    fill(Path("docs/evidence.md"), "pooled", derive_all(folder))
    town = keep(folder / "uk-town.txt", "calibrate", "--check", "--town", "uk-town")
    fill(Path("docs/calibration.md"), "uk-town", quote(town))
    held_out = keep(folder / "held-out.txt", "calibrate", "--check", "--held-out")
    fill(Path("docs/calibration.md"), "held-out", quote(held_out))
    Path("docs/predictions.md").write_text(
        "\n".join(line for line in ask("ledger").splitlines() if not line.startswith("Next:"))
        + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
