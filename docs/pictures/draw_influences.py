"""Draw docs/pictures/influences.svg: who acts on whom in a week, read from the code of its phases.

A function of `sim/week` that reads one party and writes another is an arrow between them, in the
phase of its file. What a function calls counts as its own. Run it again after a change of the week;
a test says when.
"""

from __future__ import annotations

import ast
import math
import re
from collections import defaultdict
from pathlib import Path
from xml.sax.saxutils import escape

PROJECT = Path(__file__).resolve().parents[2]
PICTURE = Path(__file__).with_name("influences.svg")
PHASES = {
    "supply/calendar": 1,
    "supply/outreach": 1,
    "resident/life": 2,
    "resident/social": 3,
    "resident/reviews": 3,
    "resident/group_ties": 3,
    "resident/symptoms": 4,
    "resident/help_seeking": 5,
    "resident/outreach_contact": 5,
    "resident/service_choice": 5,
    "supply/allocation": 6,
    "resident/care": 7,
    "resident/family_spillover": 7,
    "resident/crisis": 8,
    "supply/crisis_response": 8,
    "supply/ward": 8,
    "supply/workforce": 9,
    "supply/hiring": 9,
    "money/payments": 10,
    "money/treasury": 10,
    "money/in_kind": 10,
    "money/closing": 10,
    "governance/committee": 11,
    "governance/voting": 11,
    "governance/kpis": 11,
    "governance/feedback": 11,
    "governance/branch_rules": 11,
    "money/accounts": 10,
    "money/charges": 10,
    "turnover/arrivals": 2,
    "turnover/birthdays": 2,
    "turnover/departures": 2,
    "turnover/homes": 2,
    "turnover/regrouping": 2,
    "turnover/turnover": 2,
}
NAMES = (
    "calendar",
    "life",
    "social",
    "symptoms",
    "help-seeking",
    "matching",
    "care",
    "crisis",
    "workforce",
    "money",
    "governance",
)
PARTIES = (
    "Residents",
    "Ties",
    "Services",
    "Staff",
    "Hospital",
    "Funds",
    "Committee",
    "Shocks and partners",
)
SIGNS = (  # what a path of names belongs to, the first that fits
    (r"^r\.(?!stay|boarding)", "Residents"),
    (r"shocks?\b|partnerships|agreement|surge|world\.contact", "Shocks and partners"),
    (r"treasury|balance|ledger|\bfees\b|usual_fees|\bincome\b(?!\[i)|request|prices", "Funds"),
    (r"^staff\b|\.staff\b", "Staff"),
    (
        r"^ties\b|\.ties\b|^published\b|\.published\b|^publishing\b|\.publishing\b|^neighbour\b",
        "Ties",
    ),
    (r"^used\b|\.used\b|^ward\b|\.ward\b|^beds\b|\.stay\b|\.boarding\b", "Hospital"),
    (
        r"^o\b|^held\b|offers\b|provision|world\.(scale|share|wanted|size|fidelity|trust|waits|weekly_cost)",
        "Services",
    ),
    (r"^r\b|residents\b|^column\b", "Residents"),
)
TIP = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="11" markerHeight="11"'
    ' markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 8 4 0 8z"'
    ' fill="#33566b"/></marker></defs>'
)
OWNERS = {"Committee": "Committee", "Treasury": "Funds"}
Deeds = tuple[set[str], set[str], set[str]]
"""What a function reads, writes and calls."""


def _path_of(node: ast.AST) -> str:
    """Names of an expression, dotted: `world.residents.phq` for `world.residents.phq[i]`."""
    while isinstance(node, ast.Subscript | ast.Starred):
        node = node.value
    if isinstance(node, ast.Attribute):
        return f"{_path_of(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _party_of(path: str, owner: str | None) -> str | None:
    if owner and path.startswith("self."):
        return owner
    return next((party for sign, party in SIGNS if re.search(sign, path)), None)


def _read_function(function: ast.FunctionDef, owner: str | None) -> Deeds:
    reads, writes, calls = ({owner} if owner else set()), set(), set()
    for node in ast.walk(function):
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AugAssign)
            else []
        )
        for target in targets:
            if (
                isinstance(target, ast.Subscript | ast.Attribute)
                and (party := _party_of(_path_of(target), owner)) != "Shocks and partners"
            ):
                writes |= {party} if party else set()
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Load):
            party = _party_of(_path_of(node), owner)
            reads |= {party} if party else set()
        if isinstance(node, ast.Call):
            path, _, called = _path_of(node.func).rpartition(".")
            calls.add(called)
            if called == "append" and path and (party := _party_of(path, owner)):
                writes.add(party)
    return reads, writes, calls


def read_code() -> dict[tuple[str, str], set[int]]:
    """Phases in which each party acts on another."""
    functions: dict[str, Deeds] = {}
    phase_of: dict[str, int] = {}
    files = {name: PROJECT / "sim" / "week" / f"{name}.py" for name in PHASES}
    files |= {name: PROJECT / "sim" / "state" / f"{name}.py" for name in ("enrolment", "ties")}
    for name, file in files.items():
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for body, owner in [
            (tree, None),
            *(
                (node, OWNERS.get(node.name))
                for node in tree.body
                if isinstance(node, ast.ClassDef)
            ),
        ]:
            for node in body.body:
                if isinstance(node, ast.FunctionDef):
                    functions[node.name] = _read_function(node, owner)
                    phase_of[node.name] = PHASES.get(name, 0)
    acts: dict[tuple[str, str], set[int]] = defaultdict(set)
    for name, (reads, writes, calls) in functions.items():
        deeper = [functions[called] for called in calls if called in functions]
        seen, done = (
            reads.union(*(deed[0] for deed in deeper)),
            writes.union(*(deed[1] for deed in deeper)),
        )
        for one in seen:
            for other in done - {one}:
                acts[one, other] |= {phase_of[name]} - {0}
    return {pair: phases for pair, phases in sorted(acts.items()) if phases}


def draw(acts: dict[tuple[str, str], set[int]]) -> str:
    """The picture as SVG: parties in a ring, an arrow for each that acts on another, with the
    numbers of the phases.
    """
    width, height, ring = 900, 700, 265
    middle = (width / 2, 320)
    turns = {party: 2 * math.pi * k / len(PARTIES) for k, party in enumerate(PARTIES)}
    at = {
        party: (middle[0] + 1.25 * ring * math.sin(turn), middle[1] - ring * math.cos(turn))
        for party, turn in turns.items()
    }
    told = "; ".join(
        f"{a} on {b} in phases {', '.join(map(str, sorted(p)))}" for (a, b), p in acts.items()
    )
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
            ' font-family="sans-serif" font-size="13">'
        ),
        f"<title>Who acts on whom in a week</title><desc>{escape(told)}.</desc>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        TIP,
    ]
    labels = []
    for (one, other), phases in acts.items():
        parts.append(_arrow(at[one], at[other], len(phases)))
        labels.append(_label(at[one], at[other], ", ".join(map(str, sorted(phases)))))
    for party, (x, y) in at.items():
        parts.append(
            f'<rect x="{x - 78:.0f}" y="{y - 19:.0f}" width="156" height="38" rx="19"'
            ' fill="#e8f1f5" stroke="#33566b"/>'
        )
        parts.append(
            f'<text x="{x:.0f}" y="{y + 5:.0f}" text-anchor="middle" font-weight="bold"'
            f' fill="#12303f">{escape(party)}</text>'
        )
    parts += labels
    for k, name in enumerate(NAMES):
        parts.append(
            f'<text x="{40 + 142 * (k % 6)}" y="{650 + 24 * (k // 6)}" fill="#333">{k + 1}'
            f" {escape(name)}</text>"
        )
    return "\n".join([*parts, "</svg>", ""])


def _bend(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """Control point of the arrow, to its right, so that the way back takes another."""
    (x, y), (u, v) = start, end
    length = math.hypot(u - x, v - y)
    return (x + u) / 2 - 0.13 * length * (v - y) / length, (y + v) / 2 + 0.13 * length * (
        u - x
    ) / length


def _shorten(point: tuple[float, float], towards: tuple[float, float]) -> tuple[float, float]:
    """Where an arrow meets the edge of the box around a point."""
    dx, dy = towards[0] - point[0], towards[1] - point[1]
    scale = min(82 / max(abs(dx), 1e-9), 23 / max(abs(dy), 1e-9))
    return point[0] + dx * scale, point[1] + dy * scale


def _arrow(start: tuple[float, float], end: tuple[float, float], weight: int) -> str:
    bend = _bend(start, end)
    (x, y), (u, v) = _shorten(start, bend), _shorten(end, bend)
    way = f"M{x:.0f} {y:.0f}Q{bend[0]:.0f} {bend[1]:.0f} {u:.0f} {v:.0f}"
    look = (
        f'fill="none" stroke="#33566b" stroke-opacity=".65" stroke-width="{0.8 + 0.5 * weight:.1f}"'
    )
    return f'<path d="{way}" {look} marker-end="url(#tip)"/>'


def _label(start: tuple[float, float], end: tuple[float, float], text: str) -> str:
    bend = _bend(start, end)
    x, y = (
        (0.36 * start[0] + 0.48 * bend[0] + 0.16 * end[0]),
        (0.36 * start[1] + 0.48 * bend[1] + 0.16 * end[1]),
    )
    wide = 7.2 * len(text) + 6
    box = (
        f'<rect x="{x - wide / 2:.0f}" y="{y - 9:.0f}" width="{wide:.0f}" height="17" fill="#fff"'
        ' fill-opacity=".85"/>'
    )
    return (
        f'{box}<text x="{x:.0f}" y="{y + 4:.0f}" text-anchor="middle" font-size="11.5"'
        f' fill="#12303f">{text}</text>'
    )


if __name__ == "__main__":
    PICTURE.write_text(draw(read_code()), encoding="utf-8")
    print(f"{PICTURE.name}: {len(read_code())} arrows")
