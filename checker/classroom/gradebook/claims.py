"""Which process grades which repository: so that two graders on one gradebook share the work."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection

from checker.classroom.gradebook.roster import repository_ids
from checker.classroom.gradebook.tables import claim, repository

LAPSES_AFTER = timedelta(minutes=5)
"""A claim that is not renewed for so long lapses: its process ended on another machine, or hangs."""


@dataclass(frozen=True, slots=True)
class Claimant:
    """A process that grades, by its machine and by what names it there for as long as the machine runs."""

    host: str
    process: str


def this_process() -> Claimant:
    """The claimant that this process is."""
    return Claimant(socket.gethostname(), _process(os.getpid()))


def take(connection: Connection, key: str, who: Claimant, now: datetime) -> bool:
    """Claim a repository, and give whether it is *who*'s now: nobody else's claim holds. Needs a writing transaction.

    Raises KeyError where the repository is not there.
    """
    # locked until the transaction ends: where nobody has claimed it yet, there is no other row to lock
    row = connection.execute(select(repository.c.id).where(repository.c.key == key).with_for_update()).one_or_none()
    if row is None:
        raise KeyError(key)
    number = row.id
    values = {"host": who.host, "process": who.process, "begun": now, "until": now + LAPSES_AFTER}
    there = connection.execute(select(claim).where(claim.c.repository_id == number)).one_or_none()
    if there is None:
        connection.execute(insert(claim).values(repository_id=number, **values))
        return True
    if _holds(Claimant(there.host, there.process), there.until, now) and Claimant(there.host, there.process) != who:
        return False
    connection.execute(update(claim).where(claim.c.repository_id == number).values(values))
    return True


def renew(connection: Connection, who: Claimant, now: datetime) -> None:
    """Say that *who* is still at work on all that it has claimed."""
    mine = (claim.c.host == who.host) & (claim.c.process == who.process)
    connection.execute(update(claim).where(mine).values(until=now + LAPSES_AFTER))


def give_back(connection: Connection, key: str, who: Claimant) -> None:
    """End the claim of *who* on a repository."""
    number = repository_ids(connection)[key]
    mine = (claim.c.repository_id == number) & (claim.c.host == who.host) & (claim.c.process == who.process)
    connection.execute(delete(claim).where(mine))


def held(connection: Connection, now: datetime) -> Mapping[str, datetime]:
    """The repositories that are being graded, and since when."""
    rows = connection.execute(select(claim, repository.c.key).join(repository))
    return {row.key: row.begun for row in rows if _holds(Claimant(row.host, row.process), row.until, now)}


def _holds(who: Claimant, until: datetime, now: datetime) -> bool:
    if until < now:
        return False
    return who.host != socket.gethostname() or _process(_number(who.process)) == who.process


def _process(number: int) -> str:
    """A process by its number, its start and the machine's: numbers are given again."""
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
