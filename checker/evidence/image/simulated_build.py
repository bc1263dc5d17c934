"""A Dockerfile and its simulated build: the files of the repository and their paths in the image."""

from __future__ import annotations

import functools
import posixpath
import re
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from types import MappingProxyType

from checker.absences import NotDoneYet
from checker.environment_folders import own_paths
from checker.evidence.image.dockerfile_parser import assignments, read_dockerfile, words_of
from checker.evidence.image.dockerignore import matches, rule_on
from checker.evidence.image.entrypoint import entrypoint_of
from checker.evidence.repository.secrets_and_conflicts import secrets_of
from checker.evidence.text.conflict_marks import conflict_of
from checker.evidence.text.encodings import in_utf16
from checker.facts.image import CopiedSecret, Dockerfile, Instruction, Mistake, Stage, Wrong
from checker.facts.leftovers import RepositorySecret
from checker.facts.tree import TooLarge, Tree
from checker.model import Text, text
from checker.secret_patterns import PRESIGNED

NAME = "Dockerfile"
_LARGEST = 100_000
_LONGEST = 4_000
_MOST_INSTRUCTIONS = 1_000
_MOST_STAGES = 30
_MOST_FILES = 10_000
_MOST_SOURCES = 100
_MOST_READ = 200
_NAME = re.compile(r"(?:docker|container)[ _-]?file(?:\.(?!dockerignore$)[\w-]+)?|[\w-]+\.dockerfile", re.IGNORECASE)
_HIDDEN = re.compile(r"(?:^|/)\.[^/]+/")
_VARIABLE = re.compile(r"\\?\$(?:\{(\w+)(?::?([-+])([^}]{0,200}))?\}|(\w+))")
_REFERENCE = re.compile(
    r"(?:(?:localhost|[\w-]+(?:\.[\w-]+)+|[\w-]+(?=:\d))(?::\d+)?/)?"
    r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*"
    r"(?::[\w][\w.-]{0,127})?(?:@[A-Za-z][\w.+-]*:[0-9a-fA-F]{32,})?",
    re.ASCII,
)
"""The grammar of image names: github.com/distribution/reference, reference.go."""
_BEGINS = (
    ("jupyter/", "/home/jovyan"),
    ("quay.io/jupyter/", "/home/jovyan"),
    ("inseefrlab/onyxia", "/home/onyxia/work"),
    ("mambaorg/micromamba", "/tmp"),  # noqa: S108  a folder of the image
)
"""Images known not to start in the root."""
_SYSTEM = frozenset(
    {
        *("/", "/bin", "/etc", "/home", "/mnt", "/opt", "/root", "/srv", "/tmp", "/usr", "/usr/bin"),  # noqa: S108
        *("/usr/local", "/usr/local/bin", "/usr/src", "/var"),
    },
)
"""Folders that every base image has."""
_MAKES_FOLDER = re.compile(r"\bmkdir\s+([^;&|\n]+)")
_INSTALLER = re.compile(r"\b(?:pip3?|conda|mamba|micromamba|uv)\b")
_USES = re.compile(r"(?:^|\s)(?:-r|--requirement|-c|--constraint|-f|--file)[ =]?([^\s=;&|]+)")
_BARE_CREATE = re.compile(r"\b(?:conda|mamba)\s+env\s+(?:create|update)\b")
_REFERS = re.compile(r"^[ \t\-\"']*(?:-r|-c|--requirement|--constraint)[ =]+([^\s\"'#]+)", re.MULTILINE)
_MOVES = re.compile(r"(?:^|[\s;&|(])(?:mv|cp|ln|rsync)\s|\bpip3?\s+install\s+(?:-\S+\s+)*\.|\bsetup\.py\b")
_FETCHES = re.compile(r"\bgit\s+(?:clone|pull|fetch)\b|(?:^|[\s;&|(])(?:unzip|tar)\s|(?:^|\s)[^\s>]*>\s*\S+\.py\b")
_ARCHIVE = re.compile(r"\.(?:tar|tgz|tbz2|txz|zip|git)(?:\.\w+)?(?:#|$)")
_REMOTE = re.compile(r"(?:https?|git|ssh)(?:://|@)")
_KEY_FILE = re.compile(r"\.netrc|\.pgpass|\.git-credentials|id_(?:rsa|dsa|ed25519|ecdsa)")
KEY_FILE = "key file"
_LISTS_SECRETS = re.compile(r"\.env(?:\.(?!example|sample|template|dist)[\w-]+)?|credentials|\.s3cfg|rclone\.conf")
_SECRET_LINE = re.compile(
    rb"(?im)^[ \t]*(?:export[ \t]+)?\w{0,40}(?:secret|token|passw(?:or)?d|api_?key|access_?key)(?![a-z])\w{0,40}"
    rb"[ \t]*[=:][ \t]*[\"']?(?!(?:changeme|x{3,}|<|\$|\.{3}|your))[^\s\"']{4,}",
)


def dockerfile(tree: Tree) -> Dockerfile:
    """The Dockerfile of a submission. Raises NotDoneYet where there is none, under any usual name."""
    candidates = dockerfiles(tree)
    if not candidates:
        raise NotDoneYet(text("There is no Dockerfile yet."))
    path, *others = candidates
    misplaced = path not in (NAME, NAME.lower())  # a builder finds both by default
    too_large = text("{path} is larger than any Dockerfile.", path=path)
    try:
        raw = tree.read(path, limit=_LARGEST)
        content, problem = _decoded(raw)
    except TooLarge:
        raw, content, problem = b"", "", too_large
    instructions, slips = read_dockerfile(content)
    if len(instructions) > _MOST_INSTRUCTIONS or sum(one.keyword == "FROM" for one in instructions) > _MOST_STAGES:
        problem = too_large
    if problem is not None:
        return Dockerfile(path=path, problem=problem, misplaced=misplaced, others=tuple(others))
    build = _Build(tree, path)
    build.rehearse(instructions)
    end = build.now
    start, start_slips = entrypoint_of(end.entry, end.command, end.folder)
    return Dockerfile(
        path=path,
        instructions=instructions,
        stages=tuple(build.stages),
        files=MappingProxyType(dict(end.files)),
        folder=end.folder,
        variables=MappingProxyType(dict(end.variables)),
        start=start,
        misplaced=misplaced,
        mistakes=(*slips, *build.mistakes, *start_slips),
        unfollowed=tuple(build.unfollowed),
        moved=tuple(build.moved),
        whole_copy=tuple(build.whole_copy),
        git_copies=tuple(build.git_copies),
        git_left_out=build.ignored(".git") is not None,
        ignore_file=build.ignore_file,
        left_out=MappingProxyType(build.left_out),
        copied_secrets=tuple(_copied_secrets(tree, end)),
        keys=tuple(sorted({one.where.line or 1 for one in _shaped(path, raw)})),
        others=tuple(others),
    )


def dockerfiles(tree: Tree) -> tuple[str, ...]:
    """The paths of the files with a Dockerfile's name, the main one first."""
    paths = (entry.path for entry in tree.files() if _NAME.fullmatch(entry.name) and not _HIDDEN.search(entry.path))
    return tuple(sorted(own_paths(paths, tree.entries), key=lambda path: (path != NAME, path.count("/"), path))[:20])


def _decoded(content: bytes) -> tuple[str, Text | None]:
    if in_utf16(content) is not None or b"\0" in content[:1000]:
        return "", text("The Dockerfile is written in UTF-16, which Docker cannot read.")
    if conflict_of(NAME, content) is not None:
        return "", text("The Dockerfile holds the marks of a merge conflict.")
    content_text = content.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\0", "\ufffd")
    return content_text, None if content_text.strip() else text("The Dockerfile is empty.")


@dataclass
class _State:
    """A stage during the simulated build. ``files`` maps paths in the stage to paths in the repository."""

    folder: str = "/"
    files: dict[str, str] = field(default_factory=dict)
    brought: dict[str, int] = field(default_factory=dict)
    folders: set[str] = field(default_factory=lambda: set(_SYSTEM))
    variables: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    entry: Instruction | None = None
    command: Instruction | None = None

    def copy(self) -> _State:
        """The initial state of a stage that starts from this one."""
        return replace(
            self,
            files=dict(self.files),
            brought=dict(self.brought),
            folders=set(self.folders),
            variables=dict(self.variables),
            arguments={},
        )

    def make(self, folder: str) -> None:
        """Creates a folder with its parents."""
        while folder not in self.folders and folder != "/":
            self.folders.add(folder)
            folder = posixpath.dirname(folder)


class _Build:
    """A simulated build, instruction by instruction."""

    def __init__(self, tree: Tree, path: str) -> None:
        self.tree = tree
        self.now = _State()
        self.stages: list[Stage] = []
        self.mistakes: list[Mistake] = []
        self.unfollowed: list[int] = []
        self.moved: list[int] = []
        self.whole_copy: list[int] = []
        self.git_copies: list[int] = []
        self.ignore_file, deciding = ignoring(tree, path)
        self.ignored = functools.cache(deciding)
        self._finished: list[_State] = []
        self._before: dict[str, str] = {}
        self._names: list[str] = []
        self._sources = 0
        context = sorted(tree.entries)[:_MOST_FILES]
        self.left_out = {one: rule for one in context if (rule := self.ignored(one)) is not None}
        self._context = [one for one in context if one not in self.left_out]
        self._known = frozenset(map(posixpath.basename, context))

    def rehearse(self, instructions: tuple[Instruction, ...]) -> None:
        """Executes *instructions* in order."""
        self._names = [_stage_name(instruction) for instruction in instructions if instruction.keyword == "FROM"]
        for instruction in instructions:
            match instruction.keyword:
                case "FROM":
                    self._from(instruction)
                case "ARG" | "ENV":
                    self._set(instruction)
                case "WORKDIR":
                    self.now.folder = self._place(self._filled(instruction.value).strip("\"'"))
                    self.now.make(self.now.folder)
                case "COPY" | "ADD":
                    self._copy(instruction)
                case "RUN":
                    self._run(instruction)
                case "ENTRYPOINT":
                    # It removes the CMD of the base stage, not that of its own stage.
                    command = self.now.command
                    is_own = command is not None and command.stage == instruction.stage
                    self.now.entry, self.now.command = instruction, command if is_own else None
                case "CMD":
                    self.now.command = instruction
                case _:
                    pass

    def _place(self, path: str) -> str:
        return "/" + posixpath.normpath(posixpath.join(self.now.folder, path)).lstrip("/")

    def _from(self, instruction: Instruction) -> None:
        if self.stages:
            self._finished.append(self.now)
        words = instruction.value.split()
        base = self._filled(words[0], self._before) if words else ""
        number = len(self.stages)
        earlier = next((n for n, name in enumerate(self._names[:number]) if name and name == base.lower()), None)
        if earlier is not None:
            self.now = self._finished[earlier].copy()
        else:
            self.now = _State(next((folder for start, folder in _BEGINS if base.startswith(start)), "/"))
            if len(words) not in (0, 1, 3):
                self.mistakes.append(Mistake(Wrong.REFERENCE, instruction.value[:100], instruction.line))
            elif base and base.lower() in self._names[number + 1 :]:
                self.mistakes.append(Mistake(Wrong.STAGE, base, instruction.line))
            elif base and "$" not in base and base != "scratch" and not _REFERENCE.fullmatch(base):
                self.mistakes.append(Mistake(Wrong.REFERENCE, base[:100], instruction.line))
        self.stages.append(Stage(number, self._names[number], base, instruction.line, earlier))

    def _set(self, instruction: Instruction) -> None:
        for name, value in assignments(instruction):
            if instruction.keyword == "ENV":
                if value is not None:
                    self.now.variables[name] = self._filled(value)
                if name == "PYTHONPATH":
                    self.moved.append(instruction.line)
            elif not self.stages:
                if value is not None:
                    self._before[name] = self._filled(value, self._before)
            else:
                argument = self._before.get(name) if value is None else self._filled(value)
                if argument is not None:
                    self.now.arguments[name] = argument

    def _filled(self, value_text: str, variables: Mapping[str, str] | None = None) -> str:
        values = ChainMap(self.now.variables, self.now.arguments) if variables is None else variables

        def value(match: re.Match[str]) -> str:
            if match[0].startswith("\\"):
                return match[0][1:]
            name, sign, alternative = match[1] or match[4], match[2], match[3] or ""
            if sign == "-":
                return values.get(name) or alternative
            if sign == "+":
                return alternative if values.get(name) else ""
            return values.get(name, match[0])

        # a value that doubles in each line would fill the memory
        return _VARIABLE.sub(value, value_text)[:_LONGEST] if "$" in value_text else value_text

    def _copy(self, instruction: Instruction) -> None:
        words, _ = words_of(self._filled(instruction.value))
        if instruction.script or any(word.startswith("<<") for word in words):
            self.unfollowed.append(instruction.line)
            return
        if len(words) < 2:
            return
        *sources, target = words
        origin = self._origin(instruction)
        for source in sources if origin is not None else ():
            self._sources += 1
            if "$" in source or _REMOTE.match(source) or self._sources > _MOST_SOURCES:
                self.unfollowed.append(instruction.line)
            else:
                if instruction.keyword == "ADD" and _ARCHIVE.search(source):
                    self.unfollowed.append(instruction.line)
                self._bring(instruction, source, target, origin or {}, several=len(sources) > 1)

    def _origin(self, instruction: Instruction) -> Mapping[str, str] | None:
        """The source of a copy, as path → path in the repository; None where the source is unknown."""
        name = instruction.flags.get("from")
        if name is None:
            return {path: path for path in self._context}
        number = int(name) if name.isascii() and name.isdigit() and len(name) < 4 else None
        if number is None and name and name.lower() in self._names[: len(self._finished)]:
            number = self._names.index(name.lower())
        if number is not None and number < len(self._finished):
            return {path.lstrip("/"): origin for path, origin in self._finished[number].files.items()}
        stage_names = [stage_name for stage_name in self._names if stage_name]
        misspelt = not {"/", ":", "."} & set(name) and get_close_matches(name.lower(), stage_names, n=1, cutoff=0.8)
        if number is not None or misspelt or ("$" not in name and not _REFERENCE.fullmatch(name)):
            self.mistakes.append(Mistake(Wrong.STAGE, name[:100], instruction.line))
        return None

    def _bring(
        self, instruction: Instruction, source: str, target: str, origin: Mapping[str, str], *, several: bool
    ) -> None:
        path_in_context = posixpath.normpath("/" + source).lstrip("/")
        from_context = "from" not in instruction.flags
        if from_context and not path_in_context:
            self.whole_copy.append(instruction.line)
        if from_context and path_in_context.partition("/")[0] == ".git" and self.ignored(".git") is None:
            self.git_copies.append(instruction.line)
            return
        place = self._place(target)
        is_folder = target.endswith(("/", "/.")) or target in (".", "..") or several or place in self.now.folders
        excluded = instruction.flags.get("exclude")
        matched = False
        for path, below in _matching(path_in_context, origin):
            matched = True
            if excluded and matches(excluded, path.partition("/")[0]):
                continue
            inner = path if "parents" in instruction.flags else below or (posixpath.basename(path) if is_folder else "")
            self._lay(posixpath.join(place, inner) if inner else place, origin[path], instruction.line)
        if matched or not from_context:
            return
        lost = any(True for _ in _matching(path_in_context, self.left_out)) or path_in_context == ".git"
        # an empty context is copied without an error
        if path_in_context:
            self.mistakes.append(Mistake(Wrong.IGNORED if lost else Wrong.SOURCE, source[:200], instruction.line))

    def _lay(self, place: str, origin: str, line: int) -> None:
        if len(self.now.files) > 2 * _MOST_FILES:
            self.unfollowed.append(line)
            return
        self.now.files[place] = origin
        self.now.brought[place] = line
        self.now.make(posixpath.dirname(place))

    def _run(self, instruction: Instruction) -> None:
        if _FETCHES.search(instruction.words) and not re.search(r"conda|mamba", instruction.words):
            self.unfollowed.append(instruction.line)
        if _MOVES.search(instruction.words):
            self.moved.append(instruction.line)
        for folders in _MAKES_FOLDER.findall(instruction.words):
            for name in folders.split():
                if not name.startswith("-") and "$" not in name:
                    self.now.make(self._place(name.strip("\"'")))
        if "mount" in instruction.flags or self.unfollowed:
            return
        walks = re.search(r"(?:^|[\s;&|(])cd\s", instruction.words) is not None
        for line in re.split(r"&&|[;|\n]", instruction.words):
            if _INSTALLER.search(line):
                for name in _used(line):
                    self._use(name, instruction.line, exactly=not walks)

    def _use(self, name: str, line: int, *, exactly: bool) -> None:
        """Records a mistake where an installer reads a file of the context before the file is in the image."""
        place = self._place(name)
        origin = self.now.files.get(place)
        if origin is not None:
            for referred in _referred(self.tree, origin):
                is_copied = posixpath.join(posixpath.dirname(place), referred) in self.now.files
                if not is_copied and posixpath.basename(referred) in self._known:
                    self.mistakes.append(Mistake(Wrong.USED_BEFORE, referred, line, by=origin))
        elif not exactly and posixpath.basename(name) in map(posixpath.basename, self.now.files):
            return
        elif posixpath.basename(name) in self._known and not self.moved:
            self.mistakes.append(Mistake(Wrong.USED_BEFORE, name, line))


def ignoring(tree: Tree, path: str) -> tuple[str, Callable[[str], str | None]]:
    """The ignore file of the build (the Dockerfile's own, else the context's), and its rule for a path."""
    for name in (f"{path}.dockerignore", ".dockerignore"):
        if (content := tree.read_if_small(name, _LARGEST)) is not None:
            return name, rule_on(content.decode("utf-8", "replace"))
    return ".dockerignore", lambda _path: None


def _stage_name(instruction: Instruction) -> str:
    words = instruction.value.split()
    return words[2].lower() if len(words) == 3 and words[1].upper() == "AS" else ""


def _matching(source: str, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The paths that a source of COPY matches, each with the part below it (empty for the file itself)."""
    if not source:
        yield from ((path, path) for path in paths)
        return
    patterns = source.split("/")
    if not {"*", "?", "[", "\\"} & set(source):
        for path in paths:
            if path == source or path.startswith(f"{source}/"):
                yield path, path[len(source) + 1 :]
        return
    for path in paths:
        parts = path.split("/")
        if len(parts) >= len(patterns) and all(map(matches, patterns, parts)):
            yield path, "/".join(parts[len(patterns) :])


def _used(line: str) -> Iterator[str]:
    """The files that an install command reads."""
    names = [name.strip("\"'") for name in _USES.findall(line)]
    if not names and _BARE_CREATE.search(line):
        names = ["environment.yml"]
    yield from (name for name in names if "$" not in name and "://" not in name)


def _referred(tree: Tree, origin: str) -> tuple[str, ...]:
    """The files that an environment or requirements file tells pip to read, relative to its own folder."""
    if not origin.endswith((".yml", ".yaml", ".txt", ".in")):
        return ()
    content = (tree.read_if_small(origin, _LARGEST) or b"").decode("utf-8", "replace")
    return tuple(dict.fromkeys(name.removeprefix("./") for name in _REFERS.findall(content) if "://" not in name))[:20]


def _shaped(path: str, content: bytes) -> list[RepositorySecret]:
    """Strings shaped like a key. Signed links are left out: they expire, and have their own message."""
    return [secret for secret in secrets_of(path, content) if secret.kind != PRESIGNED]


def _copied_secrets(tree: Tree, end: _State) -> Iterator[CopiedSecret]:
    """The files of the image that hold a secret, by their name or their content."""
    origins: set[str] = set()
    for place, origin in list(end.files.items())[:_MOST_READ]:
        content = tree.read_if_small(origin, _LARGEST) if origin not in origins else None
        origins.add(origin)
        if content is None:
            continue
        if (kind := secret_in(origin, content)) is not None:
            yield CopiedSecret(origin, end.brought.get(place, 1), shaped=kind not in (KEY_FILE, "credentials"))
        elif secrets_of(origin, content):
            yield CopiedSecret(origin, end.brought.get(place, 1), signed=True)


def secret_in(path: str, content: bytes) -> str | None:
    """The kind of secret that a file holds: by its name, by its lines, or by the shape of a key; None for none."""
    name = posixpath.basename(path)
    if _KEY_FILE.fullmatch(name):
        return KEY_FILE
    if _LISTS_SECRETS.fullmatch(name) and _SECRET_LINE.search(content):
        return "credentials"
    return next((secret.kind for secret in _shaped(path, content)), None)


PROBES = (dockerfile,)
