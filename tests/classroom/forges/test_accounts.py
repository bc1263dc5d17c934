"""Whether an account exists, asked of each forge."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checker.classroom.forges.errors import ForgeBusy, ForgeUnreachable, NotPermitted, TokenRefused, UnreadableAnswer
from checker.errors import ForgeError
from tests.classroom.forges.class_world import World, small_class
from tests.classroom.forges.conftest import Played
from tests.classroom.forges.server import Reply

Play = Callable[..., Played]


def world() -> World:
    made = small_class()
    made.people += ["zoe-n", "under_score"]
    made.blocked += ["spam-1"]
    return made


def test_an_account_is_told_as_the_forge_writes_it(play: Play) -> None:
    forge = play(world()).forge
    assert forge.account("ada") == "Ada"
    assert forge.account("zoe-n") == "zoe-n"
    assert forge.account("under_score") == "under_score"
    assert forge.account("school") == "school", "a group, or an organisation"
    assert forge.account("adda") is None


def test_a_hidden_account_is_not_found_on_github(played_github: Play) -> None:
    assert played_github(world()).forge.account("spam-1") is None


def test_a_blocked_account_is_found_on_gitlab_by_its_namespace(played_gitlab: Play) -> None:
    played = played_gitlab(world())
    assert played.forge.account("spam-1") == "spam-1"
    assert [one.path for one in played.server.requests] == ["/users", "/namespaces/spam-1/exists"]


def test_a_renamed_account_to_which_the_forge_leads_is_told_by_its_new_name(played_github: Play) -> None:
    played = played_github(world())
    played.server.once("/users/ada-l", Reply(301, {}, {"Location": f"{played.server.api_address}/users/Ada"}))
    assert played.forge.account("ada-l") == "Ada"


@pytest.mark.parametrize(
    "name", ["", "../user", "a/b", "a?b=c", "a#", "-a", "a b", "é", "a\n", "a\x00", "%2e%2e", "a" * 300]
)
def test_a_hostile_name_is_asked_of_nobody(play: Play, name: str) -> None:
    played = play(world())
    assert played.forge.account(name) is None
    assert played.server.requests == []


def test_a_limit_is_waited_for_and_said(play: Play) -> None:
    played = play(world())
    for path in ("/users/ada", "/users"):
        played.server.once(path, Reply(429, {}, {"Retry-After": "17"}))
    assert played.forge.account("ada") == "Ada"
    assert played.heard.waits == [(17.0, f"{played.server.host} limits the rate of requests.")]


@pytest.mark.parametrize(
    ("replies", "error"),
    [
        ([Reply(429, {}, {"Retry-After": "86400"})], ForgeBusy),
        ([Reply(502, {})] * 3, ForgeUnreachable),
        ([Reply(200, [], cut=1)] * 3, ForgeUnreachable),
        ([Reply(401, {})], TokenRefused),
        ([Reply(403, {"message": "403 Forbidden"})], NotPermitted),
        ([Reply(418, {})], UnreadableAnswer),
        ([Reply(200, b"<html>")], UnreadableAnswer),
        ([Reply(200, {"login": "a\x1b[2J"})], UnreadableAnswer),
        ([Reply(200, [{"username": "a\x1b[2J"}])], UnreadableAnswer),
        ([Reply(200, 7)], UnreadableAnswer),
    ],
)
def test_a_forge_that_does_not_tell_is_no_forge_without_the_account(
    play: Play, replies: list[Reply], error: type[ForgeError]
) -> None:
    played = play(world())
    # the first path is GitHub's, the second one GitLab's
    played.server.once("/users/ada", *replies)
    played.server.once("/users", *replies)
    with pytest.raises(error):
        played.forge.account("ada")


@pytest.mark.parametrize("path", ["/users", "/exists"])
@pytest.mark.parametrize("reply", [Reply(404, {}), Reply(200, {"exists": "perhaps"}), Reply(200, b"")])
def test_an_address_that_gitlab_must_have_says_nothing_of_accounts(
    played_gitlab: Play, path: str, reply: Reply
) -> None:
    played = played_gitlab(world())
    played.server.once(path, reply)
    with pytest.raises(UnreadableAnswer):
        played.forge.account("adda")
