"""A Dockerfile, parsed, and its build rehearsed: which files of the repository end up where in the image."""

from __future__ import annotations

import io
import json
import posixpath
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from dockerfile_parse import DockerfileParser

from checker.evidence.dockerignore import ignored_by, matcher
from checker.facts.image import Dockerfile, Instruction, Mistake, Stage, Start, Wrong
from checker.facts.tree import TooLarge, Tree
from checker.model import Text, text
from checker.plan import NotThere

NAME = "Dockerfile"
_LARGEST = 200_000
_MOST_FILES = 20_000
_KEYWORDS = frozenset(
    {
        *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"),
        *("ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
    },
)
_NAMES = re.compile(r"(?:docker|container)file(?:\.\w+)?|\w+\.dockerfile", re.IGNORECASE)
_FLAG = re.compile(r"--([a-z-]+)(?:=(\S*))?\s+")
_HEREDOC = re.compile(r"<<-?\s*([\"']?)([A-Za-z_]\w*)\1")
_VARIABLE = re.compile(r"\\?\$(?:\{(\w+)(?::?([-+])([^}]*))?\}|(\w+))")
_REFERENCE = re.compile(
    r"(?:(?:localhost|[\w-]+(?:\.[\w-]+)+|[\w-]+(?=:\d))(?::\d+)?/)?"
    r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*"
    r"(?::[\w][\w.-]{0,127})?(?:@[A-Za-z][\w.+-]*:[0-9a-fA-F]{32,})?",
)
"""The grammar of image names: github.com/distribution/reference, reference.go."""
_USES = re.compile(r"(?:^|\s)(?:-r|--requirement|-c|--constraint|-f|--file|-n\s+\S+\s+-f)[ =]([^\s;&|]+)")
_INSTALLER = re.compile(r"\b(?:pip3?|conda|mamba|micromamba|uv)\b")


def dockerfile(tree: Tree) -> Dockerfile:
    """The Dockerfile of a submission. Raises NotThere where there is none, under any usual name."""
    found = _found(tree)
    if found is None:
        raise NotThere(text("There is no Dockerfile yet."))
    path, others = found
    try:
        content, problem = _decoded(tree.read(path, limit=_LARGEST))
    except TooLarge:
        content, problem = "", text("{path} is larger than any Dockerfile.", path=path)
    instructions, unreadable = _instructions(content)
    rehearsed = _Build(tree).rehearse(instructions) if problem is None else _Build(tree)
    return Dockerfile(
        path=path,
        instructions=instructions,
        stages=tuple(rehearsed.stages),
        files=MappingProxyType(dict(rehearsed.files)),
        folder=rehearsed.folder,
        start=_start(instructions, rehearsed),
        unreadable=unreadable,
        problem=problem,
        misplaced=path != NAME,
        mistakes=tuple(rehearsed.mistakes),
        whole_copy=tuple(rehearsed.whole_copy),
        ignores=".dockerignore" in tree,
        others=others,
    )


def _found(tree: Tree) -> tuple[str, tuple[str, ...]] | None:
    """The Dockerfile that counts, and the others: the one at the root, else one of another name or place."""
    named = sorted(
        (entry.path for entry in tree.files() if _NAMES.fullmatch(entry.name)),
        key=lambda path: (path != NAME, path.count("/"), path),
    )
    return (named[0], tuple(named[1:20])) if named else None


def _decoded(content: bytes) -> tuple[str, Text | None]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or content[:200].count(0) > len(content[:200]) / 4:
        return "", text("The Dockerfile is written in UTF-16, which Docker cannot read.")
    if b"\n<<<<<<< " in b"\n" + content:
        return "", text("The Dockerfile holds the marks of a merge conflict.")
    words = content.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return words, None if words.strip() else text("The Dockerfile is empty.")


def _instructions(content: str) -> tuple[tuple[Instruction, ...], tuple[int, ...]]:
    """The instructions of *content*, and the numbers of the lines that are none."""
    plain, scripts = _without_scripts(content)
    # the parser knows no here-documents, drops a keyword without a value, and keeps what it does not know
    parser = DockerfileParser(fileobj=io.BytesIO(plain.encode()))
    found: list[Instruction] = []
    unreadable: list[int] = []
    covered: set[int] = set()
    stage = -1
    for part in parser.structure:
        covered.update(range(part["startline"], part["endline"] + 1))
        keyword, value, line = part["instruction"], (part["value"] or "").strip(), part["startline"] + 1
        if keyword == "COMMENT":
            continue
        if keyword not in _KEYWORDS:
            unreadable.append(line)
            continue
        stage += keyword == "FROM"
        flags, rest = _flags(value) if keyword in ("ADD", "COPY", "FROM", "RUN", "HEALTHCHECK") else ({}, value)
        found.append(Instruction(keyword, rest, line, max(stage, 0), MappingProxyType(flags), scripts.get(line, "")))
    lines = plain.split("\n")
    unreadable += [number + 1 for number, line in enumerate(lines) if line.strip() and number not in covered]
    return tuple(found), tuple(sorted(unreadable))


def _without_scripts(content: str) -> tuple[str, dict[int, str]]:
    """*content* with the bodies of here-documents blanked, and those bodies by the line that opens them."""
    lines = content.split("\n")
    out: list[str] = []
    scripts: dict[int, str] = {}
    position = 0
    while position < len(lines):
        line = lines[position]
        out.append(line)
        opened = _HEREDOC.search(line) if re.match(r"\s*(RUN|COPY|ADD)\b", line, re.IGNORECASE) else None
        position += 1
        if opened is None:
            continue
        body: list[str] = []
        first = position
        while position < len(lines) and lines[position].strip() != opened.group(2):
            body.append(lines[position])
            position += 1
        scripts[first] = "\n".join(body)
        position += 1
        out.extend("" for _ in range(position - first))
    return "\n".join(out), scripts


def _flags(value: str) -> tuple[dict[str, str], str]:
    flags: dict[str, str] = {}
    rest = value
    while match := _FLAG.match(rest):
        flags[match.group(1)] = match.group(2) or ""
        rest = rest[match.end() :]
    return flags, rest


def words_of(value: str) -> tuple[tuple[str, ...], bool]:
    """The words of an instruction, and whether they are written as JSON (the exec form)."""
    if value.lstrip().startswith("["):
        try:
            parsed = json.loads(value)
        except (ValueError, RecursionError):
            parsed = None
        if isinstance(parsed, list) and all(isinstance(word, str) for word in parsed):
            return tuple(parsed), True
    try:
        return tuple(shlex.split(value)), False
    except ValueError:
        return tuple(value.split()), False


@dataclass
class _Build:
    """The state of a rehearsed build, instruction by instruction."""

    tree: Tree
    stages: list[Stage] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    mistakes: list[Mistake] = field(default_factory=list)
    whole_copy: list[int] = field(default_factory=list)
    _variables: dict[str, str] = field(default_factory=dict)
    _before: dict[str, str] = field(default_factory=dict)
    _kept: list[tuple[dict[str, str], str]] = field(default_factory=list)
    _context: list[str] = field(default_factory=list)
    _left_out: list[str] = field(default_factory=list)

    def rehearse(self, instructions: Iterable[Instruction]) -> _Build:
        ignored = self._ignored()
        context = [entry.path for entry in self.tree.files()][:_MOST_FILES]
        self._context = [path for path in context if not ignored(path)]
        self._left_out = [path for path in context if ignored(path)]
        for one in instructions:
            match one.keyword:
                case "FROM":
                    self._from(one)
                case "ARG" | "ENV":
                    self._set(one)
                case "WORKDIR":
                    self.folder = posixpath.normpath(posixpath.join(self.folder, self._filled(one.value).strip("\"'")))
                case "COPY" | "ADD":
                    self._copy(one)
                case "RUN":
                    self._run(one)
                case _:
                    pass
        return self

    def _ignored(self) -> Callable[[str], bool]:
        try:
            return ignored_by(self.tree.read(".dockerignore", limit=_LARGEST).decode("utf-8", "replace"))
        except (KeyError, TooLarge):
            return lambda _path: False

    def _from(self, one: Instruction) -> None:
        if self.stages:
            self._kept.append((self.files, self.folder))
        words = one.value.split()
        base = self._filled(words[0], self._before) if words else ""
        name = words[2] if len(words) >= 3 and words[1].upper() == "AS" else ""
        earlier = next(
            (stage.number for stage in self.stages if stage.name and stage.name.lower() == base.lower()), None
        )
        self.files, self.folder = {}, "/"
        if earlier is not None:
            files, self.folder = self._kept[earlier]
            self.files = dict(files)
        elif not base or ("$" not in base and base != "scratch" and not _REFERENCE.fullmatch(base)):
            self.mistakes.append(Mistake(Wrong.REFERENCE, base, one.line))
        self.stages.append(Stage(len(self.stages), name, base, one.line, earlier))
        self._variables = {}

    def _set(self, one: Instruction) -> None:
        target = self._variables if self.stages else self._before
        for name, value in assignments(one):
            if one.keyword == "ARG" and value is None:
                value = self._before.get(name)  # noqa: PLW2901  a bare ARG takes the one from before the first FROM
            if value is not None:
                target[name] = self._filled(value)

    def _filled(self, words: str, variables: Mapping[str, str] | None = None) -> str:
        known = self._variables if variables is None else variables

        def value(match: re.Match[str]) -> str:
            if match.group(0).startswith("\\"):
                return match.group(0)[1:]
            name, sign, other = match.group(1) or match.group(4), match.group(2), match.group(3) or ""
            if sign == "-":
                return known.get(name) or other
            if sign == "+":
                return other if known.get(name) else ""
            return known.get(name, match.group(0))

        return _VARIABLE.sub(value, words)

    def _copy(self, one: Instruction) -> None:
        words, _ = words_of(self._filled(one.value))
        if len(words) < 2:
            if not one.script:
                self.mistakes.append(Mistake(Wrong.SOURCE, " ".join(words), one.line))
            return
        *sources, target = words
        if one.script or any(source.startswith("<<") for source in sources):
            return
        origin = self._origin(one)
        if origin is None:
            return
        several = len(sources) > 1
        for source in sources:
            if "$" in source or re.match(r"(?:https?|git|ssh)[:@]", source):
                continue
            self._bring(one, source, target, origin, several=several)

    def _origin(self, one: Instruction) -> dict[str, str] | None:
        """What is copied from, as path → path in the repository. None: from somewhere that is not known here."""
        if "from" not in one.flags:
            return {path: path for path in self._context}
        name = one.flags["from"]
        for stage in self.stages[:-1]:
            if name in (str(stage.number), stage.name) and name:
                return {path.lstrip("/"): origin for path, origin in self._kept[stage.number][0].items()}
        if not _REFERENCE.fullmatch(name) and "$" not in name:
            self.mistakes.append(Mistake(Wrong.STAGE, name, one.line))
        return None

    def _bring(self, one: Instruction, source: str, target: str, origin: Mapping[str, str], *, several: bool) -> None:
        wanted = posixpath.normpath(source.lstrip("/") or ".")
        if wanted == "." and "from" not in one.flags:
            self.whole_copy.append(one.line)
        is_folder = target.endswith(("/", "/.")) or target in (".", "..") or several
        place = posixpath.normpath(posixpath.join(self.folder, target))
        is_folder = is_folder or place == self.folder or any(path.startswith(f"{place}/") for path in self.files)
        found = False
        for path, below in _matching(wanted, origin):
            found = True
            inner = below or (posixpath.basename(path) if is_folder else "")
            self.files[posixpath.join(place, inner) if inner else place] = origin[path]
        if not found and "from" not in one.flags:
            lost = any(True for _ in _matching(wanted, {path: path for path in self._left_out}))
            self.mistakes.append(Mistake(Wrong.IGNORED if lost else Wrong.SOURCE, source, one.line))

    def _run(self, one: Instruction) -> None:
        """An install command that names a file which is in the repository, and not in the image yet."""
        if "mount" in one.flags:
            return
        for line in re.split(r"&&|;|\n", one.words):
            if not _INSTALLER.search(line):
                continue
            for name in _USES.findall(line):
                plain = name.strip("\"'")
                place = posixpath.normpath(posixpath.join(self.folder, plain))
                known = posixpath.basename(plain) in {posixpath.basename(path) for path in self._context}
                if known and "$" not in plain and "://" not in plain and place not in self.files:
                    self.mistakes.append(Mistake(Wrong.USED_BEFORE, plain, one.line))


def assignments(one: Instruction) -> Iterator[tuple[str, str | None]]:
    """The names that ENV or ARG set, with their values; None where ARG gives none."""
    if one.keyword == "ENV" and "=" not in one.value.partition(" ")[0]:
        name, _, value = one.value.partition(" ")
        yield name, value.strip()
        return
    for word in words_of(one.value)[0]:
        name, sign, value = word.partition("=")
        if re.fullmatch(r"\w+", name):
            yield name, value if sign else None


def _matching(wanted: str, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The paths that a source means, each with the part below it (empty for the file itself)."""
    if wanted == ".":
        yield from ((path, path) for path in paths)
        return
    pattern = matcher(wanted)
    for path in paths:
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            if pattern.fullmatch("/".join(parts[:depth])):
                yield path, "/".join(parts[depth:])
                break


_PYTHON = re.compile(r"(?:.*/)?python(?:3(?:\.\d+)?)?")
_RUNNERS = ("conda", "mamba", "micromamba", "uv", "poetry", "exec", "tini", "dumb-init", "/tini")


def _start(instructions: Iterable[Instruction], build: _Build) -> Start | None:
    """What the last stage runs: its ENTRYPOINT followed by its CMD, by the rules of the Dockerfile reference."""
    last = len(build.stages) - 1
    of_last = [one for one in instructions if one.stage == last]
    entry = next((one for one in reversed(of_last) if one.keyword == "ENTRYPOINT"), None)
    command = next((one for one in reversed(of_last) if one.keyword == "CMD"), None)
    if entry is None and command is None:
        return None
    words: tuple[str, ...] = ()
    shell_entry = False
    if entry is not None:
        entry_words, as_json = words_of(entry.value)
        words, shell_entry = entry_words, not as_json
    if command is not None and not shell_entry:
        words += words_of(command.value)[0]
    first = command if command is not None else entry
    return _script(words, first.line if first is not None else 0, build)


def _script(words: tuple[str, ...], line: int, build: _Build) -> Start:
    rest = list(words)
    plain = True
    if len(rest) >= 3 and posixpath.basename(rest[0]) in ("sh", "bash") and rest[1] in ("-c", "-lc", "-ic"):
        rest, plain = list(words_of(rest[2])[0]), "l" not in rest[1] and "i" not in rest[1]
    previous = ""
    while rest and not _PYTHON.fullmatch(rest[0]):
        known = rest[0] in (*_RUNNERS, "run", "--") or rest[0].startswith("-") or previous in ("-n", "-p", "--name")
        if not known:
            return Start(words, line, None)
        previous, plain = rest.pop(0), False
    if any(sign in word for word in rest for sign in ("&&", ";", "|", "$(")):
        return Start(words, line, None)
    rest = rest[1:]
    while rest and rest[0].startswith("-") and rest[0] not in ("-m", "-c"):
        rest.pop(0)
    if not rest or rest[0].startswith("-"):
        return Start(words, line, None)
    script = posixpath.normpath(posixpath.join(build.folder, rest[0]))
    return Start(words, line, script, tuple(rest[1:]), plain)


PROBES = (dockerfile,)
