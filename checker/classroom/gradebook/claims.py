"""Claims on repositories, by which two graders on one gradebook share the work."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.engine import Connection

from checker.classroom.gradebook.roster import repository_ids
from checker.classroom.gradebook.tables import claim, repository

LAPSES_AFTER = timedelta(minutes=5)
"""Time after which a claim that is not renewed lapses: its process ended on another machine, or hangs."""


@dataclass(frozen=True, slots=True)
class Claimant:
    """A process that grades: its machine, and an id that is unique on it for as long as the machine runs."""

    host: str
    process: str


def this_process() -> Claimant:
    """The claimant for this process."""
    return Claimant(socket.gethostname(), _process(os.getpid()))


def take(connection: Connection, key: str, claimant: Claimant, now: datetime) -> bool:
    """Claim a repository; true if *claimant* now has it, that is, if nobody else has a valid claim.

    Needs a writing transaction. Raises KeyError for an unknown repository.
    """
    # locked until the transaction ends: without a claim so far, there is no other row to lock
    row = connection.execute(select(repository.c.id).where(repository.c.key == key).with_for_update()).one_or_none()
    if row is None:
        raise KeyError(key)
    number = row.id
    values = {"host": claimant.host, "process": claimant.process, "begun": now, "until": now + LAPSES_AFTER}
    current = connection.execute(select(claim).where(claim.c.repository_id == number)).one_or_none()
    if current is None:
        connection.execute(insert(claim).values(repository_id=number, **values))
        return True
    holder = Claimant(current.host, current.process)
    if holder != claimant and _holds(holder, current.until, now):
        return False
    connection.execute(update(claim).where(claim.c.repository_id == number).values(values))
    return True


def renew(connection: Connection, claimant: Claimant, now: datetime) -> None:
    """Renew all claims of *claimant*."""
    connection.execute(update(claim).where(_of(claimant)).values(until=now + LAPSES_AFTER))


def give_back(connection: Connection, key: str, claimant: Claimant) -> None:
    """End the claim of *claimant* on a repository."""
    number = repository_ids(connection)[key]
    connection.execute(delete(claim).where(_of(claimant), claim.c.repository_id == number))


def held(connection: Connection, now: datetime) -> Mapping[str, datetime]:
    """The repositories with a valid claim, and since when."""
    rows = connection.execute(select(claim, repository.c.key).join(repository))
    return {row.key: row.begun for row in rows if _holds(Claimant(row.host, row.process), row.until, now)}


def _of(claimant: Claimant) -> ColumnElement[bool]:
    return (claim.c.host == claimant.host) & (claim.c.process == claimant.process)


def _holds(claimant: Claimant, until: datetime, now: datetime) -> bool:
    if until < now:
        return False
    return claimant.host != socket.gethostname() or _process(_number(claimant.process)) == claimant.process


def _process(number: int) -> str:
    """A process by its id, its start time and its machine: ids are reused."""
    try:
        state = Path(f"/proc/{number}/stat").read_text(encoding="ascii", errors="replace")
        start = state.rpartition(")")[2].split()[19]
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (OSError, IndexError):
        # no such process; or a system without /proc, where a claim holds until it lapses
        start, boot = ("?", "?") if Path("/proc/self").exists() else ("", "")
    return f"{number} {start} {boot}".strip()


def _number(process: str) -> int:
    word = process.partition(" ")[0]
    return int(word) if word.isdecimal() else 0
