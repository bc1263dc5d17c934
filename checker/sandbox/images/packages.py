"""What builds fetched and never changes under its name: kept in a folder of the user's own, oldest use first out."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from checker.sandbox.store import Contents, is_own

if TYPE_CHECKING:
    import aiohttp

PACKAGES = "packages"
"""The name of the folder, beside what else is kept."""

MOST = 4 << 30
"""Bytes that all packages may take together."""

_LARGEST = 400 << 20
_LEFT_FREE = 1 << 30
"""Bytes that a disk has to have beside: a copy that cannot be finished would end somebody's build."""
_PIECE = 1 << 16
_ENTRY = re.compile(r"([0-9a-f]{64})-([0-9a-f]{64})")
_UNFINISHED = re.compile(r"\.[0-9]+-[0-9a-f]{16}\.tmp")
_ABANDONED_SECONDS = 3600
_NEVER_CHANGES = re.compile(
    # Debian and Ubuntu: a version is never made twice
    r"(?:/pool/.+\.(?:deb|udeb|tar\.[a-z0-9]+)"
    # PyPI: the folder is the hash of the file
    r"|/packages/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}/[^/]+"
    # conda: name, version and build
    r"|/(?:noarch|(?:linux|osx|win)-[a-z0-9]+)/[^/]+-[^/]+-[^/]+\.(?:conda|tar\.bz2))\Z"
)
_ASKS_FOR_LESS = frozenset({b"range", b"if-modified-since", b"if-none-match", b"authorization", b"cookie"})


class Copy:
    """A package that is kept, or on its way: many may read it while it is still written. ``size`` is in bytes."""

    def __init__(self, path: Path, size: int, have: int = 0) -> None:
        self.path, self.size, self.have = path, size, have
        self.broken = False
        self._more = asyncio.Event()

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The content. Raises EOFError where the source broke off, OSError where it is gone."""
        at = 0
        with self.path.open("rb") as file:
            while at < self.size:
                while at == self.have:
                    if self.broken:
                        raise EOFError
                    await self._more.wait()
                piece = file.read(min(_PIECE, self.have - at))
                if not piece:
                    raise EOFError
                at += len(piece)
                yield piece

    def tell(self) -> None:
        """Wake those who wait for more."""
        event, self._more = self._more, asyncio.Event()
        event.set()


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file of the folder; ``used`` is when it was last, in nanoseconds."""

    path: Path
    key: str
    digest: str
    size: int
    used: int


class Packages:
    """The packages in *folder*, which is made when the first one comes. Together they take at most *most* bytes.

    Several processes may use one folder; in each of them, one event loop. Only what this user alone can have written is
    read, and only if it is still what it was.
    """

    def __init__(self, folder: Path, most: int = MOST) -> None:
        self._folder = folder
        self._most = most
        self._coming: dict[str, Copy] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._filling: set[asyncio.Task[None]] = set()
        self._seen_whole: set[Path] = set()

    @contextlib.asynccontextmanager
    async def turn(self, address: str) -> AsyncIterator[Copy | None]:
        """The copy of *address*; where there is none, nobody else asks for it until this is left."""
        async with self._turns.setdefault(address, asyncio.Lock()):
            yield self._coming.get(address) or await self._found(address)

    def begin(self, address: str, response: aiohttp.ClientResponse) -> Copy | None:
        """Keep *response* from now on; None where it is not to be kept, and still the caller's."""
        size = response.content_length
        plain = response.status == 200 and "Content-Encoding" not in response.headers
        if not plain or not size or size > min(_LARGEST, self._most):
            return None
        path = self._folder / f".{os.getpid()}-{secrets.token_hex(8)}.tmp"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not is_own(self._folder.lstat()) or shutil.disk_usage(self._folder).free < size + _LEFT_FREE:
                return None
            path.touch(mode=0o600, exist_ok=False)
        except OSError:
            return None
        copy = self._coming[address] = Copy(path, size)
        task = asyncio.ensure_future(self._fill(address, copy, response))
        self._filling.add(task)
        task.add_done_callback(self._filling.discard)
        return copy

    async def close(self) -> None:
        """End what is still coming."""
        waiting = tuple(self._filling)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    def contents(self) -> Contents:
        """What is there now."""
        found = self._entries()
        return Contents(len(found), sum(entry.size for entry in found))

    def clear(self) -> Contents:
        """Remove all packages, and nothing else that may lie there. Gives what was removed."""
        gone = [entry for entry in self._entries() if _removed(entry.path)]
        self._remove_unfinished(0)
        with contextlib.suppress(OSError):
            self._folder.rmdir()
        return Contents(len(gone), sum(entry.size for entry in gone))

    async def _found(self, address: str) -> Copy | None:
        key = _key(address)
        for entry in self._entries():
            if entry.key == key:
                if entry.path not in self._seen_whole and not await asyncio.to_thread(_is_whole, entry):
                    _removed(entry.path)
                    continue
                self._seen_whole.add(entry.path)
                with contextlib.suppress(OSError):
                    os.utime(entry.path)
                return Copy(entry.path, entry.size, entry.size)
        return None

    async def _fill(self, address: str, copy: Copy, response: aiohttp.ClientResponse) -> None:
        """Take what comes, and keep it where it is the whole."""
        import aiohttp

        digest = hashlib.sha256()
        try:
            with copy.path.open("r+b", buffering=0) as file:
                async for piece in response.content.iter_chunked(_PIECE):
                    file.write(piece)
                    digest.update(piece)
                    copy.have += len(piece)
                    copy.tell()
            if copy.have == copy.size:
                path = self._folder / f"{_key(address)}-{digest.hexdigest()}"
                copy.path.rename(path)
                copy.path = path
                self._seen_whole.add(path)
                self._make_room()
        except (aiohttp.ClientError, OSError, TimeoutError):
            pass
        finally:
            response.close()
            del self._coming[address]
            copy.broken = copy.have != copy.size
            copy.tell()
            if _UNFINISHED.fullmatch(copy.path.name):
                _removed(copy.path)

    def _make_room(self) -> None:
        found = sorted(self._entries(), key=lambda entry: entry.used)
        size = sum(entry.size for entry in found)
        self._remove_unfinished(_ABANDONED_SECONDS)
        for entry in found:
            if size <= self._most:
                break
            size -= entry.size
            _removed(entry.path)

    def _remove_unfinished(self, seconds: float) -> None:
        """Remove what was begun so long ago by a process that was killed."""
        with contextlib.suppress(OSError):
            for path in self._folder.iterdir():
                if _UNFINISHED.fullmatch(path.name) and path.lstat().st_mtime <= time.time() - seconds:
                    _removed(path)

    def _entries(self) -> list[_Entry]:
        found = []
        with contextlib.suppress(OSError):
            if not is_own(self._folder.lstat()):
                return []
            for path in self._folder.iterdir():
                named = _ENTRY.fullmatch(path.name)
                with contextlib.suppress(FileNotFoundError):
                    if named and is_own(status := path.lstat()) and path.is_file():
                        found.append(_Entry(path, named[1], named[2], status.st_size, status.st_mtime_ns))
        return found


def lasts(method: str, address: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether what a request asks for is the same for everybody, and for ever."""
    parts = urlsplit(address)
    return (
        method == "GET"
        and not parts.query
        and _NEVER_CHANGES.search(parts.path) is not None
        and not any(name in _ASKS_FOR_LESS for name, _ in headers)
    )


def _key(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()


def _is_whole(entry: _Entry) -> bool:
    try:
        with entry.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == entry.digest
    except OSError:
        return False


def _removed(path: Path) -> bool:
    with contextlib.suppress(OSError):
        path.unlink()
        return True
    return False
