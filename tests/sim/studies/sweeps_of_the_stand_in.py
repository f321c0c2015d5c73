"""Sweeps of the stand-in for the model, importable here and in other processes."""

from fake_community import FakeScenario

from sim.scenario.designs.factors import Lever, Uncertainty
from sim.scenario.designs.sweep import Design, Sweep

WORLD = (
    Uncertainty("symptoms.loneliness", "uniform", (0.0, 1.0)),
    Uncertainty("symptoms.noise", "normal", (0.5, 0.1)),
)


def make_sweep(
    kind="latin_hypercube",
    points=8,
    replicates=2,
    levers=None,
    worlds=WORLD,
    against=True,
    name="trial",
    town=None,
    **more,
):
    """A sweep over `effect` and two numbers of the evidence."""
    levers = (Lever("effect", low=0.0, high=2.0),) if levers is None else levers
    town = town or FakeScenario("pilot", effect=1.0)
    crossed = more.pop("crossed", False)
    options = {
        "levels": more.pop("levels", 4),
        "second_order": more.pop("second_order", False),
        "file": more.pop("file", None),
    }
    design = Design(kind, points, crossed=crossed, **options)
    document = {
        "kind": "sweep",
        "scenario": town.name,
        "design": {"kind": kind, "points": points},
        "replicates": replicates,
    }
    reference = FakeScenario("baseline", seconds=town.seconds) if against else None
    correlations = more.pop("correlations", ())
    return Sweep(
        name,
        "A sweep",
        "",
        town,
        reference,
        levers,
        worlds,
        correlations,
        design,
        replicates,
        "summary",
        1,
        document | {"seed": 1},
    )
