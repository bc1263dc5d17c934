"""Large files of earlier states stay where they are, and no grade is another one by it."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checker.classroom.class_file import DeadlineTable
from checker.classroom.cloning.bounds import BOUNDS, FetchBounds
from checker.classroom.counting import counting_commit
from checker.classroom.records import ClassRepository, Counting, Forked, Push
from checker.errors import UsageError
from checker.evidence.repository.secrets_and_conflicts import _LARGEST
from checker.open_submission import open_submission
from checker.repository.bounds import HUGE, LEAST_LEFT_OUT
from checker.repository.repository import Repository
from tests.classroom.cloning.conftest import Fetching, commit
from tests.classroom.cloning.git_server import GitServer
from tests.conftest import shell

LARGE = LEAST_LEFT_OUT


def test_what_is_left_out_is_larger_than_what_a_check_looks_into() -> None:
    assert _LARGEST < LEAST_LEFT_OUT <= BOUNDS.left_out_from <= HUGE


@pytest.fixture
def fetching(fetching: Fetching) -> Fetching:
    """With the smallest bound that there may be: these tests move as many bytes as they must."""
    return replace(fetching, order=replace(fetching.order, bounds=FetchBounds(left_out_from=LARGE)))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A forge's repository whose history has a large file that is gone now, and one that is still there."""
    work = tmp_path_factory.mktemp("heavy")
    shell("git init -q -b main && git config core.compression 0 && git commit -q --allow-empty -m Start", work)
    commit(work, "gone.csv", os.urandom(LARGE + 7), push=False)
    shell("git rm -q gone.csv && git commit -q -m Remove", work)
    commit(work, "kept.csv", os.urandom(LARGE), push=False)
    commit(work, "small.csv", os.urandom(LARGE - 1), push=False)
    return work / ".git"


@pytest.fixture
def heavy(built: Path, forge: Path) -> Path:
    """The same on the forge, as ``work.git``."""
    shutil.rmtree(forge / "work.git")
    shutil.copytree(built, forge / "work.git")
    shell("git config core.bare true && git config uploadpack.allowFilter true", forge / "work.git")
    return forge / "work.git"


def files_at(repository: Repository, state: str) -> dict[str, tuple[int, bool]]:
    return {path: (entry.size, entry.absent) for path, entry in repository.tree_of(state).entries.items()}


def test_a_large_file_of_an_earlier_state_is_not_fetched(fetching: Fetching, heavy: Path, server: GitServer) -> None:
    address = f"{server.url}/work.git"
    found = fetching.one(address)
    lean = server.sent
    full = fetching.one(address, key="full", full=True)
    assert server.sent - lean > 3 * LARGE
    assert 2 * LARGE < lean < 2.2 * LARGE
    before = shell("git rev-parse main~3", heavy).strip()
    assert found.fetched.tip == full.fetched.tip
    with open_submission(fetching.place("full"), commit=found.fetched.tip, own=False) as whole:
        assert files_at(whole, before)["gone.csv"] == (LARGE + 7, False)
        expected = whole.tree().id
    for own in (False, True):
        with open_submission(fetching.place(), commit=found.fetched.tip, own=own) as repository:
            assert files_at(repository, before)["gone.csv"] == (HUGE + 1, True)
            tree = repository.tree()
            assert tree.id == expected
            assert len(tree.read("kept.csv")) == LARGE
            earlier = repository.tree_of(before)
            assert earlier.fetch(earlier.entries["gone.csv"]) == b""


def test_a_full_clone_stays_one(fetching: Fetching, heavy: Path, forge: Path) -> None:
    del heavy
    address = f"file://{forge}/work.git"
    assert fetching.one(address).bytes < 2.2 * LARGE
    assert fetching.one(address, full=True).bytes > 3 * LARGE
    assert fetching.one(address).bytes > 3 * LARGE


def test_a_server_without_filters_gives_all(fetching: Fetching, heavy: Path, forge: Path) -> None:
    shell("git config uploadpack.allowFilter false", forge / "work.git")
    found = fetching.one(f"file://{forge}/work.git")
    assert found.bytes > 3 * LARGE
    with open_submission(fetching.place(), commit=found.fetched.tip, own=False) as repository:
        assert files_at(repository, shell("git rev-parse main~3", heavy).strip())["gone.csv"] == (LARGE + 7, False)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["file", "http"])
def test_the_commit_before_the_deadline_is_fetched_whole(
    fetching: Fetching, work: Path, server: GitServer, way: str
) -> None:
    content = os.urandom(LARGE + 3)
    in_time = commit(work, "data.csv", content, date="2026-11-01T12:00:00Z")
    shell(
        "git rm -q data.csv && GIT_COMMITTER_DATE=2026-11-03T12:00:00Z git commit -qm Late && git push -q --all", work
    )
    source = f"{server.url}/work.git" if way == "http" else f"file://{server.root}/work.git"
    deadline = DeadlineTable(at=datetime(2026, 11, 2, tzinfo=UTC))
    fetching.one(source)
    given = (fetching.order.repositories, fetching.known["one"], Forked())
    assert not isinstance(counting_commit(*given, deadline, fetching.order.late), Counting)
    fetching.one(source, deadline=deadline)
    assert counting_commit(*given, deadline, fetching.order.late).commit == in_time
    with open_submission(fetching.place(), commit=in_time, own=False) as repository:
        assert repository.tree().read("data.csv") == content


@pytest.mark.slow
def test_the_commit_of_a_push_that_was_replaced_is_fetched_by_its_id(
    fetching: Fetching, work: Path, forge: Path
) -> None:
    pushed = commit(work, "data.csv", os.urandom(LARGE + 3), date="2026-11-01T12:00:00Z")
    shell("git reset -q --hard HEAD~1", work)
    commit(work, "late.py", date="2026-11-03T12:00:00Z", push=False)
    shell("git push -qf --all", work)
    deadline = DeadlineTable(at=datetime(2026, 11, 2, tzinfo=UTC))
    said = Forked(pushes=(Push(branch="main", commit=pushed, at=datetime(2026, 11, 1, 12, tzinfo=UTC)),))
    source = f"file://{forge}/work.git"
    fetching.forked = {"one": said, "lost": replace(said, pushes=(replace(said.pushes[0], commit="ab" * 20),))}
    fetching(*(ClassRepository(key=key, source=source) for key in fetching.forked), deadline=deadline)
    found = counting_commit(fetching.order.repositories, fetching.known["one"], said, deadline, fetching.order.late)
    assert found.commit == pushed
    with open_submission(fetching.place(), commit=pushed, own=False) as repository:
        assert "data.csv" in repository.tree()
    assert fetching.known["lost"].problem is None
    lost = counting_commit(
        fetching.order.repositories, fetching.known["lost"], fetching.forked["lost"], deadline, fetching.order.late
    )
    assert "does not give it" in str(lost)


@pytest.mark.slow
@pytest.mark.parametrize("filter_", ["blob:none", "blob:limit=4m", "tree:0", ""])
def test_a_clone_that_lacks_what_checks_look_into_is_refused(
    heavy: Path, forge: Path, tmp_path: Path, filter_: str
) -> None:
    """A student's own clone with another filter, or one that lost a file, is judged by nobody."""
    words = f"--filter={filter_}" if filter_ else ""
    shell(f"git clone -q {words} file://{forge}/work.git clone", tmp_path)
    clone = tmp_path / "clone"
    if not filter_:
        shell("mv .git/objects/pack/*.pack . && git unpack-objects -q < *.pack", clone)
        blob = shell("git rev-parse main~3:gone.csv", heavy).strip()
        (clone / f".git/objects/{blob[:2]}/{blob[2:]}").unlink()
    with pytest.raises(UsageError, match="lacks objects"):
        open_submission(clone, commit="main", own=False)


def test_of_the_state_that_is_graded_nothing_may_be_left_out(heavy: Path, forge: Path, tmp_path: Path) -> None:
    shell(f"git clone -q --no-checkout --filter=blob:limit=5000001 file://{forge}/work.git clone", tmp_path)
    del heavy
    for own in (False, True):
        with pytest.raises(UsageError, match="lacks objects"):
            open_submission(tmp_path / "clone", commit="main", own=own)
