"""The configuration of a submission: its files, what they hold, and what follows them when main runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from checker.model import Location, Text


@dataclass(frozen=True, slots=True)
class Leaf:
    """One text value of a configuration file, with the names that lead to it.

    ``start`` and ``end`` are offsets in the decoded text of the file: the value as it is written there.
    """

    names: tuple[str, ...]
    value: str
    where: Location
    start: int
    end: int

    @property
    def key(self) -> str:
        """The names joined by points, as one would say them: ``data.train_name``."""
        return ".".join(self.names)


@dataclass(frozen=True, slots=True)
class Secret:
    """Something in a configuration that should not be shared. Its value is kept nowhere.

    ``presigned`` says that it is a signed link, which expires; otherwise it is a key, a token or a password.
    """

    where: Location
    presigned: bool


@dataclass(frozen=True, slots=True)
class ConfigurationFile:
    """One file that holds configuration. ``problem`` says why it cannot be used; then there are no leaves.

    ``text`` is its decoded content, ``format`` is ``yaml``, ``json``, ``toml`` or ``ini``.
    """

    path: str
    format: str
    text: str
    leaves: tuple[Leaf, ...] = ()
    secrets: tuple[Secret, ...] = ()
    problem: Text | None = None
    problem_where: tuple[Location, ...] = ()


@dataclass(frozen=True, slots=True)
class Configuration:
    """The configuration files of a submission, the one that counts first.

    ``opened`` are the paths among them that main opens when it runs (from the source where ``observed`` is False).
    ``absent`` are paths of configuration files that the code names and the repository lacks, with the places that
    name them; ``ignored`` is the rule that keeps the first of them out, where there is one. ``left_out`` counts the
    candidates that were too many to be read.
    """

    files: tuple[ConfigurationFile, ...]
    opened: frozenset[str]
    observed: bool
    absent: tuple[tuple[str, tuple[Location, ...]], ...] = ()
    ignored: Location | None = None
    left_out: int = 0

    @property
    def main(self) -> ConfigurationFile | None:
        """The file that counts."""
        return self.files[0] if self.files else None


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of main with one value changed: which requests moved, and which still went to the old place.

    ``moved`` and ``stayed`` are among ``train`` and ``test``. ``places`` are the addresses asked for, by table.
    """

    leaf: Leaf
    value: str
    moved: frozenset[str]
    stayed: frozenset[str]
    places: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Following:
    """What became of the requests when each value of the configuration was changed in turn.

    ``wanted`` are the tables that main asks for over the network on an ordinary run. ``dead`` are values that
    appear in no request and whose names the code does not use. ``complete`` says that no value was left out.
    """

    file: str
    wanted: frozenset[str]
    trials: tuple[Trial, ...]
    dead: tuple[Leaf, ...] = ()
    complete: bool = True

    @property
    def moved(self) -> frozenset[str]:
        """The tables whose request followed some value."""
        return frozenset(table for trial in self.trials for table in trial.moved)

    @property
    def used(self) -> tuple[Leaf, ...]:
        """The values that some request followed."""
        return tuple(trial.leaf for trial in self.trials if trial.moved)
