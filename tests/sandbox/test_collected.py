"""Files that are taken out after a run: which ones, within which bounds, and what hostile ones do not reach."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace
from pathlib import Path

import pytest

from checker.facts.actions import Command, Script
from checker.facts.collected import Collect, Collected, LeftOut
from checker.facts.job import End, Finished, Job
from checker.facts.tree import Tree
from checker.sandbox.cache.caching import CachingSandbox, repeatable
from checker.sandbox.process import collecting
from checker.sandbox.process.collecting import collected, opened_folder, read_file
from tests.sandbox.conftest import Runner


def taken(folder: Path, *patterns: str, **bounds: int) -> Collected:
    with opened_folder(os.fspath(folder)) as opened:
        return collected(opened, Collect(patterns, **bounds))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in ("a.txt", "b.csv", "out/c.txt", "out/deep/d.txt", "out/deep/deeper/e.csv", ".hidden/f.txt"):
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(path)
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("a.txt", ["a.txt"]),
        ("*.txt", ["a.txt"]),
        ("out/*", ["out/c.txt"]),
        ("out", []),
        ("out/**", ["out/c.txt", "out/deep/d.txt", "out/deep/deeper/e.csv"]),
        ("a.txt/**", []),
        ("**/*.csv", ["b.csv", "out/deep/deeper/e.csv"]),
        ("**/deep/**/*.[ct]*", ["out/deep/d.txt", "out/deep/deeper/e.csv"]),
        ("**/**/e.csv", ["out/deep/deeper/e.csv"]),
        ("*/f.txt", [".hidden/f.txt"]),
        ("o?t/c.txt", ["out/c.txt"]),
        ("../*", []),
        ("/etc/passwd", []),
        ("./a.txt", []),
        ("", []),
    ],
)
def test_a_pattern_names_files(folder: Path, pattern: str, paths: list[str]) -> None:
    found = taken(folder, pattern)
    assert (list(found.files), found.complete) == (paths, True)
    assert all(body.decode() == path for path, body in found.files.items())


def test_a_file_is_taken_once_and_in_the_order_of_paths(folder: Path) -> None:
    assert list(taken(folder, "out/*", "**/*.txt", "a.txt").files) == [
        ".hidden/f.txt", "a.txt", "out/c.txt", "out/deep/d.txt",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("bounds", "files", "left_out"),
    [
        ({"most_files": 1}, ["1"], {"2": LeftOut.NUMBER, "3": LeftOut.NUMBER}),
        ({"file_bytes": 20}, ["1", "3"], {"2": LeftOut.FILE_BYTES}),
        ({"total_bytes": 45}, ["1", "2"], {"3": LeftOut.TOTAL_BYTES}),
        ({"total_bytes": 25}, ["1", "3"], {"2": LeftOut.TOTAL_BYTES}),
    ],
)
def test_each_bound_is_named(
    tmp_path: Path, bounds: dict[str, int], files: list[str], left_out: dict[str, LeftOut]
) -> None:
    for name, size in (("1", 10), ("2", 30), ("3", 15)):
        (tmp_path / name).write_bytes(b"x" * size)
    found = taken(tmp_path, "*", **bounds)
    assert (list(found.files), dict(found.left_out), found.complete) == (files, left_out, False)


def test_neither_names_nor_entries_nor_folders_are_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "_MOST_ENTRIES", 500)
    for number in range(400):
        (tmp_path / f"a{number}").touch()
    (tmp_path / "b").mkdir()
    for number in range(400):
        (tmp_path / "b" / f"c{number}").touch()
    found = taken(tmp_path, "**/*", most_files=150)
    assert len(found.files) == 150
    assert len(found.left_out) == 100
    assert found.unnamed == 250 + 99 + 1 - 100
    assert not found.repeatable
    deep = tmp_path.joinpath(*"d" * 100)
    deep.mkdir(parents=True)
    (deep / "e").touch()
    assert list(taken(tmp_path, "d/**/e").left_out.values()) == [LeftOut.DEPTH]


@pytest.mark.parametrize("size", [9, 20])
def test_a_file_that_changes_meanwhile_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    place = tmp_path / "log"
    place.write_text("one line\n")
    moments = itertools.count(10**18)
    look = os.fstat

    def seen(descriptor: int) -> os.stat_result:
        status = look(descriptor)
        os.truncate(place, size)
        os.utime(place, ns=(0, next(moments)))
        return status

    monkeypatch.setattr(collecting.os, "fstat", seen)
    assert taken(tmp_path, "log").left_out == {"log": LeftOut.CHANGED}


@pytest.mark.parametrize("kind", ["pipe", "link", "folder", "absent"])
def test_one_file_is_read_without_waiting_and_following(tmp_path: Path, kind: str) -> None:
    (tmp_path / "aim").write_text("x")
    match kind:
        case "pipe":
            os.mkfifo(tmp_path / "pipe")
        case "link":
            (tmp_path / "link").symlink_to("aim")
        case "folder":
            (tmp_path / "folder").mkdir()
    with opened_folder(os.fspath(tmp_path)) as opened:
        why = read_file(opened, kind, 100)
    assert (
        why
        in {
            "pipe": (LeftOut.SPECIAL,),
            "link": (LeftOut.LINK,),
            "folder": (LeftOut.SPECIAL,),
            "absent": (LeftOut.UNREADABLE,),
        }[kind]
    )


def test_a_run_has_its_files_taken_out(either: Runner) -> None:
    finished = either.script(
        """
        import os
        os.makedirs("out/deep")
        open("out/deep/figure.png", "wb").write(bytes(range(256)))
        open("mine.txt", "a").write(" and more")
        """,
        {"mine.txt": "there before", "other.txt": ""},
        collect=Collect(("out/**", "mine.txt", "absent/*")),
    )
    assert finished.succeeded, finished.errors
    assert finished.collected == Collected(
        {"mine.txt": b"there before and more", "out/deep/figure.png": bytes(range(256))}, {}
    )
    assert finished.collected.complete


def test_without_a_request_none_is_taken(isolated: Runner) -> None:
    assert isolated.script("open('a', 'w')").collected is None


@pytest.mark.parametrize(
    ("line", "end"),
    [("echo x > a; exit 3", End.EXIT), ("echo x > a; sleep 100", End.TIME), ("echo x > a; yes", End.OUTPUT)],
)
def test_a_run_that_fails_has_its_files_taken_out_too(isolated: Runner, line: str, end: End) -> None:
    finished = isolated.job(Command(line), {}, seconds=1, output=10_000, collect=Collect(("*",)))
    assert (finished.end, finished.collected) == (end, Collected({"a": b"x\n"}, {}))


HOSTILE = """
import os, socket
os.symlink("/etc/passwd", "passwd.txt")
os.symlink("/proc/1/environ", "environ.txt")
os.symlink("../../../../../../etc/hostname", "relative.txt")
os.symlink("/etc", "etc")
os.symlink(".", "again")
os.mkfifo("pipe.txt")
socket.socket(socket.AF_UNIX).bind("socket.txt")
with open("sparse.txt", "wb") as file:
    os.ftruncate(file.fileno(), 900_000_000)
with open("honest.txt", "w") as file:
    file.write("honest")
os.link("honest.txt", "hard.txt")
open("line\\nend.txt", "w").close()
open(b"not utf-8 \\xff.txt", "w").close()
open("-rf $(id).txt", "w").close()
os.mkdir("folder.txt")
"""


def test_hostile_files_lead_nowhere(isolated: Runner) -> None:
    finished = isolated.script(HOSTILE, collect=Collect(("*.txt", "etc/passwd", "again/honest.txt")))
    assert finished.succeeded, finished.errors
    assert finished.collected == Collected(
        {
            "-rf $(id).txt": b"",
            "hard.txt": b"honest",
            "honest.txt": b"honest",
            "line\nend.txt": b"",
            "not utf-8 \udcff.txt": b"",
        },
        {
            "again": LeftOut.LINK,
            "environ.txt": LeftOut.LINK,
            "etc": LeftOut.LINK,
            "passwd.txt": LeftOut.LINK,
            "pipe.txt": LeftOut.SPECIAL,
            "relative.txt": LeftOut.LINK,
            "socket.txt": LeftOut.SPECIAL,
            "sparse.txt": LeftOut.FILE_BYTES,
        },
    )


def test_a_root_that_was_put_elsewhere_is_still_the_root(isolated: Runner) -> None:
    finished = isolated.script(
        """
        import os
        open("mine", "w").close()
        os.rename("/home/student/project", "/home/student/other")
        os.symlink("/etc", "/home/student/project")
        """,
        collect=Collect(("*",)),
    )
    assert sorted(finished.collected.files) == ["main.py", "mine"]


def test_a_root_that_is_gone_has_no_files(isolated: Runner) -> None:
    finished = isolated.job(Command("rm -r ~/project"), {"a": ""}, collect=Collect(("**/*",)))
    assert finished.collected == Collected()


@pytest.mark.slow
def test_more_files_than_are_looked_at(isolated: Runner) -> None:
    finished = isolated.script(
        "for number in range(30_000):\n    open(f'{number}.txt', 'w').close()",
        collect=Collect(("*.txt",), most_files=10),
    )
    found = finished.collected
    assert len(found.files) == 10
    assert (found.left_out["."], len(found.left_out)) == (LeftOut.ENTRIES, 100)
    assert found.unnamed > 19_000


def test_nobody_writes_any_more_when_files_are_taken(either: Runner) -> None:
    """What a run leaves behind writes as fast as it can, until the run is over."""
    source = """
        import os, time
        if os.fork() == 0:
            os.setsid()
            with open("log", "w") as log:
                while True:
                    log.write("x")
                    log.flush()
        while not os.path.exists("log") or not os.path.getsize("log"):
            time.sleep(0.01)
    """
    finished = either.script(source, collect=Collect(("log",)))
    assert finished.succeeded, finished.errors
    assert set(finished.collected.files["log"]) == {ord("x")}


class Answering:
    """A sandbox that counts its runs and gives each the same files."""

    kind = "plain"

    def __init__(self, found: Collected) -> None:
        self.found = found
        self.jobs: list[Job] = []

    def run(self, job: Job) -> Finished:
        self.jobs.append(job)
        observation = {"files": ["main.py"]} if job.observe is not None else None
        return Finished(end=End.EXIT, status=0, seconds=0.1, collected=self.found, observation=observation)


class Kept(dict):
    """A store in memory."""

    def put(self, key, body):
        self[key] = body


JOB = Job(tree=Tree.of({"main.py": "", "table.csv": "1"}), action=Script("main.py"), collect=Collect(("*.csv",)))


@pytest.mark.parametrize(
    ("found", "runs"),
    [
        (Collected({"a\udcff.csv": b"\0\xff"}, {"b.csv": LeftOut.LINK}), 1),
        (Collected({}, {".": LeftOut.ENTRIES}), 2),
        (Collected({}, {"b.csv": LeftOut.CHANGED}), 2),
        (Collected({}, {}, unnamed=1), 2),
    ],
)
def test_files_are_kept_with_the_result_where_the_next_run_would_have_them(found: Collected, runs: int) -> None:
    answering = Answering(found)
    sandbox = CachingSandbox(answering, Kept())
    assert [sandbox.run(JOB).collected for _ in range(2)] == [found, found]
    assert len(answering.jobs) == runs


def test_other_files_are_another_run() -> None:
    answering = Answering(Collected())
    sandbox = CachingSandbox(answering, Kept())
    for collect in (None, Collect(("*.csv",)), Collect(("*.csv",), most_files=1)):
        sandbox.run(replace(JOB, collect=collect))
    assert len(answering.jobs) == 3


def test_a_file_that_is_only_taken_out_counts_for_the_key() -> None:
    """The run reads main.py alone, yet its result has the table: another table is another result."""
    sandbox = CachingSandbox(Answering(Collected()), Kept(), narrow=lambda _job: frozenset({"main.py"}))
    other = replace(JOB, tree=JOB.tree.with_({"table.csv": b"2"}))
    assert sandbox.key(JOB) != sandbox.key(other)
    assert sandbox.key(replace(JOB, collect=None)) == sandbox.key(replace(other, collect=None))


def test_a_repeatable_result_has_repeatable_files() -> None:
    finished = Finished(end=End.EXIT, status=0, seconds=1)
    assert repeatable(JOB, replace(finished, collected=Collected({}, {"x": LeftOut.LINK})))
    assert not repeatable(JOB, replace(finished, collected=Collected({}, {"x": LeftOut.UNREADABLE})))
