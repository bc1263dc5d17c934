"""The token of the instructor for a forge: from the environment, else from the login of the forge's own tool."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from checker.classroom.forges.errors import NoToken, TokenForOtherHost

_SECONDS = 20
_LONGEST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSources:
    """The places of a token for one kind of forge, and the sentences that tell a user of them.

    ``variables`` are read in this order, those of ``own_variables`` first unless the host is ``public``. A variable of
    ``naming`` names the other host that the ``variables`` are for.
    """

    public: str
    variables: tuple[str, ...]
    own_variables: tuple[str, ...]
    naming: tuple[str, ...]
    login: str
    tool: tuple[str, ...]


GITHUB = TokenSources(
    public="github.com",
    variables=("GH_TOKEN", "GITHUB_TOKEN"),
    own_variables=("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"),
    naming=("GH_HOST", "GITHUB_SERVER_URL"),
    login="gh auth login",
    tool=("gh", "auth", "token", "--hostname"),
)
GITLAB = TokenSources(
    public="gitlab.com",
    variables=("GITLAB_TOKEN",),
    own_variables=(),
    naming=("GITLAB_HOST", "CI_SERVER_URL"),
    login="glab auth login",
    tool=("glab", "config", "get", "token", "--host"),
)


def token_for(sources: TokenSources, host: str, variables: Mapping[str, str]) -> SecretStr:
    """The token for *host* (with its port, if it has one), from *variables* or the login of the forge's tool.

    ``class.toml`` may come from a stranger: a token goes to another host than the public one only if the environment
    itself names that host. Raises NoToken where there is none, TokenForOtherHost where the token may be for another
    host.
    """
    public = host == sources.public
    for name in () if public else sources.own_variables:
        if variables.get(name):
            return SecretStr(variables[name].strip())
    held = next((name for name in sources.variables if variables.get(name)), None)
    if held is not None and (public or host in _named(sources, variables)):
        return SecretStr(variables[held].strip())
    if (logged_in := _from_tool(sources, host, variables)) is not None:
        return logged_in
    if held is not None:
        raise TokenForOtherHost(host, held, sources.naming[0])
    raise NoToken(host, sources.variables[-1], f"{sources.login} --hostname {host}")


def _named(sources: TokenSources, variables: Mapping[str, str]) -> set[str]:
    """The hosts that the environment names, with their ports."""
    values = [variables.get(name, "") for name in sources.naming]
    return {(urlsplit(value).netloc if "://" in value else value).strip("/").lower() for value in values} - {""}


def _from_tool(sources: TokenSources, host: str, variables: Mapping[str, str]) -> SecretStr | None:
    """The token of the login of the forge's tool; None without such a tool or login.

    The variables of tokens are hidden from the tool: it would give them out for any host.
    """
    hidden = {*sources.variables, *sources.own_variables}
    environment = {name: value for name, value in variables.items() if name not in hidden}
    try:
        result = subprocess.run(
            [*sources.tool, host],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env=environment,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = result.stdout[:_LONGEST].decode("utf-8", "replace").strip()
    if result.returncode != 0 or not words or any(not letter.isprintable() or letter.isspace() for letter in words):
        return None
    return SecretStr(words)
