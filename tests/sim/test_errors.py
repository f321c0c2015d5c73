import pickle

import pytest

from sim.errors import Interrupted, InvalidInput, KinwellError, Problem, Refused, StoreProblem

PROBLEM = Problem(
    "town.yaml",
    7,
    15,
    "services.ward.beds",
    "must be at least 0 (got -4)",
    "beds: Number of beds.",
    "    beds: -4",
)


def test_a_problem_points_at_its_place():
    first, quoted, caret, hint = str(PROBLEM).splitlines()
    assert first == "town.yaml:7:15: services.ward.beds: must be at least 0 (got -4)"
    assert quoted.index("|") == caret.index("|")
    assert caret.index("^") - caret.index("|") - 2 == PROBLEM.column - 1
    assert hint.endswith("beds: Number of beds.")


def test_a_problem_without_a_place_is_a_sentence():
    assert str(Problem("", 0, 0, "", "nothing to run")) == "nothing to run"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KinwellError("x"), 1),
        (InvalidInput("x"), 2),
        (StoreProblem("full"), 1),
        (Interrupted("kinwell run a"), 130),
        (Refused("too few"), 2),
    ],
)
def test_exit_codes(error, code):
    assert isinstance(error, KinwellError)
    assert error.exit_code == code


@pytest.mark.parametrize("given", [PROBLEM, [PROBLEM, PROBLEM], "a sentence"])
def test_invalid_input_lists_its_problems_and_survives_pickling(given):
    error = InvalidInput(given)
    again = pickle.loads(pickle.dumps(error))
    assert again.problems == error.problems
    assert str(again) == str(error)
    assert all(str(problem) in str(error) for problem in error.problems)


def test_of_very_many_problems_the_first_are_shown_and_the_rest_counted():
    said = str(InvalidInput([PROBLEM._replace(line=line) for line in range(1, 2_001)]))
    assert said.count("town.yaml") == 40
    assert said.endswith("... and 1,960 more")


def test_an_interruption_says_how_to_go_on():
    again = pickle.loads(pickle.dumps(Interrupted("kinwell run baseline")))
    assert again.resume == "kinwell run baseline"
    assert str(again).endswith("Go on with: kinwell run baseline")
