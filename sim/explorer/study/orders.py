"""One study of the explorer: the same machinery, keys and folder as `kinwell compare`."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

from sim.explorer.study.stored_results import Shown
from sim.provenance import tell_time
from sim.store import Store
from sim.studies.running.interrupt import Interruption
from sim.studies.running.plan import FactorialPlan
from sim.studies.running.results_folder import prepare_directory, write_beside
from sim.studies.running.runner import Study, describe_code, keep_item, schedule
from sim.studies.running.stopping_rule import Measured, decide_more, parse_precision
from sim.studies.running.worker import ENGINE

if TYPE_CHECKING:
    from sim.explorer.study.messages import Order
    from sim.explorer.study.room import Room
    from sim.studies.running.progress import Progress

HEADLINE = "expected_admissions"
MOST_ORDERED = 200
"""Replicates at most, however unclear the answer is."""


def run_order(order: Order, room: Room, progress: Progress) -> str:
    """Run what is not stored yet and say how it ended; raises as `sim.run` does."""
    wanted = order.replicates
    goal = parse_precision(order.precision) if order.precision else None
    while True:
        _run(order, wanted, room, progress)
        if goal is None:
            return ""
        verdict = decide_more(_measure(room, goal), wanted, MOST_ORDERED)
        if verdict.stop:
            return verdict.reason
        wanted = verdict.replicates


def _run(order: Order, replicates: int, room: Room, progress: Progress) -> None:
    database = prepare_directory(order.directory)
    seeds = tuple(range(order.seed, order.seed + replicates))
    plan = {
        "started": tell_time(),
        "command": order.command,
        "scenarios": json.dumps([s.hash for s in order.scenarios]),
        "seed": order.seed,
        "replicates": replicates,
        "draws": 0,
        "workers": room.workers,
    }
    with Interruption(order.command) as interruption:
        with room.lock:
            room.interruption = interruption
            # An order may have come before there was anything to interrupt.
            interruption.requested = room.waiting > 0
        code = describe_code(ENGINE)
        study = Study(
            FactorialPlan(order.scenarios, None),
            seeds,
            ENGINE,
            "weekly",
            order.command,
            order.directory,
            code,
        )
        study.part = 1
        with Store.open(database) as store:
            store.add_scenarios(order.scenarios)
            store.add_plan(plan)
            write_beside(order.directory, order.scenarios, code.model_version, plan)
            if not order.ahead:
                room.study = (study, store)
                if room.shown is None:
                    room.shown = Shown(database, tuple(s.name for s in order.scenarios), (), ())
            _run_order(study, store, room, progress, interruption)


def _run_order(
    study: Study, store: Store, room: Room, progress: Progress, interruption: Interruption
) -> None:
    keys = list(study.list_keys())
    left = sum(not study.is_stored(store, key) for key in keys)
    progress.start(len(keys), len(keys) - left)
    room.tell(fresh=True)
    if not left:
        return
    scratch = study.directory / ".towns"
    scratch.mkdir(exist_ok=True)
    tasks, follow = schedule(study, store, scratch)
    with closing(room.crew.work(tasks, follow, interruption)) as items:
        for task, item in items:
            keep_item(study, store, task, item)
            progress.advance(failed=hasattr(item, "traceback"))
    progress.finish()


def _measure(room: Room, goal: Any) -> list[Measured]:
    from analysis.runs.comparison import compare

    if room.shown is None:
        return []
    # Runs that failed leave gaps: the rule goes by the pairs that there are.
    found = compare(room.shown, room.shown.names[0], allow_missing=True)
    wanted = goal.goal(found.scenarios[found.reference][HEADLINE].mean)
    return [
        Measured(f"{HEADLINE} of {name}", (told[HEADLINE].high - told[HEADLINE].low) / 2, wanted)
        for name, told in found.differences.items()
    ]
