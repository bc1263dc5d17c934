"""Lists in a verdict, cut to a length that is read."""

from __future__ import annotations

from collections.abc import Sequence

from checker.model import Value, text

MOST_SHOWN = 10


def shortened(items: Sequence[Value]) -> tuple[Value, ...]:
    """The first of *items*, and how many more there are."""
    more = (text("{count} more", count=len(items) - MOST_SHOWN),) if len(items) > MOST_SHOWN else ()
    return (*items[:MOST_SHOWN], *more)
