"""The request to install a declaration: conda's names and versions in pip's syntax."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatch

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from checker.course import Course
from checker.evidence.packages.distributions import can_use, installed_name, pip_names
from checker.facts.environment import Declared, EnvironmentFile, EnvironmentUse, Form, Package
from checker.model import text
from checker.sandbox.environments.spec import EnvironmentSpec, EnvironmentUnavailable

_OURS = frozenset({"pip", "setuptools", "wheel", "titanic-checker", "conda", "mamba", "uv"})
"""Packages that an environment needs for itself, and no project imports."""
_CLAUSE = re.compile(r"^(==|!=|>=|<=|~=|>|<|=)?\s*([\w.!+*-]+)$")
_ADDRESS = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|[./])", re.IGNORECASE)


def environment_spec(declared: Declared, use: EnvironmentUse | None, course: Course) -> EnvironmentSpec:
    """The packages that *declared* requests, by its first file; of conda's packages only those that *use* needs.

    Raises EnvironmentUnavailable where pip cannot install the declaration.
    """
    file = _file(declared)
    if file.fatal:
        raise EnvironmentUnavailable(file.fatal[0].what)
    lines: dict[str, None] = {}
    certain: set[str] = set()
    needed: set[str] = set()
    useful: set[str] = set()
    required = use.required if use is not None else ()
    imported = {package.declared.key for package in required if package.declared is not None}
    names = can_use(imported, course)
    for package in file.declared:
        if package.key in _OURS or (line := _line(package, course)) is None:
            continue
        lines[line] = None
        if not package.conda:
            certain.add(line)
        elif package.key in imported:
            needed.add(line)
        elif not names.isdisjoint(pip_names(package.key, course)):
            useful.add(line)
    python = _python(file) or next((version for other in declared.files if (version := _python(other))), "")
    return EnvironmentSpec(tuple(lines), python, frozenset(certain), frozenset(needed), frozenset(useful))


def with_undeclared(asked: EnvironmentSpec, use: EnvironmentUse | None, course: Course) -> EnvironmentSpec:
    """*asked* with the packages that the project imports and does not declare, as far as this machine has them."""
    required = use.required if use is not None else ()
    undeclared = (package.distribution for package in required if package.declared is None and not package.via)
    available = tuple(name for name in undeclared if installed_name(canonicalize_name(name), course) is not None)
    return replace(asked, lines=(*asked.lines, *available), useful=asked.useful | set(available))


def _file(declared: Declared) -> EnvironmentFile:
    """The main file, or a lock beside it, which is more exact, where the main file has no conda packages."""
    main = declared.main
    if main.form is Form.LOCK or any(package.conda for package in main.declared):
        return main
    if main.form is Form.PROJECT:
        return next((file for file in declared.files if file.form is Form.LOCK and not file.fatal), main)
    return main


def _python(file: EnvironmentFile) -> str:
    if file.python is None or not file.python.spec:
        return ""
    try:
        return _specifier(file.python)
    except EnvironmentUnavailable:
        return ""


def _line(package: Package, course: Course) -> str | None:
    """One requirement; None for a package that only conda installs and Python does not need."""
    if package.spec and _ADDRESS.match(package.spec):
        raise EnvironmentUnavailable(
            text("{name} is asked for by its address, from where nothing is fetched here.", name=package.name),
            text("Declare {name} by its name and version.", name=package.name),
        )
    name = package.name
    if package.conda:
        if any(fnmatch(package.key, canonicalize_name(pattern)) for pattern in course.environment.runtime_libraries):
            return None
        name = _name_for_pip(package, course)
    extras = f"[{','.join(package.extras)}]" if package.extras else ""
    marker = f" ; {package.marker}" if package.marker else ""
    line = f"{name}{extras}{_specifier(package)}{marker}"
    try:
        Requirement(line)
    except InvalidRequirement as error:
        raise EnvironmentUnavailable(text("pip cannot read {line}.", line=line[:80])) from error
    return line


def _name_for_pip(package: Package, course: Course) -> str:
    pip_name = course.environment.pip_names.get(package.key)
    names = [name for name, conda in course.environment.conda_names.items() if canonicalize_name(conda) == package.key]
    # the other names are misspellings of this one
    same = not names or any(canonicalize_name(name) == package.key for name in names)
    return pip_name or (package.name if same else names[0])


def _specifier(package: Package) -> str:
    """A version in pip's syntax. Raises EnvironmentUnavailable where only conda can express it."""
    if not package.spec or package.spec == "*":
        return ""
    if not package.conda:
        clauses = map(str.strip, package.spec.split(","))
        return ",".join(_unfolded(clause) for clause in clauses if clause not in ("", "*"))
    alternative = package.spec.rpartition("|")[2].strip()  # every alternative is allowed
    written = ",".join(_clauses(alternative))
    try:
        SpecifierSet(written)
    except InvalidSpecifier as error:
        raise EnvironmentUnavailable(
            text("Only conda understands the version of {name} ({version}).", name=package.name, version=package.spec)
        ) from error
    return written


def _clauses(spec: str) -> Iterator[str]:
    for clause in spec.split(","):
        match = _CLAUSE.match(clause.strip())
        if match is None:
            yield clause.strip()
            continue
        operator, version = match[1] or "==", match[2]
        if version == "*":
            continue
        if operator == "=":
            operator, version = "==", version if version.endswith(".*") else f"{version.rstrip('*').rstrip('.')}.*"
        elif operator == "==" and version.endswith("*") and not version.endswith(".*"):
            version = f"{version.rstrip('*')}.*"
        elif operator in (">=", "<=", ">", "<", "~="):
            version = version.removesuffix(".*")
        yield f"{operator}{version}"


def _unfolded(clause: str) -> str:
    """A clause in pip's syntax, with poetry's ``^`` and ``~`` expanded."""
    match = re.match(r"^(\^|~)\s*(\d[\d.]*)$", clause)
    if match is None:
        return f"=={clause}" if clause[:1].isdigit() else clause
    parts = [int(part) for part in match[2].split(".") if part]
    if match[1] == "~":
        fixed = 1 if len(parts) == 1 else 2
    else:
        fixed = next((number for number, part in enumerate(parts, 1) if part), len(parts))
    upper = [*parts[: fixed - 1], parts[fixed - 1] + 1]
    return f">={match[2]},<{'.'.join(map(str, upper))}"
