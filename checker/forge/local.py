"""A forge in one file: for trying the course without a network, and for tests.

The record is JSON: ``{"requests": [{"number": 1, "state": "open", "source_repository": "student/titanic", …}]}``, with
the fields of :class:`checker.facts.pull_requests.PullRequest`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from checker.errors import UsageError
from checker.facts.pull_requests import PullRequest, State
from checker.model import text

RECORD = "local-forge.json"
"""The record's name in the git folder of a repository that has a local forge of its own."""

_LARGEST = 1_000_000
_WORDS = ("source_repository", "source_branch", "target_repository", "target_branch", "target_default")


class LocalForge:
    """The requests that a file records. A file that does not exist records none."""

    name = "local"

    def __init__(self, path: Path) -> None:
        self.path = path

    def requests(self, repository: str | None = None) -> tuple[PullRequest, ...]:
        """The recorded requests. Raises UsageError if the record is not in the form of this module."""
        wanted = repository.lower() if repository else None
        return tuple(
            request for request in self._read() if wanted is None or request.source_repository.lower() == wanted
        )

    def open_request(self, request: PullRequest) -> PullRequest:
        """Record a request, under the next free number, and return it."""
        known = self._read()
        recorded = replace(request, number=max((other.number for other in known), default=0) + 1)
        self._write((*known, recorded))
        return recorded

    def set_state(self, number: int, state: State) -> None:
        """Merge, close or open again a recorded request. Raises KeyError for an unknown number."""
        known = self._read()
        if number not in {request.number for request in known}:
            raise KeyError(number)
        self._write(tuple(replace(entry, state=state) if entry.number == number else entry for entry in known))

    def start(self) -> None:
        """Write an empty record: a forge that knows of no request."""
        if not self.path.exists():
            self._write(())

    def _write(self, requests: tuple[PullRequest, ...]) -> None:
        document = {"requests": [asdict(request) for request in requests]}
        self.path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")

    def _read(self) -> tuple[PullRequest, ...]:
        try:
            if self.path.stat().st_size > _LARGEST:
                raise self._unreadable("it is too large")
            document = json.loads(self.path.read_text(encoding="utf-8"))
            return tuple(_request(item) for item in document["requests"])
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise self._unreadable(str(error)) from error

    def _unreadable(self, reason: str) -> UsageError:
        return UsageError(
            text("The record of the local forge {path} cannot be read ({reason}).", path=str(self.path), reason=reason),
            text("Build the repository again: checker solutions build STEP DIR."),
        )


def _request(item: dict[str, Any]) -> PullRequest:
    words = {name: str(item[name]) for name in _WORDS}
    conflict = item.get("conflict")
    return PullRequest(
        number=int(item["number"]),
        state=State(item["state"]),
        conflict=conflict if isinstance(conflict, bool) else None,
        **words,
    )
