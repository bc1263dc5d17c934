"""The configuration of a submission: its files, their values, and the requests of main that depend on a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from checker.model import Location, Text

_PLACE_NAMES = re.compile(
    r"bucket|path|url|uri|link|lien|endpoint|folder|dossier|chemin|file|fichier|key|train|test|data|donn|s3|source|adress",
    re.IGNORECASE,
)
_PLACE = re.compile(r"^[a-z0-9]+://|/|\.(csv|parquet)(\.gz)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One text value of a configuration file, with the keys that lead to it.

    ``start`` and ``end`` are offsets in the decoded text of the file; they enclose the value as written there.
    """

    names: tuple[str, ...]
    value: str
    where: Location
    start: int
    end: int

    @property
    def key(self) -> str:
        """The keys joined by dots, as in ``data.train_name``."""
        return ".".join(self.names)

    @property
    def is_place(self) -> bool:
        """True where the value, or one of its keys, looks like a part of a data location."""
        return _PLACE.search(self.value) is not None or any(_PLACE_NAMES.search(name) for name in self.names)


@dataclass(frozen=True, slots=True)
class ConfigurationSecret:
    """A secret in a configuration file. Its value is not kept.

    ``presigned``: a signed link, which expires; otherwise a key, a token or a password.
    """

    where: Location
    presigned: bool


@dataclass(frozen=True, slots=True)
class ConfigurationFile:
    """One configuration file. ``problem`` is the reason why it cannot be used.

    With a problem there are no leaves, unless the encoding is the only problem. ``text`` is the decoded content.
    ``format`` is ``yaml``, ``json``, ``toml`` or ``ini``.
    """

    path: str
    format: str
    text: str
    leaves: tuple[Leaf, ...] = ()
    secrets: tuple[ConfigurationSecret, ...] = ()
    problem: Text | None = None
    problem_where: tuple[Location, ...] = ()

    @property
    def can_be_read(self) -> bool:
        """True where the values of the file are known, a wrong encoding notwithstanding."""
        return self.problem is None or bool(self.leaves)


@dataclass(frozen=True, slots=True)
class Configuration:
    """The configuration files of a submission; the first one is the main file.

    ``opened`` are the files that main opens when it runs (derived from the source where ``observed`` is False).
    ``absent`` are configuration files that the code names and the repository lacks, with the places that name them;
    ``ignored`` is the rule that keeps the first of them out of git, where there is one. ``left_out`` is the number of
    candidates above the limit, which were not read.
    """

    files: tuple[ConfigurationFile, ...]
    opened: frozenset[str]
    observed: bool
    absent: tuple[tuple[str, tuple[Location, ...]], ...] = ()
    ignored: Location | None = None
    left_out: int = 0

    @property
    def main(self) -> ConfigurationFile | None:
        """The first file."""
        return self.files[0] if self.files else None


@dataclass(frozen=True, slots=True)
class ConfigurationCrash:
    """Main raised an error after it had opened a configuration file that cannot be used as written.

    ``by_configuration``: with that file mended, main does not raise this error.
    """

    by_configuration: bool


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One run of main with one value changed, and the requests that followed the change.

    ``moved`` are the tables (``train``, ``test``) whose request changed, ``stayed`` those still requested at the old
    address. ``places`` are the requested addresses, by table.
    """

    leaf: Leaf
    value: str
    moved: frozenset[str]
    stayed: frozenset[str]
    places: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class ConfigurationEffect:
    """The requests of main, with each value of the configuration changed in turn.

    ``wanted`` are the tables that main requests over the network in an ordinary run. ``dead`` are values that appear in
    no request and whose keys the code does not use. ``complete``: every value was tried.
    """

    file: str
    wanted: frozenset[str]
    trials: tuple[ValueChange, ...]
    dead: tuple[Leaf, ...] = ()
    complete: bool = True

    @property
    def moved(self) -> frozenset[str]:
        """The tables whose request followed a value."""
        return frozenset(table for trial in self.trials for table in trial.moved)

    @property
    def used(self) -> tuple[Leaf, ...]:
        """The values that a request followed."""
        return tuple(trial.leaf for trial in self.trials if trial.moved)
