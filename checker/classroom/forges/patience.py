"""Waiting for a forge: how long, and how often a request is repeated."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from checker.classroom.forges.base import ForgeListener
from checker.classroom.forges.errors import (
    ForgeBusy,
    ForgeUnreachable,
    NotPermitted,
    RepositoryHidden,
    TokenRefused,
    UnreadableAnswer,
)
from checker.model import Text, text

LONGEST_WAIT = 3900.0
"""Seconds: a little more than the hour after which a rate limit is reset."""

UNSAID_WAIT = 60.0
"""Seconds to wait if a forge names no time, as GitHub's documentation asks."""

_TRIES = 3
_LIMITS_IN_A_ROW = 5
_GONE = frozenset({404, 410, 451})

_Read = TypeVar("_Read")


class Limited(Exception):
    """The forge takes no more requests for so many *seconds*."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Interrupted(Exception):
    """A request got no answer, or the forge itself failed: it may be asked again."""

    def __init__(self, reason: Text) -> None:
        super().__init__(str(reason))
        self.reason = reason


def seconds_of(words: str, *, default: float = UNSAID_WAIT) -> float:
    """The seconds in a header; *default* if it is no number."""
    return float(words) if words.isascii() and words.isdigit() and len(words) < 15 else default


def failure_of(status: int, project: str, host: str, login: str) -> Exception:
    """The error for an answer of that *status* about *project*; *login* is the command by which a user logs in."""
    if status == 401:
        return TokenRefused(host, login)
    if status in _GONE:
        return RepositoryHidden(project, host)
    if status == 403:
        return NotPermitted(project, host)
    if status >= 500:
        return Interrupted(text("status {status}", status=status))
    return UnreadableAnswer(host, f"status {status}")


@dataclass(frozen=True, slots=True)
class Patience:
    """Repeats requests to a forge, and tells *listener* how long each wait is.

    Waits by calling *sleep*; a single wait is at most ``longest`` seconds.
    """

    host: str
    listener: ForgeListener
    sleep: Callable[[float], None]
    longest: float = LONGEST_WAIT

    def ask(self, request: Callable[[], _Read], *, again: bool = True) -> _Read:
        """The result of *request*, which raises Limited or Interrupted where there is no answer yet.

        A request without an answer may have been executed: with *again* it is repeated, else it has failed. Raises
        ForgeBusy where the wait would be longer than ``longest`` or has no end, ForgeUnreachable where the forge gives
        no answer at all.
        """
        failures = limits = 0
        while True:
            try:
                return request()
            except Limited as limited:
                limits += 1
                # under a rate limit that goes on, the waits grow
                seconds = max(limited.seconds, 1.0) * 2 ** max(0, limits - 2)
                if limits > _LIMITS_IN_A_ROW or seconds > self.longest:
                    raise ForgeBusy(self.host, math.ceil(seconds / 60)) from limited
                self._wait(seconds, text("{host} limits the rate of requests.", host=self.host))
            except Interrupted as interrupted:
                failures += 1
                if failures == _TRIES or not again:
                    raise ForgeUnreachable(self.host, interrupted.reason) from None
                self._wait(
                    4.0**failures,
                    text("{host} does not answer ({reason}).", host=self.host, reason=interrupted.reason),
                )

    def _wait(self, seconds: float, reason: Text) -> None:
        self.listener.waiting(seconds, reason)
        self.sleep(seconds)
