"""The patterns of ``.dockerignore``, by the builder's rules, which differ from git's.

Sources: the Dockerfile reference, ".dockerignore file"; github.com/moby/patternmatcher; Go's ``filepath.Match``.
"""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass

from checker.evidence.text.lines import of_docker

_MOST_RULES = 500
_LONGEST = 4096
"""The maximum length of a rule in characters: no path is longer."""
_MOST_PARTS = 60


def rule_on(content: str) -> Callable[[str], str | None]:
    """A function from a path of the context to the rule in *content* that excludes it, as written; None for none.

    The last rule that matches the path, or a folder above it, decides; ``!`` includes again.
    """
    lines = of_docker(content.removeprefix("\ufeff"))[: 4 * _MOST_RULES]
    rules = [rule for line in lines if len(line) <= _LONGEST and (rule := _rule(line))][:_MOST_RULES]

    def deciding(path: str) -> str | None:
        parts = tuple(path.split("/")[:_MOST_PARTS])
        for rule in reversed(rules):
            if _takes(rule.pattern, parts):
                return None if rule.taken_back else rule.written
        return None

    return deciding


@dataclass(frozen=True, slots=True)
class _Rule:
    """One rule: its parts, and its text in the file."""

    pattern: tuple[str, ...]
    taken_back: bool
    written: str


def _rule(line: str) -> _Rule | None:
    rule = line.strip()
    # a comment begins in the first column
    if not rule or line.startswith("#"):
        return None
    taken_back = rule.startswith("!")
    cleaned = posixpath.normpath(rule.removeprefix("!").strip()).lstrip("/")
    return _Rule(segments(cleaned), taken_back, rule) if cleaned not in ("", ".") else None


def segments(pattern: str) -> tuple[str, ...]:
    """The parts of a pattern; a ``**`` at the start of a part is a part of its own."""
    parts: list[str] = []
    for part in pattern.split("/")[:_MOST_PARTS]:
        if part.startswith("**") and part.strip("*"):
            parts += ["**", part.lstrip("*")]
        elif not part.strip("*") and len(part) > 1:
            parts.append("**")
        else:
            parts.append(part)
    return tuple(part for number, part in enumerate(parts) if part != "**" or parts[number - 1 : number] != ["**"])


def _takes(pattern: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    """True where *pattern* matches the path or a folder above it."""
    reached = {0}
    for position in range(len(parts) + 1):
        following: set[int] = set()
        # ** may match no part at all, unless it ends the pattern
        for number in sorted(reached):
            if number + 1 < len(pattern) and pattern[number] == "**":
                reached.add(number + 1)
        if position and len(pattern) in reached:
            return True
        if position == len(parts):
            break
        for number in reached:
            if number == len(pattern):
                continue
            if pattern[number] == "**":
                following.add(number)
                if number + 1 == len(pattern):
                    return True
            elif matches(pattern[number], parts[position]):
                following.add(number + 1)
        reached = following
    return False


def matches(pattern: str, name: str) -> bool:
    """True where one part of a pattern matches one part of a path: ``*``, ``?``, ``[a-z]`` and ``\\``."""
    return _expression(pattern).fullmatch(name) is not None


@functools.lru_cache(maxsize=1024)
def _expression(pattern: str) -> re.Pattern[str]:
    chunks, position = [""], 0
    while position < len(pattern):
        sign = pattern[position]
        if sign == "*":
            chunks.append("")
        elif sign == "?":
            chunks[-1] += "."
        elif sign == "\\" and position + 1 < len(pattern):
            position += 1
            chunks[-1] += re.escape(pattern[position])
        elif sign == "[" and (end := pattern.find("]", position + 2)) > 0:
            chunks[-1] += _class(pattern[position + 1 : end])
            position = end
        else:
            chunks[-1] += re.escape(sign)
        position += 1
    # each star matches as little as possible, without backtracking: quadratic time at most
    first, *rest = chunks
    middle = "".join(f"(?>.*?{chunk})" for chunk in rest[:-1] if chunk)
    try:
        return re.compile(first + middle + (f".*{rest[-1]}" if rest else ""), re.DOTALL)
    except re.error:
        return re.compile(re.escape(pattern))


def _class(body: str) -> str:
    negated = body.startswith("^")
    escaped = "".join(sign if sign.isalnum() or sign == "-" else re.escape(sign) for sign in body.removeprefix("^"))
    return f"[{'^' if negated else ''}{escaped}]"
