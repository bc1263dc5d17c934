"""The address that a repository is cloned from, parsed before git sees it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

from checker.model import Text, text

_LONGEST = 2000
_SCP = re.compile(r"(?:[A-Za-z0-9._][A-Za-z0-9._-]*@)?([A-Za-z0-9][A-Za-z0-9.-]*):(?![/\\]{2})(.+)")
_HOST = re.compile(r"[A-Za-z0-9\[][A-Za-z0-9.:\[\]_-]*")
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_NO_HOSTS = ("file", "http", "https", "ssh", "git", "ftp", "ext", "fd")
"""Protocols written with a slash too few, which look like names of machines."""
_OF_THE_NET = ("http", "https", "ssh")


class BadAddress(ValueError):
    """The address cannot be cloned from. ``problem`` is a sentence that says why, and what to do."""

    def __init__(self, problem: Text) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address of git, without its secret.

    ``url`` has neither password nor token in it: these are ``secret``, for the ``user``. ``protocol`` is http, https,
    ssh or file; ``host`` is without port, in lower case.
    """

    url: str
    protocol: str
    host: str = ""
    user: str = ""
    secret: str = field(default="", repr=False)

    @property
    def keeps_secrets(self) -> bool:
        """True if a token may be sent there: the connection is encrypted, or does not leave this machine."""
        return self.protocol == "https" or (self.protocol == "http" and self.host in _THIS_MACHINE)

    @property
    def credential_scope(self) -> str:
        """The part of the address for which git may send a secret: protocol, host and port."""
        parts = urlsplit(self.url)
        return urlunsplit((parts.scheme, parts.netloc, "", "", ""))


def address_of(source: str) -> Address:
    """The address in *source*. Raises BadAddress for a protocol or form that is not cloned from."""
    if not source or len(source) > _LONGEST or not source.isprintable() or any(sign.isspace() for sign in source):
        raise BadAddress(text("The address is empty, too long, or has blanks in it. Correct it in the roster."))
    if "://" not in source:
        scp = _SCP.fullmatch(source)
        if scp is None or "::" in source or scp[1].lower() in _NO_HOSTS:
            raise BadAddress(_unknown(source))
        return Address(url=source, protocol="ssh", host=scp[1].lower())
    try:
        parts = urlsplit(source)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadAddress(_unknown(source)) from error
    protocol = parts.scheme.lower()
    if protocol == "file":
        if parts.netloc or not parts.path.startswith("/") or parts.query or parts.fragment:
            raise BadAddress(_unknown(source))
        return Address(url=source, protocol=protocol)
    place = parts.netloc.rpartition("@")[2]
    if protocol not in _OF_THE_NET or not host or not _HOST.fullmatch(place) or not parts.path.strip("/"):
        raise BadAddress(_unknown(source))
    user = unquote(parts.username or "")
    if protocol == "ssh":
        if user and not re.fullmatch(r"[A-Za-z0-9._][A-Za-z0-9._-]*", user):
            raise BadAddress(_unknown(source))
        place = f"{user}@{place}" if user else place
        return Address(url=urlunsplit((protocol, place, parts.path, "", "")), protocol=protocol, host=host)
    return Address(
        url=urlunsplit((protocol, place, parts.path, parts.query, "")),
        protocol=protocol,
        host=host,
        user=user,
        secret=unquote(parts.password or ""),
    )


def _unknown(source: str) -> Text:
    """A printable form of an invalid address, without the parts that may be secret."""
    start, at, end = source.rpartition("@")
    shown = f"{start.partition('://')[0]}://***@{end}" if at and "://" in start else source
    return text(
        "{address} is no address that is cloned from. Give one that starts with https:// or ssh://, or a folder.",
        address=shown[:200],
    )
