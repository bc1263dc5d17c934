"""GitHub's API, through a server whose answers, and the requests that it gets, are held to GitHub's description."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from checker.classroom.forges.errors import ForgeUnreachable, PushesUntold, RepositoryHidden, UnreadableAnswer
from checker.classroom.records import Push
from tests.classroom.forges.class_world import UPSTREAM, Asked, Project, World, big_class, commit, small_class
from tests.classroom.forges.conftest import Heard, Played, described, playing_github
from tests.classroom.forges.server import Reply

Play = Callable[..., Played]


def test_pushes_have_their_times_and_deletions_are_none(played_github: Play) -> None:
    world = small_class()
    world.projects[1].pushes += [("nettoyage", 0, "2026-11-06T00:00:00Z"), ("refs/tags/v1", 7, "2026-11-06T00:00:00Z")]
    assert played_github(world).forge.pushes("Ada/titanic") == (
        Push(branch="main", commit=commit(1), at=datetime(2026, 11, 1, 10, tzinfo=UTC)),
        Push(branch="nettoyage", commit=commit(2), at=datetime(2026, 11, 2, 9, 30, tzinfo=UTC)),
        Push(branch="nettoyage", commit=commit(3), at=datetime(2026, 11, 3, 23, 59, 59, tzinfo=UTC)),
    )


@pytest.mark.parametrize("hidden", [True, False])
def test_what_is_gone_or_private_is_one_sentence(played_github: Play, *, hidden: bool) -> None:
    world = small_class()
    if hidden:
        world.projects[2].hidden = True
    else:
        del world.projects[2], world.asked[1]
    with pytest.raises(RepositoryHidden) as caught:
        played_github(world).forge.pushes("blaise/titanic")
    assert "shows no repository blaise/titanic" in str(caught.value)


def test_a_server_without_times_of_pushes_is_told_from_a_repository_that_is_gone(played_github: Play) -> None:
    played = played_github(small_class())
    played.server.once("/activity", Reply(404, {"message": "Not Found"}))
    with pytest.raises(PushesUntold):
        played.forge.pushes("Ada/titanic")


def test_a_request_whose_fork_was_deleted_is_of_nobody(played_github: Play) -> None:
    world = World([Project(UPSTREAM)], [Asked(1, None, "gone", state="closed")])
    assert played_github(world).forge.requests(UPSTREAM) == ()


SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        (Reply(403, SECONDARY, {"Retry-After": "17"}), 17),
        (Reply(429, SECONDARY, {"Retry-After": "17"}), 17),
        (Reply(403, SECONDARY, {"x-ratelimit-remaining": "4000"}), 60),
        (Reply(403, SECONDARY, {"Retry-After": "0"}), 1),
    ],
)
def test_a_secondary_limit_is_waited_for_and_said(played_github: Play, reply: Reply, seconds: float) -> None:
    played = played_github(small_class())
    played.server.once("/forks", reply)
    assert len(played.forge.forks(UPSTREAM)) == 4
    assert played.heard.waits == [(seconds, f"{played.server.host} limits the rate of requests.")]
    assert played.heard.slept == [seconds]


def test_the_hour_that_is_used_up_is_waited_for_to_its_end(played_github: Play) -> None:
    played = played_github(small_class())
    reset = str(int(datetime.now(UTC).timestamp()) + 1800)
    played.server.once("/forks", Reply(403, {}, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}))
    played.forge.forks(UPSTREAM)
    assert 1700 < played.heard.slept[0] <= 1801


@pytest.mark.parametrize("words", ["-5", "soon", "9" * 40, "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_limit_in_other_words_is_no_fault_of_ours(played_github: Play, words: str) -> None:
    played = played_github(small_class())
    played.server.once("/forks", Reply(403, SECONDARY, {"Retry-After": words}))
    assert len(played.forge.forks(UPSTREAM)) == 4
    assert played.heard.slept == [60]


def test_an_answer_is_bounded_while_it_arrives(played_github: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    played = played_github(big_class(50))
    monkeypatch.setattr("checker.classroom.forges.github_api.LARGEST_ANSWER", 5_000)
    with pytest.raises(UnreadableAnswer, match="size"):
        played.forge.forks(UPSTREAM)


@pytest.mark.parametrize(
    "name",
    ["../../user", "a/b/c", "a", "", "a/..", "a b/c", "é/b", "a/b?x=1", "a/b#", "-a/b", "a/" + "b" * 600, "a\n/b"],
)
def test_a_hostile_name_is_asked_of_nobody(played_github: Play, name: str) -> None:
    played = played_github(small_class())
    with pytest.raises(RepositoryHidden):
        played.forge.repository(name)
    assert played.server.requests == []


def test_hostile_entries_are_left_out_and_counted(played_github: Play) -> None:
    played = played_github(small_class())
    good = {"full_name": "a/b", "owner": {"login": "a"}, "default_branch": "main"}
    good["clone_url"] = f"{played.server.address}/a/b.git"
    evil = [
        {**good, "full_name": "../etc"},
        {**good, "owner": {"login": "a\x1b[2J"}},
        {**good, "default_branch": "--upload-pack=x"},
        {**good, "default_branch": "a..b"},
        {**good, "clone_url": "ext::sh -c touch% x"},
        {**good, "clone_url": "https://elsewhere.example/a/b.git"},
        {**good, "clone_url": f"http://token@{played.server.host}/a/b.git"},
        {**good, "clone_url": f"{played.server.address}/a\x00/b.git"},
        None,
        7,
    ]
    played.server.once("/forks", Reply(200, [*evil, good]))
    assert [one.project for one in played.forge.forks(UPSTREAM)] == ["a/b"]
    assert played.heard.left_out == [(UPSTREAM, len(evil))]


def test_hostile_times_are_left_out(played_github: Play) -> None:
    played = played_github(small_class())
    good = {"ref": "refs/heads/main", "after": commit(1), "timestamp": "2026-11-01T10:00:00Z", "activity_type": "push"}
    evil = [
        {**good, "timestamp": "2026-11-01T10:00:00"},
        {**good, "timestamp": "9999-12-31T23:59:59-12:00"},
        {**good, "timestamp": "yesterday"},
        {**good, "after": "main"},
        {**good, "ref": "refs/heads/" + "x" * 300},
    ]
    played.server.once("/activity", Reply(200, [*evil, good]))
    assert len(played.forge.pushes("Ada/titanic")) == 1


@pytest.mark.slow
def test_the_description_is_heeded(heard: Heard) -> None:
    """The proof of the proof: a request that GitHub does not describe makes these tests fail."""
    with playing_github(described(), heard) as play:
        played = play(small_class())
        with pytest.raises(ForgeUnreachable):
            played.forge.api.entries(UPSTREAM, "/forks", {"colour": "red"})
        assert "colour" in str(played.server.faults[0])
        played.server.faults.clear()
        played.world.projects[1].pushes[0] = ("main", 1, "in the morning")
        with pytest.raises(ForgeUnreachable):
            played.forge.pushes("Ada/titanic")
        assert "in the morning" in repr(played.server.faults[0].__cause__)
        played.server.faults.clear()
