"""How runs end, and what is said of it: the same in both kinds of sandbox."""

from __future__ import annotations

import pytest

from checker.facts.actions import Command, Import, Script
from checker.facts.job import End, Finished, Job
from checker.facts.tree import Tree
from tests.sandbox.conftest import Runner

PROGRAMS = {
    "nothing": "",
    "prints": "import sys\nprint('out')\nprint('err', file=sys.stderr)",
    "exits with 3": "raise SystemExit(3)",
    "exits with 256": "raise SystemExit(256)",
    "exits with None": "raise SystemExit(None)",
    "exits with a message": "import sys\nsys.exit('goodbye')",
    "raises": "def f():\n    return {}['a']\n\nf()",
    "raises in a library": "import pandas as pd\npd.DataFrame({'a': [1]})['b']",
    "raises in a module": "import helper\nhelper.f(0)",
    "has a syntax error": "x = (1,\n",
    "imports a syntax error": "import broken",
    "misses a module": "import nowhere_to_be_found",
    "misses a file": "open('absent.csv')",
    "raises from": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('b') from e",
    "raises its own": "class Mine(Exception):\n    pass\n\nraise Mine('é')",
    "raises with a broken message": "class E(Exception):\n    def __str__(self):\n        1 / 0\n\nraise E",
    "recurses": "def f():\n    f()\n\nf()",
    "leaves at once": "import os\nprint('lost')\nos._exit(0)",
    "kills itself": "import os\nos.kill(os.getpid(), 9)",
    "aborts": "import os\nos.abort()",
    "closes its output": "import sys\nsys.stdout.close()",
    "closes everything": "import os\nos.closerange(0, 100)",
    "replaces the hook": "import sys\nsys.excepthook = lambda *a: print('mine')\n1 / 0",
    "has a thread that raises": "import threading\nthreading.Thread(target=lambda: 1 / 0).start()",
    "asks a question": "input('name? ')",
}
FILES = {"helper.py": "def f(x):\n    # a comment\n    return 1 / x\n", "broken.py": "def f(:\n    pass\n"}


def without_places(seen: Finished) -> tuple[object, ...]:
    """What has to be the same wherever it ran."""
    lines = [line for line in seen.errors.splitlines() if not line.strip().startswith("File ")]
    return seen.end, seen.status, seen.output, lines, seen.error, seen.cells, seen.where, seen.requests


@pytest.mark.parametrize("name", PROGRAMS)
def test_both_sandboxes_say_the_same(isolated: Runner, plain: Runner, name: str) -> None:
    first, second = (runner.script(PROGRAMS[name], FILES) for runner in (isolated, plain))
    assert without_places(first) == without_places(second)


@pytest.mark.parametrize("name", sorted({*PROGRAMS} - {"raises with a broken message"}))
def test_the_status_is_that_of_python(either: Runner, name: str) -> None:
    ours = either.script(PROGRAMS[name], FILES)
    theirs = either.job(Command("python main.py"), {"main.py": PROGRAMS[name], **FILES})
    assert (ours.end, ours.status) == (theirs.end, theirs.status)
    assert ours.output == theirs.output
    last = [seen.errors.strip().rpartition("\n")[2] for seen in (ours, theirs)]
    assert last[0] == last[1] or ours.end is End.SIGNAL


def test_a_file_that_is_not_utf8_is_a_syntax_error(either: Runner) -> None:
    tree = Tree.of({"main.py": "print('é')".encode("latin-1")})
    seen = either.sandbox.run(Job(tree=tree, action=Script("main.py")))
    assert seen.error.name == "SyntaxError"
    assert seen.status == 1


def test_a_message_of_exit_is_no_error_of_the_student(either: Runner) -> None:
    seen = either.script(PROGRAMS["exits with a message"])
    assert (seen.status, seen.errors, seen.error) == (1, "goodbye\n", None)


def test_an_error_is_placed_in_the_students_files(either: Runner) -> None:
    seen = either.script(PROGRAMS["raises in a module"], FILES)
    assert (seen.error.name, seen.error.message) == ("ZeroDivisionError", "division by zero")
    assert [(str(place), source) for place, source in seen.error.frames] == [
        ("main.py:2", "helper.f(0)"),
        ("helper.py:3", "return 1 / x"),
    ]
    assert "_inside" not in seen.errors
    assert "sandbox" not in seen.errors


def test_frames_of_libraries_are_left_out(either: Runner) -> None:
    seen = either.script(PROGRAMS["raises in a library"])
    assert (seen.error.name, seen.error.message) == ("KeyError", "'b'")
    assert [str(place) for place, _ in seen.error.frames] == ["main.py:2"]


def test_the_place_of_a_syntax_error_is_in_its_file(either: Runner) -> None:
    seen = either.script(PROGRAMS["imports a syntax error"], FILES)
    assert seen.error is not None
    assert [str(place) for place, _ in seen.error.frames] == ["main.py:1", "broken.py:1"]
    assert str(seen.error.where[0]) == "broken.py:1"


def test_an_import_runs_nothing_but_the_module(either: Runner) -> None:
    assert either.job(Import("helper"), FILES).succeeded
    seen = either.job(Import("broken"), FILES)
    assert seen.error is not None
    assert [str(place) for place, _ in seen.error.frames] == ["broken.py:1"]
    seen = either.job(Import("main"), {"main.py": "if __name__ == '__main__':\n    print('run')\nprint(__name__)"})
    assert seen.output == "main\n"


@pytest.mark.parametrize("leaves", ["raise SystemExit(0)", "import os\nos._exit(0)"])
def test_an_import_that_does_not_come_back_is_told_from_one_that_does(either: Runner, leaves: str) -> None:
    seen = either.job(Import("quits"), {"quits.py": leaves})
    assert seen.succeeded
    assert seen.result is None
    assert either.job(Import("helper"), FILES).result == {"imported": True}


def test_deep_recursion_keeps_its_ends(either: Runner) -> None:
    seen = either.script(PROGRAMS["recurses"])
    assert seen.error.name == "RecursionError"
    assert 10 < len(seen.error.frames) <= 60
    assert str(seen.error.frames[0][0]) == "main.py:4"


def test_a_script_that_is_not_there(either: Runner) -> None:
    seen = either.job(Script("absent.py"), {"a.py": ""})
    assert seen.status == 2
    assert "can't open file" in seen.errors


def test_forged_reports_are_survived(either: Runner) -> None:
    seen = either.script(r"""
        import os
        frames = b'[[1], ["/etc/passwd", 1, "z"], ["a.py", "b", 2]]'
        junk = [b'{"error": {"name": 3}}\n', b'{"error": [1]}\n', b'[' * 100000 + b'\n', b'\xff\xfe\n']
        junk += [b'{"result": 1}\n', b'{"error": {"name": "x", "message": "y", "frames": ' + frames + b'}}\n']
        for number in range(3, 20):
            for line in junk:
                try:
                    os.write(number, line)
                except OSError:
                    pass
    """)
    assert (seen.end, seen.status) == (End.EXIT, 0)
    assert not seen.succeeded  # whoever says that it failed, has
    assert seen.result is None
    assert seen.error is None or seen.error.frames == ()
