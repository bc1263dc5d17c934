"""The one screen of ``checker watch``: the progress in the course, the current step, the changes, the running round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len, set_cell_size
from rich.text import Text as Line

from checker.locale import Speech
from checker.model import Report, Status, StepResult, Text
from checker.model import text as t
from checker.render.blocks import Block, printed, sentence
from checker.render.cleaning import visible
from checker.render.entries import lies_ahead
from checker.render.terminal import WIDTH, render_troubles

HEIGHT = 24
_LONGEST = 200
_CHANGES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A running grading. *judged* of *asked* checks have their verdict; None: not known yet."""

    judged: int = 0
    asked: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """The content of the screen.

    *report* is the last one, with the verdicts of a running round laid over it. *checked_at* is the time of day of the
    last whole report, and *seconds* the duration of its grading. *changes* are those by that report (None: it was the
    first). *trouble* is the reason why there is no report of the present files. *number* counts the rounds that have
    ended.
    """

    folder: str
    report: Report | None = None
    round: Round | None = None
    checked_at: str | None = None
    seconds: float = 0.0
    changes: tuple[Text, ...] | None = None
    trouble: tuple[Text, ...] = ()
    number: int = 0


def render_screen(
    screen: Screen,
    speech: Speech,
    *,
    width: int = WIDTH,
    height: int = HEIGHT,
    color: bool = False,
    note: Text | None = None,
) -> tuple[str, ...]:
    """At most *height* lines of at most *width* columns; with *color*, with ANSI colours.

    *note* is shown as long as there is no other content.
    """
    if note is not None and screen.report is None and not screen.trouble:
        screen = replace(screen, trouble=(note,))
    head = [*_head(screen, speech, width=width, color=color)]
    foot = [*_foot(screen, speech, width=width, color=color)]
    room = height - len(head) - len(foot)
    body = [*_body(screen, speech, width=width, color=color, room=room)] if room > 1 else []
    lines = [*head, *body, *foot]
    return tuple(lines if len(lines) <= height else lines[:height])


def state_of(screen: Screen, speech: Speech) -> str:
    """The state of the round, in a few words."""
    if screen.round is not None:
        if screen.round.asked is None or not screen.round.judged:
            return speech.say(t("checking…"))
        return speech.say(t("checking… {judged} of {asked}", judged=screen.round.judged, asked=screen.round.asked))
    if screen.trouble:
        return speech.say(t("not checked"))
    if screen.checked_at is None:
        return speech.say(t("starting…"))
    return speech.say(t("checked at {time}", time=screen.checked_at)) + f" ({speech.show(round(screen.seconds, 1))} s)"


def changes_of(changes: Sequence[Text], speech: Speech) -> str:
    """The changes by a report, in a line."""
    if not changes:
        return speech.say(t("Nothing changed."))
    shown = ", ".join(speech.say(change) for change in changes[:_CHANGES])
    more = f" (+{len(changes) - _CHANGES})" if len(changes) > _CHANGES else ""
    return speech.say(t("Changed: {changes}", changes=shown + more))


def way_of(report: Report, speech: Speech) -> tuple[tuple[str, str], ...]:
    """The steps that are done, wrong, and yet to come, each list as a line with its style."""
    done = [step.id for step in report.steps if step.status is Status.PASSED]
    wrong = [*_wrong(report)]
    beside = [step.id for step in report.steps if step.left_out]
    ahead = [step.id for step in report.steps if lies_ahead(step) and not step.bonus and not step.left_out]
    named = {*done, *(step.id for step in wrong), *ahead, *beside}
    rest = [step.id for step in report.steps if step.id not in named and not step.bonus]
    lists = (
        ("✓ ", t("Done:"), done, "green"),
        ("✗ ", t("Wrong:"), [step.id for step in wrong], "red"),
        ("~ ", t("Open:"), rest, "blue"),
        ("· ", t("To do:"), ahead, "default"),
        ("· ", t("Optional:"), beside, "default"),
    )
    return tuple((f"{sign}{speech.say(label)} {', '.join(ids)}", style) for sign, label, ids, style in lists if ids)


def points_of(report: Report, speech: Speech) -> str:
    """The points, and those that could not be judged here."""
    points = speech.say(t("{points} of {max_points} points", points=report.points, max_points=report.max_points))
    if report.not_checked_points:
        points += speech.say(t(", {points} not checked here", points=report.not_checked_points))
    return points


def _head(screen: Screen, speech: Speech, *, width: int, color: bool) -> Iterator[str]:
    state = state_of(screen, speech)
    name = visible(screen.folder, longest=_LONGEST)
    if screen.report is not None and screen.report.submission.branch:
        name += f" · {visible(screen.report.submission.branch, longest=60)}"
    room = width - cell_len(state) - 2
    name_cell = name if cell_len(name) <= room else set_cell_size(name, max(room - 1, 0)) + "…"
    line = Line(name_cell, style="bold")
    line.append(" " * max(width - cell_len(name_cell) - cell_len(state), 1))
    line.append(state, style="not bold yellow" if screen.round is not None else "not bold default")
    yield from _cut(printed([Block(line)], width=width, color=color), 1)
    if screen.report is not None:
        yield ""
        for words, style in way_of(screen.report, speech):
            yield from _cut(printed([sentence(words, style)], width=width, color=color), 2)
    yield ""


def _body(screen: Screen, speech: Speech, *, width: int, color: bool, room: int) -> Iterator[str]:
    if screen.trouble:
        words = [sentence(speech.say(line), "yellow", longest=_LONGEST * 3) for line in screen.trouble]
        yield from _cut(printed(words, width=width, color=color), room)
        return
    if screen.report is None:
        return
    pieces = [*_pieces(screen.report, speech, width=width, color=color)]
    if not pieces:
        words = [sentence(speech.say(t("All that can be seen here is done.")), "bold green")]
        yield from _cut(printed(words, width=width, color=color), room)
        return
    lines: list[str] = []
    for number, piece in enumerate(pieces):
        last = number == len(pieces) - 1
        if len(lines) + len(piece) + (0 if last else 1) > room:
            left = len(pieces) - number
            if not lines:
                lines = [*piece[: room - 1]]
            more = speech.say(t("… and {number} more: checker check", number=left))
            lines.append(next(_cut(printed([sentence(more, "dim")], width=width, color=color), 1)))
            break
        lines += piece
    yield from lines[:room]


def _pieces(report: Report, speech: Speech, *, width: int, color: bool) -> Iterator[list[str]]:
    """The current step, then the others with a failure; the line of a step stays with its first entry."""
    following = report.next_step
    first = [following] if following is not None else []
    for step in (*first, *(step for step in _wrong(report) if step is not following)):
        head, *entries = render_troubles(step, speech, width=width, color=color)
        pieces = [head, *entries]
        before = [] if step is following else [""]
        yield [*before, *"".join(pieces[:2]).splitlines()]
        for entry in entries[1:]:
            yield entry.splitlines()


def _foot(screen: Screen, speech: Speech, *, width: int, color: bool) -> Iterator[str]:
    yield ""
    if screen.changes is not None:
        words = changes_of(screen.changes, speech)
        yield from _cut(printed([sentence(words, "bold")], width=width, color=color), 2)
    if screen.report is not None:
        yield from _cut(printed([sentence(points_of(screen.report, speech))], width=width, color=color), 1)
    words = speech.say(t("Every save is checked. Ctrl-C leaves."))
    yield from _cut(printed([sentence(words, "dim")], width=width, color=color), 1)


def _wrong(report: Report) -> Iterator[StepResult]:
    for step in report.steps:
        if any(check.status in (Status.FAILED, Status.ERRORED) for check in step.checks):
            yield step


def _cut(words: str, most: int) -> Iterator[str]:
    yield from words.splitlines()[:most]
