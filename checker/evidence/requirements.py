"""Files by which pip and its relatives are told what to install: requirements, ``pyproject.toml``, locks."""

from __future__ import annotations

import codecs
import contextlib
import itertools
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from posixpath import relpath
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from checker.evidence.lines import of_pip
from checker.facts.environment import Bound, EnvironmentFile, Excess, Form, Package, Problem, normal
from checker.facts.tree import TooLarge, Tree
from checker.model import Location, text

LARGEST_LOCK = 5_000_000
LARGEST_LIST = 2_000_000
"""Bytes of a requirements file with all that it includes: one of three hundred packages with hashes has half of it."""
LARGEST_PROJECT = 500_000
MOST_PACKAGES = 5_000
"""Packages of one file with all that it includes: the longest that conda exports have a tenth of it."""
MOST_PROBLEMS = 100
LONGEST = 2_000
"""Characters of one requirement."""
_MOST_INCLUDED = 20
_DEEPEST = 50
_MOST_NEAR = 200
_LONGEST_NAME = 100
_COMMENT = re.compile(r"(^|\s)#.*")
_OPTIONS = re.compile(r"\s--?(?:hash|config-settings|global-option|install-option)\b.*")
_INCLUDE = re.compile(r"^(?P<option>-[rc]|--requirement|--constraint)(?:\s+|=)?(?P<path>\S.*)$")
_EDITABLE = re.compile(r"^(?:-e|--editable)(?:\s+|=)?(?P<url>\S.*)$")
_ADDRESS = re.compile(r"^(?:(?:git|hg|svn|bzr)\+|https?:|file:)", re.IGNORECASE)
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9][\w.-]*)")
_WHEEL = re.compile(r"(?<![\w.])([A-Za-z0-9][\w.]*)-[\w.!+]+(?:-\d\w*)?-[\w.]+-[\w.]+-[\w.]+\.whl(?:#|$)")
_REPOSITORY = re.compile(
    r"^(?:git|hg|svn|bzr)\+[^#?]*/([A-Za-z0-9][\w.-]*?)(?:\.git)?/?(?:@[^/@#]*)?(?:#.*)?$", re.IGNORECASE
)
_SINGLE_EQUALS = re.compile(r"^([A-Za-z0-9][\w.-]*)\s*=\s*([^=<>\s][^=]*)$")
LIST = re.compile(r"[\w./-]+\.(?:txt|in)")
"""A requirements file where a requirement is wanted."""
NAMED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*([=<>!~].*)$")
"""A name, and what was meant to be its version."""
_MISTAKES = (
    (re.compile(r"^-\s+([^-\s].*)$"), r"\1"),
    (re.compile(r"^([\"'])(.+)\1,?$"), r"\2"),
    (re.compile(r"^([A-Za-z0-9][\w.-]*)=([\w.!+]+)=[\w.]+$"), r"\1==\2"),  # conda list --export
    (re.compile(r"^([A-Za-z0-9][\w.-]*)\s*=\s*([<>])\s*(\d.*)$"), r"\1\2=\3"),
    (re.compile(r"^([A-Za-z0-9][\w.-]*)[\s:]+v?(\d[\w.*]*)$"), r"\1==\2"),
    (re.compile(r"^[%!$]?\s*(?:python\d?\s+-m\s+)?(?:pip\d?|conda|mamba)\s+install\s+([^-\s]\S*)$"), r"\1"),
)
"""Lines as students write them, and what pip wants to read."""
_DEEP_KEY = re.compile(
    r"""(?<![\w-])(?:(?>[\w-]+|"[^"\n]*"|'[^'\n]*')(?>[ \t]*)\.(?>[ \t]*)){%d}""" % _DEEPEST  # noqa: UP031  braces
)
"""A dotted key of many parts: to read one takes the square of their number."""
_DRIVE = re.compile(r"^[A-Za-z]:")
_NETWORK = re.compile(r"^https?://", re.IGNORECASE)
_WORD = re.compile(r"\"([^\"]*)\"|'([^']*)'|([\w-]+)")


class Allowance:
    """What of a file is read, together with all that it includes. What goes beyond is for no tool, but against ours."""

    def __init__(self, size: int = LARGEST_LIST, packages: int = MOST_PACKAGES) -> None:
        self._most = self._size = size
        self._most_packages = self._packages = packages
        self.spent = False

    def read(self, tree: Tree, path: str) -> tuple[str, str, bool]:
        """The text of a file as ``read_text`` gives it. Raises KeyError, and TooLarge where they are too large."""
        found = read_text(tree, path, self._size)
        self._size -= len(found[0])
        return found

    def takes(self) -> bool:
        """Whether one package more is read."""
        self.spent = self._packages <= 0
        self._packages -= 1
        return not self.spent

    def too_large(self, path: str, where: Location | None = None) -> Problem:
        """What is said of a file that is not read, for all would be too large."""
        return too_large(path, self._most, where)

    def too_many(self, path: str, where: Location) -> Problem:
        """What is said of a file that was read to a certain place only."""
        return too_many(path, where, self._most_packages)


def too_large(path: str, most: int, where: Location | None = None) -> Problem:
    """A file has more than *most* bytes, and was not read."""
    what = text("{path} is too large to be an environment file.", path=path)
    return Problem(what, where or Location(path), excess=Excess(path, most, "bytes"))


def too_long(line: str, where: Location) -> Problem:
    """A line is longer than any that names a package."""
    return Problem(text("A line of {count} characters is no requirement.", count=len(line)), where)


def too_many(path: str, where: Location, most: int = MOST_PACKAGES) -> Problem:
    """A file has more than *most* packages, and was read up to *where*."""
    what = text("{path} declares more than {count} packages: no environment needs so many.", path=path, count=most)
    return Problem(what, where, excess=Excess(path, most, "packages"))


def read_text(tree: Tree, path: str, largest: int) -> tuple[str, str, bool]:
    """The text of a file in whatever encoding it has, that encoding, and whether a byte-order mark is there.

    Raises KeyError and TooLarge as the tree does.
    """
    content = tree.read(path, limit=max(0, largest))
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            decoded = content.decode(encoding, "replace").removeprefix("\ufeff")
            return _lines(decoded), encoding, True
    head = content[:400]
    if head and head.count(0) > len(head) / 4:
        encoding = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
        return _lines(content.decode(encoding, "replace")), "utf-16", False
    try:
        return _lines(content.decode("utf-8")), "utf-8", False
    except UnicodeDecodeError:
        return _lines(content.decode("latin-1")), "latin-1", False


def _lines(source: str) -> str:
    return source.replace("\r\n", "\n").replace("\r", "\n")


def bound_of(spec: str) -> Bound:
    """How far a version specification of pip or conda fixes the version."""
    alternatives = [part.strip() for part in spec.split("|") if part.strip()]
    if not alternatives or all(part == "*" for part in alternatives):
        return Bound.NONE
    return Bound.UPPER if all(_has_upper(part) for part in alternatives) else Bound.LOWER


def _has_upper(alternative: str) -> bool:
    clauses = (clause.strip() for clause in alternative.split(","))
    return any(clause and clause != "*" and not clause.startswith((">", "!")) for clause in clauses)


def join(folder: str, path: str) -> str | None:
    """A path relative to a folder of the tree, as pip takes it (``file:`` before it says nothing); None where it leads
    out of it.
    """
    steps = folder.split("/") if folder else []
    path = path.removeprefix("file:").replace("\\", "/")
    if path.startswith("/") or _DRIVE.match(path):
        return None
    for part in path.split("/"):
        if part == "..":
            if not steps:
                return None
            steps.pop()
        elif part not in ("", "."):
            steps.append(part)
    return "/".join(steps)


def requirement(line: str, where: Location) -> Package | Problem | None:
    """What one requirement says: a package, a mistake, or nothing that has a name (a local path, an option)."""
    written = _OPTIONS.sub("", _COMMENT.sub("", line)).strip()
    if len(written) > LONGEST:
        return too_long(written, where)
    if editable := _EDITABLE.match(written):
        written = editable["url"].strip("\"' ")
    if _ADDRESS.match(written):
        found = _EGG.search(written) or _WHEEL.search(written) or _REPOSITORY.match(written)
        bound = Bound.UPPER if _is_fixed(written.partition("#")[0]) else Bound.NONE
        return Package(found[1][:100], written[:200], bound, conda=False, where=where) if found else None
    if not written or (written.startswith(("-", ".", "/")) and not written.startswith("- ")):
        return None
    if LIST.fullmatch(written):
        return Problem(text("{line}: pip wants {meant}.", line=written[:80], meant=f"-r {written[:80]}"), where)
    try:
        parsed = Requirement(written)
    except (InvalidRequirement, RecursionError):
        return _mistake(written, where)
    if normal(parsed.name) == "python":
        return Problem(text("{line}: pip does not install Python itself.", line=written[:80]), where)
    spec = parsed.url or str(parsed.specifier)
    bound = (Bound.UPPER if _is_fixed(parsed.url) else Bound.NONE) if parsed.url else bound_of(spec)
    return Package(
        parsed.name[:100],
        spec[:200],
        bound,
        conda=False,
        where=where,
        extras=tuple(sorted(parsed.extras)),
        marker=str(parsed.marker or "")[:200],
    )


def _mistake(written: str, where: Location) -> Problem:
    """What is wrong with a line that pip cannot read, with the package that was meant by it, if that can be told."""
    line = written[:80]
    if single := _SINGLE_EQUALS.match(written):
        name, version = single.groups()
        what = text("{line}: pip wants two equals signs ({name}=={version}).", line=line, name=name, version=version)
        spec = f"=={version}"[:200]
        return Problem(what, where, meant=Package(name[:100], spec, bound_of(spec), conda=False, where=where))
    for wrong, right in _MISTAKES:
        if wrong.match(written):
            meant = wrong.sub(right, written)
            with contextlib.suppress(InvalidRequirement, RecursionError):
                parsed = Requirement(meant)
                spec = str(parsed.specifier)[:200]
                package = Package(parsed.name[:100], spec, bound_of(spec), conda=False, where=where)
                return Problem(text("{line}: pip wants {meant}.", line=line, meant=meant[:80]), where, meant=package)
    named = NAMED.match(written)
    if named is None:
        return Problem(text("pip cannot read {line}.", line=line), where)
    package = misread(named, where, conda=False)
    if not named[2].strip("=<>!~ "):
        return Problem(text("{line}: the version is missing.", line=line), where, meant=package)
    return Problem(text("pip cannot read {line}.", line=line), where, meant=package)


def misread(named: re.Match[str], where: Location, *, conda: bool) -> Package:
    """The package of a line whose version is written wrong: it is declared, and its version is what is wrong."""
    bound = Bound.UPPER if re.search(r"\d", named[2]) else Bound.NONE
    return Package(named[1][:100], "", bound, conda=conda, where=where)


def _is_fixed(url: str) -> bool:
    return not url.startswith("file:") and (bool(re.search(r"@[\w.-]{3,}$|\.whl|\.tar\.gz|\.zip", url)))


def read_requirements(tree: Tree, path: str, allowance: Allowance | None = None) -> EnvironmentFile:
    """A requirements file with all that it includes, each relative to the file that names it.

    *allowance* is what is left where another file included it.
    """
    allowance = allowance or Allowance()
    packages: list[Package] = []
    problems: list[Problem] = []
    included: list[str] = []
    encoding, bom = "utf-8", False
    constraints: dict[str, Package] = {}
    waiting: list[tuple[str, Location | None, bool]] = [(path, None, False)]
    while waiting:
        current, named_at, constraining = waiting.pop(0)
        if current in included:
            continue
        try:
            source, current_encoding, current_bom = allowance.read(tree, current)
        except KeyError:
            problems.append(missing(current, named_at or Location(path), tree))
            continue
        except TooLarge:
            problems.append(allowance.too_large(current, named_at))
            continue
        if current == path:
            encoding, bom = current_encoding, current_bom
        else:
            included.append(current)
        for item in _requirements(current, source):
            if len(problems) >= MOST_PROBLEMS:
                break
            if not isinstance(item, _Included) and not allowance.takes():
                problems.append(allowance.too_many(current, item.where))
                waiting.clear()
                break
            if isinstance(item, Package) and constraining:
                constraints.setdefault(item.key, item)
            elif isinstance(item, Package):
                packages.append(item)
            elif isinstance(item, Problem):
                problems.append(item)
                packages += [item.meant] if item.meant is not None and not constraining else []
            else:
                target = join(current.rpartition("/")[0], item.path)
                if _NETWORK.match(item.path):
                    problems.append(not_fetched(item.path, item.where))
                elif target is None:
                    problems.append(missing(item.path, item.where, tree))
                elif target not in included and target != path and len(included) + len(waiting) < _MOST_INCLUDED:
                    waiting.append((target, item.where, constraining or item.constraining))
    return EnvironmentFile(
        path,
        Form.REQUIREMENTS,
        tuple(_constrained(package, constraints.get(package.key)) for package in packages),
        included=tuple(included),
        problems=tuple(problems),
        encoding=encoding,
        bom=bom,
    )


@dataclass(frozen=True, slots=True)
class _Included:
    """A file that a requirements file names: *constraining* ones set versions, and ask for nothing."""

    path: str
    where: Location
    constraining: bool


def _constrained(package: Package, constraint: Package | None) -> Package:
    """A package with the version that a constraints file sets, too."""
    if constraint is None or not constraint.spec or _ADDRESS.match(package.spec):
        return package
    spec = ",".join(part for part in (package.spec, constraint.spec) if part)
    return replace(package, spec=spec, bound=bound_of(spec))


def missing(path: str, where: Location, tree: Tree) -> Problem:
    """A file that the one of *where* includes is not in the repository; perhaps one with nearly its name is."""
    near = _near(path, where.path, tree)
    if near is None:
        return Problem(text("{path} is asked for, and is not in the repository.", path=path), where)
    what = text("{path} is asked for, and is not in the repository. Did you mean {near}?", path=path, near=near)
    return Problem(what, where)


def _near(path: str, asking: str, tree: Tree) -> str | None:
    """The file that was meant by *path* in the file *asking*, as it would be written there."""
    folder = asking.rpartition("/")[0]
    lists = (
        one.path for one in tree.files(".txt") if one.path != asking and len(one.path) <= _LONGEST_NAME and one.size
    )
    found = tuple(itertools.islice(lists, _MOST_NEAR))
    by_path = {one.lower(): one for one in found}
    by_name = {one.rpartition("/")[2].lower(): one for one in reversed(found)}
    wanted = (join(folder, path) or path.replace("\\", "/"))[-_LONGEST_NAME:].lower()
    name = wanted.rpartition("/")[2]
    for word, names, cutoff in ((name, by_name, 1.0), (wanted, by_path, 0.8), (name, by_name, 0.8)):
        if close := get_close_matches(word, names, n=1, cutoff=cutoff):
            return relpath(names[close[0]], folder or ".")
    return None


def not_fetched(path: str, where: Location) -> Problem:
    """A file that another one includes lies on the network."""
    return Problem(text("{path} lies on the network, and was not read.", path=path[:200]), where, fatal=False)


def _requirements(path: str, source: str) -> Iterator[Package | Problem | _Included]:
    number = 0
    lines = of_pip(source)
    while number < len(lines):
        start, line = number, lines[number]
        number += 1
        if line.rstrip().endswith("\\") and number < len(lines):
            parts = [line.rstrip()]
            while parts[-1].endswith("\\") and number < len(lines):
                parts.append(lines[number].rstrip())
                number += 1
            line = " ".join(part.removesuffix("\\") for part in parts)
        if not line.strip():
            continue
        where = Location(path, line=start + 1)
        if line.startswith(("<<<<<<< ", ">>>>>>> ")) or line.strip() in ("=======", "<<<<<<<", ">>>>>>>"):
            if not line.startswith("="):
                yield Problem(
                    text("{path} holds the marks of a merge conflict that is not resolved.", path=path), where
                )
            continue
        include = _INCLUDE.match(_COMMENT.sub("", line).strip())
        if include:
            yield _Included(include["path"].strip("\"' "), where, include["option"] in ("-c", "--constraint"))
            continue
        found = requirement(line, where)
        if found is not None:
            yield found
        if isinstance(found, Problem) and LIST.fullmatch(named := _COMMENT.sub("", line).strip()):
            yield _Included(named, where, constraining=False)


def read_project(tree: Tree, path: str) -> EnvironmentFile | None:
    """The dependencies that a ``pyproject.toml`` declares; None where it declares none (a tool's settings)."""
    data, source, problem = _toml(tree, path)
    if problem is not None:
        return EnvironmentFile(path, Form.PROJECT, problems=(problem,))
    project = data.get("project")
    poetry = _table(_table(data.get("tool")).get("poetry"))
    lines = _first_lines(source)
    packages: list[Package] = []
    problems: list[Problem] = []
    written = [*_strings(_table(project).get("dependencies"))]
    written += [
        word for group in _table(_table(project).get("optional-dependencies")).values() for word in _strings(group)
    ]
    written += [word for group in _table(data.get("dependency-groups")).values() for word in _strings(group)]
    written += [*_strings(_table(_table(data.get("tool")).get("uv")).get("dev-dependencies"))]
    asked = _table(project).get("dependencies")
    if asked is not None and not isinstance(asked, list):
        what = text('In {path}, dependencies is no list of names in quotes: dependencies = ["…"].', path=path)
        problems.append(Problem(what, _line_of(path, lines, "dependencies")))
    for line in written[:MOST_PACKAGES]:
        found = requirement(line, _line_of(path, lines, line))
        if isinstance(found, Package):
            packages.append(found)
        elif found is not None:
            problems.append(found)
            packages += [found.meant] if found.meant is not None else []
    groups = [poetry, {"dependencies": poetry.get("dev-dependencies")}, *_table(poetry.get("group")).values()]
    for group in groups:
        for name, spec in _table(_table(group).get("dependencies")).items():
            packages.append(_poetry(name, spec, _line_of(path, lines, name)))
    python = next((package for package in packages if package.key == "python"), None)
    wanted = _table(project).get("requires-python")
    if isinstance(wanted, str):
        python = Package(
            "python",
            wanted[:200],
            bound_of(wanted[:200]),
            conda=False,
            where=_line_of(path, lines, "requires-python"),
        )
    others = tuple(package for package in packages if package.key != "python")
    if len(written) > MOST_PACKAGES or len(others) > MOST_PACKAGES:
        problems.append(too_many(path, Location(path)))
    others = others[:MOST_PACKAGES]
    if not others and not problems:
        return None
    return EnvironmentFile(path, Form.PROJECT, others, python=python, problems=tuple(problems))


def _poetry(name: str, spec: object, where: Location) -> Package:
    told = _table(spec)
    version = spec if isinstance(spec, str) else str(told.get("version", ""))
    for kind in ("path", "url", "git"):
        if isinstance(told.get(kind), str):
            version = told[kind] if kind == "url" else f"file:{told[kind]}" if kind == "path" else f"git+{told[kind]}"
    version = "" if version == "*" else version[:200]
    bound = Bound.UPPER if version.startswith(("^", "~")) else bound_of(version)
    bound = bound if not _ADDRESS.match(version) else Bound.NONE
    extras = tuple(sorted(_strings(told.get("extras"))))
    return Package(name[:100], version, bound, conda=False, where=where, extras=extras)


def read_lock(tree: Tree, path: str) -> EnvironmentFile:
    """What a lock file of uv, poetry, pdm, pipenv, pixi or conda-lock fixes."""
    name = path.rpartition("/")[2]
    try:
        if name.endswith(".lock") and name not in ("Pipfile.lock", "pixi.lock"):
            packages, direct = _toml_lock(tree, path)
        elif name == "Pipfile.lock":
            packages, direct = _json_lock(tree, path), None
        else:
            packages, direct = _yaml_lock(tree, path), None
    except TooLarge:
        return EnvironmentFile(path, Form.LOCK, problems=(too_large(path, LARGEST_LOCK),))
    except (ValueError, RecursionError) as error:
        reason = str(error).partition("\n")[0][:120]
        problem = Problem(text("{path} cannot be read: {reason}.", path=path, reason=reason), Location(path, line=1))
        return EnvironmentFile(path, Form.LOCK, problems=(problem,))
    problems = (too_many(path, packages[MOST_PACKAGES].where),) if len(packages) > MOST_PACKAGES else ()
    return EnvironmentFile(path, Form.LOCK, tuple(packages[:MOST_PACKAGES]), direct=direct, problems=problems)


def _toml_lock(tree: Tree, path: str) -> tuple[list[Package], frozenset[str] | None]:
    source = read_text(tree, path, LARGEST_LOCK)[0]
    data = toml_of(source)
    lines = source.split("\n")
    numbers = iter([number for number, line in enumerate(lines, 1) if line.strip() == "[[package]]"])
    packages: list[Package] = []
    direct: frozenset[str] | None = None
    for entry in _tables(data.get("package")):
        where = Location(path, line=next(numbers, 1))
        source_of = _table(entry.get("source"))
        if "virtual" in source_of or "editable" in source_of:
            groups = [_table(entry.get(kind)) for kind in ("dev-dependencies", "optional-dependencies")]
            asked = [
                *_tables(entry.get("dependencies")),
                *(item for kind in groups for group in kind.values() for item in _tables(group)),
            ]
            direct = (direct or frozenset()) | {normal(str(item.get("name", ""))) for item in asked}
            continue
        packages.append(_fixed(str(entry.get("name", "")), str(entry.get("version", "")), where))
    return packages, direct


def _json_lock(tree: Tree, path: str) -> list[Package]:
    data = json.loads(read_text(tree, path, LARGEST_LOCK)[0])
    groups = [_table(data.get(group)) for group in ("default", "develop")] if isinstance(data, dict) else []
    where = Location(path)
    return [
        _fixed(name, str(_table(entry).get("version", "")), where) for group in groups for name, entry in group.items()
    ]


def _yaml_lock(tree: Tree, path: str) -> list[Package]:
    """Names and versions of a lock in YAML, without constructing it: they are large, and may be anything."""
    packages: list[Package] = []
    name = ""
    for number, line in enumerate(read_text(tree, path, LARGEST_LOCK)[0].split("\n"), 1):
        where, written = Location(path, line=number), line[:LONGEST].strip()
        if found := re.match(r"(?:-\s*)?name:\s*[\"']?([\w.-]+)", written):
            name = found[1]
        elif (found := re.match(r"version:\s*[\"']?([\w.!+-]+)", written)) and name:
            packages.append(_fixed(name, found[1], where))
            name = ""
        elif written.startswith("- conda: ") and (
            found := re.fullmatch(r"(.+)-([\w.!+]+)-[\w.]+\.(?:conda|tar\.bz2)", written.rpartition("/")[2])
        ):
            packages.append(_fixed(found[1], found[2], where))
    return packages


def _fixed(name: str, version: str, where: Location) -> Package:
    spec = version if version.startswith("=") else f"=={version}"
    return Package(name[:100], spec[:200], Bound.UPPER, conda=False, where=where)


def _toml(tree: Tree, path: str) -> tuple[Mapping[str, Any], str, Problem | None]:
    """What a file holds, its text, and why it could not be read."""
    try:
        source = read_text(tree, path, LARGEST_PROJECT)[0]
        return toml_of(source), source, None
    except TooLarge:
        return {}, "", too_large(path, LARGEST_PROJECT)
    except (ValueError, RecursionError) as error:
        found = re.search(r"line (\d+)", str(error))
        where = Location(path, line=int(found[1]) if found else 1)
        problem = Problem(text("{path} is not valid TOML: {reason}.", path=path, reason=str(error)[:120]), where)
        return {}, "", problem


def toml_of(source: str) -> Mapping[str, Any]:
    """Raises ValueError where it is not TOML, or has keys that nobody writes."""
    if found := _DEEP_KEY.search(source):
        raise ValueError(f"a key of more than {_DEEPEST} parts (at line {source.count(chr(10), 0, found.start()) + 1})")
    return tomllib.loads(source)


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _tables(value: object) -> Iterator[Mapping[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def _strings(value: object) -> Iterator[str]:
    return (item for item in value if isinstance(item, str)) if isinstance(value, list) else iter(())


def _first_lines(source: str) -> Mapping[str, int]:
    """The line in which each string and each bare word stands first; before all others those that begin a line."""
    begins: dict[str, int] = {}
    within: dict[str, int] = {}
    for number, line in enumerate(source.split("\n"), 1):
        for place, found in enumerate(_WORD.finditer(line)):
            quoted = found[1] if found[1] is not None else found[2]
            into = begins if place == 0 or quoted is not None else within
            into.setdefault(found[3] if quoted is None else quoted, number)
    return within | begins


def _line_of(path: str, lines: Mapping[str, int], word: str) -> Location:
    return Location(path, line=lines.get(word, 1))
