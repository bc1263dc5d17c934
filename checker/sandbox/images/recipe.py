"""A Dockerfile as the engine's own builder gets it: from what was read of it, word by word, and nothing else.

The engine never sees the student's file. So it cannot read in it what our reader did not: another base, an address
that the engine itself would fetch, a ``# syntax=`` line that names a program to build with. The classic builder knows
no here-documents and mounts; those that leave no doubt are said in its own words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from checker.facts.image import Instruction, Stage
from checker.model import Text, text

_HEREDOC = re.compile(r"(?:^|\s)\d*<<-?([\"']?)([^\s<\"']+)\1")
_ALONE = re.compile(r"\d*<<-?[\"']?[^\s<\"']+[\"']?")
_QUOTING = re.compile(r"[\\\"'`]")
_ADDRESS = re.compile(r"(?:https?|git|ssh|ftp)(?::|@)", re.IGNORECASE)
_DROPPED = frozenset({"link", "platform"})
_KEPT = {
    "COPY": frozenset({"chown", "from"}),
    "ADD": frozenset({"chown"}),
    "HEALTHCHECK": frozenset({"interval", "timeout", "start-period", "retries"}),
}
_NAMED_BY_BUILDKIT = re.compile(r"(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)")
_SHELL = ("/bin/sh", "-c")


class NeedsBuildKit(Exception):
    """The classic builder cannot do this: ``what``, in ``line``."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.what, self.line = what, line


@dataclass(frozen=True, slots=True)
class Recipe:
    """A Dockerfile for the engine. ``lines`` are those of the student's file, instruction by instruction.

    ``stages`` are the numbers of the lines, from 0, at which its stages begin. ``files`` are to be put beside it;
    ``arguments`` are the build arguments that it takes from us.
    """

    content: str
    lines: tuple[int, ...]
    files: Mapping[str, bytes]
    notes: tuple[Text, ...]
    arguments: frozenset[str] = frozenset()
    stages: tuple[int, ...] = ()


def images_of(instructions: Sequence[Instruction], stages: Sequence[Stage]) -> tuple[tuple[str, int], ...]:
    """The images from outside that a build takes, with the lines that name them, in order."""
    found = [(stage.base, stage.line) for stage in stages if stage.earlier is None and stage.base != "scratch"]
    names = {stage.name for stage in stages if stage.name}
    for one in instructions:
        taken = _words(one, "from") if one.keyword == "COPY" else _mounted_from(one)
        found += [(name, one.line) for name in taken if name.lower() not in names and not name.isdigit()]
    return tuple(found)


def rewritten(
    instructions: Sequence[Instruction],
    stages: Sequence[Stage],
    images: Mapping[str, str],
    private: str,
    label: str,
    told: Sequence[str] = (),
) -> Recipe:
    """The recipe, with each of *images* in place of its name. *private* begins the names of the files beside it.

    *label* is set on each stage, hence on all that is built from it, and each stage knows the build arguments *told*;
    both are the same for everybody.

    Raises NeedsBuildKit.
    """
    writing = _Writing(stages, images, private, label, told)
    for one in instructions:
        writing.write(one)
    return Recipe(
        "\n".join(writing.content) + "\n",
        tuple(writing.lines),
        writing.files,
        tuple(writing.notes.values()),
        frozenset(writing.arguments),
        tuple(number for number, line in enumerate(writing.content) if line.startswith("FROM ")),
    )


@dataclass
class _Writing:
    stages: Sequence[Stage]
    images: Mapping[str, str]
    private: str
    label: str
    told: Sequence[str]
    content: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    notes: dict[str, Text] = field(default_factory=dict)
    arguments: set[str] = field(default_factory=set)
    shell: tuple[str, ...] = _SHELL

    def write(self, one: Instruction) -> None:
        match one.keyword:
            case "FROM":
                self._from(one)
            case "RUN":
                self._run(one)
            case "COPY" | "ADD":
                self._copy(one)
            case "ONBUILD":
                # it says what a later build has to do, and an ADD there would be fetched by the engine itself
                if len(self.stages) > 1:
                    raise NeedsBuildKit("ONBUILD", one.line)
            case _:
                if one.keyword == "SHELL":
                    self.shell = _listed(one.value) or _SHELL
                if one.keyword == "ARG":
                    self.arguments |= set(_NAMED_BY_BUILDKIT.findall(one.value))
                self._add(one, one.keyword, one.value)

    def _add(self, one: Instruction, keyword: str, value: str, flags: Mapping[str, str] | None = None) -> None:
        given = one.flags if flags is None else flags
        known = _KEPT.get(keyword, frozenset())
        if unknown := sorted(set(given) - known - _DROPPED):
            raise NeedsBuildKit(f"{keyword} --{unknown[0]}", one.line)
        words = [f"--{name}={word}" for name, word in given.items() if name in known]
        if value.endswith(("\\", "`")):
            raise NeedsBuildKit(f"{keyword} …{value[-1]}", one.line)
        self.content.append(" ".join((keyword, *words, value)).rstrip())
        self.lines.append(one.line)

    def _from(self, one: Instruction) -> None:
        stage = self.stages[one.stage]
        self.shell = _SHELL
        earlier = self.stages[stage.earlier].name if stage.earlier is not None else None
        base = earlier or self.images.get(stage.base, stage.base)
        self._add(one, "FROM", f"{base} AS {stage.name}" if stage.name else base)
        ours = [f"LABEL {self.label}=1", *(f"ARG {name}" for name in self.told)]
        self.content += ours
        self.lines += [one.line] * len(ours)

    def _run(self, one: Instruction) -> None:
        flags = dict(one.flags)
        for mount in flags.pop("mount", "").split():
            self._mount(one, mount)
        if flags.pop("network", "default") != "default":
            raise NeedsBuildKit("RUN --network", one.line)
        marks = _HEREDOC.findall(one.value) if one.script or "<<" in one.value else []
        if not one.script or not marks:
            self._add(one, "RUN", one.value, flags)
            return
        if len(marks) > 1 or (_ALONE.fullmatch(one.value) and one.script.startswith("#!")):
            raise NeedsBuildKit("RUN <<", one.line)
        script = one.script if _ALONE.fullmatch(one.value) else f"{one.value}\n{one.script}\n{marks[0][1]}"
        self._add(one, "RUN", json.dumps([*self.shell, script + "\n"], ensure_ascii=False), flags)

    def _mount(self, one: Instruction, mount: str) -> None:
        given = dict(part.partition("=")[::2] for part in mount.split(","))
        kind = given.get("type", "bind")
        if kind in ("cache", "tmpfs"):
            self.notes["cache"] = text("RUN --mount=type=cache was left out: it changes the time only.")
            return
        source = given.get("source") or given.get("src") or ""
        target = given.get("target") or given.get("dst") or given.get("destination") or ""
        if kind != "bind" or source.strip("./") == "" or not target or " " in source + target or "rw" in given:
            raise NeedsBuildKit(f"RUN --mount=type={kind}", one.line)
        self.notes["bind"] = text("What RUN --mount=type=bind shows to one line was copied.")
        flags = {"from": given["from"]} if "from" in given else {}
        self._copy(Instruction("COPY", f"{source} {target}", one.line, one.stage, flags))

    def _copy(self, one: Instruction) -> None:
        if one.keyword == "ADD" and _ADDRESS.search(_QUOTING.sub("", one.value)):
            # the engine itself would fetch it, from a network that is not the student's
            raise NeedsBuildKit("ADD https://", one.line)
        flags = dict(one.flags)
        if "from" in flags and (image := self.images.get(flags["from"])):
            flags["from"] = image
        value = one.value
        marks = _HEREDOC.findall(value)
        if one.keyword == "COPY" and marks:
            quote, mark = marks[0]
            target = value.split()[-1]
            if len(marks) > 1 or len(value.split()) != 2 or ("$" in one.script and not quote):
                raise NeedsBuildKit("COPY <<", one.line)
            name = f"{self.private}{len(self.files)}"
            self.files[name] = (one.script + "\n" if one.script else "").encode("utf-8", "surrogateescape")
            value = f"{name} {target}{mark if target.endswith('/') else ''}"
        elif "$" in value and one.keyword == "ADD":
            raise NeedsBuildKit("ADD $", one.line)
        self._add(one, one.keyword, value, flags)


def _listed(value: str) -> tuple[str, ...]:
    try:
        words = json.loads(value)
    except (ValueError, RecursionError):
        return ()
    return tuple(words) if isinstance(words, list) and all(isinstance(word, str) for word in words) else ()


def _words(one: Instruction, flag: str) -> list[str]:
    return one.flags.get(flag, "").split()


def _mounted_from(one: Instruction) -> list[str]:
    if one.keyword != "RUN":
        return []
    mounts = (dict(part.partition("=")[::2] for part in mount.split(",")) for mount in _words(one, "mount"))
    return [mount["from"] for mount in mounts if mount.get("from") and mount.get("type", "bind") == "bind"]
