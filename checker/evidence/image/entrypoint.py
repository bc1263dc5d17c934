"""The start command of an image: ENTRYPOINT and CMD, by the rules of the Dockerfile reference."""

from __future__ import annotations

import posixpath
import re

from checker.evidence.image.dockerfile_parser import words_of
from checker.facts.image import Instruction, Mistake, Start, Wrong

_PYTHON = re.compile(r"(?:.*/)?python(?:3(?:\.\d+)?)?")
_RUNNERS = frozenset({"conda", "mamba", "micromamba", "uv", "poetry", "pixi", "exec", "tini", "dumb-init", "run", "--"})
_WITH_WORD = frozenset({"-n", "-p", "--name", "--prefix"})
_PYTHON_WITH_WORD = frozenset({"-W", "-X"})
_SHELLS = frozenset({"sh", "bash", "dash"})
_SEVERAL = re.compile(r"&&|\|\||[;|<>`]|\$\(")
_NO_LIST = re.compile(r"\[(?:['\"‘’“”]|\s*['\"‘’“”][^\]]{0,200},[^\]]{0,200}\]\s*$)")


def entrypoint_of(
    entry: Instruction | None, command: Instruction | None, folder: str
) -> tuple[Start | None, tuple[Mistake, ...]]:
    """The start command (None where the Dockerfile has none), and the mistakes in it that are certain to fail."""
    slips = tuple(slip for instruction in (entry, command) if (slip := _slip(instruction)) is not None)
    words = _words(entry) if entry is not None else ()
    if command is not None and (entry is None or not words or words_of(entry.value)[1]):
        words += _words(command)
    if not words:
        return None, slips
    speaks = command or entry
    return _started(words, speaks.line if speaks else 1, folder), slips


def _slip(instruction: Instruction | None) -> Mistake | None:
    if instruction is None:
        return None
    words, listed = words_of(instruction.value)
    if not listed and _NO_LIST.match(instruction.value):
        return Mistake(Wrong.LIST, instruction.keyword, instruction.line)
    if listed and len(words) == 1 and re.fullmatch(r"python[\d.]*\s+\S.*", words[0].strip()):
        return Mistake(Wrong.ONE_WORD, words[0][:100], instruction.line)
    return None


def _words(instruction: Instruction) -> tuple[str, ...]:
    words, listed = words_of(instruction.value)
    if listed:
        return words
    return ("/bin/sh", "-c", instruction.value) if instruction.value else ()


def _started(words: tuple[str, ...], line: int, folder: str) -> Start:
    remaining = list(words)
    previous = ""
    while remaining and (previous in _WITH_WORD or not _PYTHON.fullmatch(remaining[0])):
        name = posixpath.basename(remaining[0])
        if previous in _WITH_WORD:
            del remaining[0]
            previous = ""
        elif name in _SHELLS and len(remaining) >= 3 and remaining[1] in ("-c", "-lc", "-ic"):
            if _SEVERAL.search(remaining[2]):
                return Start(words, line)
            remaining = list(words_of(remaining[2])[0])
        elif name in _RUNNERS or remaining[0].startswith("-"):
            previous = remaining.pop(0)
        else:
            return Start(words, line)
    remaining = remaining[1:]
    while remaining and remaining[0].startswith("-") and remaining[0] not in ("-m", "-c", "-"):
        del remaining[: 2 if remaining[0] in _PYTHON_WITH_WORD else 1]
    if not remaining or remaining[0].startswith("-") or "$" in remaining[0]:
        return Start(words, line)
    script = "/" + posixpath.normpath(posixpath.join(folder, remaining[0])).lstrip("/")
    return Start(words, line, script, tuple(remaining[1:]))
