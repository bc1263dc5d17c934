"""Looking up the accounts of a roster on its forge: a mistyped account would cost a student their repository."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Protocol

from checker.classroom.forges.address import ForgeAddress
from checker.classroom.forges.base import ClassForge, ForgeListener
from checker.classroom.records import ClassRepository, Student
from checker.classroom.roster.reading import Entry, Roster, RowRemark
from checker.errors import ForgeError
from checker.model import Text, text

_ALIKE = 0.6


class AccountsListener(ForgeListener, Protocol):
    """A listener that is also told which account is looked up."""

    def looking_up(self, account: str, done: int, whole: int) -> None:
        """*done* of the *whole* accounts are looked up; *account* is next."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    """The forge's answers about accounts.

    ``reasons``: why an account cannot be used, by the account in lower case. ``left``: accounts that were not looked
    up. ``problem``: why the forge answered no more; None if it answered all.
    """

    reasons: Mapping[str, Text]
    left: tuple[str, ...] = ()
    problem: Text | None = None


def account_to_look_up(entry: Entry, forge: ForgeAddress) -> str:
    """The account of a row, else the one that owns its repository on *forge*; empty if the row has neither.

    An account that was read from an address counts only if that address is on the forge: there it is the first part of
    its path.
    """
    if entry.address is None or not entry.address.host:
        return entry.account
    owner = entry.address.owner
    if entry.account and entry.account.casefold() != owner.rpartition("/")[2].casefold():
        return entry.account
    return forge.project(entry.address.source).partition("/")[0]


def new_accounts(
    entries: Iterable[Entry], members: Iterable[Student], repositories: Iterable[ClassRepository], forge: ForgeAddress
) -> tuple[str, ...]:
    """The accounts of *entries* that neither a student nor a repository of the class has, each once."""
    known = {one.account.casefold() for one in members}
    known |= {forge.project(one.source).partition("/")[0].casefold() for one in repositories}
    wanted: dict[str, str] = {}
    for entry in entries:
        account = account_to_look_up(entry, forge)
        if account and account.casefold() not in known:
            wanted.setdefault(account.casefold(), account)
    return tuple(wanted.values())


def look_up(
    accounts: Sequence[str], taken: Iterable[str], project: str, forge: ClassForge, listener: AccountsListener
) -> LookedUp:
    """Look up *accounts* on *forge*, one after the other.

    Answers before a failure of the forge are kept. For an unknown account, the closest owner of a fork of *project*
    (empty: there is none) is proposed, unless it is *taken* by another student.
    """
    names: dict[str, str | None] = {}
    problem: Text | None = None
    for done, account in enumerate(accounts):
        listener.looking_up(account, done, len(accounts))
        try:
            names[account] = forge.account(account)
        except ForgeError as error:
            problem = error.cause
            break
    unknown = [account for account, name in names.items() if name is None]
    free: dict[str, str] = {}
    if unknown and project:
        try:
            free = {one.account.casefold(): one.account for one in forge.forks(project)}
        except ForgeError as error:
            if len(unknown) == len(names):
                # a forge that knows none of them is not the forge of this class, or the token may see nothing there
                return LookedUp(reasons={}, left=tuple(accounts), problem=error.cause)
        for one in (*taken, *(name for name in names.values() if name is not None)):
            free.pop(one.casefold(), None)
    reasons = {account.casefold(): _unknown(forge.address.host, account, free) for account in unknown}
    reasons |= {
        account.casefold(): text("The account {account} is called {name} now: write that name.",
                                 account=account, name=name)
        for account, name in names.items() if name is not None and name.casefold() != account.casefold()
    }  # fmt: skip
    unasked = tuple(account for account in accounts if account not in names)
    return LookedUp(reasons=reasons, left=unasked, problem=problem)


def without_unknown(roster: Roster, forge: ForgeAddress, reasons: Mapping[str, Text]) -> Roster:
    """The roster, with the rows whose account has a reason in *reasons* moved to the wrong ones."""
    usable: list[Entry] = []
    wrong = list(roster.wrong)
    for entry in roster.entries:
        reason = reasons.get(account_to_look_up(entry, forge).casefold())
        if reason is None:
            usable.append(entry)
        else:
            wrong.append(RowRemark(entry.line, reason))
    return replace(roster, entries=tuple(usable), wrong=tuple(wrong))


def _unknown(host: str, account: str, free: Mapping[str, str]) -> Text:
    close = get_close_matches(account.casefold(), free, n=1, cutoff=_ALIKE)
    if close:
        return text("{host} knows no account {account}. Did you mean {name}?",
                    host=host, account=account, name=free[close[0]])  # fmt: skip
    return text("{host} shows no account {account}: misspelt, renamed, or hidden (then leave it empty).",
                host=host, account=account)  # fmt: skip
