"""Whose fault the end of a run is: ours before student code began, the student's after, whatever was done to it."""

from __future__ import annotations

import json
import signal
import threading
import time

import psutil
import pytest

from checker.absences import UnavailableHere
from checker.facts.actions import Script
from checker.facts.job import End, Finished, Job, Tampering
from checker.facts.tree import Tree
from checker.sandbox.base import SandboxFault
from checker.sandbox.capabilities import capabilities
from checker.sandbox.process import cgroups, process_sandbox, run_result
from checker.sandbox.process.process_sandbox import ProcessSandbox
from checker.sandbox.process.supervisor import Supervised


def seen(*messages: object, **more: object) -> Supervised:
    lines = b"".join(json.dumps(message).encode() + b"\n" for message in messages)
    return Supervised(report=bytearray(lines), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "before",
    [
        seen(status=0),
        seen(status=9),
        seen(status=None),
        seen(out_of_time=True),
        seen({"fault": "ours"}, status=70 << 8),
        seen(fault="the guard failed"),
    ],
)
def test_before_the_first_byte_of_student_code_it_is_ours(before: Supervised) -> None:
    with pytest.raises(SandboxFault):
        run_result.finished(before, "/")


@pytest.mark.parametrize(
    ("after", "end"),
    [
        (seen({"begun": True}, status=9), End.SIGNAL),
        (seen({"begun": True}, status=None), End.SIGNAL),
        (seen({"begun": True}, fault="the guard failed"), End.SIGNAL),
        (seen({"begun": True}, {"fault": "forged"}, status=70 << 8), End.EXIT),
        (seen({"begun": True}, out_of_time=True), End.TIME),
        (seen({"begun": True}, too_much=True), End.OUTPUT),
        (seen({"begun": True}, status=1 << 8), End.EXIT),
    ],
)
def test_after_it_every_end_is_the_students(after: Supervised, end: End) -> None:
    finished = run_result.finished(after, "/")
    assert finished.end is end
    assert not finished.succeeded


def test_a_kill_for_memory_is_said_to_be_one() -> None:
    assert run_result.finished(seen({"begun": True}, status=9), "/", out_of_memory=True).end is End.MEMORY


def test_what_somebody_else_wrote_among_the_reports_is_seen() -> None:
    honest = [{"begun": True}, {"error": None}, {"observation": {}}, {"unseen": "duckdb"}]
    assert run_result.finished(seen(*honest, status=0), "/").tampering == frozenset()
    assert run_result.finished(seen(*honest, {"observation": {}}, status=0), "/").tampering == {Tampering.REPEATED}
    foreign = run_result.finished(seen(*honest[:1], {"grade": 20}, ["x"], *honest[1:], status=0), "/")
    assert foreign.tampering == {Tampering.FOREIGN}


@pytest.mark.slow
@pytest.mark.parametrize("with_parent", [False, True])
def test_a_killed_run_is_ours_only_where_its_parent_was_killed_too(with_parent: bool) -> None:
    if capabilities().namespaces:
        pytest.skip(str(capabilities().namespaces))
    outcomes: list[Finished | SandboxFault] = []
    with ProcessSandbox("bubblewrap", network=False) as sandbox:
        job = Job(
            tree=Tree.of({"main.py": "import time\nprint(1, flush=True)\ntime.sleep(60)"}), action=Script("main.py")
        )

        def run() -> None:
            try:
                outcomes.append(sandbox.run(job))
            except SandboxFault as fault:
                outcomes.append(fault)

        thread = threading.Thread(target=run)
        thread.start()
        deadline = time.monotonic() + 60
        parent = None
        while time.monotonic() < deadline:
            known = sandbox._zygotes.get("runs")
            parent = psutil.Process(known._process.pid) if known is not None else None
            if parent is not None and len(parent.children(recursive=True)) > 1:
                break
            time.sleep(0.1)
        assert parent is not None
        time.sleep(1)
        below = parent.children(recursive=True)
        if with_parent:
            parent.send_signal(signal.SIGKILL)
            parent.wait(10)
        for process in below:
            process.send_signal(signal.SIGKILL)
        thread.join(60)
    (last,) = outcomes
    assert isinstance(last, SandboxFault) == with_parent, last


KILLED = "import os\nos.kill(os.getpid(), 9)"


@pytest.mark.parametrize(
    ("lost", "kills", "blamed"),
    [
        (True, (5, 5, 5), "machine"),
        (False, (5, 6, 7), "student"),
        (None, (5, 5, 6), "machine"),
        (None, (5, 5, 5), "student"),
    ],
)
def test_a_machine_that_has_no_memory_is_to_blame_and_no_student(monkeypatch, either, lost, kills, blamed) -> None:
    """By the counts of the system: whether the run had reached its own limit, else whether anybody was killed."""
    counts = iter(kills)
    monkeypatch.setattr(cgroups.ControlGroups, "lost_to_the_machine", property(lambda _: lost))
    monkeypatch.setattr(process_sandbox, "machine_kills", lambda: next(counts))
    if blamed == "machine":
        with pytest.raises(UnavailableHere, match="ran out of memory"):
            either.script(KILLED)
    else:
        assert either.script(KILLED).end is End.SIGNAL


def test_what_ends_well_has_lacked_nothing(monkeypatch, either) -> None:
    monkeypatch.setattr(cgroups.ControlGroups, "lost_to_the_machine", property(lambda _: True))
    assert either.script("print(1)").output == "1\n"
    with pytest.raises(UnavailableHere):
        either.script("raise ValueError")  # such as for a process of its own that was killed
    with pytest.raises(UnavailableHere):
        either.cells(KILLED)


def test_so_it_is_where_the_machine_ends_what_is_ours(monkeypatch) -> None:
    counts = iter((5, 6))
    monkeypatch.setattr(process_sandbox, "machine_kills", lambda: next(counts, 6))
    job = Job(tree=Tree.of({"main.py": "print(1)"}), action=Script("main.py"))
    with ProcessSandbox("plain", network=False) as sandbox:
        monkeypatch.setattr(sandbox, "_run_job", lambda *_: (_ for _ in ()).throw(SandboxFault("gone")))
        with pytest.raises(UnavailableHere, match="ran out of memory"):
            sandbox.run(job)
        with pytest.raises(SandboxFault):
            sandbox.run(job)


@pytest.mark.slow
def test_a_parent_that_was_ended_is_started_again() -> None:
    job = Job(tree=Tree.of({"main.py": "print(1)"}), action=Script("main.py"))
    with ProcessSandbox("plain", network=False) as sandbox:
        assert sandbox.run(job).output == "1\n"
        parent = psutil.Process(sandbox._zygotes["runs"]._process.pid)
        parent.kill()
        sandbox._zygotes["runs"]._process.wait(10)
        assert sandbox.run(job).output == "1\n"
