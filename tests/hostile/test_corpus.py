"""Each hostile submission gets the verdict that it must get, and leaves nothing behind."""

from __future__ import annotations

import itertools
import os
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from checker.course import load
from checker.facts.options import GradingOptions
from checker.grader import Grader, Outcome
from checker.locale import Speech
from checker.model import Errored, Failed, Passed, Unavailable
from checker.render.registry import FORMATS, renderer
from checker.sandbox.capabilities import capabilities
from tests.conftest import graded_by, result_of, shell
from tests.hostile.conftest import Ears, Eyes, strange_processes
from tests.hostile.corpus.model import SECRET, Expected, Hostile
from tests.hostile.corpus.registry import FAMILIES
from tests.mutants.model import Edit, Replace, Shell, Write, apply
from tests.mutants.test_mutants import explanation
from tests.render import runner

pytestmark = pytest.mark.slow

Copy = Callable[[str], Path]
HONEST = ("main-runs", "main-reports")


@pytest.fixture(scope="module")
def real(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grader]:
    """The grader of an instructor who has secrets. All hostile submissions go through it, one by one."""
    if capabilities().namespaces is not None:
        pytest.skip(str(capabilities().namespaces))
    before = installed()
    kept = tmp_path_factory.mktemp("kept")
    with Grader(GradingOptions(sandbox="bubblewrap", docker="off", cache=kept, lasting=True)) as opened:
        yield opened
    assert installed() == before


@pytest.fixture(scope="module")
def next_one_is_unharmed(real: Grader, solution: Callable[[str], Path]) -> Iterator[Callable[[], None]]:
    """Grades an honest submission after every fourth hostile one, and after the last."""
    turn = itertools.count(1)

    def graded() -> None:
        honest = graded_by(real, solution("1.5"), checks=HONEST)
        assert [type(result_of(honest.report, check).verdict) for check in HONEST] == [Passed, Passed]

    def in_turn() -> None:
        if next(turn) % 4 == 0:
            graded()

    yield in_turn
    graded()


def installed() -> dict[str, tuple[int, int]]:
    """All files that Python and its packages consist of: when each was changed, and its size. No byte-code."""
    files: dict[str, tuple[int, int]] = {}
    for folder in {sysconfig.get_paths()["purelib"], sysconfig.get_paths()["stdlib"]}:
        for place, folders, names in os.walk(folder):
            folders[:] = [name for name in folders if name != "__pycache__"]
            for name in names:
                found = Path(place, name).lstat()
                files[f"{place}/{name}"] = found.st_mtime_ns, found.st_size
    return files


@pytest.fixture
def hurried(tmp_path: Path) -> Callable[..., str]:
    """The course with a limit in seconds for each run and one for a whole grading, as a file."""

    def limited(seconds: float, total: float = 1200) -> str:
        source = Path(load().path).read_text(encoding="utf-8")
        was = next(line for line in source.splitlines() if line.startswith("limits:"))
        runs = ", ".join(f"{name}: {seconds}" for name in ("notebook", "main", "other", "history"))
        now = f"limits: {{{runs}, total: {total}}}"
        path = tmp_path / "course.yaml"
        path.write_text(source.replace(was, now), encoding="utf-8")
        return str(path)

    return limited


def made(case: Hostile, copy_of: Copy, names: dict[str, str]) -> Path:
    """The repository of *case*."""
    folder = copy_of(case.base)
    apply(tuple(_placed(edit, names) for edit in case.edits), folder)
    if case.commit:
        shell("git add -A && git commit -q --allow-empty --no-verify -m 'Work on it'", folder)
    return folder


def _placed(edit: Edit, names: dict[str, str]) -> Edit:
    def placed(words: str) -> str:
        for name, place in names.items():
            words = words.replace(name, place)
        return words

    match edit:
        case Write(_, str() as content):
            return replace(edit, content=placed(content))
        case Replace(_, _, new):
            return replace(edit, new=placed(new))
        case Shell(line):
            return Shell(placed(line))
        case _:
            return edit


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """All files below *folder*, those of git included: when each was changed, and what it holds."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    small = ((path, path.stat()) for path in files)
    return {str(path): (st.st_mtime_ns, path.read_bytes() if st.st_size < 1_000_000 else b"") for path, st in small}


def agrees(outcome: Outcome, expected: Expected) -> None:
    """The verdict is the one that is *expected*."""
    verdict = result_of(outcome.report, expected.check).verdict
    said = explanation(verdict)
    assert isinstance(verdict, expected.verdict), f"{expected.check}: {verdict}"
    assert expected.says in said, said
    if isinstance(verdict, Failed):
        places = [str(place) for place in verdict.where]
        assert not expected.where or expected.where in places, places


def shown(outcome: Outcome) -> str:
    """All that can be read of *outcome*, in every format and language, and what a log of faults would hold.

    Annotations are read as their runner reads them: commands are what they consist of.
    """
    names = [name for name in FORMATS if name != "github"]
    written = [renderer(name)(outcome.report, Speech(code)) for name in names for code in ("en", "fr")]
    for code in ("en", "fr"):
        log = runner.read(renderer("github")(outcome.report, Speech(code)))
        assert log.obeyed == []
        written += [*log.plain, *(one.message for one in log.annotations)]
    return "\n".join([*written, repr(outcome.report), *outcome.faults.values()])


def broken(outcome: Outcome) -> dict[str, str]:
    """The checks that broke, with their faults."""
    results = [check for step in outcome.report.steps for check in step.checks]
    return {one.id: one.verdict.fault for one in results if isinstance(one.verdict, Errored)}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=f"{family}--{case.name}".replace(" ", "-"))
        for family, cases in FAMILIES.items()
        for case in cases
    ],
)
def test_hostile(
    case: Hostile,
    copy_of: Copy,
    hurried: Callable[..., str],
    real: Grader,
    ears: Ears,
    eyes: Eyes,
    home: Path,
    next_one_is_unharmed: Callable[[], None],
) -> None:
    folder = made(case, copy_of, {**ears.names, "@HOME@": str(home)})
    before = contents(folder)
    started = time.monotonic()
    checks = () if case.whole else tuple(expected.check for expected in case.expected)
    outcome = graded_by(real, folder, checks=checks, course=hurried(case.seconds, case.within), own=False)
    took = time.monotonic() - started
    assert not broken(outcome)
    for expected in case.expected:
        agrees(outcome, expected)
    assert took < 1.1 * case.within
    said = shown(outcome)
    for word in (SECRET, *case.never_says):
        assert word not in said
    assert eyes.left() == []
    assert ears.heard() == []
    assert contents(folder) == before
    next_one_is_unharmed()


_MEETING = """
import contextlib, os, socket, time
from multiprocessing import shared_memory
NAME = "meeting"
with contextlib.suppress(OSError):
    ear = socket.socket(socket.AF_UNIX)
    ear.bind("\\0" + NAME)
    ear.listen()
for folder in ("/tmp", "/dev/shm", "/home/student", "/run/user/1000"):
    with contextlib.suppress(OSError):
        if os.path.exists(os.path.join(folder, NAME)):
            raise RuntimeError("met in " + folder)
        open(os.path.join(folder, NAME), "x").close()
own = shared_memory.SharedMemory("shared", create=True, size=10)
time.sleep(1.5)
ear.setblocking(False)
with contextlib.suppress(BlockingIOError):
    ear.accept()
    raise RuntimeError("heard")
if len([name for name in os.listdir("/proc") if name.isdigit()]) > 4:
    raise RuntimeError("seen")
own.unlink()
"""


def test_two_at_the_same_time_do_not_meet(copy_of: Copy, real: Grader, eyes: Eyes) -> None:
    folders = [copy_of("1.5"), copy_of("1.5")]
    for folder in folders:
        main = folder / "main.py"
        main.write_text(main.read_text().replace("N_TREES = 20\n", "N_TREES = 20\n" + _MEETING))

    def graded(folder: Path) -> Outcome:
        return graded_by(real, folder, checks=("main-runs",))

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(graded, folders))
    for outcome in outcomes:
        verdict = result_of(outcome.report, "main-runs").verdict
        assert isinstance(verdict, Passed), explanation(verdict)
    assert eyes.left() == []


def test_seen_from_outside_a_run_has_no_way_to_the_network(copy_of: Copy, real: Grader) -> None:
    folder = copy_of("1.5")
    (folder / "main.py").write_text("import time\ntime.sleep(3)\n")
    asked = threading.Thread(target=graded_by, args=(real, folder), kwargs={"checks": ("main-runs",)})
    asked.start()
    seen: set[tuple[str, ...]] = set()
    while asked.is_alive():
        for process in strange_processes():
            try:
                lines = Path(f"/proc/{process.pid}/net/dev").read_text().splitlines()[2:]
                routes = Path(f"/proc/{process.pid}/net/route").read_text().splitlines()[1:]
                inside = not Path(f"/proc/{process.pid}/ns/net").samefile("/proc/self/ns/net")
            except OSError:
                continue
            if inside:
                seen.add((*(line.partition(":")[0].strip() for line in lines), *routes))
        time.sleep(0.1)
    asked.join()
    assert seen == {("lo",)}


def test_after_all_that_the_next_one_gets_the_whole_grade(copy_of: Copy, real: Grader, eyes: Eyes, ears: Ears) -> None:
    report = graded_by(real, copy_of("2.2"), up_to="2.2").report
    bad = [
        (check.id, check.verdict)
        for step in report.steps
        for check in step.checks
        if not isinstance(check.verdict, Passed | Unavailable)
    ]
    assert [identity for identity, _ in bad if identity != "pull-request"] == []
    assert eyes.left() == []
    assert ears.heard() == []


_HOLDS_ON = """
import os, signal, threading, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
"""
SLOW = {
    "sleeps": "time.sleep(300)\n",
    "loops": "while True:\n    pass\n",
    "loops in many threads": "for _ in range(50):\n    threading.Thread(target=time.sleep, args=(300,)).start()\n",
    "leaves children behind": "for _ in range(20):\n    os.fork() or (os.setsid(), time.sleep(300))\ntime.sleep(300)\n",
    "says little, for ever": "while True:\n    print('.', flush=True)\n    time.sleep(0.01)\n",
}
_TOTAL = 20


@pytest.mark.slow
@pytest.mark.parametrize("slow", SLOW)
def test_a_whole_grading_holds_its_time(
    slow: str, copy_of: Copy, hurried: Callable[..., str], real: Grader, eyes: Eyes
) -> None:
    """Each run may take five minutes, and all of it twenty seconds: main and a module of it go on for ever."""
    folder = copy_of("1.7")
    endless = _HOLDS_ON + SLOW[slow]
    for path in ("main.py", "src/data/import_data.py"):
        (folder / path).write_text(endless + (folder / path).read_text())
    shell("git commit -q -a -m 'Work on it'", folder)
    started = time.monotonic()
    outcome = graded_by(real, folder, course=hurried(300, _TOTAL), own=False)
    took = time.monotonic() - started
    assert took < 1.1 * _TOTAL, took
    assert not broken(outcome)
    standalone, runs = (result_of(outcome.report, check).verdict for check in ("functions-standalone", "main-runs"))
    assert isinstance(standalone, Failed), standalone
    assert isinstance(runs, Failed), runs
    assert "Too slow" in explanation(runs)
    assert eyes.left() == []
