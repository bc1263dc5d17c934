"""GitLab's API, through a server that answers as GitLab documents it."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from checker.classroom.forges.errors import PushesUntold, RepositoryHidden, UnreadableAnswer
from checker.classroom.records import Push
from tests.classroom.forges.class_world import UPSTREAM, Asked, Project, World, big_class, commit, small_class
from tests.classroom.forges.conftest import Played
from tests.classroom.forges.server import Reply

Play = Callable[..., Played]


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


def test_groups_within_groups_have_names_with_several_slashes(played_gitlab: Play) -> None:
    world = World(
        [Project("school/2026/titanic"), Project("school/2026/team-1/titanic", fork_of="school/2026/titanic")]
    )
    fork = played_gitlab(world).forge.forks("school/2026/titanic")[0]
    assert (fork.project, fork.account) == ("school/2026/team-1/titanic", "school/2026/team-1")


def test_a_repository_without_a_commit_has_no_default_branch(played_gitlab: Play) -> None:
    world = World([Project(UPSTREAM), Project("a/titanic", "", fork_of=UPSTREAM)])
    assert played_gitlab(world).forge.forks(UPSTREAM)[0].default_branch == ""


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


def test_a_limit_that_is_over_at_once_is_waited_for_a_second(played_gitlab: Play) -> None:
    played = played_gitlab(small_class())
    played.server.once("/forks", Reply(429, b"Retry later", {"RateLimit-Reset": "1"}))
    assert len(played.forge.forks(UPSTREAM)) == 4
    assert played.heard.slept == [1]


def test_an_answer_is_bounded_while_it_is_unpacked(played_gitlab: Play, monkeypatch: pytest.MonkeyPatch) -> None:
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
