"""A parser of conda's environment files, and the errors that conda would report in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

import rattler
import yaml

from checker.evidence.packages.command_output import FOR_CONDA, command_behind
from checker.evidence.packages.distributions import python_minors
from checker.evidence.packages.requirements import (
    LIST,
    LONGEST,
    MOST_PROBLEMS,
    NAMED,
    Allowance,
    bound_of,
    join,
    misread,
    missing,
    not_fetched,
    output_of,
    read_requirements,
    read_text,
    requirement,
    too_large,
    too_long,
    too_many,
)
from checker.evidence.text.conflict_marks import unresolved
from checker.evidence.text.lines import of_yaml, yaml_line
from checker.facts.environment import Bound, EnvironmentFile, Form, Package, Problem
from checker.facts.tree import TooLarge, Tree
from checker.model import Location, Text, text

LARGEST = 120_000
"""The largest environment file in bytes; the longest exports of conda have a quarter of that."""
_MOST_CHANNELS = 100
_LONGEST_SPEC = 500
"""The longest match spec in characters; conda's parser crashes on specs with many brackets."""
_MOST_INCLUDED = 20
_SELECTOR = re.compile(r"(?<!\s)\s+#.*")
_WRITTEN = re.compile(r"^(?:[^\s=<>!~\[]+::)?([^\s=<>!~\[]+)\s*(.*)$")
_OWN_TAGS = tuple(
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "seq", "map", "int", "float", "bool", "null", "timestamp", "merge", "binary", "omap", "set")
)
_INCLUDE = re.compile(r"^(?:-r|--requirement)[\s=]*(\S.*)$")
_FOR_PIP = re.compile(r"^pip\s+-\s")
_TWO = re.compile(r"(?<=\S)\s+-\s+(?=[A-Za-z])")
_MISTAKES = (
    (re.compile(r"^-\s+([^-\s].*)$"), r"\1"),
    (re.compile(r"^([A-Za-z][\w.-]*)\s*=\s*([<>])\s*(\d.*)$"), r"\1\2=\3"),
)
"""Frequent wrong lines, and the form that conda accepts."""
_KEYS = ("name", "channels", "dependencies", "prefix", "variables", "platforms", "category")
_DEPENDENCIES = frozenset({"packages", "requirements", "depends", "requires", "install"})
_BASES = frozenset({"base", "root"})


def read_conda(tree: Tree, path: str) -> EnvironmentFile:
    """The environment that a conda file declares, with the requirements files that it includes."""
    try:
        source, encoding, bom = read_text(tree, path, LARGEST * 2)
    except TooLarge:
        return EnvironmentFile(path, Form.CONDA, problems=(too_large(path, LARGEST),))
    if len(source) > LARGEST:
        return EnvironmentFile(path, Form.CONDA, problems=(too_large(path, LARGEST),), encoding=encoding, bom=bom)
    problems: list[Problem] = []
    if encoding != "utf-8":
        name = {"utf-16": "UTF-16", "latin-1": "Latin-1"}[encoding]
        sentence = text("{path} is written in {encoding}; conda reads UTF-8 only.", path=path, encoding=name)
        problems.append(Problem(sentence, Location(path, line=1)))
    root = _compose(path, source, problems)
    reading = _Reading(tree, path, problems)
    if root is not None:
        reading.read(root)
    python = next((package for package in reading.packages if _is_python(package)), None)
    minors = python_minors(python) if python is not None else None
    return EnvironmentFile(
        path,
        Form.CONDA,
        tuple(package for package in reading.packages if not _is_python(package)),
        python=python,
        one_python=minors is not None and len(minors) == 1,
        no_python=minors is not None and not minors,
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


def _compose(path: str, source: str, problems: list[Problem]) -> yaml.MappingNode | None:
    """The file as YAML nodes: no object is constructed, no alias is followed twice, tags are ignored."""
    if conflict := unresolved(path, source):
        problems.append(Problem(*conflict))
        return None
    command = command_behind(source)
    if command not in (None, FOR_CONDA):
        problems.insert(0, output_of(command, path))
        return None
    try:
        root = yaml.compose(source, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        sentence, line = _not_yaml(path, source, error)
        problems.append(Problem(sentence, Location(path, line=line)))
        return None
    if root is None:
        problems.append(Problem(text("{path} is empty.", path=path), Location(path, line=1)))
        return None
    if not isinstance(root, yaml.MappingNode):
        sentence = text("{path} is no mapping with the key dependencies.", path=path)
        problems.append(Problem(sentence, Location(path, line=root.start_mark.line + 1)))
        return None
    foreign = next((node for node in _nodes(root) if not node.tag.startswith(_OWN_TAGS)), None)
    if foreign is not None:
        tag = foreign.tag.removeprefix("tag:yaml.org,2002:")[:60]
        line = foreign.start_mark.line + 1
        sentence = text("{path}, line {line}: conda obeys no tag ({tag}).", path=path, line=line, tag=tag)
        problems.append(Problem(sentence, Location(path, line=line)))
    return root


def _not_yaml(path: str, source: str, error: Exception) -> tuple[Text, int]:
    """The reason why the file is not YAML, and the line: own sentences for frequent mistakes, else the library's
    message.
    """
    if isinstance(error, yaml.reader.ReaderError):
        line = yaml_line(source, error.position)
        code = f"U+{ord(source[error.position]):04X}"
        return text(
            "{path}, line {line}: an invisible character ({code}) stands there.", path=path, line=line, code=code
        ), line
    problem = str(getattr(error, "problem", None) or error).partition("\n")[0][:120]
    mark, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    line = mark.line + 1 if mark else 1
    if mark is not None and "\t" in of_yaml(source)[mark.line]:
        return text("{path}, line {line}: a tab stands where only spaces may.", path=path, line=line), line
    if problem.startswith("mapping values"):
        return text(
            "{path}, line {line}: a colon stands where none may. Is this line, or the one above, indented too far?",
            path=path,
            line=line,
        ), line
    if problem.startswith("expected <block end>"):
        return text(
            "{path}, line {line}: it begins in another column than the lines it belongs to.", path=path, line=line
        ), line
    start = context.line + 1 if context else line
    if problem.startswith("could not find expected ':'"):
        sentence = text(
            "{path}, line {line}: a colon is missing, or the space after the hyphen.", path=path, line=start
        )
        return sentence, start
    if problem.startswith(("expected ',' or", "found unexpected end of stream")):
        sentence = text("{path}, line {line}: a bracket or a quote is opened and not closed.", path=path, line=start)
        return sentence, start
    return text("{path}, line {line}: {reason}.", path=path, line=line, reason=problem), line


def _nodes(root: yaml.Node) -> Iterator[yaml.Node]:
    """All nodes below *root*, each once even where aliases refer to it."""
    waiting, visited = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in visited:
            continue
        visited.add(id(node))
        yield node
        if isinstance(node, yaml.MappingNode):
            waiting += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


class _Reading:
    """The environment read so far, from the nodes of one file."""

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

    def _report(self, sentence: Text, where: Location, *, fatal: bool = True) -> None:
        self._problems.append(Problem(sentence, where, fatal=fatal))

    def _place(self, node: yaml.Node) -> Location:
        return Location(self._path, line=node.start_mark.line + 1)

    def read(self, root: yaml.MappingNode) -> None:
        keys_read: set[str] = set()
        keys = {key.value for key, _ in root.value if isinstance(key, yaml.ScalarNode)}
        for key, value in root.value:
            word = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            if word in keys_read:
                sentence = text("The key {key} is there twice; only one of them counts.", key=word[:40])
                self._report(sentence, self._place(key), fatal=word == "dependencies")
            elif word not in _KEYS and not word.startswith("x-") and isinstance(key, yaml.ScalarNode):
                self._unknown(word, self._place(key), "dependencies" not in keys)
            keys_read.add(word)
            if word == "name" and isinstance(value, yaml.ScalarNode):
                self.name, self.name_line = str(value.value)[:100], self._place(key)
            elif word == "prefix":
                self.prefix = self._place(key)
            elif word == "channels":
                nodes = _items(value)[:_MOST_CHANNELS]
                self.channels = [str(node.value)[:200] for node in nodes if isinstance(node, yaml.ScalarNode)]
            elif word == "dependencies":
                self._dependencies(value)
        if "dependencies" not in keys_read and not any(problem.fatal for problem in self._problems):
            self._report(text("{path} has no key dependencies.", path=self._path), self._place(root))

    def _unknown(self, word: str, where: Location, lacking: bool) -> None:
        """Records a key that conda ignores; *lacking*: no key lists dependencies, so this one may be meant to."""
        close = get_close_matches(word.lower(), _KEYS, n=1, cutoff=0.7)
        close = close or (["dependencies"] if word.lower() in _DEPENDENCIES else [])
        if close:
            sentence = text("conda does not know the key {key}. Did you mean {near}?", key=word[:40], near=close[0])
            self._report(sentence, where, fatal=lacking and close[0] == "dependencies")
        elif word == "pip":
            sentence = text("conda ignores the key pip here: it is one of the lines under dependencies (- pip:).")
            self._report(sentence, where, fatal=False)

    def _dependencies(self, node: yaml.Node) -> None:
        if not isinstance(node, yaml.SequenceNode):
            sentence = text("What stands under dependencies is no list: each line begins with a hyphen and a space.")
            self._report(sentence, self._place(node))
            return
        sections = 0
        for item in _items(node):
            if not self._goes_on(item):
                return
            if isinstance(item, yaml.ScalarNode):
                self._conda(str(item.value), self._place(item))
            elif isinstance(item, yaml.SequenceNode):
                self._report(text("A list stands where conda wants one package."), self._place(item))
            elif isinstance(item, yaml.MappingNode):
                for key, value in item.value:
                    if not self._goes_on(key):
                        return
                    if isinstance(key, yaml.ScalarNode) and key.value == "pip":
                        if sections == 1:
                            sentence = text("There are two lists for pip; conda reads the last one only.")
                            self._report(sentence, self._place(key), fatal=False)
                        sections += 1
                        self._pip(value)
                    elif _is_version(key, value):
                        written = f"{key.value}: {value.value}"
                        self._meant(written, f"{key.value}={value.value}", self._place(key))
                    else:
                        sentence = text("{key} is no package: conda wants one package in each line.", key=_word(key))
                        self._report(sentence, self._place(key))

    def _conda(self, written: str, where: Location) -> None:
        clean = _SELECTOR.sub("", written).strip() if len(written) <= LONGEST else written
        if len(clean) > _LONGEST_SPEC:
            self._problems.append(too_long(written, where))
            return
        if include := _INCLUDE.match(clean):
            sentence = text("{line}: conda knows no such line; pip does, below a line - pip:", line=clean[:80])
            self._report(sentence, where)
            self._include(include[1].strip(), where)
            return
        if _TWO.search(clean) and not _FOR_PIP.match(clean):
            sentence = text(
                "{line}: two lines are read as one, for the second begins further to the right.", line=clean[:80]
            )
            self._report(sentence, where)
            for one in _TWO.split(clean):
                self._conda(one, where)
            return
        if _FOR_PIP.match(clean):
            sentence = text(
                "{line}: a colon is missing after pip, and what follows belongs into lines below.", line=clean[:80]
            )
            self._report(sentence, where)
            return
        for pattern, replacement in _MISTAKES:
            if pattern.match(clean):
                self._meant(clean, pattern.sub(replacement, clean), where)
                return
        try:
            spec = rattler.MatchSpec(clean, strict=False)
        except Exception as error:  # noqa: BLE001  the library raises a class of its own for each kind of mistake
            reason = str(error).partition("\n")[0][:120]
            sentence = text("conda cannot read {written} ({reason}).", written=clean[:80], reason=reason)
            named = NAMED.match(clean)
            if named is not None and not named[2].strip("=<>!~ "):
                sentence = text("{line}: the version is missing.", line=clean[:80])
            self._report(sentence, where)
            self.packages += [misread(named, where, conda=True)] if named is not None else []
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

    def _meant(self, line: str, meant: str, where: Location) -> None:
        """Records a line that conda does not parse, and counts it as *meant*, the form that conda accepts."""
        self._problems.append(Problem(text("{line}: conda wants {meant}.", line=line[:80], meant=meant[:80]), where))
        self._conda(meant, where)

    def _pip(self, node: yaml.Node) -> None:
        if isinstance(node, yaml.ScalarNode) and not str(node.value).strip("~ "):
            sentence = text(
                "Nothing stands under pip: what it is to install begins further to the right, with a hyphen."
            )
            self._report(sentence, self._place(node), fatal=False)
            return
        if not isinstance(node, yaml.SequenceNode):
            sentence = text("What stands under pip is no list: each line begins with a hyphen and a space.")
            self._report(sentence, self._place(node))
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
            line = _SELECTOR.sub("", line).strip()
            if include := _INCLUDE.match(line):
                self._include(include[1].strip(), where)
                continue
            parsed = requirement(line, where)
            if isinstance(parsed, Package):
                self.packages.append(parsed)
            elif isinstance(parsed, Problem):
                self._problems.append(parsed)
                self.packages += [parsed.meant] if parsed.meant is not None else []
                if LIST.fullmatch(line):
                    self._include(line, where)

    def _goes_on(self, node: yaml.Node) -> bool:
        """True while items are read: aliases may expand to more items than the file has characters."""
        if len(self._problems) >= MOST_PROBLEMS or self._allowance.spent:
            return False
        if not self._allowance.takes():
            self._problems.append(too_many(self._path, self._place(node)))
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


def _is_version(key: yaml.Node, value: yaml.Node) -> bool:
    """True where a mapping was meant as a package with its version."""
    return (
        isinstance(key, yaml.ScalarNode)
        and isinstance(value, yaml.ScalarNode)
        and re.fullmatch(r"[A-Za-z][\w.-]*", str(key.value)) is not None
        and re.fullmatch(r"\d[\w.]*", str(value.value)) is not None
    )


def _word(node: yaml.Node) -> str:
    return str(node.value)[:40] if isinstance(node, yaml.ScalarNode) else "?"
