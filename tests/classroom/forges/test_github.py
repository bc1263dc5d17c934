"""GitHub's API, through a server whose answers, and the requests that it gets, are held to GitHub's description."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from checker.classroom.forges.errors import (
    ForgeBusy,
    ForgeUnreachable,
    NotPermitted,
    PushesUntold,
    RepositoryHidden,
    TokenRefused,
    UnreadableAnswer,
)
from checker.classroom.records import Push
from checker.facts.requests import PullRequest, State
from tests.classroom.forges.class_world import UPSTREAM, Asked, Project, World, big_class, commit, small_class
from tests.classroom.forges.conftest import Heard, Played, described, playing_github
from tests.classroom.forges.server import Reply

Play = Callable[..., Played]


def test_a_class_is_read(played_github: Play) -> None:
    played = played_github(small_class())
    assert played.forge.repository(UPSTREAM).default_branch == "main"
    forks = played.forge.forks(UPSTREAM)
    assert [(one.project, one.account, one.default_branch) for one in forks] == [
        ("Ada/titanic", "Ada", "main"),
        ("blaise/titanic", "blaise", "main"),
        ("chloe-d/projet-titanic", "chloe-d", "master"),
        ("dora/titanic", "dora", "main"),
    ]
    assert forks[0].address == f"{played.server.address}/Ada/titanic.git"
    requests = played.forge.requests(UPSTREAM)
    assert requests[0] == PullRequest(
        number=1,
        state=State.OPEN,
        source_repository="Ada/titanic",
        source_branch="nettoyage",
        target_repository=UPSTREAM,
        target_branch="main",
        target_default="main",
    )
    assert [(one.number, one.state) for one in requests] == [(1, State.OPEN), (2, State.MERGED), (3, State.OPEN)]
    told = played.forge.with_conflicts(requests)
    assert [one.conflict for one in told] == [False, None, True]
    assert played.heard.slept == [3.0]


def test_pushes_have_their_times_and_deletions_are_none(played_github: Play) -> None:
    world = small_class()
    world.projects[1].pushes += [("nettoyage", 0, "2026-11-06T00:00:00Z"), ("refs/tags/v1", 7, "2026-11-06T00:00:00Z")]
    assert played_github(world).forge.pushes("Ada/titanic") == (
        Push(branch="main", commit=commit(1), at=datetime(2026, 11, 1, 10, tzinfo=UTC)),
        Push(branch="nettoyage", commit=commit(2), at=datetime(2026, 11, 2, 9, 30, tzinfo=UTC)),
        Push(branch="nettoyage", commit=commit(3), at=datetime(2026, 11, 3, 23, 59, 59, tzinfo=UTC)),
    )


def test_lists_are_read_to_their_last_page(played_github: Play) -> None:
    forge = played_github(big_class(230)).forge
    assert len({one.project for one in forge.forks(UPSTREAM)}) == 230
    assert [one.number for one in forge.requests(UPSTREAM)] == list(range(1, 231))
    assert [push.commit for push in forge.pushes("student-0/titanic")] == [commit(one) for one in range(1, 131)]


def test_the_next_page_is_asked_of_the_forge_wherever_its_link_leads(played_github: Play) -> None:
    played = played_github(big_class(3))
    away = {"Link": '<https://elsewhere.example/repos/x/y/forks?page=2>; rel="next"'}
    played.server.once("/forks", Reply(200, [], away))
    assert played.forge.forks(UPSTREAM) == ()
    assert [one.query.get("page") for one in played.server.requests] == [None, "2"]


def test_a_renamed_repository_is_known_by_its_new_name(played_github: Play) -> None:
    world = small_class()
    world.projects[1].name, world.projects[1].was = "Ada/naufrage", "Ada/titanic"
    played = played_github(world)
    assert played.forge.repository("Ada/titanic").project == "Ada/naufrage"
    assert len(played.forge.pushes("Ada/titanic")) == 3


def test_no_redirect_is_followed_to_another_host(played_github: Play) -> None:
    played = played_github(small_class())
    played.server.once(UPSTREAM, Reply(301, {}, {"Location": "https://elsewhere.example/repositories/1"}))
    with pytest.raises(UnreadableAnswer):
        played.forge.repository(UPSTREAM)
    assert len(played.server.requests) == 1


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


def test_an_expired_token_is_said(played_github: Play) -> None:
    played = played_github(small_class(), token="another-one")
    with pytest.raises(TokenRefused) as caught:
        played.forge.repository(UPSTREAM)
    assert "another-one" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"


def test_a_right_that_is_missing_is_no_limit(played_github: Play) -> None:
    played = played_github(small_class())
    refusal = Reply(403, {"message": "Resource not accessible by personal access token"})
    played.server.once("/pulls", replace(refusal, headers={"x-ratelimit-remaining": "4999"}))
    with pytest.raises(NotPermitted):
        played.forge.requests(UPSTREAM)
    assert played.heard.waits == []


SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        (Reply(403, SECONDARY, {"Retry-After": "17"}), 17),
        (Reply(429, SECONDARY, {"Retry-After": "17"}), 17),
        (Reply(403, SECONDARY, {"x-ratelimit-remaining": "4000"}), 60),
        (Reply(429, {}, {}), 60),
        (Reply(403, SECONDARY, {"Retry-After": "0"}), 1),
    ],
)
def test_a_limit_is_waited_for_and_said(played_github: Play, reply: Reply, seconds: float) -> None:
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


def test_a_limit_without_an_end_is_given_up(played_github: Play) -> None:
    played = played_github(small_class())
    played.server.once("/forks", *[Reply(429, {}, {"Retry-After": "60"})] * 20)
    with pytest.raises(ForgeBusy):
        played.forge.forks(UPSTREAM)
    assert played.heard.slept == [60, 60, 120, 240, 480]
    played.server.planned[:] = [("/forks", Reply(429, {}, {"Retry-After": "86400"}))]
    with pytest.raises(ForgeBusy, match="1440 min"):
        played.forge.forks(UPSTREAM)


@pytest.mark.parametrize("words", ["-5", "soon", "9" * 40, "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_limit_in_other_words_is_no_fault_of_ours(played_github: Play, words: str) -> None:
    played = played_github(small_class())
    played.server.once("/forks", Reply(403, SECONDARY, {"Retry-After": words}))
    assert len(played.forge.forks(UPSTREAM)) == 4
    assert played.heard.slept == [60]


def test_a_connection_that_breaks_is_tried_again_and_then_said(played_github: Play) -> None:
    played = played_github(small_class())
    played.server.once("/forks", Reply(200, [], cut=1), Reply(502, {}))
    assert len(played.forge.forks(UPSTREAM)) == 4
    played.server.once("/forks", *[Reply(200, [1, 2, 3], cut=2)] * 3)
    with pytest.raises(ForgeUnreachable, match="the connection broke"):
        played.forge.forks(UPSTREAM)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, {"no": "list"}),
        Reply(200, b"<html>"),
        Reply(200, b"[" * 200_000),
        Reply(418, {}),
        Reply(301, {}, {"Location": "http://[::1"}),
        Reply(200, b"\x1f\x8b\x08", {"Content-Encoding": "gzip"}),
    ],
    ids=str,
)
def test_an_answer_that_is_none_of_a_forge_is_said(played_github: Play, reply: Reply) -> None:
    played = played_github(small_class())
    played.server.once("/forks", *[reply] * 3)
    with pytest.raises((UnreadableAnswer, ForgeUnreachable)):
        played.forge.forks(UPSTREAM)


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
