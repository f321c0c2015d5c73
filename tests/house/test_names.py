"""A constant's name says what it is: hardly one stands for two values, and most have a reason."""

from __future__ import annotations

import ast

REASONS = {
    "YOUNGEST": "12, a whole number where ages are counted and not where they are measured",
    "NOBODY": "-1, a whole number in columns of ids and not in those of times",
    "NOTHING": "not a number: one figure, or what is seen and what is true of it",
    "KINDS": "each family of kinds lists its own, the catalogue all of them",
    "MODEL_VERSION": "engines of an audit mark it: their runs are not runs of the model",
    "S": "a type variable: the letter is the field's",
    "DATA": "the folder of a place's tables; a mark of the compiler's",
    "EVERY": "weeks between looks at a list, and between surveys",
    "FILE": "the file that a module reads: of a place, of targets",
    "PEOPLE": "a place's file of people; how many people a circle of friends has",
    "TABLES": "a place's file of tables; tables of the database",
    "OLDEST": "a sorting key; the age at which tables end",
    "PART": "a stream of draws; the part of a study that is handed out at once",
    "STATES": "outcomes of a trial; how many states of employment there are",
    "LONG_AGO": "weeks before anything; weeks after which an event is forgotten",
    "MOST": "the end of a range in the census; the end of a search",
    "NEARLY": "a share that is whole but for rounding; a calendar's",
    "SPARE": "drawn in excess, of homes and of workplaces",
    "YEAR": "weeks that a ring buffer holds; weeks of a year",
}
"""Names that stand for more than one value, and why that misleads nobody."""
UNEXPLAINED = 0
"""Names without a reason, in modules of their own: a number that may fall and not grow."""


def constants(tree):
    """Names in capitals that a module gives a value, with the value as it is written."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        for target in targets if value is not None else ():
            pairs = [(target, value)]
            if isinstance(target, ast.Tuple):
                many = value.elts if isinstance(value, ast.Tuple) else [value] * len(target.elts)
                pairs = list(zip(target.elts, many, strict=True))
            for name, given in pairs:
                if isinstance(name, ast.Name) and name.id.isupper():
                    yield name.id, ast.unparse(given)


def shared(modules):
    values = {}
    for tree in modules.values():
        for name, value in constants(tree):
            values.setdefault(name, set()).add(value)
    return {name for name, found in values.items() if len(found) > 1}


def test_hardly_a_constant_shares_its_name_with_another_value(modules):
    new = shared(modules) - set(REASONS)
    assert len(new) <= UNEXPLAINED, sorted(new)


def test_every_reason_is_still_needed(modules):
    assert set(REASONS) - shared(modules) == set()


def test_a_name_with_two_values_is_seen():
    first, second = ast.parse("A, B = 1, 2\nC: int = 3"), ast.parse("B = 4\nC: int = 3")
    assert shared({1: first, 2: second}) == {"B"}
