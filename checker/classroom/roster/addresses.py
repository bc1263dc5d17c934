"""The forms of a roster's cells: an e-mail, an account of a forge, the address of a repository."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from checker.classroom.class_file import ForgeTable
from checker.classroom.records import ClassRepository
from checker.model import Text, text

_EMAIL = re.compile(r"[^\s@,;:<>()\[\]\"\\]{1,64}@[^\W_][\w.-]{0,251}\.[\w-]{2,63}")
_ACCOUNT = re.compile(r"@?([A-Za-z0-9_][A-Za-z0-9_.-]{0,254})")
_SCP = re.compile(r"[\w.-]{1,64}@([\w.-]{1,253}):([^\s:]{1,1000})")
_PROJECT = re.compile(r"[\w-][\w.-]{0,254}(?:/[\w-][\w.-]{0,254}){1,20}")
_SCHEMES = frozenset({"https", "http", "ssh", "git"})
_PAGES = frozenset(
    {"tree", "blob", "pull", "pulls", "commit", "commits", "branches", "issues", "actions", "releases", "tags", "wiki"}
)
"""The words behind ``owner/name`` in the address of a page of GitHub."""
_SITES = {"github": "https://github.com", "gitlab": "https://gitlab.com"}


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a repository: the address to clone, its ``host``, and its path there without ``.git``.

    ``host`` is empty for a folder or an archive on this machine.
    """

    source: str
    host: str
    path: str

    @property
    def identity(self) -> tuple[str, str]:
        """A form that is equal for all spellings of one repository's address."""
        return (self.host.lower(), self.path.lower()) if self.host else ("", self.path)

    @property
    def owner(self) -> str:
        """The account that owns the repository, if its path has one."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The name of the repository, without its owner's."""
        return self.path.rpartition("/")[2]

    @property
    def on_forge(self) -> bool:
        """True if the path is that of a project on a forge: an owner and a name at least."""
        return bool(self.host and _PROJECT.fullmatch(self.path))


def is_email(words: str) -> bool:
    """True if *words* are one e-mail address."""
    return len(words) <= 254 and _EMAIL.fullmatch(words) is not None


def account_of(words: str) -> str | None:
    """The account in a cell, also as ``@name`` or as the address of its page; None if there is none."""
    match = _ACCOUNT.fullmatch(words)
    if match:
        return match[1]
    if words.startswith(("https://", "http://")):
        path = _split(words)[1].strip("/")
        return path if _ACCOUNT.fullmatch(path) and not path.startswith("@") else None
    return None


def address_of(words: str, forge: ForgeTable) -> Address | Text:
    """The repository in a cell: an address of git, that of a page of a forge, or ``owner/name`` on *forge*.

    Gives a sentence with the reason if the cell holds no address, or one with a password.
    """
    scp = _SCP.fullmatch(words)
    if scp:
        path = _without_git(scp[2])
        return Address(words, scp[1], path)
    if _PROJECT.fullmatch(words) and "." not in words.partition("/")[0]:
        site = site_of(forge)
        if site is None:
            return text("{words} is no address, and class.toml names no forge.", words=words)
        path = _without_git(words)
        return Address(f"{site}/{path}.git", urlsplit(site).netloc, path)
    if "://" not in words and words.partition("/")[0].endswith((".com", ".org", ".fr", ".net", ".edu", ".eu")):
        words = f"https://{words}"
    scheme = words.partition("://")[0].lower()
    if scheme not in _SCHEMES:
        return text("{words} is no address of a repository.", words=words[:200])
    host, path, secret = _split(words)
    if secret:
        return text("The address of the repository holds a password.")
    path = _without_git(_project_of(path.strip("/"), host))
    if not host or not path or any(part in ("", ".", "..") for part in path.split("/")):
        return text("{words} is no address of a repository.", words=words[:200])
    if scheme in ("https", "http") and _PROJECT.fullmatch(path):
        return Address(f"{scheme}://{host}/{path}.git", host, path)
    return Address(words, host, path)


def address_of_repository(repository: ClassRepository) -> Address | None:
    """The address of a repository in the gradebook; None if its source is no address."""
    if repository.source.startswith("/"):
        return Address(repository.source, "", repository.source)
    address = address_of(repository.source, ForgeTable())
    return address if isinstance(address, Address) else None


def site_of(forge: ForgeTable) -> str | None:
    """The address of a forge's pages, from that of its API; None without a forge."""
    if not forge.url:
        return _SITES.get(forge.kind)
    parts = urlsplit(forge.url)
    host = parts.netloc.removeprefix("api.") if parts.netloc == "api.github.com" else parts.netloc
    return f"{parts.scheme}://{host}"


def _split(words: str) -> tuple[str, str, bool]:
    """The host (with its port), the path, and whether a password stands before them."""
    try:
        parts = urlsplit(words)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "", "", False
    secret = parts.password is not None or (parts.scheme in ("http", "https") and parts.username is not None)
    return host + port, unquote(parts.path), secret


def _project_of(path: str, host: str) -> str:
    """The path of a repository, from that of one of its pages."""
    path = path.partition("/-/")[0]
    parts = path.split("/")
    if host == "github.com" and len(parts) > 2 and parts[2] in _PAGES:
        return "/".join(parts[:2])
    return path


def _without_git(path: str) -> str:
    return path.strip("/").removesuffix(".git")
