"""Repositories and servers that mean harm: each is a row, in bounded time and space, and none reaches anything else."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from checker.classroom.cloning import fetching as module
from checker.classroom.cloning import whole
from checker.classroom.cloning.bounds import FetchBounds
from checker.classroom.cloning.fetching import Cloned
from checker.classroom.records import ClassRepository
from checker.open_submission import open_submission
from tests.classroom.cloning.conftest import Fetching, Heard, commit
from tests.classroom.cloning.git_server import GitServer, serving
from tests.classroom.cloning.test_fetching import said
from tests.conftest import shell


@pytest.mark.slow
def test_a_branch_that_looks_like_an_option_is_a_branch(
    fetching: Fetching, work: Path, address: str, tmp_path: Path
) -> None:
    tip = commit(work, "own.py")
    names = ["--upload-pack=touch", "-x", "$(touch${IFS}X)", "a;touch${IFS}X", "é", "HEAD"]
    for name in names:
        shell(f"git push -q origin 'main:refs/heads/{name}'", work)
    for name in names:
        found = fetching.one(address, branch=name, key=f"k{len(name)}").fetched
        assert (found.tip, found.branch, found.problem) == (tip, name, None)
    assert not list(tmp_path.rglob("X"))


def test_thousands_of_branches_do_not_hide_the_one_that_counts(fetching: Fetching, work: Path, forge: Path) -> None:
    tip = shell("git rev-parse nettoyage", work).strip()
    lines = "".join(f"{tip} refs/heads/b{number:05}\n" for number in range(5000))
    packed = forge / "work.git/packed-refs"
    packed.write_text("# pack-refs with: peeled fully-peeled sorted \n" + lines, encoding="utf-8")
    source = f"file://{forge}/work.git"
    assert fetching.one(source, branch="nettoyage").fetched.tip == tip
    with open_submission(fetching.place(), commit=tip, own=False) as repository:
        assert len(repository.references()) == 5
    assert not fetching.one(source, branch="nettoyage").new
    endless = fetching.one(source, key="other", bounds=FetchBounds(told=100_000))
    assert "list of branches" in said(endless.fetched.problem)


@pytest.mark.slow
def test_thirty_thousand_files_are_fetched(fetching: Fetching, work: Path, forge: Path) -> None:
    folder = work / "many"
    folder.mkdir()
    for number in range(30_000):
        (folder / f"{number}.txt").write_bytes(b"%d\n" % (number % 100))
    shell("git add -A && git commit -qm Many && git push -q --all origin", work)
    started = time.monotonic()
    assert fetching.one(f"file://{forge}/work.git").fetched.problem is None
    assert time.monotonic() - started < 60
    with open_submission(fetching.place(), commit="main", own=False) as repository:
        assert len(repository.tree().entries) == 30_001


def test_a_repository_above_the_bound_is_ended_and_leaves_nothing(fetching: Fetching, work: Path, forge: Path) -> None:
    shell("git config core.compression 0", work)
    commit(work, "huge.bin", os.urandom(9_000_000))
    found = fetching.one(f"file://{forge}/work.git", bounds=FetchBounds(disk=4_000_000))
    assert "more than" in said(found.fetched.problem)
    assert sum(path.lstat().st_size for path in fetching.order.repositories.rglob("*")) < 1_000_000


@pytest.mark.slow
def test_a_bomb_of_zeros_stays_small(fetching: Fetching, work: Path, forge: Path) -> None:
    """A lot of zeros is next to nothing in git: it is never unpacked to the disk, nor held in memory."""
    packer = zlib.compressobj(9)
    head = b"blob 200000000\0"
    content = packer.compress(head)
    for _ in range(200):
        content += packer.compress(bytes(1_000_000))
    content += packer.flush()
    digest = hashlib.sha1(head, usedforsecurity=False)
    for _ in range(200):
        digest.update(bytes(1_000_000))
    name = digest.hexdigest()
    place = work / ".git/objects" / name[:2]
    place.mkdir(exist_ok=True)
    (place / name[2:]).write_bytes(content)
    tree = shell(f"printf '100644 blob {name}\\tzeros\\n' | git mktree", work).strip()
    tip = shell(f"git commit-tree -m Zeros {tree}", work).strip()
    shell(f"git push -q origin {tip}:refs/heads/zeros", work)
    found = fetching.one(f"file://{forge}/work.git", branch="zeros", bounds=FetchBounds(memory=1_500_000_000))
    assert found.fetched.tip == tip
    assert found.bytes < 2_000_000


@pytest.mark.slow
@pytest.mark.parametrize("at", ["http", "silent"])
def test_a_server_that_never_answers_is_left(fetching: Fetching, server: GitServer, at: str) -> None:
    with stuck() as port:
        source = f"http://127.0.0.1:{port}/x.git" if at == "http" else f"{server.url}/silent/x.git"
        started = time.monotonic()
        found = fetching.one(source, bounds=FetchBounds(silence=1.5))
        assert time.monotonic() - started < 15
    assert "sent nothing" in said(found.fetched.problem)
    assert not shell(f"ps -eo args | grep '[g]it.*{source}' || true", fetching.order.repositories)


@pytest.mark.slow
def test_a_server_that_trickles_is_left(fetching: Fetching) -> None:
    with stuck(trickle=b"HTTP/1.1 200 OK\r\n" + b"X-Y: z\r\n" * 10_000) as port:
        found = fetching.one(f"http://127.0.0.1:{port}/x.git", bounds=FetchBounds(silence=1.0, seconds=3.0))
    assert found.fetched.tip is None
    assert said(found.fetched.problem)


@contextmanager
def stuck(trickle: bytes = b"") -> Iterator[int]:
    """A port that takes connections and says nothing, or a byte now and then."""
    over = threading.Event()

    def serve(listening: socket.socket) -> None:
        listening.settimeout(0.2)
        taken: list[socket.socket] = []
        sent = 0
        while not over.wait(0.02):
            with suppress(TimeoutError):
                taken.append(listening.accept()[0])
            for one in taken if trickle else ():
                try:
                    one.send(trickle[sent : sent + 1])
                except OSError:
                    continue
            sent += 1
        for one in taken:
            one.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            thread.join()


@pytest.mark.parametrize("target", ["file://", "ftp://127.0.0.1:1", "gopher://127.0.0.1:1"])
def test_a_redirect_to_another_protocol_is_not_followed(fetching: Fetching, server: GitServer, target: str) -> None:
    server.target = target + str(server.root) if target == "file://" else target
    found = fetching.one(f"{server.url}/moved/work.git")
    assert found.fetched.tip is None
    assert "another kind" in said(found.fetched.problem)


def test_the_configuration_of_the_user_and_the_machine_has_no_say(
    fetching: Fetching, forge: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    trap = f"touch {tmp_path}/trapped"
    (home / ".gitconfig").write_text(
        f'[core]\n\tfsmonitor = "{trap}"\n\tsshCommand = "{trap}"\n\thooksPath = {home}\n\taskPass = "{trap}"\n'
        f'[url "ext::{trap}"]\n\tinsteadOf = file://\n[credential]\n\thelper = "!{trap}"\n'
        f'[init]\n\ttemplateDir = {home}\n[protocol "ext"]\n\tallow = always\n',
        encoding="utf-8",
    )
    for hook in ("post-checkout", "reference-transaction", "post-merge"):
        (home / hook).write_text(f"#!/bin/sh\n{trap}\n", encoding="utf-8")
        (home / hook).chmod(0o755)
    surroundings = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_DIR": str(home),
        "GIT_SSH_COMMAND": trap,
        "GIT_EXTERNAL_DIFF": trap,
        "GIT_PROXY_COMMAND": trap,
        "GIT_EXEC_PATH": str(home),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.hooksPath",
        "GIT_CONFIG_VALUE_0": str(home),
        "GIT_TEMPLATE_DIR": str(home),
        "LD_PRELOAD": str(home / "none.so"),
    }
    assert fetching.one(f"file://{forge}/work.git", surroundings=surroundings).fetched.problem is None
    assert not (tmp_path / "trapped").exists()
    assert not (fetching.place() / "hooks").exists()


def test_neither_submodules_nor_lfs_are_fetched(fetching: Fetching, work: Path, address: str, tmp_path: Path) -> None:
    (work / ".gitmodules").write_text(
        f'[submodule "x"]\n\tpath = x\n\turl = file://{tmp_path}/forge/other.git\n', encoding="utf-8"
    )
    (work / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n", encoding="utf-8")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a" * 64 + "\nsize 12345\n"
    shell(f"git update-index --add --cacheinfo 160000,{'1' * 40},x", work)
    commit_ = commit(work, "model.bin", pointer)
    found = fetching.one(address)
    assert (found.fetched.tip, found.fetched.problem) == (commit_, None)
    assert not (fetching.place() / "lfs").exists()
    assert not (fetching.place() / "modules").exists()


@pytest.mark.parametrize(
    ("name", "mode"), [(".git", "100644"), (".GIT", "100644"), ("..", "040000"), ("a/b", "100644")]
)
def test_a_tree_that_no_git_makes_is_refused(fetching: Fetching, work: Path, forge: Path, name: str, mode: str) -> None:
    shell("git config receive.fsckObjects false", forge / "work.git")
    entry = shell("git rev-parse HEAD^{tree}" if mode == "040000" else "git rev-parse HEAD:titanic.ipynb", work).strip()
    (work.parent / "tree").write_bytes(f"{mode.lstrip('0')} {name}\0".encode() + bytes.fromhex(entry))
    tree = shell(f"git hash-object -t tree -w --literally {work.parent}/tree", work).strip()
    tip = shell(f"git commit-tree -m Odd {tree}", work).strip()
    shell(f"git push -q origin {tip}:refs/heads/odd", work)
    assert "damaged (error in tree" in said(fetching.one(f"file://{forge}/work.git", branch="odd").fetched.problem)
    assert not fetching.order.repositories.joinpath("one.git").exists()


@pytest.mark.parametrize(
    "line",
    [
        "committer A <a@example.org> -62135596800 +0000",
        "committer A <a@example.org> 99999999999999999999 +0000",
        "committer A <a@example.org> 1 +99999999",
        "committer A <a@example.org> 0001 +0000",
        "committer A a@example.org> 1700000000 +0000",
        "committer <a@example.org> 1700000000 +0000",
    ],
)
def test_an_odd_line_of_an_old_program_stops_nothing(fetching: Fetching, work: Path, forge: Path, line: str) -> None:
    tree = shell("git rev-parse HEAD^{tree}", work).strip()
    (work.parent / "commit").write_text(
        f"tree {tree}\nauthor A <a@example.org> 1700000000 +0000\n{line}\n\nOdd\n", encoding="utf-8"
    )
    tip = shell(f"git hash-object -t commit -w --literally {work.parent}/commit", work).strip()
    (forge / "work.git/objects" / tip[:2]).mkdir(exist_ok=True)
    shell(f"cp .git/objects/{tip[:2]}/{tip[2:]} {forge}/work.git/objects/{tip[:2]}/", work)
    (forge / "work.git/refs/heads/odd").write_text(f"{tip}\n", encoding="utf-8")
    found = fetching.one(f"file://{forge}/work.git", branch="odd")
    assert (found.fetched.tip, found.fetched.problem) == (tip, None)


def test_a_damaged_repository_is_one_row(fetching: Fetching, work: Path, forge: Path) -> None:
    blob = shell("git rev-parse main:titanic.ipynb", work).strip()
    for place in (forge / "work.git/objects").glob(f"{blob[:2]}/{blob[2:]}"):
        place.unlink()
    shell("git init -q --bare -b main good.git", forge)
    shell(f"git push -q {forge}/good.git main:main -f", work)
    found = fetching(f"file://{forge}/work.git", f"file://{forge}/good.git")
    assert said(found["r0"].fetched.problem)
    assert found["r1"].fetched.problem is None


def test_one_bad_repository_stops_no_other(fetching: Fetching, forge: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = whole.fetch

    def failing(order: object, repository: ClassRepository, *given: object) -> Cloned:
        if repository.key == "bad":
            raise RuntimeError("a fault of ours")
        return real(order, repository, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(whole, "fetch", failing)
    source = f"file://{forge}/work.git"
    heard = Heard()
    kept: dict[str, object] = {}
    whole.clone_class(
        fetching.order,
        [ClassRepository(key=key, source=source) for key in ("a", "bad", "b")],
        {},
        {},
        at_once=1,
        keep=lambda repository, found: kept.__setitem__(repository.key, found.problem),
        listener=heard,
    )
    assert kept["a"] is kept["b"] is None
    assert "itself failed" in said(kept["bad"])  # type: ignore[arg-type]
    assert "a fault of ours" in heard.faults["bad"]


def test_a_full_disk_is_said(fetching: Fetching, forge: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.BareRepository, "prepare", full)
    assert "No space left" in said(fetching.one(f"file://{forge}/work.git").fetched.problem)


def test_what_a_server_says_is_cut(fetching: Fetching, tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        found = fetching.one(f"{server.url}/{'x' * 1500}.git")
    assert len(said(found.fetched.problem)) < 400
