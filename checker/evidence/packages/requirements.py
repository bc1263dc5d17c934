"""Files from which pip and related tools install: requirements, ``pyproject.toml``, lock files."""

from __future__ import annotations

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
from packaging.utils import canonicalize_name

from checker.evidence.packages.command_output import FOR_PIP, command_behind
from checker.evidence.text.conflict_marks import MIDDLE, unresolved
from checker.evidence.text.encodings import in_utf16, marked, with_line_feeds
from checker.evidence.text.lines import of_pip
from checker.facts.environment import Bound, EnvironmentFile, Excess, Form, Package, Problem
from checker.facts.tree import TooLarge, Tree, path_from
from checker.model import Location, text

LARGEST_LOCK = 5_000_000
LARGEST_LIST = 2_000_000
"""The maximum size in bytes, with all included files: a file of three hundred packages with hashes has half of it."""
LARGEST_PROJECT = 500_000
MOST_PACKAGES = 5_000
"""The maximum number of packages, with all included files: the longest exports of conda have a tenth of it."""
MOST_PROBLEMS = 100
LONGEST = 2_000
"""The longest requirement in characters."""
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
"""The name of a requirements file in the place of a requirement."""
NAMED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*([=<>!~].*)$")
"""A name, and the text that was meant as its version."""
_MISTAKES = (
    (re.compile(r"^-\s+([^-\s].*)$"), r"\1"),
    (re.compile(r"^([\"'])(.+)\1,?$"), r"\2"),
    (re.compile(r"^([A-Za-z0-9][\w.-]*)=([\w.!+]+)=[\w.]+$"), r"\1==\2"),  # conda list --export
    (re.compile(r"^([A-Za-z0-9][\w.-]*)\s*=\s*([<>])\s*(\d.*)$"), r"\1\2=\3"),
    (re.compile(r"^([A-Za-z0-9][\w.-]*)[\s:]+v?(\d[\w.*]*)$"), r"\1==\2"),
    (re.compile(r"^[%!$]?\s*(?:python\d?\s+-m\s+)?(?:pip\d?|conda|mamba)\s+install\s+([^-\s]\S*)$"), r"\1"),
)
"""Frequent wrong lines, and the form that pip accepts."""
_DEEP_KEY = re.compile(
    r"""(?<![\w-])(?:(?>[\w-]+|"[^"\n]*"|'[^'\n]*')(?>[ \t]*)\.(?>[ \t]*)){%d}""" % _DEEPEST  # noqa: UP031  braces
)
"""A dotted key of many parts, which takes quadratic time to parse."""
_DRIVE = re.compile(r"^[A-Za-z]:")
_NETWORK = re.compile(r"^https?://", re.IGNORECASE)
_WORD = re.compile(r"\"([^\"]*)\"|'([^']*)'|([\w-]+)")


class Allowance:
    """The remaining allowance of bytes and packages for a file with all that it includes, against hostile sizes."""

    def __init__(self) -> None:
        self._size = LARGEST_LIST
        self._packages = MOST_PACKAGES
        self.spent = False

    def read(self, tree: Tree, path: str) -> tuple[str, str, bool]:
        """The text of a file, as ``read_text`` gives it. Raises KeyError, and TooLarge above the allowance."""
        result = read_text(tree, path, self._size)
        self._size -= len(result[0])
        return result

    def takes(self) -> bool:
        """Counts one package; False where the allowance is spent."""
        self.spent = self._packages <= 0
        self._packages -= 1
        return not self.spent


def too_large(path: str, most: int, where: Location | None = None) -> Problem:
    """The problem of a file with more than *most* bytes, which was not read."""
    sentence = text("{path} is too large to be an environment file.", path=path)
    return Problem(sentence, where or Location(path), excess=Excess(path, most, "bytes"))


def output_of(command: str, path: str) -> Problem:
    """The problem of a file that is the output of *command*, from which its tool installs nothing."""
    sentence = text(
        "{path} is the output of {command}: under this name, another form is expected.", path=path, command=command
    )
    return Problem(sentence, Location(path, line=1), command=command)


def too_long(line: str, where: Location) -> Problem:
    """The problem of a line that is longer than any requirement."""
    return Problem(text("A line of {count} characters is no requirement.", count=len(line)), where)


def too_many(path: str, where: Location) -> Problem:
    """The problem of a file with too many packages, which was read up to *where*."""
    sentence = text(
        "{path} declares more than {count} packages: no environment needs so many.", path=path, count=MOST_PACKAGES
    )
    return Problem(sentence, where, excess=Excess(path, MOST_PACKAGES, "packages"))


def read_text(tree: Tree, path: str, largest: int) -> tuple[str, str, bool]:
    """The text of a file in any encoding, the name of the encoding, and whether a byte-order mark precedes it.

    Raises KeyError and TooLarge as the tree does.
    """
    content = tree.read(path, limit=max(0, largest))
    mark, rest = marked(content)
    if (source := in_utf16(content)) is not None:
        return with_line_feeds(source), "utf-16", bool(mark)
    try:
        return with_line_feeds(rest.decode("utf-8", "replace" if mark else "strict")), "utf-8", bool(mark)
    except UnicodeDecodeError:
        return with_line_feeds(content.decode("latin-1")), "latin-1", False


def bound_of(spec: str) -> Bound:
    """The kind of bound that a version specification of pip or conda sets."""
    alternatives = [part.strip() for part in spec.split("|") if part.strip()]
    if not alternatives or all(part == "*" for part in alternatives):
        return Bound.NONE
    return Bound.UPPER if all(_has_upper(part) for part in alternatives) else Bound.LOWER


def _has_upper(alternative: str) -> bool:
    clauses = (clause.strip() for clause in alternative.split(","))
    return any(clause and clause != "*" and not clause.startswith((">", "!")) for clause in clauses)


def join(folder: str, path: str) -> str | None:
    """A path relative to a folder of the tree, as pip resolves it (a ``file:`` prefix is ignored).

    None where the path leads out of the tree.
    """
    path = path.removeprefix("file:").replace("\\", "/")
    return None if _DRIVE.match(path) else path_from(folder, path)


def requirement(line: str, where: Location) -> Package | Problem | None:
    """The package of one requirement, its problem, or None for a line without a name (a local path, an option)."""
    written = _OPTIONS.sub("", _COMMENT.sub("", line)).strip()
    if len(written) > LONGEST:
        return too_long(written, where)
    if editable := _EDITABLE.match(written):
        written = editable["url"].strip("\"' ")
    if _ADDRESS.match(written):
        match = _EGG.search(written) or _WHEEL.search(written) or _REPOSITORY.match(written)
        bound = Bound.UPPER if _is_fixed(written.partition("#")[0]) else Bound.NONE
        return Package(match[1][:100], written[:200], bound, conda=False, where=where) if match else None
    if not written or (written.startswith(("-", ".", "/")) and not written.startswith("- ")):
        return None
    if LIST.fullmatch(written):
        return Problem(text("{line}: pip wants {meant}.", line=written[:80], meant=f"-r {written[:80]}"), where)
    try:
        parsed = Requirement(written)
    except (InvalidRequirement, RecursionError):
        return _mistake(written, where)
    if canonicalize_name(parsed.name) == "python":
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
    """The problem of a line that pip cannot parse, with the package that was meant where it is recognised."""
    line = written[:80]
    if single := _SINGLE_EQUALS.match(written):
        name, version = single.groups()
        sentence = text(
            "{line}: pip wants two equals signs ({name}=={version}).", line=line, name=name, version=version
        )
        spec = f"=={version}"[:200]
        return Problem(sentence, where, meant=Package(name[:100], spec, bound_of(spec), conda=False, where=where))
    for pattern, replacement in _MISTAKES:
        if pattern.match(written):
            meant = pattern.sub(replacement, written)
            with contextlib.suppress(InvalidRequirement, RecursionError):
                parsed = Requirement(meant)
                spec = str(parsed.specifier)[:200]
                package = Package(parsed.name[:100], spec, bound_of(spec), conda=False, where=where)
                return Problem(text("{line}: pip wants {meant}.", line=line, meant=meant[:80]), where, meant=package)
    match = NAMED.match(written)
    named = misread(match, where, conda=False) if match is not None else None
    if match is not None and not match[2].strip("=<>!~ "):
        return Problem(text("{line}: the version is missing.", line=line), where, meant=named)
    return Problem(text("pip cannot read {line}.", line=line), where, meant=named)


def misread(match: re.Match[str], where: Location, *, conda: bool) -> Package:
    """The package of a line with a malformed version: the package counts as declared, and only its version as wrong."""
    bound = Bound.UPPER if re.search(r"\d", match[2]) else Bound.NONE
    return Package(match[1][:100], "", bound, conda=conda, where=where)


def _is_fixed(url: str) -> bool:
    return not url.startswith("file:") and (bool(re.search(r"@[\w.-]{3,}$|\.whl|\.tar\.gz|\.zip", url)))


def read_requirements(tree: Tree, path: str, allowance: Allowance | None = None) -> EnvironmentFile:
    """A requirements file with all files that it includes, each relative to the including file.

    *allowance* is the remaining one, where another file included this one.
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
            problems.append(too_large(current, LARGEST_LIST, named_at))
            continue
        command = command_behind(source)
        if command not in (None, FOR_PIP):
            problems.append(output_of(command, current))
        if current == path:
            encoding, bom = current_encoding, current_bom
        else:
            included.append(current)
        for item in _requirements(current, source):
            if len(problems) >= MOST_PROBLEMS:
                break
            if not isinstance(item, _Included) and not allowance.takes():
                problems.append(too_many(current, item.where))
                waiting.clear()
                break
            if isinstance(item, Package) and constraining:
                constraints.setdefault(item.key, item)
            elif isinstance(item, Package):
                packages.append(item)
            elif isinstance(item, Problem):
                problems += [item] if command in (None, FOR_PIP) else []
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
    """A file that a requirements file names; a *constraining* one sets versions and requests no package."""

    path: str
    where: Location
    constraining: bool


def _constrained(package: Package, constraint: Package | None) -> Package:
    """A package narrowed to the version that a constraints file sets."""
    if constraint is None or not constraint.spec or _ADDRESS.match(package.spec):
        return package
    spec = ",".join(part for part in (package.spec, constraint.spec) if part)
    return replace(package, spec=spec, bound=bound_of(spec))


def missing(path: str, where: Location, tree: Tree) -> Problem:
    """The problem of an included file that is not in the repository, with a file of similar name if there is one."""
    near = _near(path, where.path, tree)
    if near is None:
        return Problem(text("{path} is asked for, and is not in the repository.", path=path), where, absent=True)
    sentence = text("{path} is asked for, and is not in the repository. Did you mean {near}?", path=path, near=near)
    return Problem(sentence, where, absent=True)


def _near(path: str, asking: str, tree: Tree) -> str | None:
    """The file of the tree that was meant by *path* in the file *asking*, as written there; None for none."""
    folder = asking.rpartition("/")[0]
    lists = (one.path for one in tree.files(".txt") if one.path != asking and one.size)
    paths = tuple(itertools.islice((path for path in lists if len(path) <= _LONGEST_NAME), _MOST_NEAR))
    by_path = {one.lower(): one for one in paths}
    by_name = {one.rpartition("/")[2].lower(): one for one in reversed(paths)}
    asked_path = (join(folder, path) or path.replace("\\", "/"))[-_LONGEST_NAME:].lower()
    name = asked_path.rpartition("/")[2]
    for word, names, cutoff in ((name, by_name, 1.0), (asked_path, by_path, 0.8), (name, by_name, 0.8)):
        if close := get_close_matches(word, names, n=1, cutoff=cutoff):
            return relpath(names[close[0]], folder or ".")
    return None


def not_fetched(path: str, where: Location) -> Problem:
    """The problem of an included file that lies on the network."""
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
        if conflict := unresolved(path, line):
            yield Problem(conflict[0], where)
            continue
        if line.strip() == MIDDLE:
            continue
        include = _INCLUDE.match(_COMMENT.sub("", line).strip())
        if include:
            yield _Included(include["path"].strip("\"' "), where, include["option"] in ("-c", "--constraint"))
            continue
        parsed = requirement(line, where)
        if parsed is not None:
            yield parsed
        if isinstance(parsed, Problem) and LIST.fullmatch(path_named := _COMMENT.sub("", line).strip()):
            yield _Included(path_named, where, constraining=False)


def read_project(tree: Tree, path: str) -> EnvironmentFile | None:
    """The dependencies that a ``pyproject.toml`` declares; None where it declares none (a tool's settings)."""
    data, source, problem = _toml(tree, path)
    if problem is not None:
        return EnvironmentFile(path, Form.PROJECT, problems=(problem,))
    project = data.get("project")
    poetry = table(table(data.get("tool")).get("poetry"))
    lines = _first_lines(source)
    packages: list[Package] = []
    problems: list[Problem] = []
    dependencies = table(project).get("dependencies")
    lists = (
        dependencies,
        *table(table(project).get("optional-dependencies")).values(),
        *table(data.get("dependency-groups")).values(),
        table(table(data.get("tool")).get("uv")).get("dev-dependencies"),
    )
    written = [word for listed in lists for word in _strings(listed)]
    if dependencies is not None and not isinstance(dependencies, list):
        sentence = text('In {path}, dependencies is no list of names in quotes: dependencies = ["…"].', path=path)
        problems.append(Problem(sentence, _line_of(path, lines, "dependencies")))
    for line in written[:MOST_PACKAGES]:
        parsed = requirement(line, _line_of(path, lines, line))
        if isinstance(parsed, Package):
            packages.append(parsed)
        elif parsed is not None:
            problems.append(parsed)
            packages += [parsed.meant] if parsed.meant is not None else []
    groups = [poetry, {"dependencies": poetry.get("dev-dependencies")}, *table(poetry.get("group")).values()]
    for group in groups:
        for name, spec in table(table(group).get("dependencies")).items():
            packages.append(_poetry(name, spec, _line_of(path, lines, name)))
    python = next((package for package in packages if package.key == "python"), None)
    python_spec = table(project).get("requires-python")
    if isinstance(python_spec, str):
        place = _line_of(path, lines, "requires-python")
        python = Package("python", python_spec[:200], bound_of(python_spec[:200]), conda=False, where=place)
    others = tuple(package for package in packages if package.key != "python")
    if len(written) > MOST_PACKAGES or len(others) > MOST_PACKAGES:
        problems.append(too_many(path, Location(path)))
    others = others[:MOST_PACKAGES]
    if not others and not problems:
        return None
    return EnvironmentFile(path, Form.PROJECT, others, python=python, problems=tuple(problems))


def _poetry(name: str, spec: object, where: Location) -> Package:
    options = table(spec)
    version = spec if isinstance(spec, str) else str(options.get("version", ""))
    for kind, prefix in (("path", "file:"), ("url", ""), ("git", "git+")):
        if isinstance(options.get(kind), str):
            version = f"{prefix}{options[kind]}"
    version = "" if version == "*" else version[:200]
    bound = Bound.UPPER if version.startswith(("^", "~")) else bound_of(version)
    bound = bound if not _ADDRESS.match(version) else Bound.NONE
    extras = tuple(sorted(_strings(options.get("extras"))))
    return Package(name[:100], version, bound, conda=False, where=where, extras=extras)


def read_lock(tree: Tree, path: str) -> EnvironmentFile:
    """The packages that a lock file of uv, poetry, pdm, pipenv, pixi or conda-lock fixes."""
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
        source_of = table(entry.get("source"))
        if "virtual" in source_of or "editable" in source_of:
            groups = [table(entry.get(kind)) for kind in ("dev-dependencies", "optional-dependencies")]
            direct_items = [
                *_tables(entry.get("dependencies")),
                *(item for kind in groups for group in kind.values() for item in _tables(group)),
            ]
            direct = (direct or frozenset()) | {canonicalize_name(str(item.get("name", ""))) for item in direct_items}
            continue
        packages.append(_fixed(str(entry.get("name", "")), str(entry.get("version", "")), where))
    return packages, direct


def _json_lock(tree: Tree, path: str) -> list[Package]:
    data = json.loads(read_text(tree, path, LARGEST_LOCK)[0])
    groups = [table(data.get(group)) for group in ("default", "develop")] if isinstance(data, dict) else []
    where = Location(path)
    return [
        _fixed(name, str(table(entry).get("version", "")), where) for group in groups for name, entry in group.items()
    ]


def _yaml_lock(tree: Tree, path: str) -> list[Package]:
    """Names and versions of a lock file in YAML, without constructing objects: the file may be large or hostile."""
    packages: list[Package] = []
    name = ""
    for number, line in enumerate(read_text(tree, path, LARGEST_LOCK)[0].split("\n"), 1):
        where, written = Location(path, line=number), line[:LONGEST].strip()
        if match := re.match(r"(?:-\s*)?name:\s*[\"']?([\w.-]+)", written):
            name = match[1]
        elif (match := re.match(r"version:\s*[\"']?([\w.!+-]+)", written)) and name:
            packages.append(_fixed(name, match[1], where))
            name = ""
        elif written.startswith("- conda: ") and (
            match := re.fullmatch(r"(.+)-([\w.!+]+)-[\w.]+\.(?:conda|tar\.bz2)", written.rpartition("/")[2])
        ):
            packages.append(_fixed(match[1], match[2], where))
    return packages


def _fixed(name: str, version: str, where: Location) -> Package:
    spec = version if version.startswith("=") else f"=={version}"
    return Package(name[:100], spec[:200], Bound.UPPER, conda=False, where=where)


def _toml(tree: Tree, path: str) -> tuple[Mapping[str, Any], str, Problem | None]:
    """The content of a TOML file, its text, and the problem where it could not be read."""
    try:
        source = read_text(tree, path, LARGEST_PROJECT)[0]
        return toml_of(source), source, None
    except TooLarge:
        return {}, "", too_large(path, LARGEST_PROJECT)
    except (ValueError, RecursionError) as error:
        match = re.search(r"line (\d+)", str(error))
        where = Location(path, line=int(match[1]) if match else 1)
        problem = Problem(text("{path} is not valid TOML: {reason}.", path=path, reason=str(error)[:120]), where)
        return {}, "", problem


def toml_of(source: str) -> Mapping[str, Any]:
    """The content of a TOML text. Raises ValueError where it is not TOML, or has keys of too many parts."""
    if match := _DEEP_KEY.search(source):
        raise ValueError(f"a key of more than {_DEEPEST} parts (at line {source.count(chr(10), 0, match.start()) + 1})")
    return tomllib.loads(source)


def table(value: object) -> Mapping[str, Any]:
    """*value* where it is a table of a document, else an empty one."""
    return value if isinstance(value, dict) else {}


def _tables(value: object) -> Iterator[Mapping[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def _strings(value: object) -> Iterator[str]:
    return (item for item in value if isinstance(item, str)) if isinstance(value, list) else iter(())


def _first_lines(source: str) -> Mapping[str, int]:
    """The first line of each string and each bare word; a word at the start of a line comes before all others."""
    begins: dict[str, int] = {}
    within: dict[str, int] = {}
    for number, line in enumerate(source.split("\n"), 1):
        for place, match in enumerate(_WORD.finditer(line)):
            quoted = match[1] if match[1] is not None else match[2]
            into = begins if place == 0 or quoted is not None else within
            into.setdefault(match[3] if quoted is None else quoted, number)
    return within | begins


def _line_of(path: str, lines: Mapping[str, int], word: str) -> Location:
    return Location(path, line=lines.get(word, 1))
