"""Names: what is imported, what is installed for it, and what that brings along. From the installed metadata."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import rattler
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion

from checker.course import Course
from checker.evidence.installed import installed, providers
from checker.facts.environment import Package, normal

_VARIANTS = ("-base", "-core", "-python", "-headless", "-binary", "-cpu", "-gpu")
"""Ends of names under which conda or pip offer the same import names with other contents."""


_OF_OTHER_YEARS = """annotationlib asynchat asyncore binhex cgi cgitb chunk compression crypt distutils formatter imghdr
imp lib2to3 mailcap msilib nntplib pipes smtpd sndhdr telnetlib uu xdrlib"""
STANDARD = sys.stdlib_module_names | frozenset(_OF_OTHER_YEARS.split())
"""The modules of Python itself, of the version here and of those before and after it."""


def distributions_of(package: str, course: Course) -> tuple[str, ...]:
    """The normal names under which an import name may be declared, the usual one first.

    From the course's table, from the libraries of this machine, and else the import name itself.
    """
    table = course.environment.distributions
    names = (
        [table[package]] if package in table else [*(normal(name) for name in providers().get(package, ())), package]
    )
    renamed = course.environment.conda_names
    names += [renamed[name] for name in list(names) if name in renamed]
    return tuple(dict.fromkeys(normal(name) for name in names))


def shown_name(package: str, course: Course) -> str:
    """The name to write into an environment file for an import name, as its authors spell it."""
    if package in course.environment.distributions:
        return course.environment.distributions[package]
    key = distributions_of(package, course)[0]
    return installed()[key].name if key in installed() else key


def names_of(key: str) -> tuple[str, ...]:
    """The names that a declared name stands for: itself, and that of which it is a variant (``matplotlib-base``)."""
    return (key, *(key.removesuffix(end) for end in _VARIANTS if key.endswith(end)))


def may_give(key: str, package: str) -> bool:
    """Whether a declared name looks as if it gave an import name of which nothing is known here.

    ``google-cloud-storage`` may give ``google``, ``python-docx`` ``docx`` and ``pyserial`` ``serial``.
    """
    stem = normal(package)
    return key.startswith(f"{stem}-") or key in (f"python-{stem}", f"py{stem}", f"{stem}py")


def pip_names(key: str, course: Course) -> tuple[str, ...]:
    """The names that the installed metadata may have for a declared name: conda calls some packages otherwise."""
    conda = {normal(conda_name): normal(name) for name, conda_name in course.environment.conda_names.items()}
    names = [key, *([conda[key]] if key in conda else [])]
    names += [key.removesuffix(end) for end in _VARIANTS if key.endswith(end)]
    names += [key.removeprefix("python-")] if key.startswith("python-") else []
    return tuple(dict.fromkeys(names))


def installed_name(key: str, course: Course, versions: Mapping[str, str] | None = None) -> str | None:
    """The name of the installed distribution that a declared name means, if it is on this machine.

    *versions* are those of the environment that student code runs in, where it is not the checker's own.
    """
    if versions is not None:
        return next((name for name in map(normal, pip_names(key, course)) if name in versions), None)
    return next((name for name in pip_names(key, course) if version_here(name) is not None), None)


@functools.cache
def version_here(key: str) -> str | None:
    """The version of a distribution on this machine."""
    distribution = installed().get(normal(key))
    return distribution.version if distribution is not None else None


@functools.cache
def _requires(key: str) -> frozenset[str]:
    """What a distribution of this machine needs, its extras aside."""
    distribution = installed().get(normal(key))
    found: set[str] = set()
    for line in (distribution.requires or []) if distribution is not None else []:
        try:
            needed = Requirement(line)
        except InvalidRequirement:
            continue
        if needed.marker is None or needed.marker.evaluate({"extra": ""}):
            found.add(normal(needed.name))
    return frozenset(found)


def can_use(keys: Iterable[str], course: Course) -> frozenset[str]:
    """What the distributions of *keys* make use of where it is there: what any of their extras asks for."""
    found: set[str] = set()
    for name in {name for key in keys for name in pip_names(key, course)}:
        distribution = installed().get(normal(name))
        for line in (distribution.requires or []) if distribution is not None else []:
            with contextlib.suppress(InvalidRequirement):
                found.add(normal(Requirement(line).name))
    return frozenset(found)


def closure(keys: Iterable[str], course: Course) -> Mapping[str, str]:
    """All that *keys* bring along, directly or not, with the one of *keys* that brings it. They are not in it."""
    table = course.environment.conda_dependencies
    also = {normal(name): frozenset(normal(one) for one in names) for name, names in table.items()}
    asked = tuple(dict.fromkeys(keys))
    found: dict[str, str] = {}
    for key in asked:
        waiting = [key]
        seen: set[str] = set()
        while waiting:
            current = waiting.pop()
            for name in pip_names(current, course):
                for needed in _requires(name) | also.get(name, frozenset()):
                    if needed not in seen:
                        seen.add(needed)
                        waiting.append(needed)
        for needed in seen:
            found.setdefault(needed, key)
    return MappingProxyType({needed: via for needed, via in found.items() if needed not in asked})


@functools.cache
def megabytes(key: str) -> int:
    """The size of a distribution on this machine; 0 where it is not here."""
    distribution = installed().get(normal(key))
    files = (distribution.files or []) if distribution is not None else []
    return sum(file.size or 0 for file in files) // 1_000_000


def admits(package: Package, version: str) -> bool:
    """Whether a declaration allows a version. What cannot be understood allows all."""
    if not package.spec:
        return True
    if package.conda:
        try:
            return bool(rattler.VersionSpec(package.spec).matches(rattler.Version(version)))
        except Exception:  # noqa: BLE001  the library raises a class of its own for each kind of mistake
            return True
    try:
        return SpecifierSet(package.spec).contains(version, prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True


def python_minors(package: Package) -> frozenset[int]:
    """The minor versions of Python 3 that a declaration allows."""
    return frozenset(
        minor for minor in range(4, 30) if any(admits(package, f"3.{minor}.{patch}") for patch in (*range(25), 99))
    )


def python_here() -> str:
    """The version of Python on this machine."""
    return ".".join(str(part) for part in sys.version_info[:3])
