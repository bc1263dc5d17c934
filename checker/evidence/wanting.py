"""What has to be installed for a declaration: conda's names and versions as pip would write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from checker.course import Course
from checker.evidence.distributions import can_use, pip_names
from checker.facts.environment import Declared, EnvironmentFile, EnvironmentUse, Form, Package, normal
from checker.model import text
from checker.sandbox.environments.wanted import Unmade, Wanted

_OURS = frozenset({"pip", "setuptools", "wheel", "titanic-checker", "conda", "mamba", "uv"})
"""What an environment needs for itself, and no project imports."""
_CLAUSE = re.compile(r"^(==|!=|>=|<=|~=|>|<|=)?\s*([\w.!+*-]+)$")
_ADDRESS = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|[./])", re.IGNORECASE)


def wanted(declared: Declared, use: EnvironmentUse | None, course: Course) -> Wanted:
    """What *declared* asks for, by its first file; of conda's packages *use* says which are needed.

    Raises Unmade where pip cannot be asked for it.
    """
    file = _file(declared)
    if file.fatal:
        raise Unmade(file.fatal[0].what)
    lines: list[str] = []
    certain: set[str] = set()
    needed: set[str] = set()
    useful: set[str] = set()
    imported = {one.declared.key for one in use.required if one.declared is not None} if use is not None else set()
    names = can_use(imported, course)
    for package in file.declared:
        if package.key in _OURS:
            continue
        line = _line(package, course)
        if line is None:
            continue
        lines.append(line)
        if not package.conda:
            certain.add(line)
        elif package.key in imported:
            needed.add(line)
        elif not names.isdisjoint(pip_names(package.key, course)):
            useful.add(line)
    python = _python(file) or next((found for other in declared.files if (found := _python(other))), "")
    return Wanted(tuple(dict.fromkeys(lines)), python, frozenset(certain), frozenset(needed), frozenset(useful))


def _file(declared: Declared) -> EnvironmentFile:
    """The file that counts; a lock beside a file without conda's packages says the same more exactly."""
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
    except Unmade:
        return ""


def _line(package: Package, course: Course) -> str | None:
    """One requirement; None for what only conda installs and Python does not need."""
    if package.spec and _ADDRESS.match(package.spec):
        raise Unmade(
            text("{name} is asked for by its address, from where nothing is fetched here.", name=package.name),
            text("Declare {name} by its name and version.", name=package.name),
        )
    name = package.name
    if package.conda:
        if any(fnmatch(package.key, normal(pattern)) for pattern in course.environment.runtime_libraries):
            return None
        name = _name_for_pip(package, course)
    extras = f"[{','.join(package.extras)}]" if package.extras else ""
    marker = f" ; {package.marker}" if package.marker else ""
    line = f"{name}{extras}{_specifier(package)}{marker}"
    try:
        Requirement(line)
    except InvalidRequirement as error:
        raise Unmade(text("pip cannot read {line}.", line=line[:80])) from error
    return line


def _name_for_pip(package: Package, course: Course) -> str:
    told = course.environment.pip_names.get(package.key)
    names = [name for name, conda in course.environment.conda_names.items() if normal(conda) == package.key]
    same = not names or any(normal(name) == package.key for name in names)  # the others are misspellings of it
    return told or (package.name if same else names[0])


def _specifier(package: Package) -> str:
    """A version as pip writes it. Raises Unmade where only conda can express it."""
    if not package.spec or package.spec == "*":
        return ""
    if not package.conda:
        return _poetry(package.spec)
    alternatives = [part.strip() for part in package.spec.split("|")]
    if len(alternatives) > 1:
        alternatives = alternatives[-1:]  # each of them is allowed
    written = ",".join(_clauses(alternatives[0]))
    try:
        SpecifierSet(written)
    except InvalidSpecifier as error:
        raise Unmade(
            text("Only conda understands the version of {name} ({version}).", name=package.name, version=package.spec)
        ) from error
    return written


def _clauses(spec: str) -> Iterator[str]:
    for clause in spec.split(","):
        found = _CLAUSE.match(clause.strip())
        if found is None:
            yield clause.strip()
            continue
        operator, version = found[1] or "==", found[2]
        if version == "*":
            continue
        if operator == "=":
            operator, version = "==", version if version.endswith(".*") else f"{version.rstrip('*').rstrip('.')}.*"
        elif operator == "==" and version.endswith("*") and not version.endswith(".*"):
            version = f"{version.rstrip('*')}.*"
        elif operator in (">=", "<=", ">", "<", "~="):
            version = version.removesuffix(".*")
        yield f"{operator}{version}"


def _poetry(spec: str) -> str:
    """A version of pip; poetry's ``^`` and ``~`` are written out."""
    return ",".join(_unfolded(clause.strip()) for clause in spec.split(",") if clause.strip() not in ("", "*"))


def _unfolded(clause: str) -> str:
    found = re.match(r"^(\^|~)\s*(\d[\d.]*)$", clause)
    if found is None:
        return f"=={clause}" if clause[:1].isdigit() else clause
    parts = [int(part) for part in found[2].split(".") if part]
    if found[1] == "~":
        kept = 1 if len(parts) == 1 else 2
    else:
        kept = next((number for number, part in enumerate(parts, 1) if part), len(parts))
    upper = [*parts[: kept - 1], parts[kept - 1] + 1]
    return f">={found[2]},<{'.'.join(map(str, upper))}"
