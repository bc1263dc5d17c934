"""The requests that reached the gateway, of which only so many are kept.

What opens something (signatures, tokens in the query) is not kept: requests are shown in reports.
"""

from __future__ import annotations

import re
import threading
from collections import deque

from checker.facts.running import Request

_FIRST = 2_000
_LAST = 500
_LONGEST = 500
_SECRET = re.compile(
    r"(?i)(?<![^&;])((?:x-amz-(?:signature|credential|security-token)|awsaccesskeyid|signature|sig|[^&;=]*token)=)[^&;]*",
)


class Log:
    """The first and the last requests; what lies between them is only counted. May be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._first: list[Request] = []
        self._last: deque[Request] = deque(maxlen=_LAST)
        self._count = 0

    def add(self, scheme: str, host: str, method: str, path: str, query: str, status: int, seconds: float) -> None:
        request = Request(
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

    def requests(self) -> tuple[Request, ...]:
        """In the order in which they came."""
        with self._lock:
            return (*self._first, *self._last)

    @property
    def omitted(self) -> int:
        """How many requests came and are not kept."""
        with self._lock:
            return self._count - len(self._first) - len(self._last)
