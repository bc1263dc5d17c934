"""What is begun before it is known what will run is taken over, or gone."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from checker.facts.actions import Notebook, Script
from checker.facts.job import Job
from checker.facts.tree import Tree
from checker.preloading import preloaded_libraries
from checker.sandbox.open import open_sandbox
from checker.sandbox.process.prestart import Prestarted, prestarted_for
from checker.sandbox.process.process_sandbox import ProcessSandbox
from tests.sandbox.conftest import notebook

LIBRARIES = preloaded_libraries(None)
MAIN = Job(tree=Tree.of({"main.py": "import pandas\nprint(pandas.Series([1, 2]).sum())\n"}), action=Script("main.py"))
BEGINNING = """
import os, time
from checker.preloading import preloaded_libraries
from checker.sandbox.process.prestart import Prestarted
begun = Prestarted(preloaded_libraries(None))
print(begun.folder, *(parent._process.pid for parent in begun._zygotes.values()), flush=True)
time.sleep(1000)
"""


def _processes(begun: Prestarted) -> dict[str, psutil.Process]:
    return {name: psutil.Process(parent._process.pid) for name, parent in begun._zygotes.items()}


def _gone(process: psutil.Process, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_a_sandbox_goes_on_with_what_was_begun() -> None:
    with Prestarted(LIBRARIES) as begun:
        processes = _processes(begun)
        with open_sandbox(libraries=LIBRARIES, begun=begun) as sandbox:
            assert isinstance(sandbox, ProcessSandbox)
            finished = sandbox.run(MAIN)
            assert finished.output == "3\n", finished.errors
            assert sandbox._folder == begun.folder
            assert {name: sandbox._zygotes[name]._process.pid for name in processes} == {
                name: process.pid for name, process in processes.items()
            }
        assert all(map(_gone, processes.values()))
    assert not Path(begun.folder).exists()


@pytest.mark.slow
def test_a_second_sandbox_begins_anew() -> None:
    again = partial(open_sandbox, libraries=LIBRARIES)
    with Prestarted(LIBRARIES) as begun, again(begun=begun), again(begun=begun) as second:
        assert isinstance(second, ProcessSandbox)
        assert second._folder != begun.folder
        assert second.run(MAIN).output == "3\n"


def test_what_nobody_took_is_ended_at_once() -> None:
    with Prestarted(LIBRARIES) as begun:
        processes = _processes(begun)
        assert Path(begun.folder).is_dir()
        started = time.monotonic()
    assert all(_gone(process, 0.1) for process in processes.values())
    assert not Path(begun.folder).exists()
    assert time.monotonic() - started < 5


def test_it_ends_with_who_began_it() -> None:
    process = subprocess.Popen([sys.executable, "-c", BEGINNING], stdout=subprocess.PIPE, text=True)
    with process:
        folder, *numbers = process.stdout.readline().split()
        begun = [psutil.Process(int(number)) for number in numbers]
        process.send_signal(signal.SIGKILL)
    assert all(map(_gone, begun))
    assert not Path(folder).exists()


@pytest.mark.parametrize(
    ("files", "expected"),
    [((), False), (("README.md", "data/x.csv"), False), (("main.py",), True), (("notebooks/a.ipynb",), True)],
)
def test_it_is_begun_only_where_something_may_run(files: tuple[str, ...], expected: bool, tmp_path: Path) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    with prestarted_for(tmp_path, LIBRARIES) as begun:
        assert (begun is not None) == expected
    with prestarted_for(tmp_path / "nowhere", LIBRARIES) as begun:
        assert begun is None


def test_where_nothing_can_be_begun_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "main.py").touch()

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr("checker.sandbox.process.zygote.subprocess.Popen", refuse)
    with prestarted_for(tmp_path, LIBRARIES) as begun:
        assert begun is None


@pytest.mark.slow
def test_notebooks_have_a_parent_that_came_of_the_programs_one() -> None:
    cells = Job(tree=Tree.of({"a.ipynb": notebook("import seaborn\n1 + 1")}), action=Notebook("a.ipynb"))
    seen = Job(
        tree=Tree.of({"main.py": "import sys\nprint('sea' 'born' in sys.modules, 'pandas' in sys.modules)\n"}),
        action=Script("main.py"),
    )
    drawing = Tree.of({"main.py": "import sys\nprint('sea' 'born' in sys.modules)  # a plot\n"})
    with open_sandbox(libraries=LIBRARIES) as sandbox:
        assert isinstance(sandbox, ProcessSandbox)
        assert sandbox.run(seen).output == "False True\n"
        assert "notebooks" not in sandbox._zygotes
        assert sandbox.run(cells).succeeded
        assert sandbox.run(seen).output == "False True\n"
        assert sandbox.run(Job(tree=drawing, action=Script("main.py"))).output == "True\n"
        first = psutil.Process(sandbox._zygotes["runs"]._process.pid)
        (second,) = first.children()
        assert sandbox._zygotes["notebooks"].alive
        second.kill()
        deadline = time.monotonic() + 10
        while sandbox._zygotes["notebooks"].alive and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not sandbox._zygotes["notebooks"].alive
        assert sandbox.run(cells).succeeded  # by another one
        assert sandbox._zygotes["notebooks"].alive
        assert sandbox.run(seen).output == "False True\n"
