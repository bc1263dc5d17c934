"""Reads the files by which commands carry values on: variables and outputs by name, and folders for ``PATH``."""

from __future__ import annotations

from collections.abc import Iterator

_SHOWN = 80


class Malformed(Exception):
    """A line that no such file may have."""


def values_in(body: bytes) -> dict[str, str]:
    """The values in lines ``NAME=value``, or ``NAME<<WORD``, lines of the value, ``WORD``; the last of a name counts.

    Raises Malformed for any other line that is not empty, and for a value that does not end.
    """
    values: dict[str, str] = {}
    lines = enumerate(_lines(body), 1)
    for number, line in lines:
        if not line:
            continue
        equals, opening = line.find("="), line.find("<<")
        if equals > 0 and not 0 <= opening < equals:
            values[line[:equals]] = line[equals + 1 :]
        elif opening > 0 and line[opening + 2 :]:
            values[line[:opening]] = "\n".join(_until(line[opening + 2 :], number, lines))
        else:
            raise Malformed(f"line {number}: {line[:_SHOWN]}")
    return values


def folders_in(body: bytes) -> tuple[str, ...]:
    """The lines that are not empty, each a folder."""
    return tuple(line for line in _lines(body) if line)


def _lines(body: bytes) -> list[str]:
    """The lines of *body*. Raises Malformed for a NUL character, which no variable can have."""
    if b"\0" in body:
        raise Malformed("a NUL character")
    return [line.removesuffix("\r") for line in body.decode("utf-8-sig", "replace").split("\n")]


def _until(word: str, number: int, lines: Iterator[tuple[int, str]]) -> Iterator[str]:
    for _, line in lines:
        if line == word:
            return
        yield line
    raise Malformed(f"line {number}: no line {word[:_SHOWN]} ends this value")
