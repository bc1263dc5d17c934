"""Conda's environment files, as conda would read them, and where it would stumble."""

from __future__ import annotations

import re
from collections.abc import Iterator

import rattler
import yaml

from checker.evidence.distributions import python_minors
from checker.evidence.requirements import (
    LONGEST,
    MOST_PROBLEMS,
    Allowance,
    bound_of,
    join,
    missing,
    not_fetched,
    read_requirements,
    read_text,
    requirement,
    too_large,
    too_long,
)
from checker.facts.environment import Bound, EnvironmentFile, Form, Package, Problem
from checker.facts.tree import TooLarge, Tree
from checker.model import Location, text

LARGEST = 120_000
"""Bytes above which a file lists no environment; conda's longest exports have a quarter of that."""
_MOST_CHANNELS = 100
_LONGEST_SPEC = 500
"""Characters of a match spec; the library that reads them does not survive those of many brackets."""
_MOST_INCLUDED = 20
_CONFLICT = re.compile(r"^(?:<{7}|>{7})(?: |$)", re.MULTILINE)
_SELECTOR = re.compile(r"(?<!\s)\s+#.*$")
_WRITTEN = re.compile(r"^(?:[^\s=<>!~\[]+::)?([^\s=<>!~\[]+)\s*(.*)$")
_OWN_TAGS = tuple(
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "seq", "map", "int", "float", "bool", "null", "timestamp", "merge", "binary", "omap", "set")
)
_BASES = frozenset({"base", "root"})


def read_conda(tree: Tree, path: str) -> EnvironmentFile:
    """The environment that a conda file declares, requirements files that it includes among it."""
    try:
        source, encoding, bom = read_text(tree, path, LARGEST * 2)
    except TooLarge:
        return EnvironmentFile(path, Form.CONDA, problems=(too_large(path, LARGEST),))
    if len(source) > LARGEST:
        return EnvironmentFile(path, Form.CONDA, problems=(too_large(path, LARGEST),), encoding=encoding, bom=bom)
    problems: list[Problem] = []
    if encoding != "utf-8":
        problems.append(_encoding(path, encoding))
    root = _compose(path, source, problems)
    reading = _Reading(tree, path, problems)
    if root is not None:
        reading.read(root)
    python = next((package for package in reading.packages if _is_python(package)), None)
    return EnvironmentFile(
        path,
        Form.CONDA,
        tuple(package for package in reading.packages if not _is_python(package)),
        python=python,
        one_python=python is not None and len(python_minors(python)) == 1,
        name=reading.name,
        name_line=reading.name_line,
        prefix=reading.prefix,
        channels=tuple(reading.channels),
        included=tuple(reading.included),
        problems=tuple(problems),
        encoding=encoding,
        bom=bom,
        exported=reading.prefix is not None and (reading.name or "").lower() in _BASES,
    )


def _is_python(package: Package) -> bool:
    return package.conda and package.key == "python"


def _encoding(path: str, encoding: str) -> Problem:
    name = {"utf-16": "UTF-16", "latin-1": "Latin-1"}[encoding]
    what = text("{path} is written in {encoding}; conda reads UTF-8 only.", path=path, encoding=name)
    return Problem(what, Location(path, line=1))


def _compose(path: str, source: str, problems: list[Problem]) -> yaml.MappingNode | None:
    """The file as nodes: nothing is constructed, no alias is followed twice, no tag is obeyed."""

    def stumble(what: str, line: int) -> None:
        problems.append(
            Problem(
                text("{path}, line {line}: {reason}.", path=path, line=line, reason=what), Location(path, line=line)
            )
        )

    conflict = _CONFLICT.search(source)
    if conflict:
        line = source.count("\n", 0, conflict.start()) + 1
        what = text("{path} holds the marks of a merge conflict that is not resolved.", path=path)
        problems.append(Problem(what, Location(path, line=line)))
        return None
    try:
        root = yaml.compose(source, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        lines = source.split("\n")
        if mark is not None and "\t" in lines[min(mark.line, len(lines) - 1)]:
            what = text("{path}, line {line}: a tab stands where only spaces may.", path=path, line=line)
            problems.append(Problem(what, Location(path, line=line)))
        else:
            stumble(str(getattr(error, "problem", None) or error).partition("\n")[0][:120], line)
        return None
    if root is None:
        problems.append(Problem(text("{path} is empty.", path=path), Location(path, line=1)))
        return None
    if not isinstance(root, yaml.MappingNode):
        what = text("{path} is no mapping with the key dependencies.", path=path)
        problems.append(Problem(what, Location(path, line=root.start_mark.line + 1)))
        return None
    foreign = next((node for node in _nodes(root) if not node.tag.startswith(_OWN_TAGS)), None)
    if foreign is not None:
        tag = foreign.tag.removeprefix("tag:yaml.org,2002:")[:60]
        what = text(
            "{path}, line {line}: conda obeys no tag ({tag}).", path=path, line=foreign.start_mark.line + 1, tag=tag
        )
        problems.append(Problem(what, Location(path, line=foreign.start_mark.line + 1)))
    return root


def _nodes(root: yaml.Node) -> Iterator[yaml.Node]:
    """All nodes below *root*, each once however often it is referred to."""
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.MappingNode):
            waiting += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


class _Reading:
    """What is gathered while the nodes of one file are looked at."""

    def __init__(self, tree: Tree, path: str, problems: list[Problem]) -> None:
        self._tree = tree
        self._path = path
        self._problems = problems
        self._allowance = Allowance()
        self.packages: list[Package] = []
        self.name: str | None = None
        self.name_line: Location | None = None
        self.prefix: Location | None = None
        self.channels: list[str] = []
        self.included: list[str] = []

    def _place(self, node: yaml.Node) -> Location:
        return Location(self._path, line=node.start_mark.line + 1)

    def read(self, root: yaml.MappingNode) -> None:
        seen: set[str] = set()
        for key, value in root.value:
            word = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            if word in seen:
                what = text("The key {key} is there twice; only one of them counts.", key=word[:40])
                self._problems.append(Problem(what, self._place(key), fatal=False))
            seen.add(word)
            if word == "name" and isinstance(value, yaml.ScalarNode):
                self.name, self.name_line = str(value.value)[:100], self._place(key)
            elif word == "prefix":
                self.prefix = self._place(key)
            elif word == "channels":
                nodes = _items(value)[:_MOST_CHANNELS]
                self.channels = [str(node.value)[:200] for node in nodes if isinstance(node, yaml.ScalarNode)]
            elif word == "dependencies":
                self._dependencies(value)
        if "dependencies" not in seen:
            what = text("{path} has no key dependencies.", path=self._path)
            self._problems.append(Problem(what, self._place(root)))

    def _dependencies(self, node: yaml.Node) -> None:
        if not isinstance(node, yaml.SequenceNode):
            what = text("What stands under dependencies is no list: each line begins with a hyphen.")
            self._problems.append(Problem(what, self._place(node)))
            return
        for item in _items(node):
            if not self._goes_on(item):
                return
            if isinstance(item, yaml.ScalarNode):
                self._conda(str(item.value), self._place(item))
            elif isinstance(item, yaml.SequenceNode):
                what = text("A list stands where conda wants one package.")
                self._problems.append(Problem(what, self._place(item)))
            elif isinstance(item, yaml.MappingNode):
                for key, value in item.value:
                    if not self._goes_on(key):
                        return
                    if isinstance(key, yaml.ScalarNode) and key.value == "pip":
                        self._pip(value)
                    else:
                        what = text("{key} is no package: conda wants one package in each line.", key=_word(key))
                        self._problems.append(Problem(what, self._place(key)))

    def _conda(self, written: str, where: Location) -> None:
        clean = _SELECTOR.sub("", written).strip() if len(written) <= LONGEST else written
        if len(clean) > _LONGEST_SPEC:
            self._problems.append(too_long(written, where))
            return
        try:
            spec = rattler.MatchSpec(clean, strict=False)
        except Exception as error:  # noqa: BLE001  the library raises a class of its own for each kind of mistake
            reason = str(error).partition("\n")[0][:120]
            what = text("conda cannot read {written} ({reason}).", written=clean[:80], reason=reason)
            self._problems.append(Problem(what, where))
            return
        match = _WRITTEN.match(clean)
        if match is None:
            return
        version = str(spec.version) if spec.version is not None else ""
        channel = clean.partition("::")[0] if "::" in clean else ""
        build = str(spec.build) if spec.build is not None else ""
        bound = bound_of(version) if version else Bound.NONE
        self.packages.append(
            Package(match[1][:100], version[:100], bound, conda=True, where=where, build=build, channel=channel)
        )

    def _pip(self, node: yaml.Node) -> None:
        if not isinstance(node, yaml.SequenceNode):
            what = text("What stands under pip is no list: each line begins with a hyphen.")
            self._problems.append(Problem(what, self._place(node)))
            return
        for item in _items(node):
            if not self._goes_on(item):
                return
            if not isinstance(item, yaml.ScalarNode):
                continue
            where, line = self._place(item), str(item.value)
            if len(line) > LONGEST:
                self._problems.append(too_long(line, where))
                continue
            include = re.match(r"^(?:-r|--requirement)[\s=]*(\S.*)$", _SELECTOR.sub("", line).strip())
            if include:
                self._include(include[1].strip(), where)
                continue
            found = requirement(line, where)
            if isinstance(found, Package):
                self.packages.append(found)
            elif isinstance(found, Problem):
                self._problems.append(found)
                self.packages += [found.meant] if found.meant is not None else []

    def _goes_on(self, node: yaml.Node) -> bool:
        """Whether this item is looked at, too: aliases may stand for more of them than the file has characters."""
        if len(self._problems) >= MOST_PROBLEMS or self._allowance.spent:
            return False
        if not self._allowance.takes():
            self._problems.append(self._allowance.too_many(self._path, self._place(node)))
            return False
        return True

    def _include(self, written: str, where: Location) -> None:
        written = written.strip("\"' ")
        if re.match(r"https?://", written, re.IGNORECASE):
            self._problems.append(not_fetched(written, where))
            return
        target = join(self._path.rpartition("/")[0], written)
        if target in self.included or len(self.included) >= _MOST_INCLUDED:
            return
        if target is None or target not in self._tree:
            self._problems.append(missing(written, where, self._tree))
            return
        file = read_requirements(self._tree, target, self._allowance)
        self.included += [target, *file.included]
        self.packages += file.declared
        self._problems += file.problems


def _items(node: yaml.Node) -> list[yaml.Node]:
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _word(node: yaml.Node) -> str:
    return str(node.value)[:40] if isinstance(node, yaml.ScalarNode) else "?"
