"""The distributions behind imports and declared names, and their dependencies, from the installed metadata."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import rattler
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from checker.course import Course
from checker.evidence.packages.installed import installed, providers
from checker.facts.environment import Package
from checker.sandbox.process.import_filter import needs

_VARIANTS = ("-base", "-core", "-python", "-headless", "-binary", "-cpu", "-gpu")
"""Suffixes under which conda or pip offer the same import names with other contents."""


_OF_OTHER_YEARS = """annotationlib asynchat asyncore binhex cgi cgitb chunk compression crypt distutils formatter imghdr
imp lib2to3 mailcap msilib nntplib pipes smtpd sndhdr telnetlib uu xdrlib"""
STANDARD = sys.stdlib_module_names | frozenset(_OF_OTHER_YEARS.split())
"""The standard library's modules, of this version of Python and the neighbouring ones."""


def distributions_of(package: str, course: Course) -> tuple[str, ...]:
    """The normalised names under which an import may be declared, the usual one first.

    The sources are the course's table, then the libraries of this machine, then the import name itself.
    """
    table = course.environment.distributions
    names = [table[package]] if package in table else [*map(canonicalize_name, providers().get(package, ())), package]
    renamed = course.environment.conda_names
    names += [renamed[name] for name in list(names) if name in renamed]
    return tuple(dict.fromkeys(canonicalize_name(name) for name in names))


def shown_name(package: str, course: Course) -> str:
    """The distribution name to write into an environment file for an import, in its authors' spelling."""
    if package in course.environment.distributions:
        return course.environment.distributions[package]
    key = distributions_of(package, course)[0]
    return installed()[key].name if key in installed() else key


def names_of(key: str) -> tuple[str, ...]:
    """The names that a declared name stands for: itself, and the package of which it is a variant
    (``matplotlib-base``).
    """
    return (key, *(key.removesuffix(end) for end in _VARIANTS if key.endswith(end)))


def may_give(key: str, package: str) -> bool:
    """True where a declared name could provide an import of an unknown distribution.

    ``google-cloud-storage`` may provide ``google``, ``python-docx`` ``docx`` and ``pyserial`` ``serial``.
    """
    stem = canonicalize_name(package)
    return key.startswith(f"{stem}-") or key in (f"python-{stem}", f"py{stem}", f"{stem}py")


def pip_names(key: str, course: Course) -> tuple[str, ...]:
    """The names of a declared package in the installed metadata: conda has other names for some packages."""
    conda: dict[str, str] = {
        canonicalize_name(conda_name): canonicalize_name(name)
        for name, conda_name in course.environment.conda_names.items()
    }
    names = [key, *([conda[key]] if key in conda else []), *names_of(key)[1:]]
    names += [key.removeprefix("python-")] if key.startswith("python-") else []
    return tuple(dict.fromkeys(names))


def installed_name(key: str, course: Course, versions: Mapping[str, str] | None = None) -> str | None:
    """The name of the installed distribution that a declared name means; None where it is not on this machine.

    *versions* are those of the environment that student code runs in, where it is not the checker's own.
    """
    if versions is not None:
        return next((name for name in map(canonicalize_name, pip_names(key, course)) if name in versions), None)
    return next((name for name in pip_names(key, course) if version_here(name) is not None), None)


@functools.cache
def version_here(key: str) -> str | None:
    """The version of a distribution on this machine."""
    distribution = installed().get(canonicalize_name(key))
    return distribution.version if distribution is not None else None


@functools.cache
def _requires(key: str) -> frozenset[str]:
    """The required dependencies of an installed distribution, without its extras."""
    distribution = installed().get(canonicalize_name(key))
    if distribution is None:
        return frozenset()
    return frozenset(canonicalize_name(needed.name) for needed in needs(distribution))


def can_use(keys: Iterable[str], course: Course) -> frozenset[str]:
    """The optional dependencies (all extras) of the distributions of *keys*."""
    names: set[str] = set()
    for name in {name for key in keys for name in pip_names(key, course)}:
        distribution = installed().get(canonicalize_name(name))
        for line in (distribution.requires or []) if distribution is not None else []:
            with contextlib.suppress(InvalidRequirement):
                names.add(canonicalize_name(Requirement(line).name))
    return frozenset(names)


def closure(keys: Iterable[str], course: Course) -> Mapping[str, str]:
    """All dependencies of *keys*, direct and indirect, with the one of *keys* that requires each; without *keys*
    themselves.
    """
    table = course.environment.conda_dependencies
    also: dict[str, frozenset[str]] = {
        canonicalize_name(name): frozenset(map(canonicalize_name, names)) for name, names in table.items()
    }
    roots = tuple(dict.fromkeys(keys))
    requirers: dict[str, str] = {}
    for key in roots:
        waiting = [key]
        visited: set[str] = set()
        while waiting:
            current = waiting.pop()
            for name in pip_names(current, course):
                for needed in _requires(name) | also.get(name, frozenset()):
                    if needed not in visited:
                        visited.add(needed)
                        waiting.append(needed)
        for needed in visited:
            requirers.setdefault(needed, key)
    return MappingProxyType({needed: via for needed, via in requirers.items() if needed not in roots})


@functools.cache
def megabytes(key: str) -> int:
    """The size of an installed distribution; 0 where it is not installed."""
    distribution = installed().get(canonicalize_name(key))
    files = (distribution.files or []) if distribution is not None else []
    return sum(file.size or 0 for file in files) // 1_000_000


def admits(package: Package, version: str) -> bool:
    """True where a declaration allows a version. A specification that cannot be parsed allows every version."""
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
