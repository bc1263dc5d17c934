"""The tokens with which the repositories of a class are fetched, by the host that each is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from checker.classroom.class_file import ForgeTable
from checker.classroom.cloning.address import BadAddress, address_of
from checker.classroom.forges.address import github_address, gitlab_address
from checker.classroom.forges.errors import NoToken, TokenForOtherHost
from checker.classroom.forges.tokens import GITHUB, GITLAB, token_for
from checker.classroom.records import ClassRepository


def clone_tokens(
    repositories: Iterable[ClassRepository], table: ForgeTable, variables: Mapping[str, str]
) -> Mapping[str, str]:
    """The token for each host of *repositories* that is a forge and for which there is one, by host.

    The forges are the public ones and that of the class. Public repositories are fetched without a token, too.
    Raises UsageError where the class names an address of its forge that is none.
    """
    forges = {GITHUB.public: (GITHUB, GITHUB.public), GITLAB.public: (GITLAB, GITLAB.public)}
    if table.url and table.kind != "none":
        sources = GITHUB if table.kind == "github" else GITLAB
        host = (github_address(table.url) if table.kind == "github" else gitlab_address(table.url)).host
        forges[host.partition(":")[0]] = (sources, host)
    tokens: dict[str, str] = {}
    for host in {_host(one) for one in repositories} & forges.keys():
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
