"""The reasons why a repository could not be fetched, as sentences with what to do."""

from __future__ import annotations

import re

from checker.classroom.cloning.address import Address
from checker.classroom.cloning.bounds import FetchBounds
from checker.classroom.cloning.git import GitEnd, Stop
from checker.model import Text, text

_LONGEST_REASON = 160
_GONE = re.compile(
    r"not found|does not exist|does not appear to be a git repository|no such (?:file|repository)|error: 404|HTTP 404"
)
_LOGIN = re.compile(
    r"could not read (?:username|password)|authentication failed|permission denied|access denied|error: 40[13]"
    r"|HTTP 40[13]|invalid (?:username|credentials)"
)
_HOST_KEY = re.compile(r"host key verification failed")
_OWNER = re.compile(r"dubious ownership")
_PROTOCOL = re.compile(r"(?:protocol|transport) [^ \n]{1,40} not (?:allowed|supported)")
_DAMAGED = re.compile(
    r"fsck error|error in object|invalid object|bad object|index-pack failed|inflate|is corrupt|unresolved deltas"
)
_DISK = re.compile(r"no space left on device|disk quota exceeded")


class NotFetched(Exception):
    """Nothing was fetched, for the reason *problem*; *passing*: for the moment, so the last fetch stays valid."""

    def __init__(self, problem: Text, *, passing: bool = False) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.passing = passing


def failure_of(end: GitEnd, address: Address, bounds: FetchBounds) -> NotFetched:
    """The reason for the failure of a call of git."""
    if end.stop is not None:
        return NotFetched(_stopped(end.stop, bounds), passing=True)
    words = end.errors.lower()
    reason = reason_of(end.errors)
    if _DISK.search(words):
        problem = text("The disk is full. Make room, then: checker class clone")
    elif _PROTOCOL.search(words):
        problem = text("The server leads on to an address of another kind, which is not followed. Correct the address.")
    elif _HOST_KEY.search(words):
        problem = text(
            "ssh does not know {host} yet. Connect to it once by hand, and accept its key.", host=address.host
        )
    elif _OWNER.search(words):
        problem = text("The repository belongs to another user of this machine. Add its folder without file://.")
    elif _LOGIN.search(words):
        problem = text(
            "{host} wants a login: the repository is private or gone. Ask for access, or give a token that reads it.",
            host=address.host or address.url,
        )
    elif _GONE.search(words):
        problem = text(
            "There is no such repository, or it is private ({reason}). Correct the address, or ask for access.",
            reason=reason,
        )
    elif _DAMAGED.search(words):
        return damaged(end)
    else:
        problem = text("It cannot be fetched ({reason}). Try again: checker class clone", reason=reason)
    return NotFetched(problem, passing=True)


def is_refused_by_fsck(end: GitEnd) -> bool:
    """True if git refused the fetched data because of a malformed object."""
    return not end.succeeded and "fsck error" in end.errors


def damaged(end: GitEnd) -> NotFetched:
    """The reason for a repository with malformed objects."""
    reason = reason_of(end.errors)
    return NotFetched(
        text("The repository is damaged ({reason}). Its author clones it anew, and pushes again.", reason=reason)
    )


def reason_of(errors: str) -> str:
    """The most telling line of git's error output: one about an object, else the first fatal one, else the last."""
    lines = [line.strip() for line in re.split(r"[\r\n]", errors) if line.strip()]
    starts = ("error: object ", "error in ", "fatal: ")
    matches = (line for start in starts for line in lines if line.startswith(start))
    return next(matches, lines[-1] if lines else "?").removeprefix("fatal: ")[:_LONGEST_REASON]


def _stopped(stop: Stop, bounds: FetchBounds) -> Text:
    match stop:
        case Stop.TIME:
            return text("Fetching it takes more than {minutes} minutes.", minutes=round(bounds.seconds / 60, 1))
        case Stop.SILENCE:
            return text(
                "The server sent nothing for {seconds} seconds. Try again: checker class clone",
                seconds=round(bounds.silence),
            )
        case Stop.DISK:
            return text(
                "It holds more than {size} GB. Its author takes data and environments out of it and its history.",
                size=round(bounds.disk / 1e9, 2),
            )
        case Stop.OUTPUT:
            return text("The server's list of branches does not end.")
        case Stop.CANCELLED:
            return text("It was interrupted. Go on with: checker class clone")
