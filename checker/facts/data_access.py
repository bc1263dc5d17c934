"""Where main takes its data from, and whether that place can be changed from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from checker.facts.running import Request
from checker.model import Location


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the source data is read, and from what, as far as its constants tell.

    ``remote`` says that it looks like a network read, ``local`` that a path inside the project is named.
    """

    where: Location
    remote: bool
    local: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataAccess:
    """What the run of main read, told by the gateway's log and by the files that it opened.

    ``requested`` are the requests for the course's tables (``train``, ``test``, ``data``) by name, in order;
    ``disk`` are the tables that were opened as files, by role, with the line that did it. ``broke`` says that the
    run ended in the reading, at ``broke_at``. ``tracked`` are addresses on a git host, each with the
    path of the tracked table that it means. ``places`` are what the source says, for where the run did not come
    so far.
    """

    requested: tuple[tuple[str, Request], ...] = ()
    disk: tuple[tuple[str, str, Location | None], ...] = ()
    succeeded: bool = True
    broke: bool = False
    broke_at: tuple[Location, ...] = ()
    tracked: tuple[tuple[str, str], ...] = ()
    places: tuple[Place, ...] = ()

    def remote(self, role: str) -> tuple[Request, ...]:
        """The requests that brought the table of that role; ``data`` brings all."""
        return tuple(
            request
            for found, request in self.requested
            if found in {role, "data"} and request.method == "GET" and request.status in {200, 206}
        )

    def asked(self, role: str) -> tuple[Request, ...]:
        """The requests for the table of that role itself, whatever was answered; ``data`` is all tables."""
        return tuple(
            request
            for found, request in self.requested
            if found in {role, "data"} and request.method in {"GET", "HEAD"}
        )

    @property
    def refused(self) -> tuple[Request, ...]:
        """The requests for a table that were answered by an error, where no later one brought it."""
        return tuple(
            request
            for role, request in self.requested
            if request.status >= 400 and request.method in {"GET", "HEAD"} and not self.remote(role)
        )

    def from_disk(self, role: str) -> tuple[tuple[str, Location | None], ...]:
        """The tracked tables of that role that were opened, with the line."""
        return tuple((path, where) for found, path, where in self.disk if found == role)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the address of a table: the bucket (or the host of a link), or one of its folders.

    ``moved_by`` names what moves it: an argument of a function (``import_data(bucket)``) or a value of the
    configuration. ``written`` are the lines inside functions where it is a constant.
    """

    name: str
    kind: str
    moved_by: str | None
    written: tuple[Location, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Which parts of the address of each table can be changed from outside of the loading function.

    ``parts`` by role. ``loaders`` are the functions of the project in which the data is read. ``ran`` is False
    where main did not come so far and the source was read: ``written`` are the addresses that functions hold then.
    """

    parts: Mapping[str, tuple[Part, ...]] = field(default_factory=lambda: MappingProxyType({}))
    loaders: tuple[tuple[str, Location], ...] = ()
    ran: bool = True
    written: tuple[Location, ...] = ()
    runs: int = 0
