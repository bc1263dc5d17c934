"""Lists that a forge sends page by page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qs, urlsplit

from checker.classroom.forges.answers import HttpAnswer, json_of
from checker.classroom.forges.errors import TooMuchToRead, UnreadableAnswer

_PAGE: Final = 100
_MOST_PAGES: Final = 100
_PLACES: Final = ("page", "after")
"""The parameters of a forge's link to the next page that give the place in the list."""


def all_entries(ask: Callable[[Mapping[str, str]], HttpAnswer], project: str, host: str) -> list[object]:
    """All entries of a list about *project*; *ask* gives the page for its parameters.

    Only the place in the list is taken from the address of a next page: no token follows it to another host. Raises
    UnreadableAnswer for an answer that is no list, TooMuchToRead for one of more than 10,000 entries.
    """
    entries: list[object] = []
    query = {"per_page": str(_PAGE)}
    for _ in range(_MOST_PAGES):
        answer = ask(query)
        content = json_of(answer, host)
        if not isinstance(content, list):
            raise UnreadableAnswer(host, project)
        entries += content
        place = _place(answer.links.get("next", {}).get("url"))
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
