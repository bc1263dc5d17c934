"""``checker class forks``: read the forks of a class, their requests and their pushes, from the forge."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from pathlib import Path

from rich.cells import cell_len, set_cell_size

from checker.classroom.class_file import ForgeTable
from checker.classroom.forges.opening import open_forge
from checker.classroom.fork_reading import ForkReading, ForkRow, ForksRead
from checker.cli.classes.forge_waiting import ForgeWaiting
from checker.cli.classes.opened import opened_here
from checker.cli.console import Console
from checker.errors import UsageError
from checker.facts.pull_requests import PullRequest, State
from checker.model import Text, text
from checker.render.cleaning import visible

_NAME = 22
_PROJECT = 28
_WIDTH = 78
_ORDER = (State.OPEN, State.MERGED, State.CLOSED)


def run(console: Console, folder: Path, project: str, *, add: bool, accounts: bool) -> None:
    """Read the forks into the gradebook (with *accounts* only show them), and print the result.

    Raises UsageError if the forked repository is not known, ClassError if the class cannot be used, and ForgeError if
    its forge cannot be asked.
    """
    if add and accounts:
        raise UsageError(
            text("--accounts changes nothing, and --add adds students."), text("Give one of the two options.")
        )
    with opened_here(folder) as opened, console.progress() as progress:
        wanted = _project(project or opened.file.forge.repository, opened.file.forge)
        listener = _ForksProgress(console, progress)
        with open_forge(opened.file.forge, os.environ, listener) as forge:
            reading = ForkReading(opened.gradebook, forge, listener, add=add, keep=not accounts)
            forks = reading.read(wanted)
            progress.clear()
            _show(console, forks, forge.address.host, wanted, each=accounts)
    _say_next(console, forks, written=not accounts)


def _project(words: str, forge: ForgeTable) -> str:
    """``owner/name`` of the forked repository, also from the address of its page."""
    _, separator, rest = words.partition("://")
    project = rest.partition("/")[2] if separator else words
    project = project.strip("/").removesuffix(".git")
    if not project:
        raise UsageError(
            text("Nothing says which repository the students forked."),
            text("Name it: checker class forks OWNER/REPO, or write it in class.toml under [forge]."),
        )
    parts = project.split("/")
    if len(parts) < 2 or (forge.kind == "github" and len(parts) != 2):
        raise UsageError(
            text("{project} names no repository.", project=words[:200]),
            text("Write its owner and its name, with a slash between them: OWNER/REPO."),
        )
    return project


class _ForksProgress(ForgeWaiting):
    """Shows the progress of the reading, and the reason for each wait."""

    def reading(self, project: str, done: int, whole: int) -> None:
        self.progress.note(
            text("{done} of {whole} repositories read; now {project}.", done=done, whole=whole, project=project),
            plainly=text("Reading {whole} repositories from the forge.", whole=whole),
        )


def _show(console: Console, forks: ForksRead, host: str, wanted: str, *, each: bool) -> None:
    """Print the result; forks of nobody in one sentence, or *each* on a line."""
    upstream = forks.upstream.project
    if upstream.casefold() != wanted.casefold():
        console.say(text("{old} is called {new} now: change it in class.toml.", old=wanted, new=upstream))
    ours = [row for row in forks.rows if not row.stranger]
    strangers = [row for row in forks.rows if row.stranger]
    console.say(
        text(
            "{project} on {host}: {forks} forks, {requests} requests.",
            project=upstream,
            host=host,
            forks=sum(bool(row.project) for row in forks.rows),
            requests=forks.requests,
        )
    )
    for row in sorted(ours, key=lambda row: (bool(row.problem), not row.project)):
        _show_row(console, row)
    if strangers and each:
        console.say(text("Forks of accounts that no student has:"))
        for row in strangers:
            _show_row(console, row)
    elif strangers:
        _show_strangers(console, strangers)


def _show_row(console: Console, row: ForkRow) -> None:
    speech = console.speech()
    names = (
        ", ".join(visible(student.name or student.account or student.key) for student in row.students) or row.account
    )
    line = f"  {_cell(names, _NAME)} {_cell(visible(row.project) or '-', _PROJECT)} "
    state = _state(row)
    shown = "" if state is None else _cut(visible(speech.say(state)), _WIDTH - cell_len(line))
    console.write((line + shown).rstrip())
    for remark in _remarks(row):
        words = visible(speech.say(remark))
        console.write(textwrap.fill(words, _WIDTH, initial_indent="    ", subsequent_indent="    "))


def _state(row: ForkRow) -> Text | None:
    """The most telling request, else the branch; None without a repository."""
    requests = sorted(row.requests, key=lambda request: (_ORDER.index(request.state), -request.number))
    if requests:
        return _about(requests[0])
    if row.branch:
        return text("branch {branch}", branch=row.branch)
    return text("no request") if row.project else None


def _about(request: PullRequest) -> Text:
    branch, number = request.source_branch, request.number
    if request.state is State.MERGED:
        return text("{number} merged, {branch}", number=number, branch=branch)
    if request.state is State.CLOSED:
        return text("{number} closed, {branch}", number=number, branch=branch)
    if request.conflict:
        return text("{number} in conflict, {branch}", number=number, branch=branch)
    return text("{number} open, {branch}", number=number, branch=branch)


def _remarks(row: ForkRow) -> Sequence[Text]:
    remarks = [row.problem] if row.problem is not None else []
    if row.added:
        remarks.append(text("New in the class: {key}.", key=row.students[0].key if row.students else row.account))
    if row.others:
        remarks.append(text("The same account has other forks, which do not count: {names}.", names=row.others))
    return remarks


def _show_strangers(console: Console, strangers: Sequence[ForkRow]) -> None:
    named = tuple(row.account for row in strangers)
    words = visible(
        console.speech().say(
            text("{count} forks are of accounts that no student has: {names}.", count=len(named), names=named)
        )
    )
    console.write(textwrap.fill(words, _WIDTH))


def _say_next(console: Console, forks: ForksRead, *, written: bool) -> None:
    if any(row.stranger for row in forks.rows):
        console.say(text("Write their accounts into the roster, or make students of them: checker class forks --add"))
    if written and any(row.students and row.project for row in forks.rows):
        console.say(text("Next: checker class clone"))


def _cell(words: str, width: int) -> str:
    return set_cell_size(_cut(words, width), width)


def _cut(words: str, width: int) -> str:
    return words if cell_len(words) <= width else set_cell_size(words, max(width - 1, 0)).rstrip() + "…"
