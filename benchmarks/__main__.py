"""The benchmarks' command line: ``python -m benchmarks [--times N] [--class N] [one loop class hung kills]``."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import class_of_forks, killed_class, one_check, student_loop
from benchmarks.results import Goal

PARTS = ("one", "loop", "class", "hung", "kills")


def main() -> int:
    """The exit code: 0 if each goal was met, 1 if one was missed, 2 if nothing can be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What the checker costs.")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"any of {', '.join(PARTS)}; all by default")
    parser.add_argument("--times", type=int, default=3, help="runs of which the median counts")
    parser.add_argument("--class", type=int, default=100, dest="number", help="submissions of the class")
    arguments = parser.parse_args()
    if wrong := set(arguments.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(wrong))}")
    if not compiled():
        print("The libraries are not compiled to byte-code: each start would compile them, and each figure be false.")
        return 2
    met = True
    for part in arguments.parts or PARTS:
        print(f"\n== {part}")
        with tempfile.TemporaryDirectory(prefix="benchmark") as name:
            for goal in goals(part, Path(name), arguments.times, arguments.number):
                print(goal, flush=True)
                met = met and goal.met
    return 0 if met else 1


def goals(part: str, folder: Path, times: int, number: int) -> Iterator[Goal]:
    """The goals of one part."""
    if part == "one":
        yield from one_check.run(folder, times)
    elif part == "loop":
        yield from student_loop.run(folder, times)
    elif part == "class":
        yield from class_of_forks.run(folder, number)
    elif part == "hung":
        yield from class_of_forks.hung(folder)
    else:
        yield from killed_class.run(folder, min(number, killed_class.NUMBER))


def compiled() -> bool:
    """True if the byte-code of a large library lies beside its source, and byte-code may be written."""
    spec = importlib.util.find_spec("pandas")
    if spec is None or spec.origin is None or os.environ.get("PYTHONDONTWRITEBYTECODE"):
        return False
    return Path(importlib.util.cache_from_source(spec.origin)).exists()


if __name__ == "__main__":
    sys.exit(main())
