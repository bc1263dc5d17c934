"""Packages that only the computer of their author has."""

from __future__ import annotations

from collections.abc import Sequence

from checker.checks.environment.declaration_commands import declaration_lines
from checker.facts.environment import Declared, EnvironmentFile, Package
from checker.model import Basis, Failed, text


def from_one_computer(file: EnvironmentFile) -> list[Package]:
    """The packages of a file that are asked for by a path of the machine that wrote it."""
    return [package for package in file.declared if package.spec.startswith("file:")]


def package_names(packages: Sequence[Package], most: int = 5) -> tuple[str, ...]:
    return tuple(package.name for package in packages[:most])


def one_computer_failure(local: Sequence[Package], declared: Declared) -> Failed:
    """The verdict where packages are asked for by paths that no other computer has."""
    path = declared.main.path
    return Failed(
        expected=text("{path} gives the same environment on another computer.", path=path),
        actual=text("{path} names paths of the machine that made it: {names}.", path=path, names=package_names(local)),
        hint=text("Write each line as name==version: pip list --format=freeze does."),
        reproduce=f"! {declaration_lines(declared)} | grep -q 'file:'",
        where=tuple(package.where for package in local[:5]),
        basis=Basis.READ,
    )
