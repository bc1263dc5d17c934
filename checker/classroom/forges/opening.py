"""Open the forge of a class."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from checker.classroom.class_file import ForgeTable
from checker.classroom.forges.address import ForgeAddress, github_address, gitlab_address
from checker.classroom.forges.base import ClassForge, ForgeListener
from checker.classroom.forges.patience import LONGEST_WAIT
from checker.classroom.forges.tokens import GITHUB, GITLAB, token_for
from checker.errors import UsageError
from checker.model import text


@contextmanager
def open_forge(
    table: ForgeTable,
    variables: Mapping[str, str],
    listener: ForgeListener,
    sleep: Callable[[float], None] = time.sleep,
    longest_wait: float = LONGEST_WAIT,
) -> Iterator[ClassForge]:
    """The forge that *table* describes, asked with the token of these *variables* or of a login.

    Waits by *sleep*, at most *longest_wait* seconds at a time: for a longer wait its methods raise ForgeBusy.
    Raises UsageError where the class has no forge, and ForgeError where there is no token for it.
    """
    if table.kind == "none":
        raise UsageError(
            text("class.toml names no forge."),
            text('Under [forge], write kind = "github" or kind = "gitlab".'),
        )
    with _opening(table, variables, listener, sleep, longest_wait) as forge:
        yield forge


def forge_address(table: ForgeTable) -> ForgeAddress:
    """Where the forge of *table*, which names one, is. Raises BadForgeAddress."""
    return github_address(table.url) if table.kind == "github" else gitlab_address(table.url)


def _opening(
    table: ForgeTable,
    variables: Mapping[str, str],
    listener: ForgeListener,
    sleep: Callable[[float], None],
    longest_wait: float,
) -> AbstractContextManager[ClassForge]:
    """A client is loaded for its own forge only."""
    address = forge_address(table)
    if table.kind == "github":
        from checker.classroom.forges.github import github  # noqa: PLC0415

        return github(address, token_for(GITHUB, address.host, variables), listener, sleep, longest_wait)
    from checker.classroom.forges.gitlab import gitlab  # noqa: PLC0415

    return gitlab(address, token_for(GITLAB, address.host, variables), listener, sleep, longest_wait)
