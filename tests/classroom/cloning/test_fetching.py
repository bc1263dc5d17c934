"""What is fetched, what is not fetched twice, and what is said where nothing can be fetched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from checker.classroom.cloning import fetching as module
from checker.classroom.cloning.address import BadAddress, address_of
from checker.classroom.cloning.bounds import BOUNDS, FetchBounds
from checker.classroom.cloning.fetching import CloneOrder
from checker.classroom.cloning.lock import locked
from checker.classroom.cloning.offer import offer_of
from checker.classroom.records import ClassRepository
from checker.errors import UsageError
from checker.locale import Speech
from checker.model import Text
from checker.open_submission import open_submission
from tests.classroom.cloning.conftest import Fetching, commit
from tests.classroom.cloning.git_server import GitServer, serving
from tests.conftest import shell


def said(problem: Text | None) -> str:
    """A sentence, which there is in both languages."""
    assert problem is not None
    english = Speech("en").say(problem)
    assert Speech("fr").say(problem) != english
    return english


def test_a_clone_holds_what_a_clone_of_the_student_holds(fetching: Fetching, work: Path, address: str) -> None:
    found = fetching.one(address, branch="nettoyage")
    tip = shell("git rev-parse nettoyage", work).strip()
    assert (found.fetched.tip, found.fetched.branch, found.fetched.default_branch) == (tip, "nettoyage", "main")
    assert found.new
    assert found.bytes > 0
    with open_submission(fetching.place(), commit=tip, own=False) as repository:
        assert sorted(repository.references()) == [
            "refs/checker/kept/" + tip,
            "refs/heads/nettoyage",
            "refs/remotes/origin/HEAD",
            "refs/remotes/origin/main",
            "refs/remotes/origin/nettoyage",
        ]
        assert repository.symbolic("refs/remotes/origin/HEAD") == "refs/remotes/origin/main"
        assert repository.remotes() == (("origin", address),)
        assert sorted(repository.tree().entries) == ["main.py", "titanic.ipynb"]
    with open_submission(fetching.place(), own=False) as repository:
        assert (repository.head, repository.branch) == (tip, "nettoyage")


def test_the_second_time_brings_what_is_new_alone(fetching: Fetching, work: Path, server: GitServer) -> None:
    address = f"{server.url}/work.git"
    commit(work, "data.bin", os.urandom(300_000))
    fetching.one(address)
    first = server.sent
    assert first > 300_000
    assert not fetching.one(address).new
    again = server.sent - first
    assert again < 2_000
    new = commit(work, "more.py")
    found = fetching.one(address)
    assert found.new
    assert found.fetched.tip == new
    assert server.sent - first - again < 5_000


def test_branches_that_are_gone_are_gone_here_and_moved_ones_move(fetching: Fetching, work: Path, address: str) -> None:
    fetching.one(address, branch="nettoyage")
    shell("git push -q origin --delete nettoyage && git branch -qD nettoyage && git switch -qc nettoyage/deux", work)
    commit(work, "a.py")
    shell("git push -q --all", work)
    assert fetching.one(address, branch="nettoyage/deux").fetched.tip == shell("git rev-parse HEAD", work).strip()
    with open_submission(fetching.place(), own=False) as repository:
        names = [name for name in repository.references() if not name.startswith("refs/checker/")]
    assert names == [
        "refs/heads/nettoyage/deux",
        "refs/remotes/origin/HEAD",
        "refs/remotes/origin/main",
        "refs/remotes/origin/nettoyage/deux",
    ]
    shell(
        "git switch -q main && git reset -q --hard HEAD && git commit -q --amend -m Other && git push -qf --all", work
    )
    assert fetching.one(address).fetched.tip == shell("git rev-parse main", work).strip()


def test_what_cannot_be_fetched_is_one_row_with_its_reason(fetching: Fetching, forge: Path, work: Path) -> None:
    shell("git init -q --bare empty.git", forge)
    shell("git init -q --bare --object-format=sha256 long.git && git init -q --object-format=sha256 long", forge)
    shell("git commit -q --allow-empty -m x && git push -q ../long.git HEAD:main", forge / "long")
    found = fetching(
        f"file://{forge}/work.git",
        f"file://{forge}/none.git",
        f"file://{forge}/empty.git",
        ClassRepository(key="branch", source=f"file://{forge}/work.git", branch="netoyage"),
        f"file://{forge}/long.git",
        "ext::sh -c whoami",
        "http://127.0.0.1:1/x.git",
    )
    assert found["r0"].fetched.problem is None
    words = {key: said(one.fetched.problem) for key, one in found.items() if key != "r0"}
    assert "no such repository" in words["r1"]
    assert "empty" in words["r2"]
    assert "no branch netoyage. It has nettoyage, main" in words["branch"]
    assert "SHA-256" in words["r4"]
    assert "blanks" in words["r5"]
    assert "Failed to connect" in words["r6"]
    assert fetching.known["r1"].tip is None
    del work


def test_a_repository_that_is_gone_keeps_what_was_fetched_of_it(fetching: Fetching, forge: Path) -> None:
    first = fetching.one(f"file://{forge}/work.git").fetched
    (forge / "work.git").rename(forge / "other.git")
    found = fetching.one(f"file://{forge}/work.git")
    assert found.fetched == first
    assert "no such repository" in said(found.kept)
    shell("git init -q --bare work.git", forge)
    assert "empty" in said(fetching.one(f"file://{forge}/work.git").fetched.problem)


def test_many_are_fetched_side_by_side(fetching: Fetching, forge: Path) -> None:
    found = fetching(*[f"file://{forge}/work.git"] * 12, at_once=6)
    assert len(found) == 12
    assert len({one.fetched.tip for one in found.values()}) == 1
    assert len({one.fetched.place for one in found.values()}) == 12


def test_two_processes_do_not_fetch_the_same(fetching: Fetching, forge: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetching.one(f"file://{forge}/work.git")
    monkeypatch.setattr(module, "locked", lambda path: locked(path, patience=0.2))
    holder = (
        "import fcntl, sys, time; file = open(sys.argv[1], 'w'); fcntl.flock(file, fcntl.LOCK_EX); "
        "print('held', flush=True); time.sleep(60)"
    )
    lock = fetching.order.repositories / "one.lock"
    with subprocess.Popen([sys.executable, "-c", holder, lock], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        assert fetching(ClassRepository(key="one", source=f"file://{forge}/work.git")) == {}
        other.kill()
    assert fetching.one(f"file://{forge}/work.git").fetched.problem is None


def test_what_a_killed_fetch_leaves_does_not_stop_the_next(fetching: Fetching, forge: Path, work: Path) -> None:
    fetching.one(f"file://{forge}/work.git")
    place = fetching.place()
    for name in ("packed-refs.lock", "HEAD.lock", "config.lock", "refs/remotes/origin/main.lock", "shallow.lock"):
        (place / name).write_text("", encoding="utf-8")
    (place / "objects/pack/tmp_pack_xyz").write_bytes(b"PACK")
    (place / "objects/tmp_objdir-incoming-1").mkdir()
    new = commit(work, "more.py")
    assert fetching.one(f"file://{forge}/work.git").fetched.tip == new
    left = [path.name for path in place.rglob("*") if "tmp_" in path.name or path.suffix == ".lock"]
    assert left == []
    (place / "HEAD").unlink()
    assert fetching.one(f"file://{forge}/work.git").fetched.tip == new


CLONING = """
import sys
from pathlib import Path
from checker.classroom.cloning.fetching import CloneOrder
from checker.classroom.cloning.whole import clone_class
from checker.classroom.records import ClassRepository
from tests.classroom.cloning.conftest import Heard
order = CloneOrder(repositories=Path(sys.argv[1]), surroundings={"PATH": "/usr/bin:/bin"})
chosen = [ClassRepository(key=f"r{n}", source=sys.argv[2]) for n in range(6)]
clone_class(order, chosen, {}, {}, at_once=3, keep=lambda *given: None, listener=Heard())
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_class_killed_at_any_moment_is_fetched_by_the_next_run(fetching: Fetching, forge: Path, work: Path) -> None:
    """Killed by kill -9 after ever longer times: it goes on each time, and ends with what a whole run gives."""
    for number in range(12):
        commit(work, f"{number}.bin", os.urandom(400_000), push=False)
    shell("git push -q --all origin", work)
    source = f"file://{forge}/work.git"
    for number in range(14):
        words = [sys.executable, "-c", CLONING, str(fetching.order.repositories), source]
        with subprocess.Popen(words, cwd=Path(__file__).parents[3], stderr=subprocess.DEVNULL) as process:
            time.sleep(0.25 + 0.05 * number)
            process.kill()
    found = fetching(*[source] * 6)
    assert {one.fetched.tip for one in found.values()} == {shell("git rev-parse HEAD", work).strip()}
    for one in found.values():
        place = fetching.order.repositories / one.fetched.place
        shell("git fsck --full --strict", place)
        assert not [path for path in place.rglob("*") if path.name.startswith("tmp_") or path.suffix == ".lock"]


def test_an_interrupted_class_ends_what_it_has_started(fetching: Fetching, server: GitServer) -> None:
    cancelled = threading.Event()
    stopping = threading.Timer(0.7, cancelled.set)
    stopping.start()
    started = time.monotonic()
    found = fetching.one(f"{server.url}/silent/x.git", cancelled=cancelled)
    stopping.join()
    assert time.monotonic() - started < 10
    assert "interrupted" in said(found.fetched.problem)
    own = server.url.rpartition(":")[2]  # other tests have silent servers of their own at the same time
    assert not shell(f"ps -eo args | grep '[g]it-remote-http.*:{own}/silent' || true", fetching.order.repositories)


def test_a_token_reaches_its_host_and_no_other_place(fetching: Fetching, server: GitServer, tmp_path: Path) -> None:
    server.password = "x-access-token:s3cr3t-word"
    tokens = {"127.0.0.1": "s3cr3t-word"}
    assert "login" in said(fetching.one(f"{server.url}/work.git").fetched.problem)
    assert fetching.one(f"{server.url}/work.git", tokens=tokens).fetched.problem is None
    assert set(server.logins) == {server.password}
    server.logins.clear()
    server.password = "me:s3cr3t-word"
    address = server.url.replace("http://", "http://me:s3cr3t-word@")
    assert fetching.one(f"{address}/work.git", key="other").fetched.problem is None
    written = [path for path in tmp_path.rglob("*") if path.is_file() and b"s3cr3t-word" in path.read_bytes()]
    assert written == []


def test_a_token_does_not_follow_a_redirect_to_another_host(fetching: Fetching, server: GitServer, forge: Path) -> None:
    with serving(forge) as other:
        other.password = "x:y"
        server.target = other.url.replace("127.0.0.1", "localhost")
        found = fetching.one(f"{server.url}/moved/work.git", tokens={"127.0.0.1": "s3cr3t-word"})
        assert other.asked
        assert other.logins == []
    assert "login" in said(found.fetched.problem)


def test_a_renamed_repository_is_followed(fetching: Fetching, server: GitServer) -> None:
    server.target = server.url
    assert fetching.one(f"{server.url}/moved/work.git").fetched.problem is None


@pytest.mark.parametrize(
    ("source", "url", "protocol"),
    [
        ("https://forge.example/a/b.git", "https://forge.example/a/b.git", "https"),
        ("https://me:word@forge.example:8443/a/b", "https://forge.example:8443/a/b", "https"),
        ("ssh://git@forge.example/a/b.git", "ssh://git@forge.example/a/b.git", "ssh"),
        ("git@forge.example:a/b.git", "git@forge.example:a/b.git", "ssh"),
        ("file:///srv/a.git", "file:///srv/a.git", "file"),
    ],
)
def test_an_address_is_taken_apart(source: str, url: str, protocol: str) -> None:
    found = address_of(source)
    assert (found.url, found.protocol) == (url, protocol)
    assert "word" not in repr(found)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "ext::sh -c x",
        "ext::sh",
        "fd::17/x",
        "git://forge.example/a",
        "ftp://forge.example/a",
        "file://host/a",
        "file:relative",
        "-oProxyCommand=x:y",
        "ssh://-oProxyCommand=x/y",
        "ssh://-l@forge.example/y",
        "--upload-pack=touch",
        "https:///a",
        "https://forge.example",
        "https://forge.example/a\nb",
        "https://forge.example:port/a",
        "https://[::1/a",
        "http://x" + "y" * 3000,
    ],
)
def test_no_other_address_reaches_git(source: str) -> None:
    with pytest.raises(BadAddress) as caught:
        address_of(source)
    assert "word" not in said(caught.value.problem)


def test_the_offer_of_a_server_is_read_as_git_prints_it() -> None:
    one, two = "1" * 40, "2" * 40
    offer = offer_of(
        f"ref: refs/heads/topic\tHEAD\n{one}\tHEAD\n{one}\trefs/heads/main\n{two}\trefs/heads/topic\n"
        f"{two}\trefs/pull/1/head\nrubbish\n{two} refs/heads/blank\n".encode()
    )
    assert offer.branches == {"main": one, "topic": two}
    assert offer.default_branch == "topic"
    assert offer_of(f"{two}\tHEAD\n{one}\trefs/heads/main\n{two}\trefs/heads/x\n".encode()).default_branch == "x"
    assert offer_of(f"{one}\trefs/heads/x\n{two}\trefs/heads/y\n".encode()).default_branch == ""
    assert offer_of(b"").branches == {}


def test_without_git_the_class_is_told_so(fetching: Fetching, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="git"):
        fetching(f"file://{tmp_path}/x.git", f"file://{tmp_path}/y.git", surroundings={"PATH": str(tmp_path)})


def test_the_bounds_are_sane() -> None:
    assert CloneOrder(repositories=Path()).bounds == BOUNDS == FetchBounds()
    assert shutil.which("git")
