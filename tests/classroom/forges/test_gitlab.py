"""GitLab's API, through a server that answers as GitLab documents it."""

from __future__ import annotations

from collections.abc import Callable
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
from tests.classroom.forges.conftest import Played
from tests.classroom.forges.server import Reply

Play = Callable[..., Played]


def test_a_class_is_read(played_gitlab: Play) -> None:
    played = played_gitlab(small_class())
    forks = played.forge.forks(UPSTREAM)
    assert [(one.project, one.account, one.default_branch) for one in forks] == [
        ("Ada/titanic", "Ada", "main"),
        ("blaise/titanic", "blaise", "main"),
        ("chloe-d/projet-titanic", "chloe-d", "master"),
        ("dora/titanic", "dora", "main"),
    ]
    assert forks[0].address == f"{played.server.address}/Ada/titanic.git"
    requests = played.forge.requests(UPSTREAM)
    assert requests[1] == PullRequest(
        number=2,
        state=State.MERGED,
        source_repository="blaise/titanic",
        source_branch="travail",
        target_repository=UPSTREAM,
        target_branch="main",
        target_default="main",
    )
    told = played.forge.with_conflicts(requests)
    assert [(one.number, one.state, one.conflict) for one in told] == [
        (1, State.OPEN, False),
        (2, State.MERGED, None),
        (3, State.OPEN, True),
    ]
    assert played.heard.slept == [3.0]


def test_what_the_list_tells_of_conflicts_is_not_asked_again(played_gitlab: Play) -> None:
    played = played_gitlab(big_class(2))
    requests = played.forge.requests(UPSTREAM)
    count = len(played.server.requests)
    assert [one.conflict for one in played.forge.with_conflicts(requests)] == [False, False]
    assert len(played.server.requests) == count


def test_pushes_have_their_times_and_deletions_and_tags_are_none(played_gitlab: Play) -> None:
    world = small_class()
    world.projects[1].pushes += [("nettoyage", 0, "2026-11-06T00:00:00Z"), ("refs/tags/v1", 7, "2026-11-06T00:00:00Z")]
    pushes = played_gitlab(world).forge.pushes("Ada/titanic")
    assert [push.commit for push in pushes] == [commit(1), commit(2), commit(3)]
    at = datetime(2026, 11, 2, 9, 30, 0, 123000, tzinfo=UTC)
    assert pushes[1] == Push(branch="nettoyage", commit=commit(2), at=at)


def test_lists_are_read_to_their_last_page(played_gitlab: Play) -> None:
    forge = played_gitlab(big_class(230)).forge
    assert len({one.project for one in forge.forks(UPSTREAM)}) == 230
    assert [one.number for one in forge.requests(UPSTREAM)] == list(range(1, 231))
    assert [push.commit for push in forge.pushes("student-0/titanic")] == [commit(one) for one in range(1, 131)]


@pytest.mark.parametrize(
    "away", ["https://elsewhere.example/api/v4/x?page=2", "https://gitlab.com.evil.example/?page=2"]
)
def test_the_next_page_is_asked_of_the_forge_wherever_its_link_leads(played_gitlab: Play, away: str) -> None:
    played = played_gitlab(big_class(3))
    played.server.once("/forks", Reply(200, [], {"Link": f'<{away}>; rel="next"'}))
    assert played.forge.forks(UPSTREAM) == ()
    assert [one.query.get("page") for one in played.server.requests] == [None, "2"]


def test_groups_within_groups_have_names_with_several_slashes(played_gitlab: Play) -> None:
    world = World(
        [Project("school/2026/titanic"), Project("school/2026/team-1/titanic", fork_of="school/2026/titanic")]
    )
    fork = played_gitlab(world).forge.forks("school/2026/titanic")[0]
    assert (fork.project, fork.account) == ("school/2026/team-1/titanic", "school/2026/team-1")


def test_a_repository_without_a_commit_has_no_default_branch(played_gitlab: Play) -> None:
    world = World([Project(UPSTREAM), Project("a/titanic", "", fork_of=UPSTREAM)])
    assert played_gitlab(world).forge.forks(UPSTREAM)[0].default_branch == ""


def test_a_renamed_repository_is_known_by_its_new_name(played_gitlab: Play) -> None:
    world = small_class()
    world.projects[1].name, world.projects[1].was = "Ada/naufrage", "Ada/titanic"
    played = played_gitlab(world)
    assert played.forge.repository("Ada/titanic").project == "Ada/naufrage"
    assert len(played.forge.pushes("Ada/titanic")) == 3


def test_no_redirect_is_followed_to_another_host(played_gitlab: Play) -> None:
    played = played_gitlab(small_class())
    played.server.once("titanic", Reply(301, {}, {"Location": "https://elsewhere.example/api/v4/projects/1"}))
    with pytest.raises(UnreadableAnswer):
        played.forge.repository(UPSTREAM)
    assert len(played.server.requests) == 1


def test_what_is_gone_or_private_is_one_sentence(played_gitlab: Play) -> None:
    world = small_class()
    world.projects[2].hidden = True
    forge = played_gitlab(world).forge
    with pytest.raises(RepositoryHidden):
        forge.pushes("blaise/titanic")
    assert [one.number for one in forge.requests(UPSTREAM)] == [1, 3]


def test_events_that_may_not_be_read_are_told_from_a_repository_that_is_gone(played_gitlab: Play) -> None:
    played = played_gitlab(small_class())
    played.server.once("/events", Reply(403, {"message": "403 Forbidden"}))
    with pytest.raises(PushesUntold):
        played.forge.pushes("Ada/titanic")


def test_an_expired_token_is_said(played_gitlab: Play) -> None:
    played = played_gitlab(small_class(), token="another-one")
    with pytest.raises(TokenRefused) as caught:
        played.forge.repository(UPSTREAM)
    assert "another-one" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"


def test_a_right_that_is_missing_is_said(played_gitlab: Play) -> None:
    played = played_gitlab(small_class())
    played.server.once("/merge_requests", Reply(403, {"message": "403 Forbidden"}))
    with pytest.raises(NotPermitted):
        played.forge.requests(UPSTREAM)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "17"}, 17), ({}, 60), ({"Retry-After": "soon"}, 60), ({"RateLimit-Reset": "1"}, 1)],
)
def test_a_limit_is_waited_for_and_said(played_gitlab: Play, headers: dict[str, str], seconds: float) -> None:
    played = played_gitlab(small_class())
    played.server.once("/forks", Reply(429, b"Retry later", headers))
    assert len(played.forge.forks(UPSTREAM)) == 4
    assert played.heard.waits == [(seconds, f"{played.server.host} limits the rate of requests.")]
    assert played.heard.slept == [seconds]


def test_a_limit_without_an_end_is_given_up(played_gitlab: Play) -> None:
    played = played_gitlab(small_class())
    played.server.once("/forks", Reply(429, b"", {"Retry-After": "86400"}))
    with pytest.raises(ForgeBusy, match="1440 min"):
        played.forge.forks(UPSTREAM)


def test_a_connection_that_breaks_is_tried_again_and_then_said(played_gitlab: Play) -> None:
    played = played_gitlab(small_class())
    played.server.once("/forks", Reply(200, [1, 2], cut=1), Reply(502, {}))
    assert len(played.forge.forks(UPSTREAM)) == 4
    played.server.once("/forks", *[Reply(200, [1, 2, 3], cut=2)] * 3)
    with pytest.raises(ForgeUnreachable):
        played.forge.forks(UPSTREAM)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, {"no": "list"}),
        Reply(200, b"<html>"),
        Reply(200, b"[" * 200_000),
        Reply(418, {}),
        Reply(418, []),
        Reply(301, {}, {"Location": "http://[::1"}),
        Reply(200, b"\x1f\x8b\x08", {"Content-Encoding": "gzip"}),
    ],
    ids=str,
)
def test_an_answer_that_is_none_of_a_forge_is_said(played_gitlab: Play, reply: Reply) -> None:
    played = played_gitlab(small_class())
    played.server.once("/forks", *[reply] * 3)
    with pytest.raises((UnreadableAnswer, ForgeUnreachable)):
        played.forge.forks(UPSTREAM)


def test_an_answer_is_bounded_while_it_is_unpacked(played_gitlab: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    import gzip

    monkeypatch.setattr("checker.classroom.forges.gitlab_api.LARGEST_ANSWER", 5_000)
    played = played_gitlab(small_class())
    bomb = gzip.compress(b"[" + b" " * 1_000_000 + b"]")
    played.server.once("/forks", Reply(200, bomb, {"Content-Encoding": "gzip"}))
    with pytest.raises(UnreadableAnswer, match="size"):
        played.forge.forks(UPSTREAM)


def test_hostile_entries_are_left_out_and_counted(played_gitlab: Play) -> None:
    played = played_gitlab(small_class())
    good = {"id": 1, "path_with_namespace": "a/b", "namespace": {"full_path": "a"}, "default_branch": "main"}
    good["http_url_to_repo"] = f"{played.server.address}/a/b.git"
    evil = [
        {**good, "path_with_namespace": "../etc"},
        {**good, "default_branch": "-x"},
        {**good, "id": 10**30},
        {**good, "http_url_to_repo": "https://elsewhere.example/a/b.git"},
        [],
    ]
    played.server.once("/forks", Reply(200, [*evil, good]))
    assert [one.project for one in played.forge.forks(UPSTREAM)] == ["a/b"]
    assert played.heard.left_out == [(UPSTREAM, len(evil))]


def test_a_request_between_two_branches_of_one_repository_is_told(played_gitlab: Play) -> None:
    world = small_class()
    world.asked = [Asked(9, "Ada/titanic", "nettoyage", target="Ada/titanic")]
    (request,) = played_gitlab(world).forge.requests("Ada/titanic")
    assert request.own
