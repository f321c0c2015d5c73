"""No number that is a claim about the world stands in a rule: it belongs in `sim/evidence`, with its source.

What may stand in the code of the model: numbers of arithmetic and of the calendar; where something stands in a table; bits; guards
against rounding; and what is listed below, each with its reason. A new number in a rule fails this test.
"""

from __future__ import annotations

import ast

import pytest

ROOMS = ("week", "society", "services", "state")
PLAIN = {0, 1, 2, 0.5, 7, 52}
"""Nothing, one, two, a half; days of a week, weeks of a year."""
GUARD = 1e-3
"""Numbers above 0 and up to this keep divisions, logarithms and sums of shares safe."""

REASONS: dict[str, dict[str, set[float]]] = {
    "sim/services/affordability.py": {
        "how many funds are looked at in every combination": {12},
        "a gap below this share of a cost is what vacant posts leave": {0.05},
    },
    "sim/state/groups.py": {"weeks whose names are remembered": {16}},
    "sim/week/supply/calendar.py": {"NEARLY: money is not exact": {0.02}},
    "sim/week/supply/ward.py": {
        "MOST_ADMISSIONS: what the column holds": {250},
        "MONTH, YEAR: what a readmission within 30 days, within a year means": {5, 53},
        "BOARDED_FIRST: beyond any PHQ-9": {30},
    },
    "sim/week/resident/crisis.py": {"LONGEST_STAY: what the column holds": {365}},
    "sim/week/governance/feedback.py": {
        "standard deviation of places, 1 over the root of 12": {12}
    },
    "sim/week/start/initialisation.py": {"FOUNDING: no holder of a post": {0xFFFFFFFF}},
    "sim/week/resident/outreach_contact.py": {"WEEKS_BETWEEN_LOOKS at the same person": {8}},
    "sim/week/resident/service_choice.py": {
        "MOTHERS, PUPILS_TO, WORKING_AGE: what the words mean": {18, 45, 19, 65},
        "fifths of income": {5},
        "WORST: below any utility": {1e9},
    },
    "sim/week/governance/kpis.py": {"REMEMBERED: length of a ring of weeks": {26}},
    "sim/week/resident/life.py": {
        "HOME_WEEKS: weeks between looks at a home": {4},
        "LONG_AGO: beyond ten years nothing is left of an excess": {520},
    },
    "sim/week/supply/allocation.py": {
        "LONGEST_WAIT: length of a table": {260},
        "URGENT, MOST_URGENT: beyond any wait": {500, 1_000},
    },
    "sim/week/money/payments.py": {"fifths of income": {5}},
    "sim/week/money/closing.py": {"Figure: which place": {3, 4, 5, 6}},
    "sim/week/start/burn_in.py": {
        "SETTLING, WEEKS_KEPT: machinery of a beginning near equilibrium": {26, 104},
        "LONG_AGO, NEARLY": {9_999, 0.999_999},
    },
    "sim/week/resident/phases.py": {
        "columns of scratch": {9, 3},
        "STRETCH: what the second cache holds": {1024},
    },
    "sim/week/record/plausibility.py": {
        "ends of the PHQ-9; sizes that no town reaches": {27.0, 100.0, 1e18},
        "problems that are shown": {3},
    },
    "sim/week/start/stated_lists.py": {"LED, EVERY: when the burn-in is led": {24, 4}},
    "sim/week/conservation/census.py": {
        "Found: which row; each number stands once": {*range(3, 14)} - {7, 12},
        "YOUNGEST: residents are 12 or older": {12.0},
    },
    "sim/week/conservation/stocktaking.py": {
        "Stock, Sum: which row; payers of a stay": {*range(3, 13)} - {7}
    },
    "sim/week/conservation/conservation.py": {"FEW: drawn parameters that are named": {3}},
    "sim/week/record/network_sample.py": {"SAMPLE_SIZE: dots that a picture can show": {300}},
    "sim/week/record/counts.py": {
        "FIXED: fixed point, 24 bits": {2**24},
        "UCLA-3 runs from 3 to 9": {3, 6},
        "ends of the bands of PHQ-9 that `health.loss_*` stand for, and their widths": {
            2,
            5,
            6,
            7,
            12,
            17,
        },
        "days of a working week; PHQ-9 from which `health.work_loss` counts": {5, 4},
        "PHQ-9 of the outcomes `phq_10_or_more` and `remission`": {10, 5},
    },
    "sim/week/record/recorder.py": {"QUARTER: weeks of a quarter": {13}},
    "sim/week/record/week_row.py": {"the outcome is the 90th percentile": {0.9}},
    "sim/week/resident/reviews.py": {
        "REVIEW_WEEKS, REVIEW_RUN: when a tie is looked at": {8, 5},
        "MEETING_LOOKS at people who live near": {4},
    },
    "sim/week/resident/symptoms.py": {
        "PHQ-9 ends at 27": {27},
        "what the columns hold": {250, 30_000},
    },
    "sim/week/money/treasury.py": {"payers of fees": {3}},
    "sim/week/supply/workforce.py": {"`workforce.strain_illness` is per 10 PHQ points": {10}},
    "sim/society/ages.py": {
        "where the law, or the words of a record, draw a line": {12, 18, 25, 30, 55, 60, 65, 75, 80}
    },
    "sim/society/friendships.py": {
        "SORTED_TOGETHER, BLOCKS_OF_TEENAGERS: what is sorted together": {128, 8},
        "CIRCLES: what a circle is": {3, 4},
        "AREA_APART, BLOCK_APART, FARTHEST_AGE: a sorting key": {1e9, 1e3, 90, 290},
    },
    "sim/society/households.py": {
        "roles": {3},
        "OLDER_THAN_ALL, LAST, NEVER_CHILD, ONE_PARENT_LAST: a sorting key": {1000, 5, 10, 0.05},
        "SPARE: drawn in excess": {12, 1.005},
    },
    "sim/society/workplaces.py": {"BATCH, SPARE: drawn in excess": {14, 4}},
    "sim/society/ageing/age_structure.py": {
        "OLDEST: where tables end": {110},
        "MOST_LEAVING: a bound where declared bands contradict each other": {0.25},
    },
    "sim/society/ageing/life_course.py": {
        "FIFTH_COUNT of income": {5},
        "GENERATION: what a grown child at home is; a definition of a count": {15},
        "HOME_BANDS: in which shares at home are counted": {
            *(18, 20, 22, 24, 26, 28, 30, 35, 40, 50, 60, 70, 80)
        },
        "ages at which the bands of `people.severe_*` end": {18, 26, 50, 80, 110},
        "coefficients of the cubic of Hermite": {3, 4, 6},
        "WIDE and the ends of a search for one number": {60, 1e6, 1e3},
    },
    "sim/week/turnover/arrivals.py": {
        "LOOKS at neighbours": {12},
        "SAME_CLASS: a school class": {1.5},
        "CHILDLESS: most likely a parent whose children are known": {0.02},
        "BIRTHS_FROM, BIRTHS_TO: where the next child under 12 is put": {20, 42},
    },
    "sim/week/turnover/birthdays.py": {
        "LOOKS, MOST_ASKED: others who are asked": {12, 60},
        "CLASS_YEARS: a school class": {1.5},
        "two in three wish to know two at work, as at the start": {3},
    },
    "sim/week/turnover/homes.py": {"what columns hold": {250, 255}},
    "sim/week/turnover/regrouping.py": {
        "PARTNER_LOOKS at people who live alone": {10},
        "names of wishes, columns of counts": {3, 4},
    },
    "sim/state/personal_draws.py": {"MOST_EVENTS: what a column holds": {250}},
    "sim/society/initial_illness.py": {
        "BRIEF, MOST_LOG_ODDS and RUNNING: an estimate of who is ill at first, which the burn-in replaces": {
            13,
            26,
            50,
        }
    },
    "sim/society/initial_state.py": {
        "SUBGROUP_BANDS of age and of `people.severe_*`": {18, 26, 50, 65, 200},
        "`people.trait_age` counts from 45 and stays at its ends from 18 and 80 on": {18, 45, 80},
    },
    "sim/state/codes.py": {
        "codes: each number stands once in its class": {
            *range(3, 12),
            *(2**k for k in range(4, 15)),
        }
        - {256}
    },
    "sim/state/draw_streams.py": {
        "which decision it is; each number stands once": {*range(3, 22), *range(40, 48)} - {7, 17}
    },
    "sim/state/residents.py": {"slots of care": {4}, "NEVER": {9_999}},
    "sim/state/ties.py": {"TIE_SLOTS": {14}, "circles above six are rings": {6}},
    "sim/society/network_statistics.py": {"size of a sample; axes": {2000, 3}},
    "sim/society/network.py": {
        "PLACE_APART, OLDEST: a sorting key": {1000, 900},
        "circles of three and two for five people": {5},
    },
    "sim/services/fund_size.py": {
        "income over need from which a note is worth reading": {1.1, 1.05}
    },
    "sim/services/provision.py": {
        "any age, any PHQ-9": {200, 27},
        "USUAL_GROUP: people who meet where a service states no size": {12},
    },
    "sim/state/services.py": {"fifths of income": {5}},
}


class Numbers(ast.NodeVisitor):
    """Numbers of a module that say how much, with their lines: not which row, not which bit, not how often."""

    def __init__(self):
        self.found = []

    def visit_Subscript(self, node):
        self.visit(node.value)

    def visit_Call(self, node):
        if not (isinstance(node.func, ast.Name) and node.func.id == "range"):
            self.generic_visit(node)

    def visit_BinOp(self, node):
        if not isinstance(node.op, ast.BitAnd | ast.BitOr):
            self.generic_visit(node)

    def visit_Constant(self, node):
        number = type(node.value) in (int, float)
        if number and node.value not in PLAIN and not 0 < node.value <= GUARD:
            self.found.append((node.lineno, node.value))


def find_numbers(tree):
    numbers = Numbers()
    numbers.visit(tree)
    return numbers.found


@pytest.fixture
def found(modules):
    here = {
        path: tree
        for path, tree in modules.items()
        if path.parts[0] == "sim" and path.parts[1] in ROOMS
    }
    return {path.as_posix(): find_numbers(tree) for path, tree in here.items()}


def allowed(path):
    return set().union(*REASONS.get(path, {}).values())


def test_numbers_of_the_world_stand_in_the_evidence(found):
    assert len(found) > 40
    strange = [
        f"{path}:{line}: {number}"
        for path, numbers in found.items()
        for line, number in numbers
        if number not in allowed(path)
    ]
    assert not strange, "belongs in sim/evidence/*.yaml, or here with a reason"


def test_every_reason_is_still_needed(found):
    needed = {path: {number for _, number in numbers} for path, numbers in found.items()}
    idle = {
        path: left for path in REASONS if (left := allowed(path) - PLAIN - needed.get(path, set()))
    }
    assert not idle


def test_a_new_number_in_a_rule_is_seen():
    tree = ast.parse(
        "def feel(x, p):\n    return p.pull * x + 0.37 * (x > 12) + total[22] + (x & 64) + 1e-9"
    )
    assert find_numbers(tree) == [(2, 0.37), (2, 12)]
