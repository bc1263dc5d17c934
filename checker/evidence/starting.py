"""What an image runs when it is started: ENTRYPOINT and CMD, by the rules of the Dockerfile reference."""

from __future__ import annotations

import posixpath
import re

from checker.evidence.instructions import words_of
from checker.facts.image import Instruction, Mistake, Start, Wrong

_PYTHON = re.compile(r"(?:.*/)?python(?:3(?:\.\d+)?)?")
_RUNNERS = frozenset({"conda", "mamba", "micromamba", "uv", "poetry", "pixi", "exec", "tini", "dumb-init", "run", "--"})
_WITH_WORD = frozenset({"-n", "-p", "--name", "--prefix"})
_PYTHON_WITH_WORD = frozenset({"-W", "-X"})
_SHELLS = frozenset({"sh", "bash", "dash"})
_SEVERAL = re.compile(r"&&|\|\||[;|<>`]|\$\(")
_NO_LIST = re.compile(r"\[(?:['\"‘’“”]|\s*['\"‘’“”][^\]]{0,200},[^\]]{0,200}\]\s*$)")


def start_of(
    entry: Instruction | None, command: Instruction | None, folder: str
) -> tuple[Start | None, tuple[Mistake, ...]]:
    """What the image starts, None where the Dockerfile says nothing of it, and what is certain to fail there."""
    slips = tuple(slip for one in (entry, command) if one is not None and (slip := _slip(one)) is not None)
    words: tuple[str, ...] = ()
    if entry is not None:
        words = _words(entry)
    if command is not None and (entry is None or not words or words_of(entry.value)[1]):
        words += _words(command)
    if not words:
        return None, slips
    speaks = command or entry
    return _started(words, speaks.line if speaks else 1, folder), slips


def _slip(one: Instruction) -> Mistake | None:
    words, listed = words_of(one.value)
    if not listed and _NO_LIST.match(one.value):
        return Mistake(Wrong.LIST, one.keyword, one.line)
    if listed and len(words) == 1 and re.fullmatch(r"python[\d.]*\s+\S.*", words[0].strip()):
        return Mistake(Wrong.ONE_WORD, words[0][:100], one.line)
    return None


def _words(one: Instruction) -> tuple[str, ...]:
    words, listed = words_of(one.value)
    if listed:
        return words
    return ("/bin/sh", "-c", one.value) if one.value else ()


def _started(words: tuple[str, ...], line: int, folder: str) -> Start:
    rest = list(words)
    previous = ""
    while rest and (previous in _WITH_WORD or not _PYTHON.fullmatch(rest[0])):
        name = posixpath.basename(rest[0])
        if previous in _WITH_WORD:
            del rest[0]
            previous = ""
        elif name in _SHELLS and len(rest) >= 3 and rest[1] in ("-c", "-lc", "-ic"):
            if _SEVERAL.search(rest[2]):
                return Start(words, line)
            rest = list(words_of(rest[2])[0])
        elif name in _RUNNERS or rest[0].startswith("-"):
            previous = rest.pop(0)
        else:
            return Start(words, line)
    rest = rest[1:]
    while rest and rest[0].startswith("-") and rest[0] not in ("-m", "-c", "-"):
        del rest[: 2 if rest[0] in _PYTHON_WITH_WORD else 1]
    if not rest or rest[0].startswith("-") or "$" in rest[0]:
        return Start(words, line)
    script = "/" + posixpath.normpath(posixpath.join(folder, rest[0])).lstrip("/")
    return Start(words, line, script, tuple(rest[1:]))
