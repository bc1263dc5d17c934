"""What is known of packages for every edition, with the entries that one course has of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def with_own_entries(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of *own*, a course's, each with those entries of *shared* that it neither changes nor takes out.

    An entry of a mapping is changed by its name, and taken out by its name with the value None. To a list, entries are
    only added. A table of another kind than the shared one stands as it is written, for whoever validates it.
    """
    return {**own, **{name: _table(entries, own[name]) if name in own else entries for name, entries in shared.items()}}


def _table(shared: Any, own: Any) -> Any:
    if isinstance(shared, Mapping) and isinstance(own, Mapping):
        removed = {name for name, value in own.items() if value is None and name in shared}
        return {name: value for name, value in {**shared, **own}.items() if name not in removed}
    if isinstance(shared, list) and isinstance(own, list):
        return [*shared, *own]
    return own
