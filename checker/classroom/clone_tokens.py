"""The tokens for fetching the repositories of a class, by host."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from checker.classroom.class_file import ForgeTable
from checker.classroom.cloning.address import BadAddress, address_of
from checker.classroom.forges.errors import NoToken, TokenForOtherHost
from checker.classroom.forges.opening import forge_address
from checker.classroom.forges.tokens import GITHUB, GITLAB, token_for
from checker.classroom.records import ClassRepository


def clone_tokens(
    repositories: Iterable[ClassRepository], table: ForgeTable, variables: Mapping[str, str]
) -> Mapping[str, str]:
    """The token, by host, for each host of *repositories* that is a known forge and has a token.

    Known forges are the public ones and that of the class. Public repositories are fetched without a token, too. Raises
    UsageError where the address of the class's forge is invalid.
    """
    forges = {GITHUB.public: (GITHUB, GITHUB.public), GITLAB.public: (GITLAB, GITLAB.public)}
    if table.url and table.kind != "none":
        sources = GITHUB if table.kind == "github" else GITLAB
        host = forge_address(table).host
        forges[host.partition(":")[0]] = (sources, host)
    tokens: dict[str, str] = {}
    for host in {_host(repository) for repository in repositories} & forges.keys():
        try:
            tokens[host] = token_for(*forges[host], variables).get_secret_value()
        except (NoToken, TokenForOtherHost):
            continue
    return tokens


def _host(repository: ClassRepository) -> str:
    try:
        return address_of(repository.source).host
    except BadAddress:
        return ""
