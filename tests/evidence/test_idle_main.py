"""A main script that does nothing is known by its run, and the line is found in its source."""

from __future__ import annotations

import pytest

from checker.course import load
from checker.evidence.project.code import read_code
from checker.evidence.runs.idle_main import idle_main, main_source
from checker.facts.job import End, Finished, StudentError
from checker.facts.main_script import Idleness
from checker.facts.observation import Holder, Imported, Observation, Opened, ProjectFunction, Read
from checker.facts.tree import Tree

COURSE = load().course
WORK = "from functions import train\n\n\ndef main():\n    train()\n\n\n"
OWN = ProjectFunction("main.py", "main", 4, Holder.SCRIPT)
MODULE = ProjectFunction("functions.py", "train", 1, Holder.MODULE)
QUIET = Observation(functions=(OWN,))


def ended(output: str = "") -> Finished:
    return Finished(end=End.EXIT, status=0, seconds=1.0, output=output)


def idle(source: str, finished: Finished | None = None, seen: Observation | None = QUIET):
    files = Tree.of({"main.py": source, "functions.py": "def train():\n    print(1)\n"})
    return idle_main(read_code(files, COURSE, None), COURSE, finished or ended(), seen)


@pytest.mark.parametrize(
    ("source", "why", "place", "what"),
    [
        ("", Idleness.EMPTY, "main.py", ""),
        ('"""Train."""\n', Idleness.EMPTY, "main.py", ""),
        ("from functions import train\n\nN_TREES = 20\n", Idleness.EMPTY, "main.py", ""),
        ("def main():\n    pass\n\n\nmain()\n", Idleness.EMPTY, "main.py", ""),
        ('print("0.81", [[87, 13], [21, 58]][0])\n', Idleness.UNEXPLAINED, "main.py", ""),
        ('def main():\n    print("Hello")\n\n\nmain()\n', Idleness.PRINTING, "main.py:2", "Hello"),
        (f'{WORK}if __name__ == "main":\n    main()\n', Idleness.GUARD, "main.py:8", "__name__ == 'main'"),
        (f'{WORK}if "__name__" == "__main__":\n    main()\n', Idleness.GUARD, "main.py:8", "'__name__' == '__main__'"),
        (f'{WORK}if __name__ != "__main__":\n    main()\n', Idleness.GUARD, "main.py:8", "__name__ != '__main__'"),
        (f"{WORK}if False:\n    main()\n", Idleness.GUARD, "main.py:8", "False"),
        (f'{WORK}if not __name__ == "__main__":\n    main()\n', Idleness.GUARD, "main.py:8", ""),
        (WORK, Idleness.UNCALLED, "main.py:4", "main"),
        (f'{WORK}print("Done")\n', Idleness.UNCALLED, "main.py:4", "main"),
        (f'{WORK}if __name__ == "__main__":\n    main\n', Idleness.NAMED, "main.py:9", "main"),
        (f"{WORK}value = len([1])\nmain = main\n", Idleness.UNEXPLAINED, "main.py", ""),
    ],
)
def test_the_reason_and_its_line(source: str, why: Idleness, place: str, what: str) -> None:
    found = idle(source)
    assert (found.why, str(found.where)) == (why, place)
    assert what in found.what


@pytest.mark.parametrize(
    "seen",
    [
        None,
        Observation(functions=(OWN, MODULE)),
        Observation(reads=(Read("pandas.read_csv", "a.csv", 3, ("a",)),)),
        Observation(opened=(Opened("train.csv", inside=True, writing=False),)),
        Observation(started_others=True),
    ],
)
def test_what_was_seen_at_work_is_not_idle(seen: Observation | None) -> None:
    assert idle(WORK, seen=seen) is None


def test_a_run_that_only_writes_is_idle() -> None:
    assert idle(WORK, seen=Observation(opened=(Opened("run.log", inside=True, writing=True),))) is not None


def test_a_crash_is_no_idleness() -> None:
    assert idle(WORK, Finished(end=End.EXIT, status=1, seconds=1.0, error=StudentError("KeyError", "'a'"))) is None


def test_a_library_that_nothing_observes_may_have_printed_results() -> None:
    seen = Observation(imports=(Imported("xgboost", None),))
    source = "import xgboost\n\nprint(xgboost.results())\n"
    assert idle(source, ended("accuracy 0.81"), seen) is None
    assert idle(source, ended(), seen) is not None
    assert idle('print("accuracy 0.81")\n', ended("accuracy 0.81"), seen) is not None


def test_another_script_holds_the_work() -> None:
    work = "from sklearn.ensemble import RandomForestClassifier\n\nRandomForestClassifier().fit(x, y)\n"
    files = Tree.of({"main.py": 'print("Hello")\n', "src/train.py": work})
    assert idle_main(read_code(files, COURSE, None), COURSE, ended(), Observation()).elsewhere == "src/train.py"


@pytest.mark.parametrize(
    ("source", "holds_work"),
    [("", False), ('print("Hello")\n', False), (WORK, True), ("import os\n\nos.system('x')\n", True), ("a b\n", True)],
)
def test_a_script_may_hold_work_whatever_becomes_of_it(source: str, holds_work: bool) -> None:
    assert main_source(read_code(Tree.of({"main.py": source}), COURSE, None), COURSE).holds_work is holds_work


def test_functions_that_call_each_other_twice_take_linear_time():
    chain = "".join(f"def f{n}():\n    f{n + 1}()\n    f{n + 1}()\n\n" for n in range(200))
    code = read_code(Tree.of({"main.py": f"{chain}def f200():\n    f0()\n\nf0()\n"}), COURSE, None)
    assert code.main_file is not None
    assert not main_source(code, COURSE).holds_work
