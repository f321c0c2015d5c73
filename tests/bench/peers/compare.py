"""Other tools' small week beside Kinwell's whole one, in turns, on one core of this machine.

    python tests/bench/peers/compare.py --peers /path/to/python 1000 10000 100000

`--peers` is the Python of an environment with `pip install starsim mesa-frames laser-core`; without it, this one. A
tool that is not installed there is left out. Building a town and compiling are not counted; time of the processor, medians of three rounds.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import process_time

HERE = Path(__file__).parent
PEERS = {"mesa_frames_week": "mesa_frames", "starsim_week": "starsim", "laser_week": "laser.core"}
OURS = {"kinwell_week": HERE, "plain_mesa": HERE.parent}
WEEKS = {1_000: 104, 10_000: 52, 100_000: 13}
ROUNDS = 3


def main():
    """Measure, and print a table."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("sizes", nargs="*", type=int, default=[1_000, 10_000])
    asked.add_argument("--peers", default=sys.executable)
    given = asked.parse_args()
    seconds = {}
    for seed in range(ROUNDS):
        for size in given.sizes:
            for name in (*OURS, *PEERS):
                if name == "plain_mesa" and size > 10_000:
                    continue
                python = sys.executable if name in OURS else given.peers
                spent = run_apart(python, name, size, seed)
                if spent is not None:
                    seconds.setdefault((name, size), []).append(spent)
    show(given.sizes, seconds)


def run_apart(python, name, size, seed):
    """Seconds per resident and week of one town, in a process of its own; None where the tool is missing."""
    done = subprocess.run(
        [python, "-W", "ignore", __file__, "--one", name, str(size), str(seed)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"NUMBA_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"},
    )
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stderr[-2_000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def run_one(name, size, seed):
    """Print what one town took, as JSON."""
    if name in PEERS and importlib.util.find_spec(PEERS[name].split(".")[0]) is None:
        print("null")
        return
    sys.path.insert(0, str(OURS.get(name, HERE)))
    weeks = WEEKS.get(size, 13)
    module = importlib.import_module(name)
    # Of the processor: what else the machine does is not counted.
    module.perf_counter = process_time
    took = module.run(size, weeks, seed)
    print(json.dumps((took[0] if isinstance(took, tuple) else took) / size / weeks))


def show(sizes, seconds):
    """Print nanoseconds per resident and week."""
    print("| ns per resident and week |" + "".join(f" {size:,} |" for size in sizes))
    print("|---|" + "---|" * len(sizes))
    for name in (*OURS, *PEERS):
        found = [seconds.get((name, size)) for size in sizes]
        cells = [f"{median(each) * 1e9:,.0f}" if each else "-" for each in found]
        print(f"| {name} |" + "".join(f" {cell} |" for cell in cells))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        run_one(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
