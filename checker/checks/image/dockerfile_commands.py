"""Shell lines on the text of a Dockerfile: they show what the checks of images say, without the checker."""

from __future__ import annotations

import re

from checker.facts.image import Dockerfile, Instruction
from checker.quoting import quoted

_LONGEST = 300


def joined(image: Dockerfile) -> str:
    """The file without comments and empty lines, and with its continued lines in one."""
    joining = r"sed -e :a -e '/\\\r*$/{N;s/\\\r*\n//;ta' -e '}'"
    return f"grep -vE '^[[:space:]]*(#|$)' {quoted(image.path)} | {joining}"


def expression(words: str) -> str:
    """*words* as an extended regular expression that takes them and nothing else, however they are spaced."""
    literal = "".join(f"\\{sign}" if sign in r".[]{}()\*+?^$|" else sign for sign in words[:_LONGEST])
    return re.sub(r"\s+", "[[:space:]]+", literal)


def holds(image: Dockerfile, pattern: str) -> str:
    """Succeeds where a line of the file, its continuations joined, has *pattern*, in large or small letters."""
    return f"{joined(image)} | grep -qiE {quoted(pattern)}"


def stands(image: Dockerfile, one: Instruction) -> str:
    """Succeeds as long as this instruction stands in the file."""
    end = "[[:space:]]*$" if len(one.value) <= _LONGEST else ""
    value = f"[[:space:]]+{expression(one.value)}" if one.value else ""
    flags = "([[:space:]]+--[^ ]+)*"
    if "from" in one.flags:
        flags += f"[[:space:]]+--from={expression(one.flags['from'])}{flags}"
    keyword = f"({one.keyword}|{one.keyword.lower()}|{one.keyword.title()})"
    return f"{joined(image)} | grep -qE {quoted(f'^[^[:alpha:]]*{keyword}{flags}{value}{end}')}"


def gone(image: Dockerfile, *lines: Instruction) -> str:
    """Fails as long as all these instructions stand in the file."""
    standing = " && ".join(stands(image, one) for one in lines)
    return f"! {standing}" if len(lines) == 1 else f"! {{ {standing}; }}"


def names(path: str) -> str:
    """A pattern for the lines that copy *path*: by its name, with a folder above it, by a wildcard, or with all."""
    parts = path.split("/")
    above = ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
    ending = f"({expression(path[path.rindex('.') :])})?" if "." in parts[-1] else ""
    sources = "|".join((*map(expression, above), r"\.", rf"([^ ]*/)?[*]+{ending}"))
    return rf'^[[:space:]]*(COPY|ADD)[[:space:]](.*[[:space:][])?"?(\./|/)?({sources})/?"?,?[[:space:]]'


def copied(image: Dockerfile, path: str) -> str:
    """Succeeds where some line copies *path*."""
    return holds(image, names(path))
