"""What builds fetched and never changes under its name: kept in a folder of the user's own, oldest use first out."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import io
import os
import re
import shutil
import stat
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from checker.sandbox.store import UNFINISHED, Contents, is_own, unfinished_name

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
_MOST_ENTRIES = 20_000
_ENTRY = re.compile(r"[0-9a-f]{64}-([0-9a-f]{64})")
_ABANDONED_SECONDS = 150
"""Longer than a source may be silent."""
_NEVER_CHANGES = re.compile(
    # Debian and Ubuntu: a version is never made twice
    r"(?:\A(?>.*?/pool/).+\.u?deb"
    # PyPI: the folder is the hash of the file (BLAKE2b of 256 bits), or of that whose metadata it is
    r"|/packages/(?P<a>[0-9a-f]{2})/(?P<b>[0-9a-f]{2})/(?P<c>[0-9a-f]{60})/[^/]+?(?P<beside>(?:\.metadata)?)"
    # conda: name, version and build
    r"|/(?:noarch|(?:linux|osx|win)-[a-z0-9]+)/[^/]+-[^/-]+-[^/-]+\.(?:conda|tar\.bz2))\Z"
)
_BEGINNINGS = {".deb": b"!<arch>\n", ".udeb": b"!<arch>\n", ".conda": b"PK", ".tar.bz2": b"BZh"}
_ASKS_FOR_LESS = frozenset({b"range", b"if-modified-since", b"if-none-match", b"authorization", b"cookie"})


class Copy:
    """A package that is kept, or on its way: many may read it while it is still written. ``size`` is in bytes."""

    def __init__(self, path: Path, size: int, have: int = 0, on_left: Callable[[], object] = lambda: None) -> None:
        self.path, self.size, self.have = path, size, have
        self.broken = False
        self.readers = 0
        self.more = asyncio.Event()
        self._on_left = on_left

    def read(self) -> Reading:
        """The content, from its beginning. Raises OSError where it is gone."""
        return Reading(self)

    def leave(self) -> None:
        """Count a reader less: what nobody waits for need not come."""
        self.readers -= 1
        if self.readers == 0:
            self._on_left()

    def tell(self) -> None:
        """Wake those who wait for more."""
        event, self.more = self.more, asyncio.Event()
        event.set()


class Reading:
    """One who reads a copy, and has to close it. Its file is open from the start: whatever becomes of its name."""

    def __init__(self, copy: Copy) -> None:
        self._file = copy.path.open("rb")
        self._copy = copy
        copy.readers += 1

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The content. Raises EOFError where the source broke off."""
        at, copy = 0, self._copy
        while at < copy.size:
            while at == copy.have:
                if copy.broken:
                    raise EOFError
                await copy.more.wait()
            piece = self._file.read(min(_PIECE, copy.have - at))
            if not piece:
                raise EOFError
            at += len(piece)
            yield piece

    def close(self) -> None:
        """Read no more."""
        self._file.close()
        self._copy.leave()


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file of the folder; ``used`` is when it was last, in nanoseconds."""

    path: Path
    digest: str
    size: int
    used: int


class _Seal:
    """What a package has to be, by the path of its address, so that an error page is never taken for one."""

    def __init__(self, path: str) -> None:
        named = _NEVER_CHANGES.search(path)
        by_hash = named is not None and named["a"] and not named["beside"]
        self._hash = "".join(named.group("a", "b", "c")) if named is not None and by_hash else None
        self._begins = next((begins for end, begins in _BEGINNINGS.items() if path.endswith(end)), b"")
        self._digest = hashlib.blake2b(digest_size=32)
        self._first = b""

    def update(self, piece: bytes) -> None:
        """Look at the next piece."""
        if self._hash is not None:
            self._digest.update(piece)
        elif len(self._first) < len(self._begins):
            self._first += piece[: len(self._begins)]

    def holds(self) -> bool:
        """Whether what came is what the address says."""
        if self._hash is not None:
            return self._digest.hexdigest() == self._hash
        return self._first.startswith(self._begins)


class Packages:
    """The packages in *folder*, which is made when the first one comes. Together they take at most *most* bytes.

    To be used in one event loop; others, and other processes, may use the same folder. Only what this user alone can
    have written is read, and only if it is still what it was.
    """

    def __init__(self, folder: Path, most: int = MOST) -> None:
        self._folder = folder
        self._most = most
        self._coming: dict[str, Copy] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._filling: dict[Copy, asyncio.Task[None]] = {}
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
        path = self._folder / unfinished_name()
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            coming = sum(one.size - one.have for one in self._coming.values())
            if not is_own(self._folder.lstat()) or coming + size > self._most:
                return None
            if shutil.disk_usage(self._folder).free < coming + size + _LEFT_FREE:
                return None
            path.touch(mode=0o600, exist_ok=False)
        except OSError:
            return None
        copy = Copy(path, size, on_left=lambda: self._abandon(address, copy))
        self._coming[address] = copy
        task = self._filling[copy] = asyncio.ensure_future(self._fill(address, copy, response))
        # a task that is cancelled before it began does nothing, not even at its end
        task.add_done_callback(lambda _task: self._end(address, copy, response))
        return copy

    def _end(self, address: str, copy: Copy, response: aiohttp.ClientResponse) -> None:
        del self._filling[copy]
        self._forget(address, copy)
        copy.broken = copy.have != copy.size
        copy.tell()
        if UNFINISHED.fullmatch(copy.path.name):
            _removed(copy.path)
        response.close()

    def _abandon(self, address: str, copy: Copy) -> None:
        if copy in self._filling:
            self._forget(address, copy)
            self._filling[copy].cancel()

    def _forget(self, address: str, copy: Copy) -> None:
        if self._coming.get(address) is copy:
            del self._coming[address]

    async def close(self) -> None:
        """End what is still coming."""
        waiting = tuple(self._filling.values())
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
        self._remove_unfinished()
        with contextlib.suppress(OSError):
            self._folder.rmdir()
        return Contents(len(gone), sum(entry.size for entry in gone))

    async def _found(self, address: str) -> Copy | None:
        for entry in self._entries(f"{_key(address)}-"):
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
        seal = _Seal(urlsplit(address).path)
        try:
            with copy.path.open("r+b", buffering=0) as file:
                async for piece in response.content.iter_chunked(_PIECE):
                    _write(file, piece)
                    digest.update(piece)
                    seal.update(piece)
                    copy.have += len(piece)
                    copy.tell()
            if copy.have == copy.size and seal.holds():
                path = self._folder / f"{_key(address)}-{digest.hexdigest()}"
                copy.path.rename(path)
                copy.path = path
                self._seen_whole.add(path)
                self._make_room()
        except (aiohttp.ClientError, OSError, TimeoutError):
            pass

    def _make_room(self) -> None:
        found = sorted(self._entries(), key=lambda entry: entry.used)
        size, number = sum(entry.size for entry in found), len(found)
        self._remove_unfinished()
        for entry in found:
            if size <= self._most and number <= _MOST_ENTRIES:
                break
            size, number = size - entry.size, number - 1
            _removed(entry.path)

    def _remove_unfinished(self) -> None:
        """Remove what a process that was killed had begun: nothing has come to it for long."""
        with contextlib.suppress(OSError):
            if is_own(self._folder.lstat()):
                for path in self._folder.iterdir():
                    if UNFINISHED.fullmatch(path.name) and path.lstat().st_mtime < time.time() - _ABANDONED_SECONDS:
                        _removed(path)

    def _entries(self, beginning: str = "") -> list[_Entry]:
        found = []
        with contextlib.suppress(OSError):
            if not is_own(self._folder.lstat()):
                return []
            for name in os.listdir(self._folder):
                if not name.startswith(beginning) or not (named := _ENTRY.fullmatch(name)):
                    continue
                path = self._folder / name
                with contextlib.suppress(FileNotFoundError):
                    status = path.lstat()
                    if is_own(status) and stat.S_ISREG(status.st_mode):
                        found.append(_Entry(path, named[1], status.st_size, status.st_mtime_ns))
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


def _write(file: io.FileIO, piece: bytes) -> None:
    if file.write(piece) != len(piece):
        raise OSError(errno.ENOSPC, "no room for the rest")


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
