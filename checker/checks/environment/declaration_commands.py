"""Shell commands on the files that declare packages."""

from __future__ import annotations

import re
import shlex

from packaging.utils import canonicalize_name

from checker.facts.environment import Declared, Package
from checker.quoting import all_quoted


def declaration_test(package: str, distribution: str, declared: Declared) -> str:
    """A command that fails while the scripts import a package and no file declares its distribution."""
    pattern = name_pattern(distribution)
    imports = shlex.quote(rf"^[[:space:]]*(import|from)[[:space:]]+{package}([[:space:].,;]|$)")
    declares = shlex.quote(rf"(^|[^a-z0-9_.-]){pattern}($|[^a-z0-9_.])")
    return f"! git grep -qE {imports} -- '*.py' || {declaration_lines(declared)} | grep -iqE {declares}"


def name_pattern(name: str) -> str:
    """A name in any of its spellings, for grep."""
    return "[-_.]".join(re.escape(part) for part in canonicalize_name(name).split("-"))


def declaration_lines(declared: Declared) -> str:
    paths = dict.fromkeys(path for file in declared.files for path in (file.path, *file.included))
    usual = "environment.y*ml requirements*.txt requirements*/*.txt"
    others = [
        path for path in paths if not re.fullmatch(r"environment\.ya?ml|requirements[\w.-]*(/[\w.-]+)?\.txt", path)
    ]
    return f"cat {usual} {all_quoted(others)}".rstrip() + " 2>/dev/null"


def version_test(package: Package, declared: Declared) -> str:
    """A command that fails while a package stands in a line of its own, without a version."""
    name = name_pattern(package.name)
    bare = shlex.quote(rf"^[[:space:]\"'-]*([a-z0-9_.-]+::)?{name}(\[[a-z0-9,_-]*\])?[[:space:]\"',]*(#.*)?$")
    return f"! {declaration_lines(declared)} | tr -d '\\r' | grep -iqE {bare}"


def installation(declared: Declared) -> str:
    """A command that fails while pip can find no set of versions for what is declared for it."""
    packages = [package for package in declared.main.declared if not package.conda]
    lines = [f"{package.name}{package.spec}" for package in packages]
    return f"python -m pip install --quiet --dry-run --ignore-installed {all_quoted(lines)}"
