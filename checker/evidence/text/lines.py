"""Lines of a file, counted as the tool that reads it counts them.

``str.splitlines`` counts as pip does and as no other tool: form feeds end no line in YAML, Unicode line separators none
in Python and configparser, and Docker accepts only the line feed. Sources: YAML 1.1, section 5.4; the Python language
reference, "Physical lines"; pip's ``req_file``; ``bufio.ScanLines`` of Go, with which Docker reads.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

_YAML = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
_UNIVERSAL = re.compile(r"\r\n|[\n\r]")


def of_yaml(source: str) -> list[str]:
    """The lines of a YAML file, without their ends, counted as the marks of its parser."""
    return _YAML.split(source)


def of_pip(source: str) -> list[str]:
    """The lines of a requirements file, without their ends."""
    return source.splitlines()


def of_docker(source: str) -> list[str]:
    """The lines of a Dockerfile or of its ignore file, without their ends."""
    return [line.removesuffix("\r") for line in source.split("\n")]


def with_places(source: str) -> Iterator[tuple[int, int, str]]:
    """The lines of a file that Python opens as text: number from 1, position of the first character, and content."""
    begin = 0
    number = 1
    for number, end in enumerate(_UNIVERSAL.finditer(source), 1):
        yield number, begin, source[begin : end.start()]
        begin = end.end()
        number += 1  # noqa: PLW2901  the number of the last line, which may have no end
    yield number, begin, source[begin:]


def yaml_line(source: str, position: int) -> int:
    """The number, from 1, of the line of a YAML file that holds the character at *position*."""
    return 1 + sum(1 for _ in _YAML.finditer(source, 0, position))


class Numbers:
    """The line numbers of a text with line feeds, by an index that is built once."""

    def __init__(self, content: str | bytes) -> None:
        end = re.compile("\n") if isinstance(content, str) else re.compile(b"\n")
        self._ends = [match.start() for match in end.finditer(content)]  # type: ignore[arg-type]

    def at(self, position: int) -> int:
        """The number, from 1, of the line that holds *position*."""
        return bisect_right(self._ends, position - 1) + 1
