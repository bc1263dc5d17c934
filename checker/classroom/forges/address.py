"""The address of a forge's API, and the checks on addresses that the forge sends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from checker.classroom.forges.answers import is_project
from checker.classroom.forges.errors import BadForgeAddress

_HOST = re.compile(r"[a-z0-9.:-]{1,253}")
_PATH = re.compile(r"[A-Za-z0-9._/-]{0,500}")


@dataclass(frozen=True, slots=True)
class ForgeAddress:
    """The address of a forge's API, without a slash at its end, and the host that users know it by (with its port)."""

    api: str
    host: str

    def project(self, source: str) -> str:
        """``owner/name`` of the repository at *source*; empty if it is not on this forge."""
        _, separator, rest = source.partition("://")
        if separator:
            place, _, path = rest.partition("/")
            name = place.rpartition("@")[2].lower()
            # git over ssh has a port of its own
            here = name == self.host or (not source.startswith("http") and name.partition(":")[0] == self._hostname)
        else:
            place, _, path = source.partition(":")
            here = place.rpartition("@")[2].lower() == self._hostname
        project = path.strip("/").removesuffix(".git")
        return project if here and is_project(project) else ""

    @property
    def _hostname(self) -> str:
        return urlsplit(f"//{self.host}").hostname or ""

    def own(self, address: str) -> bool:
        """True if git may clone *address* from this forge: it has the forge's host, and no user name or password."""
        try:
            parts = urlsplit(address)
            _ = parts.port
        except ValueError:
            return False
        return (
            parts.scheme == urlsplit(self.api).scheme
            and parts.netloc.lower() == self.host
            and parts.path.strip("/") != ""
            and not parts.query
            and not parts.fragment
            and address.isascii()
            and address.isprintable()
            and " " not in address
        )


def github_address(url: str) -> ForgeAddress:
    """GitHub's API at *url*; the public one if *url* is empty. Raises BadForgeAddress."""
    if not url:
        return ForgeAddress("https://api.github.com", "github.com")
    host, path = _parts(url)
    scheme = urlsplit(url).scheme
    if host in ("github.com", "www.github.com", "api.github.com"):
        return github_address("")
    if host.endswith(".ghe.com"):
        own = host.removeprefix("api.")
        return ForgeAddress(f"https://api.{own}", own)
    return ForgeAddress(f"{scheme}://{host}{path or '/api/v3'}", host)


def gitlab_address(url: str) -> ForgeAddress:
    """GitLab's address at *url*, with or without the path of its API; the public one if *url* is empty.

    Raises BadForgeAddress.
    """
    if not url:
        return ForgeAddress("https://gitlab.com", "gitlab.com")
    host, path = _parts(url)
    return ForgeAddress(f"{urlsplit(url).scheme}://{host}{path.removesuffix('/api/v4')}", host)


def _parts(url: str) -> tuple[str, str]:
    """Host (with its port) and path of an address to which a token may be sent. Raises BadForgeAddress."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadForgeAddress(url[:200]) from error
    # urlsplit drops unprintable characters
    plain = url.isascii() and url.isprintable()
    secret = "@" in parts.netloc or parts.query or parts.fragment
    safe = parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(parts.hostname or ""))
    if not plain or secret or not safe or not _HOST.fullmatch(parts.hostname or "") or not _PATH.fullmatch(parts.path):
        raise BadForgeAddress("…" if secret else url[:200])
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return (f"{name}:{port}" if port is not None else f"{name}"), parts.path.rstrip("/")


def _is_this_machine(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
