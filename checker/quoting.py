"""Words of command lines that a student's names cannot break out of: in commands to run, and in sentences to copy from.

A sentence of the program may hold a command with a placeholder in it: "Rename it: git mv {path} {main}." A reader who
copies the command runs it, so each value in such a place is one word of a shell.
"""

from __future__ import annotations

import functools
import re
import shlex
import string
from collections.abc import Iterable

_MOST = 20
_PLAIN = frozenset(string.ascii_letters + string.digits + "@%+=:,./-_")
_COMMAND = re.compile(
    r"\b(?:git (?:add|branch|checkout|clone|commit|diff|fetch|log|merge|mv|pull|push|rebase|remote|reset|restore|revert"
    r"|rm|show|stash|switch|update-index)|pip (?:index|install|uninstall)|(?:conda|mamba) (?:create|env|install)"
    r"|docker (?:build|image|pull|run)|checker (?:check|explain|new|watch)|uv (?:add|pip|run|sync)|python -m"
    r"|bash|cd|chmod|cp|mkdir|mv|papermill|rm|pylint(?= --)) (?:(?!(?:, |; |[.)](?: |$))).)*"
)
"""A command in a template, up to the text after it."""
_SAFE = r"(?:[\w@%+=:,./-]|'[^']*+'|\"'\"|\$'(?:[^'\\]|\\x[0-9a-f]{2})*+')++"
_WORDS = re.compile(rf"{_SAFE}(?: {_SAFE})*+(?: …)?")
_NAME = re.compile(r"\{(\w++)[^{}]*+\}")


class Quoted(str):
    """One or more words of a command line, as a shell takes them."""

    __slots__ = ()


def quoted(word: str) -> Quoted:
    """*word* as one word of bash, whatever bytes it holds."""
    if isinstance(word, Quoted):
        return word
    if word.isprintable() and word.isascii():
        return Quoted(shlex.quote(word))
    escaped = "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b"'\\" else f"\\x{byte:02x}"
        for byte in word.encode("utf-8", "surrogateescape")
    )
    return Quoted(f"$'{escaped}'")


def all_quoted(words: Iterable[str], most: int = _MOST) -> Quoted:
    """The first *most* of *words*, each as one word of bash."""
    return Quoted(" ".join(quoted(word) for word in list(words)[:most]))


def in_sentence(word: str) -> Quoted:
    """*word* as one word of a command within a sentence, and never an option of the command.

    Unquoted if a shell takes it so, with letters of any language.
    """
    if isinstance(word, Quoted):
        return word
    named = f"./{word}" if word.startswith("-") else word
    if named and all(sign in _PLAIN or (sign.isalpha() and sign.isprintable()) for sign in named):
        return Quoted(named)
    return Quoted(shlex.quote(named)) if named.isprintable() else quoted(named)


def read_again(words: str) -> str:
    """The *words* of a command in a stored sentence: unquoted if a shell takes them as words, or takes none."""
    return Quoted(words) if not words or _WORDS.fullmatch(words) else words


@functools.lru_cache(maxsize=4096)
def inside_commands(template: str) -> frozenset[str]:
    """The placeholders of *template* that stand inside a command."""
    return frozenset(name for command in _COMMAND.findall(template) for name in _NAME.findall(command))
