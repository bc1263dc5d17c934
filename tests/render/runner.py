"""What a runner of GitHub Actions does with the lines of a job's log: which annotations it makes, what it obeys.

A line is a command where, after white space, it begins with ``::``; or anywhere in it, in the old form ``##[name]``.
While commands are stopped, none is obeyed but the token that starts them again.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

_COMMAND: Final = re.compile(r"^\s*::(?P<name>[^\s:]+)(?: (?P<properties>[^:]*))?::(?P<data>.*)$")
_OLD: Final = re.compile(r"##\[(?P<name>[^\]\s]+)")
LEVELS: Final = ("error", "warning", "notice")


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotation as it is shown."""

    level: str
    properties: dict[str, str]
    message: str


@dataclass(slots=True)
class Log:
    """What came of a log: ``annotations`` that are shown, how many were ``dropped``, all other commands ``obeyed``."""

    annotations: list[Annotation] = field(default_factory=list)
    dropped: int = 0
    obeyed: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)


def read(output: str) -> Log:
    """What a runner makes of the *output* of one step."""
    log = Log()
    count: Counter[str] = Counter()
    token: str | None = None
    for line in re.split(r"\r\n|\r|\n", output.removesuffix("\n")):
        found = _COMMAND.match(line)
        if token is not None:
            if line.strip() == f"::{token}::":
                token = None
            else:
                log.plain.append(line)
        elif found is None:
            old = _OLD.search(line)
            (log.plain if old is None else log.obeyed).append(line)
        elif found["name"] == "stop-commands":
            token = found["data"]
        elif found["name"] in LEVELS:
            count[found["name"]] += 1
            if count[found["name"]] > 10:
                log.dropped += 1
            else:
                log.annotations.append(
                    Annotation(found["name"], _properties(found["properties"] or ""), _decoded(found["data"]))
                )
        else:
            log.obeyed.append(line)
    if token is not None:
        log.obeyed.append("commands are stopped for ever")
    return log


def _properties(words: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in words.split(",") if part)
    return {name.strip(): _decoded(value).replace("%3A", ":").replace("%2C", ",") for name, _, value in pairs}


def _decoded(words: str) -> str:
    return words.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
