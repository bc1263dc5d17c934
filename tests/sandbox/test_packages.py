"""What builds fetched, in a folder of the user's own: how much, whose, and what is removed."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from checker.sandbox.images.packages import Packages
from checker.sandbox.store import Contents

A, B, C = (f"https://files.example/packages/00/00/{letter * 60}/x.whl" for letter in "abc")


class Response:
    """An answer of a source, as the client library gives it."""

    def __init__(self, body: bytes, size: int | None = None, status: int = 200, coded: str = "") -> None:
        self.status, self.headers = status, {"Content-Encoding": coded} if coded else {}
        self.content_length = len(body) if size is None else size
        self.content = SimpleNamespace(iter_chunked=self._chunks)
        self._closed = asyncio.Event()
        self._body = body

    async def _chunks(self, _size: int) -> AsyncIterator[bytes]:
        yield self._body

    def close(self) -> None:
        self._closed.set()

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    async def ended(self) -> None:
        """Wait until nobody needs it any more."""
        await self._closed.wait()


def put(packages: Packages, address: str, response: Any) -> bytes | None:
    """What comes of keeping *response*; None where it is not kept."""

    async def putting() -> bytes | None:
        async with packages.turn(address):
            copy = packages.begin(address, response)
        if copy is None:
            return None
        got = b"".join([piece async for piece in copy.pieces()])
        await response.ended()
        return got

    return asyncio.run(putting())


def got(packages: Packages, address: str) -> bytes | None:
    async def getting() -> bytes | None:
        async with packages.turn(address) as copy:
            return None if copy is None else b"".join([piece async for piece in copy.pieces()])

    return asyncio.run(getting())


def test_what_was_kept_is_there_for_another_process(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "packages"
    assert put(Packages(folder), A, Response(b"abc")) == b"abc"
    assert got(Packages(folder), A) == b"abc"
    assert got(Packages(folder), B) is None
    assert Packages(folder).contents() == Contents(1, 3)
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "response",
    [
        Response(b"abc", status=404),
        Response(b"abc", coded="gzip"),
        Response(b"", size=0),
        Response(b"abc" * 10),
    ],
    ids=["an error", "in a form that was asked for", "nothing", "more than there is room for"],
)
def test_what_is_not_kept(response: Response, tmp_path: Path) -> None:
    packages = Packages(tmp_path / "packages", most=20)
    assert put(packages, A, response) is None
    assert not response.closed, "it is still the caller's"
    assert packages.contents() == Contents(0, 0)


def test_on_a_full_disk_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=1_000_000))
    assert put(Packages(tmp_path), A, Response(b"abc")) is None
    assert list(tmp_path.iterdir()) == []


def test_what_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    packages = Packages(tmp_path)
    with pytest.raises(EOFError):
        put(packages, A, Response(b"abc", size=9))
    assert list(tmp_path.iterdir()) == []
    assert put(packages, A, Response(b"abc")) == b"abc"


def test_the_longest_unused_go_first(tmp_path: Path) -> None:
    packages = Packages(tmp_path, most=10)
    for number, address in enumerate((A, B)):
        put(packages, address, Response(b"1234"))
        for path in tmp_path.iterdir():
            os.utime(path, ns=(number, number))
    assert got(packages, A) == b"1234"  # used just now
    put(packages, C, Response(b"1234"))
    assert [got(packages, one) for one in (A, B, C)] == [b"1234", None, b"1234"]


def test_what_others_can_write_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "packages"
    put(Packages(folder), A, Response(b"abc"))
    folder.chmod(0o777)
    assert got(Packages(folder), A) is None
    assert put(Packages(folder), B, Response(b"abc")) is None
    folder.chmod(0o700)
    (path,) = folder.iterdir()
    path.chmod(0o666)
    assert got(Packages(folder), A) is None
    path.chmod(0o600)
    assert got(Packages(folder), A) == b"abc"
    elsewhere = tmp_path / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    assert got(Packages(folder), A) is None


def test_what_was_changed_is_removed(tmp_path: Path) -> None:
    put(Packages(tmp_path), A, Response(b"abc"))
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"xyz")
    assert got(Packages(tmp_path), A) is None
    assert not path.exists()


def test_all_is_removed_but_what_is_somebody_elses(tmp_path: Path) -> None:
    put(Packages(tmp_path), A, Response(b"abc"))
    (tmp_path / ".1-0123456789abcdef.tmp").write_bytes(b"of a process that was killed")
    (tmp_path / "thesis.txt").write_text("mine")
    assert Packages(tmp_path).clear() == Contents(1, 3)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_a_killed_process_left_goes_after_an_hour(tmp_path: Path) -> None:
    old, young = tmp_path / ".1-0123456789abcdef.tmp", tmp_path / ".2-0123456789abcdef.tmp"
    for path in (old, young):
        path.touch()
    os.utime(old, (time.time() - 4000, time.time() - 4000))
    put(Packages(tmp_path), A, Response(b"abc"))
    assert (old.exists(), young.exists()) == (False, True)


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    packages = Packages(tmp_path / "file" / "packages")
    assert put(packages, A, Response(b"abc")) is None
    assert got(packages, A) is None
    assert packages.clear() == Contents(0, 0)
