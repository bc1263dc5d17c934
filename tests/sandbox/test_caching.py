"""What is remembered of a run, when it counts, and when it does not."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields, replace
from pathlib import Path

import pytest

import checker
from checker.facts.actions import Command, Commands, Import, Notebook, Script, ShellCommand, Tool
from checker.facts.collected import Collected, LeftOut
from checker.facts.job import End, Finished, HttpRequest, Job, RunLimits, ServedData, StudentError
from checker.facts.tree import Tree
from checker.model import Location
from checker.sandbox.cache import keys, serialization
from checker.sandbox.cache.caching import CachingSandbox
from checker.sandbox.cache.keys import environment_identity, job_identity
from checker.sandbox.cache.store import ResultStore

FULL = Finished(
    end=End.EXIT,
    status=1,
    seconds=2.5,
    output="\x1b[0m é \ud800",
    errors="Traceback",
    error=StudentError("KeyError", "'x'", ((Location("a\udcff.py", None, 3, 4), "x"), (Location("n", 2), ""))),
    cells=3,
    where=(Location("main.py", line=7),),
    requests=(HttpRequest("https", "x", "GET", "/a", "b=1", 200, 0.25),),
    observation={"functions": [1, "a", None, True, 1.5, {"b": []}]},
    result={"version": "3.3"},
    unseen=(),
    collected=Collected({"a\udcff": b"\0\xff"}, {"b": LeftOut.LINK}),
)
TREE = Tree.of({"main.py": "print()", "README.md": "x"})
JOB = Job(tree=TREE, action=Script("main.py"))


class Counting:
    """A sandbox that counts the runs and gives one answer to all."""

    kind = "bubblewrap"

    def __init__(self, finished):
        self.finished = finished
        self.jobs = []
        self.closed = False

    def run(self, job):
        self.jobs.append(job)
        return self.finished

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.closed = True


def runs(store, job, finished, again=None):
    """How many of two runs were real."""
    counting = Counting(finished)
    box = CachingSandbox(counting, store)
    assert box.run(job) == finished
    assert box.run(again or job) == finished
    return len(counting.jobs)


@pytest.fixture
def store(tmp_path):
    return ResultStore(tmp_path / "kept")


def test_what_is_written_is_read():
    assert serialization.finished_from_json(serialization.finished_as_json(FULL)) == FULL
    assert serialization.finished_from_json(serialization.finished_as_json(replace(FULL, unseen=("curl",)))).unseen == (
        "curl",
    )
    many = replace(FULL, collected=Collected(unnamed=2))
    assert serialization.finished_from_json(serialization.finished_as_json(many)) == many
    bare = Finished(end=End.TIME, status=9, seconds=1)
    assert serialization.finished_from_json(serialization.finished_as_json(bare)) == bare


def test_nothing_that_a_run_says_is_left_out():
    told_around_it = {"environment", "unmade"}  # by who chose where it runs
    never_kept = {"commands", "service"}  # of what is not repeatable
    assert (
        set(json.loads(serialization.finished_as_json(FULL)))
        == {field.name for field in fields(Finished)} - told_around_it - never_kept
    )


@pytest.mark.parametrize(
    "change",
    [
        {"end": "never"}, {"status": "0"}, {"status": True}, {"seconds": None}, {"output": 1}, {"error": {}},
        {"error": {"name": "x", "message": "y", "frames": [[1, 2]]}}, {"cells": []}, {"where": [{}]}, {"where": "x"},
        {"requests": [{}]}, {"observation": []}, {"result": "x"}, {"unseen": [1]},
        {"collected": []}, {"collected": {"files": {"a": "é"}, "left_out": {}, "unnamed": 0}},
        {"collected": {"files": {}, "left_out": {"a": "mood"}, "unnamed": 0}},
    ],
)  # fmt: skip
def test_what_we_did_not_write_is_refused(change):
    changed = json.loads(serialization.finished_as_json(FULL)) | change
    with pytest.raises(ValueError):  # noqa: PT011  whatever it is that it lacks
        serialization.finished_from_json(json.dumps(changed).encode())


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"{", b"[" * 100_000, b'{"end": "exit"}', b"\xff"])
def test_what_is_no_run_is_refused(body):
    with pytest.raises(ValueError):  # noqa: PT011
        serialization.finished_from_json(body)


def test_a_run_that_ended_is_not_run_again(store):
    assert runs(store, JOB, FULL) == 1
    assert runs(store, JOB, FULL) == 0


@pytest.mark.parametrize(
    "finished",
    [
        *(replace(FULL, end=end) for end in End if end is not End.EXIT),
        replace(FULL, error=StudentError("DeadKernelError", "The kernel ended before its last cell did.")),
        replace(FULL, error=StudentError("OSError", "[Errno 28] No space left on device: 'x'")),
        replace(FULL, error=StudentError("BlockingIOError", "x")),
        replace(FULL, error=StudentError("RuntimeError", "can't start new thread")),
        replace(FULL, error=None, errors="bash: fork: Resource temporarily unavailable"),
        replace(FULL, requests=(replace(FULL.requests[0], status=502),)),
        replace(FULL, unseen=("curl",)),
    ],
)
def test_what_another_run_may_do_better_is_run_again(store, finished):
    assert runs(store, JOB, finished) == 2


@pytest.mark.parametrize(
    ("job", "finished", "real"),
    [
        (replace(JOB, observe={}), FULL, 1),
        (replace(JOB, observe={}), replace(FULL, observation=None), 2),
        (replace(JOB, observe={}), replace(FULL, observation={"hurried": True}), 2),
        (replace(JOB, observe={}), replace(FULL, observation={"hurried": False}), 1),
        (replace(JOB, action=Tool("lint")), replace(FULL, status=0), 1),
        (replace(JOB, action=Tool("lint")), FULL, 2),
        (replace(JOB, action=Tool("lint")), replace(FULL, status=0, result=None), 2),
        (replace(JOB, action=Command("true")), replace(FULL, status=0, error=None), 2),
        (replace(JOB, action=Commands((ShellCommand(lines="true"),))), replace(FULL, status=0, error=None), 2),
        (
            replace(JOB, served_data=ServedData(refuse=503)),
            replace(FULL, requests=(replace(FULL.requests[0], status=503),)),
            1,
        ),
        (
            replace(JOB, served_data=ServedData(refusals={"x": 500})),
            replace(FULL, requests=(replace(FULL.requests[0], status=500),)),
            1,
        ),
        (JOB, replace(FULL, observation={"x": float("nan")}), 2),
    ],
)
def test_what_of_ours_failed_is_run_again(store, job, finished, real):
    counting = Counting(finished)
    box = CachingSandbox(counting, store)
    box.run(job)
    box.run(job)
    assert len(counting.jobs) == real


def test_a_run_counts_under_any_limit_that_it_keeps(store):
    limited = [replace(JOB, limits=RunLimits(seconds=seconds)) for seconds in (60, 2.5, 2.4)]
    assert runs(store, limited[0], FULL, limited[1]) == 1
    assert runs(store, limited[2], FULL) == 2
    assert runs(store, replace(limited[2], served_data=ServedData(delay=1)), FULL) == 1


@pytest.mark.parametrize(
    "other",
    [
        replace(JOB, tree=TREE.with_({"main.py": b"x"})),
        replace(JOB, tree=TREE.with_({"README.md": b"y"})),
        replace(JOB, tree=TREE.with_({"new": b""})),
        replace(JOB, tree=TREE.with_({"README.md": None})),
        replace(JOB, action=Script("main.py", ("a",))),
        replace(JOB, action=Notebook("main.py")),
        replace(JOB, action=Import("main.py")),
        replace(JOB, action=Tool("main.py")),
        replace(JOB, folder="src"),
        replace(JOB, variables={"A": "1"}),
        replace(JOB, served_data=ServedData(tables={"train": b"x"})),
        replace(JOB, served_data=ServedData(extra={"train": b"x"})),
        replace(JOB, served_data=ServedData(refuse=403)),
        replace(JOB, served_data=ServedData(refusals={"train": 403})),
        replace(JOB, served_data=ServedData(named={"train": b"x"})),
        replace(JOB, served_data=ServedData(delay=1.0)),
        replace(JOB, served_data=ServedData(delay=1.0, delayed=1)),
        replace(JOB, limits=RunLimits(memory=1 << 30)),
        replace(JOB, limits=RunLimits(processes=1)),
        replace(JOB, limits=RunLimits(written=1)),
        replace(JOB, limits=RunLimits(output=1)),
        replace(JOB, observe={}),
        replace(JOB, observe={"replace": []}),
        replace(JOB, distributions=frozenset()),
        replace(JOB, distributions=frozenset({"pandas"})),
    ],
)
def test_another_job_is_another_run(other):
    assert job_identity(other) != job_identity(JOB)


def test_the_order_of_what_has_none_does_not_count():
    one = replace(JOB, variables={"a": "1", "b": "2"}, distributions=frozenset({"x", "y", "z"}))
    two = replace(JOB, variables={"b": "2", "a": "1"}, distributions=frozenset({"z", "y", "x"}))
    assert job_identity(one) == job_identity(two)


def test_another_kind_of_sandbox_python_or_checker_is_another_run(monkeypatch):
    before = environment_identity("bubblewrap")
    assert environment_identity("bubblewrap") == before
    assert environment_identity("plain") != before
    monkeypatch.setattr(keys, "__version__", "9")
    assert environment_identity("bubblewrap") != before


def test_another_version_of_a_package_is_another_run(monkeypatch, tmp_path):
    monkeypatch.setattr(keys, "package_folders", lambda: (tmp_path,))
    found = {environment_identity("plain")}
    (tmp_path / "pandas-3.0.dist-info").mkdir()
    (tmp_path / "pandas-3.0.dist-info/RECORD").write_text("x")
    found.add(environment_identity("plain"))
    (tmp_path / "pandas-3.0.dist-info").rename(tmp_path / "pandas-3.1.dist-info")
    found.add(environment_identity("plain"))
    (tmp_path / "pandas-3.1.dist-info/RECORD").write_text("installed again")
    found.add(environment_identity("plain"))
    (tmp_path / "loose.py").write_text("")
    found.add(environment_identity("plain"))
    assert len(found) == 5


def test_a_change_of_what_runs_student_code_forgets_all(monkeypatch, tmp_path):
    copy = tmp_path / "checker"
    shutil.copytree(Path(checker.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__", "locale"))
    monkeypatch.setattr(keys, "__file__", str(copy / "sandbox/cache/keys.py"))
    before = environment_identity("plain")
    for name in (
        "sandbox/inside/observer/recorder.py",
        "sandbox/process/run_result.py",
        "facts/actions.py",
        "facts/job.py",
    ):
        path = copy / name
        path.write_text(path.read_text() + "\n# changed\n")
        after = environment_identity("plain")
        assert after != before
        before = after
    (copy / "checks/lint.py").write_text("")  # what only judges does not run anything
    assert environment_identity("plain") == before


def test_an_entry_that_says_nothing_is_removed(store):
    box = CachingSandbox(Counting(FULL), store)
    store.put(box.key(JOB), b"{}")
    assert box.run(JOB) == FULL
    assert serialization.finished_from_json(store.get(box.key(JOB))) == FULL


class Rounds:
    """Answers each round with its name and the content of what it may depend on."""

    kind = "bubblewrap"

    def __init__(self, *, works=True):
        self.asked = []
        self.works = works

    def run(self, job):
        rounds = job.action.payload["rounds"]
        self.asked.append([one["name"] for one in rounds])
        answers = [[one["name"], *(job.tree.read(path).decode() for path in one["sources"])] for one in rounds]
        if not self.works:
            return Finished(end=End.TIME, status=9, seconds=1)
        return Finished(end=End.EXIT, status=0, seconds=1, result={"version": "1", "rounds": answers})


def in_rounds(**files):
    rounds = [{"name": "first", "sources": ["a.py", "b.py"]}, {"name": "second", "sources": ["b.py"]}]
    return Job(
        tree=Tree.of({f"{name}.py": body for name, body in files.items()}), action=Tool("lint", {"rounds": rounds})
    )


def test_only_the_rounds_that_depend_on_a_change_run_again(store):
    inner = Rounds()
    remembering = CachingSandbox(inner, store)
    for a, b, asked in (
        ("1", "2", ["first", "second"]),
        ("1", "2", []),
        ("3", "2", ["first"]),
        ("3", "4", ["first", "second"]),
        ("1", "4", ["first"]),
        ("1", "2", []),
    ):
        inner.asked.clear()
        seen = remembering.run(in_rounds(a=a, b=b))
        assert inner.asked == ([asked] if asked else [])
        assert seen.result == {"version": "1", "rounds": [["first", a, b], ["second", b]]}


def test_rounds_that_come_to_no_end_are_not_kept(store):
    inner = Rounds(works=False)
    assert CachingSandbox(inner, store).run(in_rounds(a="1", b="2")).end is End.TIME
    assert CachingSandbox(inner, store).run(in_rounds(a="1", b="2")).end is End.TIME
    assert len(inner.asked) == 2


def test_without_a_folder_everything_runs(tmp_path):
    (tmp_path / "file").write_text("")
    assert runs(ResultStore(tmp_path / "file"), JOB, FULL) == 2
