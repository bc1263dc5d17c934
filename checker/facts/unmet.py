"""What a submission declares and this machine does not have."""

from __future__ import annotations

from dataclasses import dataclass

from checker.model import Location


@dataclass(frozen=True, slots=True)
class UnmetPackage:
    """A package that the project imports, declared at versions that this machine does not have.

    ``imports`` are the names by which it is imported; ``here`` is the version of this machine, empty for none.
    """

    name: str
    wanted: str
    here: str
    imports: tuple[str, ...]
    where: Location | None = None


@dataclass(frozen=True, slots=True)
class Unmet:
    """The packages whose declared versions are not met here, and the file that declares them.

    ``newer_python`` is the declared version of Python where it is newer than the one of this machine. ``known``
    are import names of libraries that exist, and that this machine lacks, whether they are declared or not.
    """

    file: str
    packages: tuple[UnmetPackage, ...]
    newer_python: str | None = None
    known: frozenset[str] = frozenset()
