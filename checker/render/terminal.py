"""The report as a student reads it in a terminal: what is done, what is wrong, the next step, the rest in a line."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text as Line

from checker.locale import Speech
from checker.model import Advice, Failed, Location, Report, Status, StepResult, Text, Unavailable
from checker.model import text as t
from checker.render.cleaning import visible, without_commands
from checker.render.entries import (
    SUSPICIOUS,
    WORDS,
    Entry,
    advised,
    entries,
    lies_ahead,
    message_of,
    not_committed,
    seen_here,
    single,
)

WIDTH = 80
_SIGNS = {
    Status.PASSED: ("✓", "green"),
    Status.PARTIAL: ("~", "yellow"),
    Status.FAILED: ("✗", "red"),
    Status.TODO: ("·", "dim"),
    Status.BLOCKED: ("‖", "yellow"),
    Status.UNAVAILABLE: ("?", "blue"),
    Status.ERRORED: ("!", "magenta"),
}
_PLACES = 3
_FILES = 5
_GLUE = str.maketrans({"\u00a0": "\ue000", "\u202f": "\ue001"})
"""No line breaks at the spaces that French has before its signs: the wrapper takes these for letters."""
_UNGLUE = str.maketrans({"\ue000": "\u00a0", "\ue001": "\u202f"})


def render(report: Report, speech: Speech, *, width: int = WIDTH, color: bool = False) -> str:
    """The report for a terminal of *width* columns; with *color*, with ANSI colours.

    A report on a single check says all that there is to say of it. Shell commands are the only lines that may be
    wider: who copies one needs it whole.
    """
    return _printed(_parts(report, speech, width), width=width, color=color)


def render_step(step: StepResult, speech: Speech, *, width: int = WIDTH, color: bool = False) -> str:
    """What the report of :func:`render` says of one step."""
    return _printed(_step(step, speech, width), width=width, color=color)


def _printed(parts: Iterable[_Part], *, width: int, color: bool) -> str:
    sink = io.StringIO()
    console = Console(
        file=sink,
        width=width,
        color_system="standard" if color else None,
        force_terminal=color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        no_color=not color,
    )
    for part in parts:
        for line in part.lines(console):
            console.print(line, no_wrap=True, overflow="ignore", crop=False, soft_wrap=True)
    return without_commands(sink.getvalue().translate(_UNGLUE))


@dataclass(frozen=True, slots=True)
class _Block:
    """Words that are wrapped, with a sign before the first line and as much space before the others."""

    words: Line
    sign: Line = field(default_factory=Line)
    most: int = 12

    def lines(self, console: Console) -> Iterator[Line]:
        space = cell_len(self.sign.plain)
        words = self.words.copy()
        words.plain = words.plain.translate(_GLUE)
        every = words.wrap(console, console.width - space, overflow="fold")
        shown = [*every[: self.most], Line(f"… (+{len(every) - self.most})")] if len(every) > self.most else every
        for number, wrapped in enumerate(shown):
            line = self.sign.copy() if number == 0 else Line(" " * space)
            line.append_text(wrapped)
            line.rstrip()
            yield line


@dataclass(frozen=True, slots=True)
class _Command:
    """A shell command, as it has to be copied: no wrapping tears it, and nothing stands before its lines."""

    command: str
    style: str

    def lines(self, console: Console) -> Iterator[Line]:
        del console
        for line in visible(self.command, longest=8000, lines=True).split("\n"):
            yield Line(line, style=self.style)


_Part = _Block | _Command
_BLANK = _Block(Line())


def _words(words: str, style: str = "", *, sign: str = "", longest: int = 600) -> _Block:
    shown = Line(visible(words, longest=longest, lines=True), style=style)
    return _Block(shown, Line(sign, style=style), most=longest // 50)


def _parts(report: Report, speech: Speech, width: int) -> Iterator[_Part]:
    yield from _head(report, speech)
    alone = single(report)
    for step in report.steps:
        if step.status is not Status.PASSED and not lies_ahead(step) and alone is None:
            yield _BLANK
            yield from _step(step, speech, width)
    if alone is not None:
        yield _BLANK
        yield from _whole(Entry((alone,)), speech)
    pieces = [*advised(report.steps)] if alone is None else [(alone, piece) for piece in alone.verdict.advice]
    if pieces or report.remarks:
        yield _BLANK
        yield _words(speech.say(t("Advice (costs nothing)")), "bold")
        yield from (_advice(one, speech, "" if alone else check.id) for check, one in pieces)
        yield from (_advice(one, speech) for one in report.remarks)
    if report.suspicions:
        yield _BLANK
        yield _words(speech.say(SUSPICIOUS), "bold")
        yield from (_advice(Advice(one.reason, one.where), speech) for one in report.suspicions)
    yield _BLANK
    if alone is None:
        yield from _way_on(report, speech)
    yield from _foot(report, speech)


def _head(report: Report, speech: Speech) -> Iterator[_Part]:
    submission = report.submission
    words = [f"{visible(report.course).capitalize()} {visible(report.edition)}"]
    if submission.branch:
        words.append(speech.say(t("branch {branch}", branch=visible(submission.branch, longest=60))))
    if submission.commit:
        words.append(speech.say(t("commit {commit}", commit=visible(submission.commit[:8]))))
    yield _words(" · ".join(words), "bold")
    if files := submission.not_committed:
        listed = ", ".join(visible(path, longest=60) for path in files[:_FILES])
        more = f" (+{len(files) - _FILES})" if len(files) > _FILES else ""
        yield _words(speech.say(not_committed(listed + more)), "yellow")
    done = [step.id for step in report.steps if step.status is Status.PASSED]
    if done and single(report) is None:
        yield _BLANK
        line = Line(f"✓ {speech.say(t('Done:'))} ", style="bold green")
        line.append(", ".join(done), style="not bold default")
        yield _Block(line)


def _step(step: StepResult, speech: Speech, width: int) -> Iterator[_Part]:
    yield _step_line(step, speech, width)
    if partly := seen_here(step):
        yield _words(speech.say(partly), sign="  ")
    listed = entries(step)
    for entry, following in zip(listed, [*listed[1:], None], strict=True):
        again = following is not None and _remedy(entry) is not None and _remedy(entry) == _remedy(following)
        yield from _entry(entry, speech, remedy=not again)


def _remedy(entry: Entry) -> Text | None:
    return entry.verdict.remedy if isinstance(entry.verdict, Unavailable) else None


def _step_line(step: StepResult, speech: Speech, width: int) -> _Block:
    """The step, and its points at the right edge where there is room for them."""
    sign, style = _SIGNS[step.status]
    head = Line(f"{sign} {step.id} ", style=f"bold {style}")
    head.append(visible(speech.say(step.title)), style="bold default")
    head.append(f" · {speech.say(WORDS[step.status])}", style=f"not bold {style}")
    points = f"{speech.show(step.points)}/{speech.show(step.max_points)}"
    room = width - cell_len(head.plain) - cell_len(points)
    head.append(" " * room if room > 1 else "  ")
    head.append(points, style="not bold default")
    return _Block(head)


def _entry(entry: Entry, speech: Speech, *, remedy: bool) -> Iterator[_Part]:
    """What a step's report says of one or more checks: at most their place, what was seen, and what to do.

    Without *remedy*: the next entry names the same.
    """
    verdict = entry.verdict
    names, sign = _names(entry)
    if isinstance(verdict, Failed):
        _note(names, entry, speech)
        if verdict.where:
            names.append(f"  {_places(verdict.where)}", style="bold default")
        yield _Block(names, sign)
        yield _words(speech.say(verdict.actual), sign="    ")
        yield _words(speech.say(verdict.hint), "cyan", sign="    → ")
        return
    message = WORDS[Status.PASSED] if entry.status is Status.PASSED else message_of(verdict)
    names.append(f"  {visible(speech.say(message), lines=True)}", style="default")
    _note(names, entry, speech)
    yield _Block(names, sign)
    if remedy and isinstance(verdict, Unavailable):
        yield _words(speech.say(verdict.remedy), "cyan", sign="    → ")


def _whole(entry: Entry, speech: Speech) -> Iterator[_Part]:
    """All that is known of a single check."""
    verdict = entry.verdict
    names, sign = _names(entry)
    names.append(f" · {speech.say(WORDS[entry.status])}")
    _note(names, entry, speech)
    yield _Block(names, sign)
    yield _words(speech.say(entry.checks[0].title), "bold", sign="    ")
    if isinstance(verdict, Failed):
        if verdict.where:
            yield _fact(speech, t("Where:"), _places(verdict.where, 20))
        yield _fact(speech, t("Seen:"), speech.say(verdict.actual))
        yield _fact(speech, t("Expected:"), speech.say(verdict.expected))
        yield _words(speech.say(verdict.hint), "cyan", sign="    → ", longest=4000)
        if verdict.reproduce:
            yield _BLANK
            yield _words(speech.say(t("The same without the checker, from the root of the repository:")), sign="    ")
            yield _Command(verdict.reproduce, "bold")
        return
    yield _words(speech.say(message_of(verdict)), sign="    ", longest=4000)
    if isinstance(verdict, Unavailable):
        yield _words(speech.say(verdict.remedy), "cyan", sign="    → ", longest=4000)


def _fact(speech: Speech, label: Text, words: str) -> _Block:
    line = Line(f"{speech.say(label)} ", style="bold")
    line.append(visible(words, longest=4000, lines=True), style="not bold default")
    return _Block(line, Line("    "), most=80)


def _names(entry: Entry) -> tuple[Line, Line]:
    """The checks of an entry, and the sign before them."""
    sign, style = _SIGNS[entry.status]
    return Line(", ".join(check.id for check in entry.checks), style=style), Line(f"  {sign} ", style=style)


def _note(line: Line, entry: Entry, speech: Speech) -> None:
    """Append what qualifies the verdict of an entry."""
    if entry.notes:
        notes = ", ".join(speech.say(note) for note in entry.notes)
        line.append(f" ({visible(notes)})", style="default")


def _advice(one: Advice, speech: Speech, check: str = "") -> _Block:
    line = Line(f"{check}  " if check else "")
    line.append(visible(speech.say(one.message), lines=True))
    if one.where:
        line.append(f" ({_places(one.where)})")
    return _Block(line, Line("  + "))


def _places(where: tuple[Location, ...], most: int = _PLACES) -> str:
    shown = ", ".join(visible(str(place), longest=120) for place in where[:most])
    return shown + (f" (+{len(where) - most})" if len(where) > most else "")


def _way_on(report: Report, speech: Speech) -> Iterator[_Part]:
    following = report.next_step
    if following is None:
        yield _words(speech.say(t("All that can be seen here is done.")), "bold green")
        yield _BLANK
        return
    title = f"{following.id} {visible(speech.say(following.title))}"
    yield _words(speech.say(t("Next step: {step}", step=title)), "bold cyan")
    yield from _commands([*_helpful(following)], speech)
    later = [step.id for step in report.steps if lies_ahead(step) and step is not following and not step.bonus]
    if later:
        yield _words(speech.say(t("Later: {steps}", steps=", ".join(later))), sign="  ")
    yield _BLANK


def _helpful(step: StepResult) -> Iterator[tuple[str, Text]]:
    yield "checker next", t("the statement of this step")
    trouble = next((check for check in step.checks if isinstance(check.verdict, Failed)), None)
    if trouble is not None:
        yield f"checker explain {trouble.id}", t("what this check looks at")
        yield f"checker check --check {trouble.id}", t("all about this failure")


def _commands(listed: Sequence[tuple[str, Text]], speech: Speech) -> Iterator[_Part]:
    widest = max(len(command) for command, _ in listed)
    for command, meaning in listed:
        yield _Block(Line(speech.say(meaning)), Line(f"  {command:<{widest}}  ", style="cyan"))


def _foot(report: Report, speech: Speech) -> Iterator[_Part]:
    points = t("{points} of {max_points} points", points=report.points, max_points=report.max_points)
    line = Line(speech.say(points), style="bold")
    if report.not_checked_points:
        missing = t(", {points} not checked here", points=report.not_checked_points)
        line.append(speech.say(missing), style="blue not bold")
    line.append(f"  ({report.seconds:.0f} s)", style="dim not bold")
    yield _Block(line)
    if report.environment.sandbox == "plain":
        yield _words(speech.say(t("Run without isolation; checker doctor says what this machine can give.")), "dim")
    commit = (report.submission.commit or "?")[:8]
    course = f"{report.edition} {report.course_hash}"
    yield _words(f"commit {commit} · {course} · titanic-checker {report.checker}", "dim")
    yield _words(speech.say(t("The same report again:")), "dim")
    yield _Command(report.command, "dim")
