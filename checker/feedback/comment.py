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
"""The first line of our comment. It is seen in the source of the comment only."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as the forge tells of it; ``ours``: written by the account whose token is used."""

    number: int
    body: str
    ours: bool


class Discussion(Protocol):
    """The comments on one request. Each method raises ForgeError, writing ones CommentNotPermitted."""

    @property
    def most(self) -> int:
        """Bytes of a comment."""
        ...

    def comments(self) -> Sequence[Comment]:
        """All of them, oldest first."""
        ...

    def write(self, body: str) -> None:
        """Add a comment."""
        ...

    def rewrite(self, number: int, body: str) -> None:
        """Give a comment this body."""
        ...


class Written(StrEnum):
    """What became of the comment."""

    NEW = "new"
    UPDATED = "updated"
    SAME = "same"


def publish(discussion: Discussion, body: str) -> Written:
    """Have *body* be our one comment. Another's comment is left alone, whatever it begins with."""
    own = [one for one in discussion.comments() if one.ours and one.body.startswith(MARKER)]
    if not own:
        discussion.write(body)
        return Written.NEW
    # forges take the white space at the end away, and some write \r\n
    if own[0].body.replace("\r\n", "\n").strip() == body.strip():
        return Written.SAME
    discussion.rewrite(own[0].number, body)
    return Written.UPDATED


def body_of(report: Report, speech: Speech, run: str, most: int) -> str:
    """The comment about *report*, within *most* bytes; *run* is the address of the run that made it.

    All that comes from the report is shown by the Markdown renderer, which lets none of it be Markdown or HTML.
    """
    origin = speech.say(
        text("This comment is updated at each push. It is no grade: the run is the request's own, and can be changed.")
    )
    whole = speech.say(text("The whole report is in the summary of the run."))
    head = f"{MARKER}\n"
    foot = f"\n<sub>{origin} [{speech.say(text('The run'))}]({run})</sub>\n"
    room = most - len((head + foot).encode())
    return head + shortened(render(report, speech), room, f"*{whole}*") + foot
