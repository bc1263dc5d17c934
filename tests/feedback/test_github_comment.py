"""One comment on a pull request, from an artifact that anybody may have made."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from markdown_it import MarkdownIt

from checker.feedback.artifact import LARGEST_ARCHIVE
from checker.feedback.comment import MARKER
from checker.model import Report
from tests.classroom.forges.class_world import commit
from tests.classroom.forges.server import Reply
from tests.feedback.conftest import Course
from tests.feedback.github_comments import BOT, HEAD, RUN, Pull, Said, event, zipped
from tests.render.reports import hostile, ordinary
from tests.render.stored import stored

NEWER = "7d" * 20


def about(report: Report, sha: str = HEAD) -> bytes:
    return stored(replace(report, submission=replace(report.submission, commit=sha)), "fr")


def archive(report: Report | None = None) -> bytes:
    return zipped(report__json=about(report or ordinary()), report__md=b"# mine\n")


def written(course: Course) -> list[tuple[str, str]]:
    return [(method, path) for method, path, _ in course.github.sent]


def test_the_first_comment_is_written_in_the_language_of_the_report(course: Course) -> None:
    course.github.archives[1] = archive()
    done = course.comment()
    assert (done.code, done.err) == (0, "")
    assert "request 7" in done.out
    assert written(course) == [("POST", "/issues/7/comments")]
    body = course.github.said[0].body
    assert body.startswith(f"{MARKER}\n# Titanic")
    assert "Prochaine étape" in body
    assert f"({course.server.address}/school/titanic/actions/runs/{RUN})" in body


def test_a_new_push_updates_it_and_the_same_report_leaves_it(course: Course) -> None:
    course.github.archives[1] = archive()
    course.comment()
    assert course.comment().code == 0
    assert len(written(course)) == 1
    course.github.pulls[0].sha = NEWER
    course.github.archives[2] = zipped(report__json=about(ordinary(), NEWER))
    assert course.comment(event(sha=NEWER)).code == 0
    assert written(course)[1:] == [("PATCH", "/issues/comments/5000")]
    assert NEWER[:8] in course.github.said[0].body


def test_somebody_elses_comment_with_our_marker_is_left_alone(course: Course) -> None:
    course.github.said = [
        Said(1, "Ada", f"{MARKER}\nAll done, 20 of 20."),
        Said(2, None, f"{MARKER}\nBy nobody."),
        Said(3, BOT, f"Quoting: {MARKER}"),
    ]
    course.github.archives[1] = archive()
    assert course.comment().code == 0
    assert written(course) == [("POST", "/issues/7/comments")]
    assert [one.body for one in course.github.said[:2]] == [f"{MARKER}\nAll done, 20 of 20.", f"{MARKER}\nBy nobody."]


def test_a_comment_that_is_far_down_is_found(course: Course) -> None:
    course.github.said = [Said(number, "Ada", "?") for number in range(1, 151)] + [Said(400, BOT, f"{MARKER}\nold")]
    course.github.archives[1] = archive()
    assert course.comment().code == 0
    assert written(course) == [("PATCH", "/issues/comments/400")]


def test_of_a_run_that_was_started_again_the_last_report_counts(course: Course) -> None:
    course.github.archives |= {4: zipped(report__json=b"{}"), 5: archive(), 6: zipped(report__json=b"{}")}
    course.github.expired.add(6)
    assert course.comment().code == 0


def test_the_number_of_the_request_is_githubs_not_the_artifacts(course: Course) -> None:
    lying = json.loads(about(ordinary())) | {"pull_request": 1, "number": 1}
    course.github.pulls.append(Pull(1, sha=commit(5), source="victim/titanic"))
    course.github.archives[1] = zipped(report__json=json.dumps(lying).encode(), pr_number=b"1", NR=b"1", number=b"1")
    assert course.comment().code == 0
    assert written(course) == [("POST", "/issues/7/comments")]


@pytest.mark.parametrize(
    ("pull", "says"),
    [
        (Pull(7, sha=commit(99)), "newer commit"),
        (Pull(7, source="other/titanic"), "nothing to comment"),
        (Pull(7, target="other/upstream"), "nothing to comment"),
    ],
)
def test_a_request_that_is_not_of_this_run_gets_no_comment(course: Course, pull: Pull, says: str) -> None:
    course.github.pulls = [pull]
    course.github.archives[1] = archive()
    done = course.comment()
    assert done.code == 0
    assert says in done.out
    assert written(course) == []


def test_a_request_within_the_fork_is_found_by_the_push_too(course: Course) -> None:
    course.github.pulls = [Pull(3, source="school/titanic")]
    course.github.archives[1] = archive()
    assert course.comment(event(kind="push", source="school/titanic")).code == 0
    assert written(course) == [("POST", "/issues/3/comments")]


@pytest.mark.parametrize("content", [event(source=None), event(kind="schedule")])
def test_what_is_about_no_request_is_no_failure(course: Course, content: dict[str, Any]) -> None:
    assert course.comment(content).code == 0
    assert written(course) == []


def no_zip() -> bytes:
    return b"PK\x03\x04 and nothing more"


def flood() -> bytes:
    return zipped(report__json=b" " * 40_000_000)


def encrypted() -> bytes:
    content = bytearray(archive())
    for start in (content.find(b"PK\x03\x04") + 6, content.find(b"PK\x01\x02") + 8):
        content[start] |= 1
    return bytes(content)


def shorter_than_stated() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        opened.writestr("report.json", b"{}" * 100)
    return packed.getvalue().replace(b"{}{}", b"{}[]", 1)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (no_zip(), "no archive"),
        (zipped(other__json=b"{}"), "holds no report.json"),
        (encrypted(), "no archive"),
        (shorter_than_stated(), "no archive"),
        (flood(), "larger than any report"),
        (zipped(report__json=b"[]"), "no report of the checker"),
        (zipped(report__json=b"::set-output name=x::y"), "not JSON"),
        (zipped(report__json=about(ordinary(), commit(5))), "about the commit 00000000"),
        (zipped(report__json=about(ordinary()).replace(b'"points": ', b'"points": 1')), "damaged"),
    ],
    ids=["no zip", "no report", "encrypted", "wrong checksum", "flood", "list", "no json", "other commit", "points"],
)
def test_an_artifact_that_is_not_ours_is_refused_and_seen(course: Course, content: bytes, says: str) -> None:
    course.github.archives[1] = content
    done = course.comment()
    assert done.code == 3
    assert says in done.err
    assert "Nothing was written" in done.err
    assert not [line for line in (done.out + done.err).splitlines() if line.startswith("::")]
    assert written(course) == []


@pytest.mark.parametrize("stated", [LARGEST_ARCHIVE + 1, 10])
def test_an_artifact_is_bounded_by_what_is_stated_and_by_what_comes(course: Course, stated: int) -> None:
    course.github.archives[1] = b"x" * (LARGEST_ARCHIVE + 1)
    course.github.stated[1] = stated
    done = course.comment()
    assert done.code == 3
    assert "larger than any report" in done.err


def test_a_run_without_a_report_says_so(course: Course) -> None:
    done = course.comment()
    assert done.code == 3
    assert f"Run {RUN} has left no report." in done.err


def test_html_and_workflow_commands_stay_words(course: Course) -> None:
    course.github.archives[1] = archive(hostile())
    done = course.comment()
    assert done.code == 0, done.err
    body = course.github.said[0].body
    assert len(body) <= 65_536
    assert not [line for line in (body + done.out + done.err).splitlines() if line.lstrip().startswith("::")]
    tokens = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(body)
    html = [token.content.strip() for token in tokens if token.type == "html_block"]
    assert [words for words in html if "<sub>" not in words] == [MARKER]
    inline = [child for token in tokens for child in token.children or ()]
    links = [token.attrs["href"] for token in inline if token.type == "link_open"]
    assert links == [f"{course.server.address}/school/titanic/actions/runs/{RUN}"]
    assert {token.content for token in inline if token.type == "html_inline"} <= {"<sub>", "</sub>"}
    assert not [token for token in inline if token.type == "image"]


def test_a_token_that_may_only_read_fails_where_it_is_seen(course: Course) -> None:
    course.github.read_only = True
    course.github.archives[1] = archive()
    done = course.comment()
    assert done.code == 3
    assert "may not write a comment in school/titanic" in done.err
    assert "Workflow permissions" in done.err
    course.github.said = [Said(4, BOT, f"{MARKER}\nold")]
    assert course.comment().code == 3


def test_a_comment_is_not_written_twice_when_the_answer_is_lost(course: Course) -> None:
    course.github.archives[1] = archive()
    course.comment()
    course.github.said.clear()
    course.server.requests.clear()
    course.server.once("/issues/7/comments", Reply(200, []), Reply(502, {"message": "?"}))
    assert course.comment().code == 3
    assert [one.method for one in course.server.requests if one.path.endswith("/comments")] == ["GET", "POST"]


def test_another_host_gets_no_token_and_only_of_the_same_kind(course: Course) -> None:
    course.github.archives[1] = archive()
    away = Reply(302, b"", {"Location": "file:///etc/passwd"})
    course.server.once("/zip", away)
    assert course.comment().code == 3
    assert written(course) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({}, "workflow_run"),
        (event() | {"repository": {"full_name": "../x"}}, "repository.full_name"),
        (event(sha="HEAD"), "head_sha"),
    ],
)
def test_an_event_that_is_none_is_named(course: Course, content: dict[str, Any], says: str) -> None:
    done = course.comment(content or {"zen": "."})
    assert done.code == 2
    assert says in done.err
