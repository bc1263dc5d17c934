"""Fetching one repository from a git address: its new commits, and all files of those that may be graded."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

from checker import archive
from checker.classroom.class_file import DeadlineTable, LateTable
from checker.classroom.cloning.address import Address
from checker.classroom.cloning.bare import OF_ORIGIN, BareRepository
from checker.classroom.cloning.bounds import BOUNDS, FetchBounds
from checker.classroom.cloning.failures import NotFetched, damaged, failure_of, is_refused_by_fsck
from checker.classroom.cloning.git import Git, GitEnd, Stop, size_of
from checker.classroom.cloning.lock import locked
from checker.classroom.cloning.offer import Offer, offer_of
from checker.classroom.counting import BARE, KEPT, chosen, push_in_time
from checker.classroom.records import ClassRepository, Counting, Fetched, Forked
from checker.model import Text, text

_NAMED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class CloneOrder:
    """The options shared by all repositories of a class.

    ``tokens`` are by the host that they are for, ``surroundings`` the variables of this process. ``full`` asks for the
    large files of earlier states, too. A running git is ended as soon as ``cancelled`` is set.
    """

    repositories: Path
    deadline: DeadlineTable = field(default_factory=DeadlineTable)
    late: LateTable = field(default_factory=LateTable)
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    surroundings: Mapping[str, str] = field(default_factory=dict, repr=False)
    full: bool = False
    bounds: FetchBounds = BOUNDS
    cancelled: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloned:
    """The result of fetching one repository.

    ``fetched``: the known state of the repository. ``new``: that state differs from the one before. ``kept``: why the
    repository could not be reached, if ``fetched`` is from an earlier fetch. ``uncommitted``: the number of files in a
    folder that are in no commit, and do not count. ``bytes``: those on the disk.
    """

    fetched: Fetched
    new: bool = False
    kept: Text | None = None
    uncommitted: int = 0
    bytes: int = 0


def fetch(
    order: CloneOrder, repository: ClassRepository, address: Address, forked: Forked, before: Fetched | None
) -> Cloned:
    """Fetch new commits from *address*.

    Raises NotFetched, FetchedElsewhere, OSError, and UsageError without a git.
    """
    bare = BareRepository(order.repositories / f"{repository.key}{BARE}")
    with locked(order.repositories / f"{repository.key}.lock") as lock:
        bare.prepare(address.url, full=order.full, bounds=order.bounds)
        git = Git(
            folder=bare.folder,
            address=address,
            surroundings=order.surroundings,
            bounds=order.bounds,
            cancelled=order.cancelled,
            lock=lock,
            secret=order.tokens.get(address.host, ""),
        )
        fetched = _Fetch(order, repository, forked, bare, git).fetched()
    new = before is None or (before.tip, before.branch) != (fetched.tip, fetched.branch)
    return Cloned(fetched=fetched, new=new, bytes=size_of(bare.folder))


@dataclass(frozen=True, slots=True)
class _Fetch:
    order: CloneOrder
    repository: ClassRepository
    forked: Forked
    bare: BareRepository
    git: Git

    def fetched(self) -> Fetched:
        offer = offer_of(self._demand(("ls-remote", "--symref", "--", "origin")).output)
        branch = self._branch(offer)
        wanted = {branch, offer.default_branch} - {""}
        if len(offer.branches) <= self.order.bounds.branches:
            wanted = set(offer.branches)
        if any(self._fetched_branches().get(name) != offer.branches[name] for name in wanted) or len(
            self._fetched_branches()
        ) != len(wanted):
            self._fetch_branches(wanted, everything=len(wanted) == len(offer.branches))
        tip = self._fetched_branches().get(branch)
        if tip is None:
            raise NotFetched(text("It changed while it was fetched. Try again: checker class clone"), passing=True)
        self._demand_done(self.bare.lay_out(self.git, branch, tip, offer.default_branch))
        state = Fetched(
            at=datetime.now(UTC),
            place=self.bare.folder.name,
            branch=branch,
            tip=tip,
            default_branch=offer.default_branch,
        )
        self._complete(tip)
        self._fetch_counting(state)
        return state

    def _branch(self, offer: Offer) -> str:
        """The branch that counts. Raises NotFetched where there is none."""
        if not offer.branches:
            raise NotFetched(text("The repository is empty. Its author pushes their work: git push."))
        if offer.has_long_names:
            raise NotFetched(text("The repository names its objects by SHA-256, which cannot be read here."))
        branch = self.repository.branch or offer.default_branch
        if branch in offer.branches:
            return branch
        names = sorted(offer.branches)
        if not branch:
            problem = text(
                "The repository tells no default branch. Name the one that counts in the roster: {names}.",
                names=tuple(names[:_NAMED]),
            )
        else:
            near = get_close_matches(branch, names, n=1, cutoff=0.6)
            problem = text(
                "The repository has no branch {branch}. It has {names}: name the one that counts in the roster.",
                branch=branch,
                names=tuple(dict.fromkeys((*near, *names)))[:_NAMED],
            )
        raise NotFetched(problem)

    def _fetched_branches(self) -> Mapping[str, str]:
        return {
            name.removeprefix(OF_ORIGIN): commit
            for name, commit in self.bare.references().items()
            if name.startswith(OF_ORIGIN)
        }

    def _fetch_branches(self, wanted: set[str], *, everything: bool) -> None:
        if everything:
            specs = [f"+refs/heads/*:{OF_ORIGIN}*"]
        else:
            specs = [f"+refs/heads/{name}:{OF_ORIGIN}{name}" for name in sorted(wanted)]
        words = (*self._fetching(), "--prune", "--stdin", "origin")
        lines = "".join(f"{spec}\n" for spec in specs).encode("utf-8")
        end = self.git.run(words, lines)
        if end.stop is None and is_refused_by_fsck(end):
            # In a partial clone, git fetch turns no fsck error into a warning: the objects are checked afterwards.
            self._demand_done(self.git.run(("-c", "fetch.fsckObjects=false", *words), lines))
            end = self.git.run(("fsck", "--full", "--strict", "--no-dangling", "--no-reflogs", "--progress"))
            if not end.succeeded:
                archive.remove(self.bare.folder)
                raise damaged(end)
        self._demand_done(end)

    def _fetch_counting(self, fetched: Fetched) -> None:
        """Fetch the commit that counts, if it is missing and the server gives it."""
        push = push_in_time(self.forked, fetched.branch, self.order.deadline)
        if push is not None and self._kind(push.commit) != "commit":
            # if the server refuses, counting_commit gives the reason
            self.git.run((*self._fetching(), "--stdin", "origin"), f"{push.commit}\n".encode())
        counting = chosen(self.order.repositories, fetched, self.forked, self.order.deadline, self.order.late)
        if isinstance(counting, Counting) and counting.commit is not None and counting.commit != fetched.tip:
            self._complete(counting.commit)

    def _complete(self, commit: str) -> None:
        """Fetch the missing files of a commit, and record that all of them are here."""
        listed = self._demand(("rev-list", "--objects", "--no-walk", "--missing=print", commit, "--")).output
        missing = [line[1:].decode() for line in listed.split(b"\n") if line.startswith(b"?")]
        if missing:
            fetching = self._fetching("--filter=blob:none")
            self._demand(("-c", "fetch.negotiationAlgorithm=noop", *fetching, "--stdin", "origin"), missing)
        self._demand(("update-ref", f"{KEPT}{commit}", commit))

    def _kind(self, commit: str) -> str:
        return self.git.run(("cat-file", "-t", commit)).output.decode("ascii", "replace").strip()

    def _fetching(self, *options: str) -> tuple[str, ...]:
        return ("fetch", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--progress", *options)

    def _demand(self, words: tuple[str, ...], lines: list[str] | None = None) -> GitEnd:
        content = "".join(f"{line}\n" for line in lines or ())
        return self._demand_done(self.git.run(words, content.encode("utf-8")))

    def _demand_done(self, end: GitEnd) -> GitEnd:
        """The end of a call of git that has to succeed. Raises NotFetched."""
        if end.succeeded:
            return end
        if end.stop is Stop.DISK:
            archive.remove(self.bare.folder)  # the space that it has taken is given to the others
        raise failure_of(end, self.git.address, self.order.bounds)


def kept_or_not(before: Fetched | None, why: NotFetched, branch: str) -> Cloned:
    """The result for a repository that was not fetched now: the state *before*, if that may still be graded."""
    if why.passing and before is not None and before.tip is not None and (not branch or before.branch == branch):
        return Cloned(fetched=replace(before, problem=None), kept=why.problem)
    return Cloned(fetched=Fetched(at=datetime.now(UTC), branch=branch, problem=why.problem))
