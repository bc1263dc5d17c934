"""Cleaning of student text for display, before a renderer escapes it for its own format."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 600
"""Characters of one sentence that is shown to a person; a longer one is cut, with a note."""

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Unicode categories of invisible characters."""

_WORKFLOW_COMMAND = re.compile(r"^((?:[^\S\n]|\x1b\[[0-9;]*m)*+):(?=:)", re.MULTILINE)
_OLD_COMMAND = re.compile(r"##(?=\[|vso\[)")


def visible(words: str, *, longest: int = LONGEST, lines: bool = False) -> str:
    r"""*words* with invisible characters written out (``\x1b``), and cut at *longest* characters.

    Control characters, direction marks (by which a name can look like another), lone surrogates and unassigned code
    points are invisible; with *lines*, line ends are kept.
    """
    cut = words if len(words) <= longest else words[:longest] + f" … (+{len(words) - longest})"
    return "".join(_visible(character, lines=lines) for character in cut)


def _visible(character: str, *, lines: bool) -> str:
    if character.isascii() and character.isprintable():
        return character
    if character == "\n":
        return "\n" if lines else " "
    if character == "\t":
        return "    "
    if unicodedata.category(character) not in _INVISIBLE and character not in _BLANK:
        return character
    point = ord(character)
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def without_commands(words: str) -> str:
    """*words* in which no line is a command to a service that shows them as a log; their look does not change.

    Such services obey lines that begin with ``::name`` (after white space), and ``##[name]`` anywhere.
    """
    return _OLD_COMMAND.sub("#\u266f", _WORKFLOW_COMMAND.sub("\\1\ua789", words))
