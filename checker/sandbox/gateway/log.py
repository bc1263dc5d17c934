"""The log of requests to the gateway, bounded in number.

Credentials in the query (signatures, tokens) are masked, since reports show requests.
"""

from __future__ import annotations

import re
import threading
from collections import deque

from checker.facts.job import HttpRequest

_FIRST = 2_000
_LAST = 500
_LONGEST = 500
_SECRET = re.compile(
    r"(?i)(?<![^&;])((?:x-amz-(?:signature|credential|security-token)|awsaccesskeyid|signature|sig|[^&;=]*token)=)[^&;]*"
)


class RequestLog:
    """The first and the last requests; those between them are only counted. May be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._first: list[HttpRequest] = []
        self._last: deque[HttpRequest] = deque(maxlen=_LAST)
        self._count = 0

    def add(self, scheme: str, host: str, method: str, path: str, query: str, status: int, seconds: float) -> None:
        request = HttpRequest(
            scheme,
            host[:_LONGEST],
            method[:_LONGEST],
            path[:_LONGEST],
            _SECRET.sub(r"\1***", query)[:_LONGEST],
            status,
            round(seconds, 4),
        )
        with self._lock:
            self._count += 1
            if len(self._first) < _FIRST:
                self._first.append(request)
            else:
                self._last.append(request)

    def requests(self) -> tuple[HttpRequest, ...]:
        """The kept requests, in the order of their arrival."""
        with self._lock:
            return (*self._first, *self._last)

    @property
    def omitted(self) -> int:
        """The number of requests that are not kept."""
        with self._lock:
            return self._count - len(self._first) - len(self._last)
