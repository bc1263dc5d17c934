"""What each forge tells alike, of the same class and of the same troubles on the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checker.classroom.forges.errors import ForgeBusy, ForgeUnreachable, NotPermitted, TokenRefused, UnreadableAnswer
from checker.facts.pull_requests import State
from tests.classroom.forges.class_world import UPSTREAM, big_class, commit, small_class
from tests.classroom.forges.conftest import Played
from tests.classroom.forges.server import Reply
from tests.pull_requests import pull_request

Play = Callable[..., Played]


def test_a_class_is_read(play: Play) -> None:
    played = play(small_class())
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
    assert requests == (
        pull_request(1, "Ada/titanic", "nettoyage", UPSTREAM),
        pull_request(2, "blaise/titanic", "travail", UPSTREAM, state=State.MERGED),
        pull_request(3, "dora/titanic", "fonctions", UPSTREAM),
    )
    assert [one.conflict for one in played.forge.with_conflicts(requests)] == [False, None, True]
    assert played.heard.slept == [3.0]


def test_lists_are_read_to_their_last_page(play: Play) -> None:
    forge = play(big_class(230)).forge
    assert len({one.project for one in forge.forks(UPSTREAM)}) == 230
    assert [one.number for one in forge.requests(UPSTREAM)] == list(range(1, 231))
    assert [push.commit for push in forge.pushes("student-0/titanic")] == [commit(one) for one in range(1, 131)]


@pytest.mark.parametrize(
    "away", ["https://elsewhere.example/api/v4/x?page=2", "https://gitlab.com.evil.example/?page=2"]
)
def test_the_next_page_is_asked_of_the_forge_wherever_its_link_leads(play: Play, away: str) -> None:
    played = play(big_class(3))
    played.server.once("/forks", Reply(200, [], {"Link": f'<{away}>; rel="next"'}))
    assert played.forge.forks(UPSTREAM) == ()
    assert [one.query.get("page") for one in played.server.requests] == [None, "2"]


def test_a_renamed_repository_is_known_by_its_new_name(play: Play) -> None:
    world = small_class()
    world.projects[1].name, world.projects[1].was = "Ada/naufrage", "Ada/titanic"
    played = play(world)
    assert played.forge.repository("Ada/titanic").project == "Ada/naufrage"
    assert len(played.forge.pushes("Ada/titanic")) == 3


def test_no_redirect_is_followed_to_another_host(play: Play) -> None:
    played = play(small_class())
    played.server.once("titanic", Reply(301, {}, {"Location": "https://elsewhere.example/api/v4/projects/1"}))
    with pytest.raises(UnreadableAnswer):
        played.forge.repository(UPSTREAM)
    assert len(played.server.requests) == 1


def test_an_expired_token_is_said(play: Play) -> None:
    played = play(small_class(), token="another-one")
    with pytest.raises(TokenRefused) as caught:
        played.forge.repository(UPSTREAM)
    assert "another-one" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"


def test_a_right_that_is_missing_is_no_limit(play: Play) -> None:
    played = play(small_class())
    refusal = {"message": "Resource not accessible by personal access token"}
    for path in ("/pulls", "/merge_requests"):
        played.server.once(path, Reply(403, refusal, {"x-ratelimit-remaining": "4999"}))
    with pytest.raises(NotPermitted):
        played.forge.requests(UPSTREAM)
    assert played.heard.waits == []


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "17"}, 17), ({}, 60), ({"Retry-After": "soon"}, 60), ({"Retry-After": "0"}, 1)],
)
def test_a_limit_is_waited_for_and_said(play: Play, headers: dict[str, str], seconds: float) -> None:
    played = play(small_class())
    played.server.once("/forks", Reply(429, b"Retry later", headers))
    assert len(played.forge.forks(UPSTREAM)) == 4
    assert played.heard.waits == [(seconds, f"{played.server.host} limits the rate of requests.")]
    assert played.heard.slept == [seconds]


def test_a_limit_without_an_end_is_given_up(play: Play) -> None:
    played = play(small_class())
    played.server.once("/forks", *[Reply(429, {}, {"Retry-After": "60"})] * 20)
    with pytest.raises(ForgeBusy):
        played.forge.forks(UPSTREAM)
    assert played.heard.slept == [60, 60, 120, 240, 480]
    played.server.planned[:] = [("/forks", Reply(429, {}, {"Retry-After": "86400"}))]
    with pytest.raises(ForgeBusy, match="1440 min"):
        played.forge.forks(UPSTREAM)


def test_a_connection_that_breaks_is_tried_again_and_then_said(play: Play) -> None:
    played = play(small_class())
    played.server.once("/forks", Reply(200, [1], cut=1), Reply(502, {}))
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
        Reply(418, []),
        Reply(301, {}, {"Location": "http://[::1"}),
        Reply(200, b"\x1f\x8b\x08", {"Content-Encoding": "gzip"}),
    ],
    ids=lambda reply: str(reply)[:60],
)
def test_an_answer_that_is_none_of_a_forge_is_said(play: Play, reply: Reply) -> None:
    played = play(small_class())
    played.server.once("/forks", *[reply] * 3)
    with pytest.raises((UnreadableAnswer, ForgeUnreachable)):
        played.forge.forks(UPSTREAM)
