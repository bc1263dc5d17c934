"""``.dockerignore`` by the builder's own rules, which are not git's.

Source: the Dockerfile reference, ".dockerignore file": patterns of Go's ``filepath.Match`` plus ``**``, relative to the
root of the context; the last one that matches a path or a folder above it decides; ``!`` takes back.
"""

from __future__ import annotations

import re
from collections.abc import Callable


def ignored_by(content: str) -> Callable[[str], bool]:
    """Whether a path of the context is left out by the rules in *content*."""
    rules = [rule for line in content.splitlines() if (rule := _rule(line))]

    def ignored(path: str) -> bool:
        parts = path.split("/")
        prefixes = ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
        left_out = False
        for pattern, taken_back in rules:
            if any(pattern.fullmatch(prefix) for prefix in prefixes):
                left_out = not taken_back
        return left_out

    return ignored


def _rule(line: str) -> tuple[re.Pattern[str], bool] | None:
    words = line.strip().removeprefix("\ufeff")
    if not words or words.startswith("#"):
        return None
    taken_back = words.startswith("!")
    pattern = words.removeprefix("!").strip().strip("/").removeprefix("./")
    return (matcher(pattern), taken_back) if pattern else None


def matcher(pattern: str) -> re.Pattern[str]:
    """Go's ``filepath.Match`` with ``**``, as a regular expression. What it would refuse matches as it is written."""
    out, position = "", 0
    while position < len(pattern):
        if pattern.startswith("**/", position):
            out, position = out + "(?:.*/)?", position + 3
        elif pattern.startswith("**", position):
            out, position = out + ".*", position + 2
        elif pattern[position] == "*":
            out, position = out + "[^/]*", position + 1
        elif pattern[position] == "?":
            out, position = out + "[^/]", position + 1
        elif pattern[position] == "[" and (end := pattern.find("]", position + 2)) > 0:
            body = pattern[position + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            out, position = out + f"[{body}]", end + 1
        else:
            out, position = out + re.escape(pattern[position]), position + 1
    try:
        return re.compile(out, re.DOTALL)
    except re.error:
        return re.compile(re.escape(pattern))
