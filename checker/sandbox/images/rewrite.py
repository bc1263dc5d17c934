"""The rewritten Dockerfile that the engine gets, generated from the parsed instructions alone.

The engine never sees the student's file, so it cannot read in it anything that our parser did not: another base, an
address that the engine itself would fetch, a ``# syntax=`` line that names a program to build with. The classic builder
lacks here-documents and mounts; unambiguous ones are translated.
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
    """The classic builder lacks a feature: ``what``, in ``line``."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.what, self.line = what, line


@dataclass(frozen=True, slots=True)
class RewrittenDockerfile:
    """A Dockerfile for the engine.

    - ``lines``: the line in the student's file of each instruction.
    - ``files``: further files of the context.
    - ``arguments``: the build arguments that it takes from us.
    """

    content: str
    lines: tuple[int, ...]
    files: Mapping[str, bytes]
    notes: tuple[Text, ...]
    arguments: frozenset[str] = frozenset()


def images_of(instructions: Sequence[Instruction], stages: Sequence[Stage]) -> tuple[tuple[str, int], ...]:
    """The images from outside that a build takes, with the lines that name them, in order."""
    images = [(stage.base, stage.line) for stage in stages if stage.earlier is None and stage.base != "scratch"]
    names = {stage.name for stage in stages if stage.name}
    for instruction in instructions:
        sources = _words(instruction, "from") if instruction.keyword == "COPY" else _mounted_from(instruction)
        images += [(name, instruction.line) for name in sources if name.lower() not in names and not name.isdigit()]
    return tuple(images)


def rewritten(
    instructions: Sequence[Instruction],
    stages: Sequence[Stage],
    images: Mapping[str, str],
    private: str,
    label: str,
    told: Sequence[str] = (),
) -> RewrittenDockerfile:
    """The rewritten Dockerfile, with each of *images* in place of its name.

    - *private*: the prefix of the names of the further files.
    - *label*: set on each stage, hence on all images built from it.
    - *told*: build arguments that each stage declares.

    Label and arguments are constant, so that layers can be shared.

    Raises NeedsBuildKit where an instruction cannot be translated.
    """
    writing = _Writing(stages, images, private, label, told)
    for instruction in instructions:
        writing.write(instruction)
    return RewrittenDockerfile(
        "\n".join(writing.content) + "\n",
        tuple(writing.lines),
        writing.files,
        tuple(writing.notes.values()),
        frozenset(writing.arguments),
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

    def write(self, instruction: Instruction) -> None:
        match instruction.keyword:
            case "FROM":
                self._from(instruction)
            case "RUN":
                self._run(instruction)
            case "COPY" | "ADD":
                self._copy(instruction)
            case "ONBUILD":
                # ONBUILD is for later builds, and the engine itself would fetch an ADD there
                if len(self.stages) > 1:
                    raise NeedsBuildKit("ONBUILD", instruction.line)
            case _:
                if instruction.keyword == "SHELL":
                    self.shell = _listed(instruction.value) or _SHELL
                if instruction.keyword == "ARG":
                    self.arguments |= set(_NAMED_BY_BUILDKIT.findall(instruction.value))
                self._add(instruction, instruction.keyword, instruction.value)

    def _add(self, instruction: Instruction, keyword: str, value: str, flags: Mapping[str, str] | None = None) -> None:
        all_flags = instruction.flags if flags is None else flags
        kept_flags = _KEPT.get(keyword, frozenset())
        if unknown := sorted(set(all_flags) - kept_flags - _DROPPED):
            raise NeedsBuildKit(f"{keyword} --{unknown[0]}", instruction.line)
        words = [f"--{name}={word}" for name, word in all_flags.items() if name in kept_flags]
        if value.endswith(("\\", "`")):
            raise NeedsBuildKit(f"{keyword} …{value[-1]}", instruction.line)
        self.content.append(" ".join((keyword, *words, value)).rstrip())
        self.lines.append(instruction.line)

    def _from(self, instruction: Instruction) -> None:
        stage = self.stages[instruction.stage]
        self.shell = _SHELL
        earlier = self.stages[stage.earlier].name if stage.earlier is not None else None
        base = earlier or self.images.get(stage.base, stage.base)
        self._add(instruction, "FROM", f"{base} AS {stage.name}" if stage.name else base)
        additions = [f"LABEL {self.label}=1", *(f"ARG {name}" for name in self.told)]
        self.content += additions
        self.lines += [instruction.line] * len(additions)

    def _run(self, instruction: Instruction) -> None:
        flags = dict(instruction.flags)
        for mount in flags.pop("mount", "").split():
            self._mount(instruction, mount)
        if flags.pop("network", "default") != "default":
            raise NeedsBuildKit("RUN --network", instruction.line)
        marks = _HEREDOC.findall(instruction.value) if instruction.script or "<<" in instruction.value else []
        if not instruction.script or not marks:
            self._add(instruction, "RUN", instruction.value, flags)
            return
        if len(marks) > 1 or (_ALONE.fullmatch(instruction.value) and instruction.script.startswith("#!")):
            raise NeedsBuildKit("RUN <<", instruction.line)
        script = (
            instruction.script
            if _ALONE.fullmatch(instruction.value)
            else f"{instruction.value}\n{instruction.script}\n{marks[0][1]}"
        )
        self._add(instruction, "RUN", json.dumps([*self.shell, script + "\n"], ensure_ascii=False), flags)

    def _mount(self, instruction: Instruction, mount: str) -> None:
        options = dict(part.partition("=")[::2] for part in mount.split(","))
        kind = options.get("type", "bind")
        if kind in ("cache", "tmpfs"):
            self.notes["cache"] = text("RUN --mount=type=cache was left out: it changes the time only.")
            return
        source = options.get("source") or options.get("src") or ""
        target = options.get("target") or options.get("dst") or options.get("destination") or ""
        if kind != "bind" or source.strip("./") == "" or not target or " " in source + target or "rw" in options:
            raise NeedsBuildKit(f"RUN --mount=type={kind}", instruction.line)
        self.notes["bind"] = text("What RUN --mount=type=bind shows to one line was copied.")
        flags = {"from": options["from"]} if "from" in options else {}
        self._copy(Instruction("COPY", f"{source} {target}", instruction.line, instruction.stage, flags))

    def _copy(self, instruction: Instruction) -> None:
        if instruction.keyword == "ADD" and _ADDRESS.search(_QUOTING.sub("", instruction.value)):
            # the engine itself would fetch the address, outside of the build's network
            raise NeedsBuildKit("ADD https://", instruction.line)
        flags = dict(instruction.flags)
        if "from" in flags and (image := self.images.get(flags["from"])):
            flags["from"] = image
        value = instruction.value
        marks = _HEREDOC.findall(value)
        if instruction.keyword == "COPY" and marks:
            quote, mark = marks[0]
            target = value.split()[-1]
            if len(marks) > 1 or len(value.split()) != 2 or ("$" in instruction.script and not quote):
                raise NeedsBuildKit("COPY <<", instruction.line)
            name = f"{self.private}{len(self.files)}"
            self.files[name] = (instruction.script + "\n" if instruction.script else "").encode(
                "utf-8", "surrogateescape"
            )
            value = f"{name} {target}{mark if target.endswith('/') else ''}"
        elif "$" in value and instruction.keyword == "ADD":
            raise NeedsBuildKit("ADD $", instruction.line)
        self._add(instruction, instruction.keyword, value, flags)


def _listed(value: str) -> tuple[str, ...]:
    try:
        items = json.loads(value)
    except (ValueError, RecursionError):
        return ()
    return tuple(items) if isinstance(items, list) and all(isinstance(item, str) for item in items) else ()


def _words(instruction: Instruction, flag: str) -> list[str]:
    return instruction.flags.get(flag, "").split()


def _mounted_from(instruction: Instruction) -> list[str]:
    if instruction.keyword != "RUN":
        return []
    mounts = (dict(part.partition("=")[::2] for part in mount.split(",")) for mount in _words(instruction, "mount"))
    return [mount["from"] for mount in mounts if mount.get("from") and mount.get("type", "bind") == "bind"]
