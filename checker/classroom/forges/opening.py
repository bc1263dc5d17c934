"""Opening the forge of a class."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from checker.classroom.class_file import ForgeTable
from checker.classroom.forges.address import ForgeAddress, github_address, gitlab_address
from checker.classroom.forges.base import ClassForge, ForgeListener
from checker.classroom.forges.patience import LONGEST_WAIT, Patience
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
    """The forge that *table* describes, with the token in *variables* or of a login.

    Waits by calling *sleep*, at most *longest_wait* seconds at a time: for a longer wait its methods raise ForgeBusy.
    Raises UsageError where the class has no forge, and ForgeError where there is no token for it.
    """
    if table.kind == "none":
        raise UsageError(
            text("class.toml names no forge."),
            text('Under [forge], write kind = "github" or kind = "gitlab".'),
        )
    address = forge_address(table)
    patience = Patience(address.host, listener, sleep, longest_wait)
    # a client is loaded for its own forge only
    opening: AbstractContextManager[ClassForge]
    if table.kind == "github":
        from checker.classroom.forges.github import github  # noqa: PLC0415

        opening = github(address, token_for(GITHUB, address.host, variables), patience)
    else:
        from checker.classroom.forges.gitlab import gitlab  # noqa: PLC0415

        opening = gitlab(address, token_for(GITLAB, address.host, variables), patience)
    with opening as forge:
        yield forge


def forge_address(table: ForgeTable) -> ForgeAddress:
    """The address of the forge that *table* names. Raises BadForgeAddress."""
    return github_address(table.url) if table.kind == "github" else gitlab_address(table.url)
