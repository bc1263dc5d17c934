"""One comment on a request: found again, written once, and then kept up to date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from checker.feedback.shortening import shortened
from checker.locale import Speech
from checker.model import Report, text
from checker.render.markdown import render

MARKER = "<!-- titanic-checker: feedback -->"
"""The first line of our comment, visible in its source only."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on the forge; ``ours``: written by the account whose token is used."""

    number: int
    body: str
    ours: bool


class Discussion(Protocol):
    """The comments on one request. Each method raises ForgeError, writing ones CommentNotPermitted."""

    @property
    def most(self) -> int:
        """Maximal bytes of a comment."""
        ...

    def comments(self) -> Sequence[Comment]:
        """All comments, oldest first."""
        ...

    def write(self, body: str) -> None:
        """Add a comment."""
        ...

    def rewrite(self, number: int, body: str) -> None:
        """Replace the body of a comment."""
        ...


class Written(StrEnum):
    """The result of publishing the comment."""

    NEW = "new"
    UPDATED = "updated"
    SAME = "same"


def publish(discussion: Discussion, body: str) -> Written:
    """Make *body* the one comment of ours. Another's comment is left alone, even with our first line."""
    own_comments = [comment for comment in discussion.comments() if comment.ours and comment.body.startswith(MARKER)]
    if not own_comments:
        discussion.write(body)
        return Written.NEW
    # forges remove trailing white space, and some write \r\n
    if own_comments[0].body.replace("\r\n", "\n").strip() == body.strip():
        return Written.SAME
    discussion.rewrite(own_comments[0].number, body)
    return Written.UPDATED


def body_of(report: Report, speech: Speech, run: str, most: int) -> str:
    """The comment about *report*, within *most* bytes; *run* is the address of the run that made it.

    All text of the report goes through the Markdown renderer, in which none of it can be Markdown or HTML.
    """
    origin = speech.say(
        text("This comment is updated at each push. It is no grade: the run is the request's own, and can be changed.")
    )
    whole = speech.say(text("The whole report is in the summary of the run."))
    head = f"{MARKER}\n"
    foot = f"\n<sub>{origin} [{speech.say(text('The run'))}]({run})</sub>\n"
    room = most - len((head + foot).encode())
    return head + shortened(render(report, speech), room, f"*{whole}*") + foot
