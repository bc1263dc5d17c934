"""A Dockerfile, parsed, and its build rehearsed: which files of the repository end up where in the image."""

from __future__ import annotations

import functools
import posixpath
import re
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType

from checker.absences import NotDoneYet
from checker.evidence.dockerignore import matches, rule_on
from checker.evidence.instructions import assignments, read, words_of
from checker.evidence.leftovers import secrets_of
from checker.evidence.starting import start_of
from checker.facts.image import Carried, Dockerfile, Instruction, Mistake, Stage, Wrong
from checker.facts.leftovers import Secret
from checker.facts.tree import TooLarge, Tree
from checker.model import Text, text

NAME = "Dockerfile"
_LARGEST = 100_000
_LONGEST = 4_000
_MOST_INSTRUCTIONS = 1_000
_MOST_STAGES = 30
_MOST_FILES = 10_000
_MOST_SOURCES = 100
_MOST_READ = 200
_NAME = re.compile(r"(?:docker|container)[ _-]?file(?:\.(?!dockerignore$)[\w-]+)?|[\w-]+\.dockerfile", re.IGNORECASE)
_APART = re.compile(r"(?:^|/)(?:\.[^/]+|site-packages|node_modules)/")
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
"""Images of which it is known that they do not start in the root."""
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
    try:
        raw = tree.read(path, limit=_LARGEST)
        content, problem = _decoded(raw)
    except TooLarge:
        raw, content, problem = b"", "", text("{path} is larger than any Dockerfile.", path=path)
    if problem is not None:
        return Dockerfile(path=path, problem=problem, misplaced=not _at_place(path), others=tuple(others))
    instructions, slips = read(content)
    if len(instructions) > _MOST_INSTRUCTIONS or sum(one.keyword == "FROM" for one in instructions) > _MOST_STAGES:
        problem = text("{path} is larger than any Dockerfile.", path=path)
        return Dockerfile(path=path, problem=problem, misplaced=not _at_place(path), others=tuple(others))
    build = _Build(tree, path)
    build.rehearse(instructions)
    end = build.now
    start, start_slips = start_of(end.entry, end.command, end.folder)
    return Dockerfile(
        path=path,
        instructions=instructions,
        stages=tuple(build.stages),
        files=MappingProxyType(dict(end.files)),
        folder=end.folder,
        variables=MappingProxyType(dict(end.variables)),
        start=start,
        misplaced=not _at_place(path),
        mistakes=(*slips, *build.mistakes, *start_slips),
        unfollowed=tuple(build.unfollowed),
        moved=tuple(build.moved),
        whole_copy=tuple(build.whole_copy),
        git_copies=tuple(build.git_copies),
        git_left_out=build.ignored(".git") is not None,
        ignore_file=build.ignore_file,
        left_out=MappingProxyType(build.left_out),
        carried=tuple(_carried(tree, end)),
        keys=tuple(sorted({one.where.line or 1 for one in _shaped(path, raw)})),
        others=tuple(others),
    )


def dockerfiles(tree: Tree) -> tuple[str, ...]:
    """The paths of the files that are called like a Dockerfile, the one that counts first."""
    named = (entry.path for entry in tree.files() if _NAME.fullmatch(entry.name) and not _APART.search(entry.path))
    return tuple(sorted(named, key=lambda path: (path != NAME, path.count("/"), path))[:20])


def _at_place(path: str) -> bool:
    """Whether a builder finds it by itself: in small letters, too."""
    return path in (NAME, NAME.lower())


def _decoded(content: bytes) -> tuple[str, Text | None]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:1000]:
        return "", text("The Dockerfile is written in UTF-16, which Docker cannot read.")
    if re.search(rb"^<{7}(?: |\r?$)", content, re.MULTILINE) and re.search(rb"^>{7}(?: |\r?$)", content, re.MULTILINE):
        return "", text("The Dockerfile holds the marks of a merge conflict.")
    words = content.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\0", "\ufffd")
    return words, None if words.strip() else text("The Dockerfile is empty.")


@dataclass
class _State:
    """A stage, as far as it is built. ``files`` are places in it → paths in the repository."""

    folder: str = "/"
    files: dict[str, str] = field(default_factory=dict)
    brought: dict[str, int] = field(default_factory=dict)
    folders: set[str] = field(default_factory=lambda: set(_SYSTEM))
    variables: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    entry: Instruction | None = None
    command: Instruction | None = None

    def copy(self) -> _State:
        """What a stage that starts from this one begins with."""
        return _State(
            self.folder,
            dict(self.files),
            dict(self.brought),
            set(self.folders),
            dict(self.variables),
            {},
            self.entry,
            self.command,
        )

    def make(self, folder: str) -> None:
        """Make a folder with those above it."""
        while folder not in self.folders and folder != "/":
            self.folders.add(folder)
            folder = posixpath.dirname(folder)


class _Build:
    """A rehearsed build, instruction by instruction."""

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

    def rehearse(self, instructions: Iterable[Instruction]) -> None:
        """Follow *instructions* to the end."""
        instructions = tuple(instructions)
        self._names = [_stage_name(one) for one in instructions if one.keyword == "FROM"]
        for one in instructions:
            match one.keyword:
                case "FROM":
                    self._from(one)
                case "ARG" | "ENV":
                    self._set(one)
                case "WORKDIR":
                    self.now.folder = self._place(self._filled(one.value).strip("\"'"))
                    self.now.make(self.now.folder)
                case "COPY" | "ADD":
                    self._copy(one)
                case "RUN":
                    self._run(one)
                case "ENTRYPOINT":
                    self.now.entry, self.now.command = one, self._kept_command(one)
                case "CMD":
                    self.now.command = one
                case _:
                    pass

    def _kept_command(self, entry: Instruction) -> Instruction | None:
        """An ENTRYPOINT takes away the CMD of the stage that this one starts from, not its own."""
        command = self.now.command
        return command if command is not None and command.stage == entry.stage else None

    def _place(self, path: str) -> str:
        return "/" + posixpath.normpath(posixpath.join(self.now.folder, path)).lstrip("/")

    def _from(self, one: Instruction) -> None:
        if self.stages:
            self._finished.append(self.now)
        words = one.value.split()
        base = self._filled(words[0], self._before) if words else ""
        number = len(self.stages)
        earlier = next((n for n, name in enumerate(self._names[:number]) if name and name == base.lower()), None)
        if earlier is not None:
            self.now = self._finished[earlier].copy()
        else:
            self.now = _State(next((folder for start, folder in _BEGINS if base.startswith(start)), "/"))
            if words and len(words) != 3 and len(words) != 1:
                self.mistakes.append(Mistake(Wrong.REFERENCE, one.value[:100], one.line))
            elif base and base.lower() in self._names[number + 1 :]:
                self.mistakes.append(Mistake(Wrong.STAGE, base, one.line))
            elif base and "$" not in base and base != "scratch" and not _REFERENCE.fullmatch(base):
                self.mistakes.append(Mistake(Wrong.REFERENCE, base[:100], one.line))
        self.stages.append(Stage(number, self._names[number], base, one.line, earlier))

    def _set(self, one: Instruction) -> None:
        for name, value in assignments(one):
            if one.keyword == "ENV":
                if value is not None:
                    self.now.variables[name] = self._filled(value)
                if name == "PYTHONPATH":
                    self.moved.append(one.line)
            elif not self.stages:
                if value is not None:
                    self._before[name] = self._filled(value, self._before)
            else:
                given = self._before.get(name) if value is None else self._filled(value)
                if given is not None:
                    self.now.arguments[name] = given

    def _filled(self, words: str, variables: Mapping[str, str] | None = None) -> str:
        known = ChainMap(self.now.variables, self.now.arguments) if variables is None else variables

        def value(match: re.Match[str]) -> str:
            if match[0].startswith("\\"):
                return match[0][1:]
            name, sign, other = match[1] or match[4], match[2], match[3] or ""
            if sign == "-":
                return known.get(name) or other
            if sign == "+":
                return other if known.get(name) else ""
            return known.get(name, match[0])

        # a value that doubles itself in each line would fill the memory
        return _VARIABLE.sub(value, words)[:_LONGEST] if "$" in words else words

    def _copy(self, one: Instruction) -> None:
        words, _ = words_of(self._filled(one.value))
        if one.script or any(word.startswith("<<") for word in words):
            self.unfollowed.append(one.line)
            return
        if len(words) < 2:
            return
        *sources, target = words
        origin = self._origin(one)
        for source in sources if origin is not None else ():
            self._sources += 1
            if "$" in source or _REMOTE.match(source) or self._sources > _MOST_SOURCES:
                self.unfollowed.append(one.line)
            else:
                if one.keyword == "ADD" and _ARCHIVE.search(source):
                    self.unfollowed.append(one.line)
                self._bring(one, source, target, origin or {}, several=len(sources) > 1)

    def _origin(self, one: Instruction) -> Mapping[str, str] | None:
        """What is copied from, as path → path in the repository. None: from somewhere that is not known here."""
        name = one.flags.get("from")
        if name is None:
            return {path: path for path in self._context}
        number = int(name) if name.isascii() and name.isdigit() and len(name) < 4 else None
        if number is None and name and name.lower() in self._names[: len(self._finished)]:
            number = self._names.index(name.lower())
        if number is not None and number < len(self._finished):
            return {path.lstrip("/"): origin for path, origin in self._finished[number].files.items()}
        named = [other for other in self._names if other]
        misspelt = not {"/", ":", "."} & set(name) and get_close_matches(name.lower(), named, n=1, cutoff=0.8)
        if number is not None or misspelt or ("$" not in name and not _REFERENCE.fullmatch(name)):
            self.mistakes.append(Mistake(Wrong.STAGE, name[:100], one.line))
        return None

    def _bring(self, one: Instruction, source: str, target: str, origin: Mapping[str, str], *, several: bool) -> None:
        wanted = posixpath.normpath("/" + source).lstrip("/")
        own = "from" not in one.flags
        if own and not wanted:
            self.whole_copy.append(one.line)
        if own and (wanted == ".git" or wanted.startswith(".git/")) and self.ignored(".git") is None:
            self.git_copies.append(one.line)
            return
        place = self._place(target)
        is_folder = target.endswith(("/", "/.")) or target in (".", "..") or several or place in self.now.folders
        excluded = one.flags.get("exclude")
        found = False
        for path, below in _matching(wanted, origin):
            found = True
            if excluded and matches(excluded, path.partition("/")[0]):
                continue
            inner = path if "parents" in one.flags else below or (posixpath.basename(path) if is_folder else "")
            self._lay(posixpath.join(place, inner) if inner else place, origin[path], one.line)
        if found or not own:
            return
        lost = any(True for _ in _matching(wanted, self.left_out)) or wanted == ".git"
        # an empty context is copied without a complaint
        if wanted:
            self.mistakes.append(Mistake(Wrong.IGNORED if lost else Wrong.SOURCE, source[:200], one.line))

    def _lay(self, place: str, origin: str, line: int) -> None:
        if len(self.now.files) > 2 * _MOST_FILES:
            self.unfollowed.append(line)
            return
        self.now.files[place] = origin
        self.now.brought[place] = line
        self.now.make(posixpath.dirname(place))

    def _run(self, one: Instruction) -> None:
        if _FETCHES.search(one.words) and not re.search(r"conda|mamba", one.words):
            self.unfollowed.append(one.line)
        if _MOVES.search(one.words):
            self.moved.append(one.line)
        for made in _MAKES_FOLDER.findall(one.words):
            for name in made.split():
                if not name.startswith("-") and "$" not in name:
                    self.now.make(self._place(name.strip("\"'")))
        if "mount" in one.flags or self.unfollowed:
            return
        walks = re.search(r"(?:^|[\s;&|(])cd\s", one.words) is not None
        for line in re.split(r"&&|[;|\n]", one.words):
            if _INSTALLER.search(line):
                for name in _used(line):
                    self._use(name, one.line, exactly=not walks)

    def _use(self, name: str, line: int, *, exactly: bool) -> None:
        """Note it where a file of the context is read by an installer before it is in the image."""
        place = self._place(name)
        held = place in self.now.files or (
            not exactly and any(posixpath.basename(path) == posixpath.basename(name) for path in self.now.files)
        )
        if held:
            origin = self.now.files.get(place)
            for other in _referred(self.tree, origin) if origin else ():
                if (
                    posixpath.join(posixpath.dirname(place), other) not in self.now.files
                    and posixpath.basename(other) in self._known
                ):
                    self.mistakes.append(Mistake(Wrong.USED_BEFORE, other, line, by=origin or ""))
        elif posixpath.basename(name) in self._known and not self.moved:
            self.mistakes.append(Mistake(Wrong.USED_BEFORE, name, line))


def ignoring(tree: Tree, path: str) -> tuple[str, Callable[[str], str | None]]:
    """The file that says what is left out, and its rule on a path: the Dockerfile's own, else the context's."""
    for name in (f"{path}.dockerignore", ".dockerignore"):
        try:
            return name, rule_on(tree.read(name, limit=_LARGEST).decode("utf-8", "replace"))
        except (KeyError, TooLarge):
            continue
    return ".dockerignore", lambda _path: None


def _stage_name(one: Instruction) -> str:
    words = one.value.split()
    return words[2].lower() if len(words) == 3 and words[1].upper() == "AS" else ""


def _matching(wanted: str, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The paths that a source means, each with the part below it (empty for the file itself)."""
    if not wanted:
        yield from ((path, path) for path in paths)
        return
    patterns = wanted.split("/")
    if not {"*", "?", "[", "\\"} & set(wanted):
        for path in paths:
            if path == wanted or path.startswith(f"{wanted}/"):
                yield path, path[len(wanted) + 1 :]
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
    try:
        content = tree.read(origin, limit=_LARGEST).decode("utf-8", "replace")
    except (KeyError, TooLarge):
        return ()
    return tuple(dict.fromkeys(name.removeprefix("./") for name in _REFERS.findall(content) if "://" not in name))[:20]


def _shaped(path: str, content: bytes) -> list[Secret]:
    """What has the shape of a key. A signed link expires, and has its own word elsewhere."""
    return [one for one in secrets_of(path, content) if one.kind != "presigned link"]


def _carried(tree: Tree, end: _State) -> Iterator[Carried]:
    """The files of the image that hold a secret: by their name, or by what stands in them."""
    seen: set[str] = set()
    for place, origin in list(end.files.items())[:_MOST_READ]:
        if origin in seen:
            continue
        seen.add(origin)
        try:
            content = tree.read(origin, limit=_LARGEST)
        except (KeyError, TooLarge):
            continue
        if secret_in(origin, content) is not None:
            yield Carried(origin, end.brought.get(place, 1))


def secret_in(path: str, content: bytes) -> str | None:
    """The kind of secret that a file holds: by its name, by its lines, or by the shape of a key; None for none."""
    name = posixpath.basename(path)
    if _KEY_FILE.fullmatch(name):
        return KEY_FILE
    if _LISTS_SECRETS.fullmatch(name) and _SECRET_LINE.search(content):
        return "credentials"
    return next((one.kind for one in _shaped(path, content)), None)


PROBES = (dockerfile,)
