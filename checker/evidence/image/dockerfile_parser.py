"""A parser of Dockerfiles that follows the builder's rules.

Source: github.com/moby/buildkit, ``frontend/dockerfile/parser``. Comments and empty lines inside a continued line are
skipped, the ``escape`` directive changes the continuation character, and here-documents follow RUN, COPY and ADD. The
package dockerfile-parse has no here-documents, ends a line at an empty one, and loses a last line that is continued;
the tests compare the two parsers on the files that it supports.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from types import MappingProxyType

from checker.evidence.text.lines import of_docker
from checker.facts.image import Instruction, Mistake, Wrong

_KEYWORDS = frozenset(
    {
        *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"),
        *("ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
    },
)
_FLAGGED = frozenset({"ADD", "COPY", "FROM", "RUN", "HEALTHCHECK"})
_SCRIPTED = frozenset({"ADD", "COPY", "RUN"})
_DIRECTIVE = re.compile(r"\s*#\s*([A-Za-z]+)\s*=\s*(\S+)\s*")
_FLAG = re.compile(r"--([a-z-]+)(?:=(\S*))?(?:\s+|$)")
_HEREDOC = re.compile(r"\d*<<(-?)([^<]+)")
_LONGEST_WORD = 60


def read_dockerfile(content: str) -> tuple[tuple[Instruction, ...], tuple[Mistake, ...]]:
    """The instructions of *content*, and the lines that no builder understands."""
    lines = of_docker(content)
    continues = _continuation(lines)
    instructions: list[Instruction] = []
    mistakes: list[Mistake] = []
    stage, position = -1, 0
    while position < len(lines):
        number = position + 1
        if _is_empty(lines[position]):
            position += 1
            continue
        logical, position = _joined(lines, position, continues)
        keyword, value = _split(logical)
        if not keyword:
            continue
        if keyword not in _KEYWORDS:
            mistakes.append(Mistake(Wrong.UNKNOWN, logical.split(maxsplit=1)[0][:_LONGEST_WORD], number))
            continue
        flags, rest = _flags(value) if keyword in _FLAGGED else ({}, value)
        stage += keyword == "FROM"
        script, position, unended = _scripts(lines, position, rest) if keyword in _SCRIPTED else ("", position, None)
        instruction = Instruction(keyword, rest, number, stage, MappingProxyType(flags), script)
        instructions.append(instruction)
        mistakes += _slips(instruction, unended)
    return tuple(instructions), tuple(mistakes)


def _is_empty(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _continuation(lines: list[str]) -> re.Pattern[str]:
    """The pattern of a continued line's end: the escape character, not doubled."""
    sign = "\\"
    for line in lines:
        directive = _DIRECTIVE.fullmatch(line)
        if directive is None:
            break
        if directive[1].lower() == "escape" and directive[2] in ("\\", "`"):
            sign = directive[2]
    return re.compile(rf"(?<!{re.escape(sign)}){re.escape(sign)}[ \t]*$")


def _joined(lines: list[str], position: int, continues: re.Pattern[str]) -> tuple[str, int]:
    """The logical line that begins at *position*, and the position of the line after it."""
    parts: list[str] = []
    while position < len(lines):
        line = lines[position]
        position += 1
        if parts and _is_empty(line):
            continue
        end = continues.search(line)
        parts.append(line[: end.start()] if end else line)
        if end is None:
            break
    return "".join(parts), position


def _split(logical: str) -> tuple[str, str]:
    keyword, *rest = logical.split(maxsplit=1) or [""]
    return keyword.upper(), rest[0].strip() if rest else ""


def _flags(value: str) -> tuple[dict[str, str], str]:
    flags: dict[str, str] = {}
    rest = value
    while match := _FLAG.match(rest):
        flags[match[1]] = f"{flags[match[1]]} {match[2]}" if match[1] in flags else match[2] or ""
        rest = rest[match.end() :]
    return flags, rest


def _scripts(lines: list[str], position: int, value: str) -> tuple[str, int, str | None]:
    """The bodies of the here-documents that *value* opens, the position after them, and the mark of an unclosed one."""
    bodies: list[str] = []
    for tabs, mark in _marks(value):
        body: list[str] = []
        while position < len(lines):
            line = lines[position].lstrip("\t") if tabs else lines[position]
            position += 1
            if line == mark:
                break
            body.append(line)
        else:
            return "\n".join(bodies), position, mark
        bodies.append("\n".join(body))
    return "\n".join(bodies), position, None


def _marks(value: str) -> Iterator[tuple[bool, str]]:
    if "<<" not in value or value.startswith("["):
        return
    try:
        words = shlex.split(value, posix=False)
    except ValueError:
        words = value.split()
    for word in words:
        opened = _HEREDOC.fullmatch(word)
        mark = opened[2].strip("\"'") if opened else ""
        if opened and mark:
            yield bool(opened[1]), mark


def _slips(instruction: Instruction, unended: str | None) -> Iterator[Mistake]:
    if unended is not None:
        yield Mistake(Wrong.OPEN, unended[:_LONGEST_WORD], instruction.line)
    if instruction.stage < 0 and instruction.keyword != "ARG":
        yield Mistake(Wrong.EARLY, instruction.keyword, instruction.line)
    words = instruction.value.split()
    if instruction.keyword in ("COPY", "ADD"):
        complete = len(words_of(instruction.value)[0]) >= 2
    elif instruction.keyword == "ENV":
        complete = "=" in (words[0] if words else "") or len(words) >= 2
    else:
        complete = bool(words) or instruction.keyword in ("CMD", "ENTRYPOINT")
    if not complete:
        yield Mistake(Wrong.INCOMPLETE, instruction.keyword, instruction.line)


def words_of(value: str) -> tuple[tuple[str, ...], bool]:
    """The words of an instruction, and whether they are written as JSON (the exec form)."""
    if value.lstrip().startswith("["):
        try:
            parsed = json.loads(value)
        except (ValueError, RecursionError):
            parsed = None
        if isinstance(parsed, list) and all(isinstance(word, str) for word in parsed):
            return tuple(parsed), True
    try:
        return tuple(shlex.split(value)), False
    except ValueError:
        return tuple(value.split()), False


def assignments(instruction: Instruction) -> Iterator[tuple[str, str | None]]:
    """The names that ENV or ARG set, with their values; None where ARG gives none."""
    words, _ = words_of(instruction.value)
    if instruction.keyword == "ENV" and words and "=" not in words[0]:
        name, _, value = instruction.value.partition(" ")
        yield name, value.strip()
        return
    for word in words:
        name, sign, value = word.partition("=")
        if re.fullmatch(r"\w+", name):
            yield name, value if sign else None
