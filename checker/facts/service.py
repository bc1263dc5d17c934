"""A service of the submission: the requests that it is sent, and what it answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """One request to a service, by HTTP/1.1. ``path`` has the query, too. The length of the body is told by itself.

    Raises ValueError for a method, a path or a header that cannot be sent as it is: blanks, line ends, other letters.
    """

    method: str = "GET"
    path: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def __post_init__(self) -> None:
        words = (self.method, self.path, *(name.replace(":", " ") for name, _ in self.headers))
        values = (value for _, value in self.headers)
        if not all(map(_is_word, words)) or not self.path.startswith("/") or not all(map(_is_line, values)):
            raise ValueError(f"no request: {self.method} {self.path}")


def _is_word(text: str) -> bool:
    return _is_line(text) and bool(text) and " " not in text


def _is_line(text: str) -> bool:
    return text.isascii() and text.isprintable()


class AnswerKind(StrEnum):
    """How a request ended."""

    COMPLETE = "complete"
    REFUSED = "refused"
    """Nothing listened on the port."""
    BROKEN_OFF = "broken off"
    """The connection was closed before the whole answer had come."""
    MALFORMED = "malformed"
    """It is no HTTP."""
    TOO_LARGE = "too large"
    TOO_SLOW = "too slow"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAnswer:
    """The answer to one request, a student's text. Redirections are not followed.

    ``status`` is 0 and ``headers`` are empty where none had come; ``body`` is empty unless the answer is complete.
    """

    kind: AnswerKind
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    seconds: float = 0.0

    def header(self, name: str) -> str:
        """The value of the first header *name*, in any letters; empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


class ServiceState(StrEnum):
    """What became of a service. Only the first is that of one that does as it should."""

    ANSWERED = "answered"
    """It answered, and ran until it was stopped."""
    DETACHED = "detached"
    """Its own process ended with status 0, and another one that it had started answered."""
    ENDED_LATER = "ended later"
    """It answered, and its process ended before the last request was over."""
    ENDED = "ended"
    """Its process ended before anything had answered; status, output and error are those of the run."""
    CLOSED = "closed"
    """It ran, and nothing listened on the port in time."""
    SILENT = "silent"
    """It ran and the port was open, and no answer by HTTP came in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceResult:
    """The result of a service: its state, seconds from its start to the first answer, and an answer for each request.

    There is an answer for as many requests as were sent, none where nothing answered in time.
    """

    state: ServiceState
    ready_seconds: float | None = None
    answers: tuple[ServiceAnswer, ...] = ()
