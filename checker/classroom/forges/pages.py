"""Lists that a forge gives page by page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from checker.classroom.forges.errors import TooMuchToRead, UnreadableAnswer

_PAGE: Final = 100
_MOST_PAGES: Final = 100
_PLACES: Final = ("page", "after")
"""The parameters of a forge's own link to the next page that say where in the list it is."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its JSON, and the address of the next one, if the forge names one."""

    content: Any
    following: str | None


def all_entries(ask: Callable[[Mapping[str, str]], Page], project: str, host: str) -> list[object]:
    """All entries of a list about *project*; *ask* gives the page of these parameters.

    Of the address of a next page only its place in the list is believed: no token follows it to another host. Raises
    UnreadableAnswer for what is no list, TooMuchToRead for one of more than 10,000 entries.
    """
    entries: list[object] = []
    query = {"per_page": str(_PAGE)}
    for _ in range(_MOST_PAGES):
        page = ask(query)
        if not isinstance(page.content, list):
            raise UnreadableAnswer(host, project)
        entries += page.content
        place = _place(page.following)
        if not place:
            return entries
        query |= place
    raise TooMuchToRead(project, host, len(entries))


def _place(address: str | None) -> dict[str, str]:
    if not address:
        return {}
    try:
        parameters = parse_qs(urlsplit(address).query, max_num_fields=50)
    except ValueError:
        return {}
    return {name: parameters[name][0] for name in _PLACES if name in parameters}
