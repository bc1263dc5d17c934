"""The data locations that main reads from, and the ways to change them from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from checker.facts.job import HttpRequest
from checker.facts.table_roles import ANY
from checker.model import Location


@dataclass(frozen=True, slots=True)
class Place:
    """One read of data in the source, as far as constants tell.

    ``remote``: it looks like a network read. ``local`` is a path inside the project that it names.
    """

    where: Location
    remote: bool
    local: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataAccess:
    """The tables that main read, from the gateway's log and the files that it opened.

    - ``requested``: the requests for the course's tables (``train``, ``test``, ``data``) by name, in order.
    - ``disk``: the tables opened as files: role, path, and the line that opened it.
    - ``broke``: the run failed while it read data, at ``broke_at``.
    - ``tracked``: addresses on a git host, each with the path of the tracked table that it denotes.
    - ``places``: the reads in the source, for a run that failed before it read data.
    """

    requested: tuple[tuple[str, HttpRequest], ...] = ()
    disk: tuple[tuple[str, str, Location | None], ...] = ()
    succeeded: bool = True
    broke: bool = False
    broke_at: tuple[Location, ...] = ()
    tracked: tuple[tuple[str, str], ...] = ()
    places: tuple[Place, ...] = ()

    def remote(self, role: str) -> tuple[HttpRequest, ...]:
        """The requests that returned the table of that role; ``data`` stands for every table."""
        return tuple(
            request
            for table, request in self.requested
            if table in {role, ANY} and request.method == "GET" and request.status in {200, 206}
        )

    def asked(self, role: str) -> tuple[HttpRequest, ...]:
        """All requests for the table of that role, whatever the status; ``data`` stands for every table."""
        return tuple(
            request for table, request in self.requested if table in {role, ANY} and request.method in {"GET", "HEAD"}
        )

    @property
    def refused(self) -> tuple[HttpRequest, ...]:
        """The requests for a table that got an error status, where no later request returned the table."""
        return tuple(
            request
            for role, request in self.requested
            if request.status >= 400 and request.method in {"GET", "HEAD"} and not self.remote(role)
        )

    def from_disk(self, role: str) -> tuple[tuple[str, Location | None], ...]:
        """The tracked tables of that role that were opened, each with the line that opened it."""
        return tuple((path, where) for table, path, where in self.disk if table == role)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the address of a table: the bucket (or the host of a link), or one of its folders.

    ``moved_by`` names the argument of a function (``import_data(bucket)``) or the value of the configuration that
    changes this part. ``written`` are the lines inside functions where the part is a constant.
    """

    name: str
    kind: str
    moved_by: str | None
    written: tuple[Location, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The parts of each table's address that can be changed from outside of the loading function.

    ``parts`` by role. ``loaders`` are the functions of the project that read the data. ``ran`` is False where main
    failed before it read data: ``written`` are then the addresses inside functions, from the source.
    """

    parts: Mapping[str, tuple[Part, ...]] = field(default_factory=lambda: MappingProxyType({}))
    loaders: tuple[tuple[str, Location], ...] = ()
    ran: bool = True
    written: tuple[Location, ...] = ()
    runs: int = 0
