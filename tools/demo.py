"""The program of ``make demo``: a starter is made and graded, then mended step by step by the solutions.

The results stay in ``demo/``: the starter, to try the checker on, and ``report.md``, to open.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from checker.cli.solutions import legend, table
from checker.cli.surroundings import language_of
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader
from checker.locale import Speech
from checker.model import Report
from checker.render import markdown, terminal
from checker.solution_matrix import Column, columns
from checker.template import new

FOLDER = Path("demo")


def main() -> int:
    """Run the demonstration in the current folder. Returns 1 if a solution does not prove the course."""
    speech = Speech(language_of(os.environ))
    if FOLDER.exists():
        shutil.rmtree(FOLDER)
    FOLDER.mkdir()
    starter = new(FOLDER / "titanic", language=speech.language, no_input=True)
    say(f"1. checker new {starter}")
    with Grader(GradingOptions(language=speech.language)) as grader:
        report = grader.grade(Submission(path=starter, own=True)).report
    say(f"2. checker check {starter}")
    print(terminal.render(report, speech))
    say("3. checker solutions check")
    graded = list(columns(language=speech.language, on_state=lambda step: print(step, end=" ", flush=True)))
    print()
    print(table(graded))
    print(legend(speech))
    faults = [fault for column in graded for fault in column.faults]
    for fault in faults:
        print(speech.say(fault), file=sys.stderr)
    page = FOLDER / "report.md"
    page.write_text(document(speech, report, graded), encoding="utf-8")
    print(f"\n{page.resolve()}")
    return 1 if faults else 0


def document(speech: Speech, starter: Report, graded: list[Column]) -> str:
    """One page: the report of the starter, the matrix, and the report of the last solution."""
    last = graded[-1]
    return "\n".join(
        [
            markdown.render(starter, speech),
            "```text",
            table(graded),
            "```",
            "",
            markdown.render(last.report, speech),
        ],
    )


def say(command: str) -> None:
    """Print a command as typed in a shell."""
    print(f"\n{command}\n{'─' * len(command)}")


if __name__ == "__main__":
    sys.exit(main())
