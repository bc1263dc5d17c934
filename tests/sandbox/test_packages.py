"""What builds fetched, in a folder of the user's own: how much, whose, and what is removed."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from checker.sandbox.images import packages as module
from checker.sandbox.images.packages import Packages
from checker.sandbox.store import Contents

A, B, C = (f"https://conda.example/forge/noarch/{letter}-1-0.conda" for letter in "abc")
BODY = b"PK of a package"


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


class Endless(Response):
    """An answer of which nothing comes."""

    def __init__(self, size: int) -> None:
        super().__init__(b"", size=size)

    async def _chunks(self, _size: int) -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""


def put(packages: Packages, address: str, response: Any) -> bytes | None:
    """What comes of keeping *response*; None where it is not kept."""

    async def putting() -> bytes | None:
        async with packages.turn(address):
            copy = packages.begin(address, response)
            reading = copy.read() if copy is not None else None
        if reading is None:
            return None
        try:
            got = b"".join([piece async for piece in reading.pieces()])
        finally:
            await response.ended()
            reading.close()
        return got

    return asyncio.run(putting())


def got(packages: Packages, address: str) -> bytes | None:
    async def getting() -> bytes | None:
        async with packages.turn(address) as copy:
            if copy is None:
                return None
            with closing(copy.read()) as reading:
                return b"".join([piece async for piece in reading.pieces()])

    return asyncio.run(getting())


def test_what_was_kept_is_there_for_another_process(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "packages"
    assert put(Packages(folder), A, Response(BODY)) == BODY
    assert got(Packages(folder), A) == BODY
    assert got(Packages(folder), B) is None
    assert Packages(folder).contents() == Contents(1, len(BODY))
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "response",
    [
        Response(BODY, status=404),
        Response(BODY, coded="gzip"),
        Response(b"", size=0),
        Response(BODY * 10),
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
    assert put(Packages(tmp_path), A, Response(BODY)) is None
    assert list(tmp_path.iterdir()) == []


def test_room_is_counted_with_what_still_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=(1 << 30) + 150))

    async def beginning() -> list[bool]:
        packages = Packages(tmp_path)
        begun = [packages.begin(one, cast("Any", Endless(100))) is not None for one in (A, B)]
        await packages.close()
        return begun

    assert asyncio.run(beginning()) == [True, False]


def test_what_nobody_waits_for_does_not_come(tmp_path: Path) -> None:
    async def leaving() -> None:
        packages, response = Packages(tmp_path), Endless(100)
        async with packages.turn(A):
            copy = packages.begin(A, cast("Any", response))
            assert copy is not None
            first, second = copy.read(), copy.read()
        first.close()
        async with packages.turn(A) as still:
            assert still is copy
        second.close()
        async with packages.turn(A) as gone:
            assert gone is None
        await response.ended()

    asyncio.run(leaving())
    assert list(tmp_path.iterdir()) == []


def test_an_error_page_is_no_package(tmp_path: Path) -> None:
    page = b"<html>Please log in</html>"
    by_hash = f"https://files.example/packages/ab/cd/{'0' * 60}/x-1-py3-none-any.whl"
    for address in (A, by_hash, "http://deb.example/debian/pool/main/x/x_1_all.deb"):
        assert put(Packages(tmp_path), address, Response(page)) == page
        assert list(tmp_path.iterdir()) == []
    digest = hashlib.blake2b(page, digest_size=32).hexdigest()
    right = f"https://files.example/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/x-1-py3-none-any.whl"
    for address in (right, f"{by_hash}.metadata"):
        put(Packages(tmp_path), address, Response(page))
        assert got(Packages(tmp_path), address) == page


def test_what_was_written_in_part_was_not_written() -> None:
    short = SimpleNamespace(write=lambda piece: len(piece) - 1)
    with pytest.raises(OSError, match="no room"):
        module._write(short, b"abc")  # type: ignore[arg-type]


def test_there_are_only_so_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_ENTRIES", 2)
    for number, address in enumerate((A, B, C)):
        put(Packages(tmp_path), address, Response(BODY))
        for path in tmp_path.iterdir():
            os.utime(path, ns=(number, number))
    assert Packages(tmp_path).contents().entries == 2


def test_what_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    packages = Packages(tmp_path)
    with pytest.raises(EOFError):
        put(packages, A, Response(BODY, size=99))
    assert list(tmp_path.iterdir()) == []
    assert put(packages, A, Response(BODY)) == BODY


def test_the_longest_unused_go_first(tmp_path: Path) -> None:
    packages = Packages(tmp_path, most=10)
    for number, address in enumerate((A, B)):
        put(packages, address, Response(b"PK34"))
        for path in tmp_path.iterdir():
            os.utime(path, ns=(number, number))
    assert got(packages, A) == b"PK34"  # used just now
    put(packages, C, Response(b"PK34"))
    assert [got(packages, one) for one in (A, B, C)] == [b"PK34", None, b"PK34"]


def test_what_others_can_write_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "packages"
    put(Packages(folder), A, Response(BODY))
    folder.chmod(0o777)
    assert got(Packages(folder), A) is None
    assert put(Packages(folder), B, Response(BODY)) is None
    folder.chmod(0o700)
    (path,) = folder.iterdir()
    path.chmod(0o666)
    assert got(Packages(folder), A) is None
    path.chmod(0o600)
    assert got(Packages(folder), A) == BODY
    elsewhere = tmp_path / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    assert got(Packages(folder), A) is None


def test_what_was_changed_is_removed(tmp_path: Path) -> None:
    put(Packages(tmp_path), A, Response(BODY))
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"xyz")
    assert got(Packages(tmp_path), A) is None
    assert not path.exists()


def test_all_is_removed_but_what_is_somebody_elses(tmp_path: Path) -> None:
    put(Packages(tmp_path), A, Response(BODY))
    left = tmp_path / ".1-0123456789abcdef.tmp"
    left.write_bytes(b"of a process that was killed")
    os.utime(left, (time.time() - 200, time.time() - 200))
    (tmp_path / "thesis.txt").write_text("mine")
    assert Packages(tmp_path).clear() == Contents(1, len(BODY))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_a_killed_process_left_goes_after_a_while(tmp_path: Path) -> None:
    old, young = tmp_path / ".1-0123456789abcdef.tmp", tmp_path / ".2-0123456789abcdef.tmp"
    for path in (old, young):
        path.touch()
    os.utime(old, (time.time() - 200, time.time() - 200))
    put(Packages(tmp_path), A, Response(BODY))
    assert (old.exists(), young.exists()) == (False, True)


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    packages = Packages(tmp_path / "file" / "packages")
    assert put(packages, A, Response(BODY)) is None
    assert got(packages, A) is None
    assert packages.clear() == Contents(0, 0)
