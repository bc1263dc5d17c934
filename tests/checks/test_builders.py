"""The builders of facts: each default is what a test that does not name it expects."""

from __future__ import annotations

from checker.facts.job import End
from checker.model import Location
from checker.testing import code, crashed, finished, main_run, tree


def test_a_run_ended_well_unless_the_test_says_otherwise():
    assert finished().succeeded
    assert main_run().succeeded
    assert not main_run(finished(status=1)).succeeded


def test_a_run_that_reached_a_limit_was_killed():
    assert [finished(end).status for end in (End.TIME, End.MEMORY, End.OUTPUT, End.SIGNAL)] == [9, 9, 9, 9]


def test_a_crash_has_its_status_and_its_innermost_place():
    outer, inner = Location("main.py", line=3), Location("functions.py", line=8)
    run = crashed("KeyError", "'Age'", (outer, "train()"), (inner, 'row["Age"]'))
    assert run.status == 1
    assert run.error.where == (inner,)


def test_code_has_the_parts_that_the_course_names():
    project = code({"main.py": "import functions\n", "functions.py": ""})
    assert (project.main, project.modules) == ("main.py", ("functions.py",))
    assert code({"run.py": ""}, main="run.py").substitute
    assert code(tree()).main == "main.py"
    assert code({}).main is None
