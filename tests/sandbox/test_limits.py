"""Programs that want too much, or never end."""

from __future__ import annotations

import pytest

from checker.facts.actions import Command
from checker.facts.job import End, RunLimits
from checker.sandbox.capabilities import capabilities
from tests.sandbox.conftest import Runner

MEMORY = 1 << 29


def test_an_endless_loop_is_ended_and_placed(either: Runner) -> None:
    seen = either.script(
        "import helper\nhelper.wait()", {"helper.py": "def wait():\n    while True:\n        pass"}, seconds=1
    )
    assert (seen.end, seen.succeeded) == (End.TIME, False)
    assert [place.path for place in seen.where] == ["helper.py"]
    assert seen.where[0].line in (2, 3)
    assert seen.seconds < 4


@pytest.mark.slow
@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.sleep(100)",
        "import signal, time\nfor s in (1, 2, 3, 15):\n    signal.signal(s, signal.SIG_IGN)\ntime.sleep(100)",
        "sum(range(10**12))",
        "import re\nre.match('(a+)+$', 'a' * 60 + 'b')",
        "import threading\nthreading.Thread(target=lambda: [None for _ in iter(int, 1)]).start()",
        "import subprocess\nsubprocess.run(['sleep', '100'])",
    ],
)
def test_what_does_not_end_is_ended(either: Runner, source: str) -> None:
    seen = either.script(source, seconds=0.7)
    assert seen.end is End.TIME
    assert seen.seconds < 3


def test_waiting_for_a_library_is_placed_at_the_students_line(either: Runner) -> None:
    seen = either.script("import subprocess\n\nsubprocess.run(['sleep', '100'])", seconds=0.7)
    assert [str(place) for place in seen.where] == ["main.py:3"]


def test_a_module_that_never_returns_from_import(either: Runner) -> None:
    seen = either.script("import slow", {"slow.py": "import time\ntime.sleep(100)"}, seconds=0.7)
    assert [str(place) for place in seen.where] == ["slow.py:2"]


@pytest.mark.parametrize(
    "source", ["while True:\n    print('x' * 1000)", "import os\nwhile True:\n    os.write(2, b'x' * 10000)"]
)
def test_output_is_cut_at_its_limit(either: Runner, source: str) -> None:
    seen = either.script(source, output=50_000)
    assert seen.end is End.OUTPUT
    assert len(seen.output) + len(seen.errors) == 50_000


def test_memory_of_one_process(either: Runner) -> None:
    seen = either.script("x = []\nwhile True:\n    x.append(bytearray(20_000_000))", memory=MEMORY)
    assert seen.end is End.MEMORY
    assert not seen.succeeded


def test_memory_of_many_processes(either: Runner) -> None:
    if capabilities().groups is not None:
        pytest.skip("no control group here")
    seen = either.script(
        """
        import os, time
        for _ in range(6):
            if os.fork() == 0:
                held = bytearray(200_000_000)
                for at in range(0, len(held), 4096):
                    held[at] = 1
                time.sleep(0.5)
                os._exit(0)
        raise SystemExit(any(os.wait()[1] for _ in range(6)))
        """,
        memory=MEMORY,
    )
    assert seen.end is End.MEMORY


def test_an_honest_array_fits(either: Runner) -> None:
    seen = either.script("import numpy as np\nprint(np.ones(50_000_000).sum())", memory=1 << 30)
    assert seen.output == "50000000.0\n"


def test_a_fork_bomb_is_contained(either: Runner) -> None:
    seen = either.script(
        """
        import os, time
        made = 0
        while True:
            try:
                if os.fork() == 0:
                    time.sleep(100)
                made += 1
            except OSError:
                print(made)
                break
        """,
        processes=40,
    )
    assert seen.succeeded, seen
    assert int(seen.output) < 80


def test_a_bomb_that_goes_on_is_ended(either: Runner) -> None:
    seen = either.script(
        """
        import os
        while True:
            try:
                os.fork()
            except OSError:
                pass
        """,
        processes=30,
        seconds=1,
    )
    assert seen.end is End.TIME
    assert seen.seconds < 10


def test_a_disk_cannot_be_filled_by_one_file(either: Runner) -> None:
    seen = either.script(
        "with open('x', 'wb') as f:\n    while True:\n        f.write(bytes(1_000_000))", written=20_000_000
    )
    assert seen.error.name == "OSError"


@pytest.mark.parametrize("folder", [".", "/tmp", "/dev/shm", "/run/user/1000"])
def test_a_disk_cannot_be_filled_by_many_files(isolated: Runner, folder: str) -> None:
    seen = isolated.script(
        f"""
        n = 0
        while n < 400:
            with open("{folder}/" + str(n), "wb") as f:
                f.write(bytes(1_000_000))
            n += 1
        """,
        written=20_000_000,
    )
    assert seen.error.message.startswith("[Errno 28]")


def test_many_open_files(either: Runner) -> None:
    seen = either.script("files = []\nwhile True:\n    files.append(open('/dev/null'))")
    assert seen.error.message.startswith("[Errno 24]")


def test_a_command_has_limits_too(either: Runner) -> None:
    assert either.job(Command("sleep 100"), {}, seconds=0.5).end is End.TIME
    assert either.job(Command("yes"), {}, output=10_000).end is End.OUTPUT
    seen = either.job(Command("sleep 100 & echo started"), {})
    assert seen.succeeded
    assert seen.seconds < 5


def test_the_defaults_are_generous() -> None:
    assert RunLimits().seconds >= 60
    assert RunLimits().memory >= 1 << 30
