"""Environment files that are the output of a command in another format than the installer's."""

from __future__ import annotations

import re
from collections.abc import Iterator

FOR_PIP = "pip freeze"
FOR_CONDA = "conda env export"
"""The commands whose output pip and conda can install from."""

_MOST_LINES = 60
"""The number of lines that identify a format: a command prints every package in one format."""
_FEWEST = 3
_NAME = re.compile(r"[A-Za-z0-9_][\w.-]*+(?:\[[^\]]*+\])?")
_VERSION = re.compile(r"\(?v?\d\S*")
_BUILD = re.compile(r"\S*_\d++|\d++")
_RULE = frozenset("-─━= ")
_JSON_NAME = re.compile(r'"name":\s*"')


def command_behind(source: str) -> str | None:
    """The command line whose output *source* is; None where no known command prints such output."""
    lines = list(_lines(source))
    if not lines:
        return None
    comments = [line for line in lines if line.startswith("#")]
    rest = [line for line in lines if not line.startswith("#") and not _RULE.issuperset(line)]
    return _by_header(lines, comments, rest) or _by_form(rest)


def _lines(source: str) -> Iterator[str]:
    """The first non-empty lines, without pip's notices."""
    start = 0
    for _ in range(_MOST_LINES):
        end = source.find("\n", start)
        line = source[start : end if end >= 0 else None][:500].strip()
        if line and not line.startswith(("[notice]", "WARNING:")):
            yield line
        if end < 0:
            return
        start = end + 1


def _by_header(lines: list[str], comments: list[str], rest: list[str]) -> str | None:
    """The command recognised by a header that only this command writes; None for none."""
    first_words = rest[0].split() if rest else []
    if "@EXPLICIT" in rest or (rest and all(map(_is_archive, rest))):
        return "conda list --explicit"
    if any(
        line.startswith("# packages in environment at") or line.split()[1:3] == ["Name", "Version"] for line in comments
    ):
        return "conda list"
    if first_words[:4] == ["Name", "Version", "Build", "Channel"] or (
        rest[:1] and rest[0].startswith("List of packages in env")
    ):
        return "mamba list"
    if any("conda create --name <env>" in line for line in comments):
        return "conda list --export"
    if first_words[:2] == ["Package", "Version"]:
        return "pip list"
    keys = {line.partition(":")[0] for line in lines if ":" in line}
    if {"Name", "Version", "Summary"} <= keys:
        return "pip show"
    if "dependencies" in keys and keys & {"name", "channels", "prefix"}:
        return FOR_CONDA
    if lines[0][0] in "[{" and _JSON_NAME.search("".join(lines)):
        return "conda list --json" if '"channel"' in "".join(lines) else "pip list --format=json"
    return None


def _by_form(rest: list[str]) -> str | None:
    """The command recognised by the format of all lines, where the header is missing; None for none."""
    forms = (
        (_is_exported, "conda list --export"),
        (_is_frozen, FOR_PIP),
        (_is_named_and_numbered, "pip list"),
        (_is_built, "conda list"),
    )
    return next((name for fits, name in forms if all(map(fits, rest))), None) if len(rest) >= _FEWEST else None


def _is_archive(line: str) -> bool:
    """True where a line is the URL of a conda package and nothing else."""
    address = line.partition("#")[0]
    return address.startswith(("https://", "http://")) and address.endswith((".conda", ".tar.bz2")) and " " not in line


def _is_exported(line: str) -> bool:
    """True where a line is ``name=version=build``."""
    parts = line.split("=")
    return len(parts) == 3 and all(parts) and " " not in line


def _is_frozen(line: str) -> bool:
    """True where a line is ``name==version`` or ``name @ address`` and nothing else."""
    name, _, version = line.partition(" @ " if " @ " in line else "==")
    return _NAME.fullmatch(name) is not None and bool(version) and " " not in version


def _is_named_and_numbered(line: str) -> bool:
    """True where a line is a name and a version, optionally with the folder of an editable project."""
    name, *columns = line.split()
    return (
        _NAME.fullmatch(name) is not None
        and 0 < len(columns) <= 2
        and _VERSION.fullmatch(columns[0]) is not None
        and (len(columns) == 1 or "/" in columns[1] or "\\" in columns[1])
    )


def _is_built(line: str) -> bool:
    """True where a line is a name, a version and a build, optionally with a channel."""
    name, *columns = line.split()
    return (
        _NAME.fullmatch(name) is not None
        and len(columns) in (2, 3)
        and _VERSION.fullmatch(columns[0]) is not None
        and _BUILD.fullmatch(columns[1]) is not None
    )
