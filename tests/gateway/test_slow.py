"""A network that makes a program wait is no fault of the program."""

from __future__ import annotations

import pytest

from checker.facts.actions import Script
from checker.facts.job import End, Job, RunLimits, ServedData
from checker.facts.tree import Tree

pytestmark = pytest.mark.slow

READ = "import urllib.request as u; print(len(u.urlopen('http://example.org/train.csv').read()))\n"
SLOW = ServedData({"train": b"a\n1\n"}, delay=3.0, delayed=1)


def job(source: str) -> Job:
    return Job(
        tree=Tree.of({"main.py": source}), action=Script("main.py"), served_data=SLOW, limits=RunLimits(seconds=2)
    )


def test_a_program_is_given_the_time_that_it_was_made_to_wait(sandbox):
    finished = sandbox.run(job(READ))
    assert (finished.succeeded, finished.output) == (True, "4\n")
    assert finished.seconds > 3


def test_and_no_more_than_that(sandbox):
    finished = sandbox.run(job(READ + "while True: pass\n"))
    assert finished.end is End.TIME
    assert finished.seconds < 10
