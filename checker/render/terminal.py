"""The report as a student reads it in a terminal: steps done, failures, the next step, the rest in a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text as Line

from checker.locale import Speech
from checker.model import Advice, Failed, Location, Report, Status, StepResult, Text, Unavailable
from checker.model import text as t
from checker.render.blocks import BLANK, Block, Command, Part, printed, sentence
from checker.render.cleaning import visible
from checker.render.entries import (
    OPTIONAL,
    SUSPICIOUS,
    WORDS,
    Entry,
    advised,
    entries,
    left_out,
    lies_ahead,
    message_of,
    not_committed,
    seen_here,
    single,
)

WIDTH = 80
SIGNS = {
    Status.PASSED: ("✓", "green"),
    Status.PARTIAL: ("~", "yellow"),
    Status.FAILED: ("✗", "red"),
    Status.TODO: ("·", "dim"),
    Status.BLOCKED: ("‖", "yellow"),
    Status.UNAVAILABLE: ("?", "blue"),
    Status.ERRORED: ("!", "magenta"),
}
"""The sign and the style of each status."""
_PLACES = 3
_FILES = 5


def render(report: Report, speech: Speech, *, width: int = WIDTH, color: bool = False) -> str:
    """The report for a terminal of *width* columns; with *color*, with ANSI colours.

    A report on a single check shows all of it. Shell commands are the only lines that may be wider: they are copied
    whole.
    """
    return printed(_parts(report, speech, width), width=width, color=color)


def render_step(step: StepResult, speech: Speech, *, width: int = WIDTH, color: bool = False) -> str:
    """The part of :func:`render` about one step."""
    return printed(_step(step, speech, width), width=width, color=color)


def render_troubles(step: StepResult, speech: Speech, *, width: int = WIDTH, color: bool = False) -> tuple[str, ...]:
    """The text of :func:`render_step`, in pieces: the line of the step, then each entry that has not passed."""
    pieces: list[Iterator[Part]] = [iter([_step_line(step, speech, width)])]
    pieces += [_entry(entry, speech, remedy=True) for entry in entries(step) if entry.status is not Status.PASSED]
    return tuple(printed(piece, width=width, color=color) for piece in pieces)


def _parts(report: Report, speech: Speech, width: int) -> Iterator[Part]:
    yield from _head(report, speech)
    alone = single(report)
    for step in report.steps:
        if step.status is not Status.PASSED and not lies_ahead(step) and alone is None:
            yield BLANK
            yield from _step(step, speech, width)
    if alone is not None:
        yield BLANK
        yield from _whole(Entry((alone,)), speech)
    pieces = [*advised(report.steps)] if alone is None else [(alone, piece) for piece in alone.verdict.advice]
    if pieces or report.remarks:
        yield BLANK
        yield sentence(speech.say(t("Advice (costs nothing)")), "bold")
        yield from (_advice(one, speech, "" if alone else check.id) for check, one in pieces)
        yield from (_advice(one, speech) for one in report.remarks)
    if report.suspicions:
        yield BLANK
        yield sentence(speech.say(SUSPICIOUS), "bold")
        yield from (_advice(Advice(one.reason, one.where), speech) for one in report.suspicions)
    yield BLANK
    if alone is None:
        yield from _way_on(report, speech)
    yield from _foot(report, speech)


def _head(report: Report, speech: Speech) -> Iterator[Part]:
    submission = report.submission
    words = [f"{visible(report.course).capitalize()} {visible(report.edition)}"]
    if submission.branch:
        words.append(speech.say(t("branch {branch}", branch=visible(submission.branch, longest=60))))
    if submission.commit:
        words.append(speech.say(t("commit {commit}", commit=visible(submission.commit[:8]))))
    yield sentence(" · ".join(words), "bold")
    if files := submission.not_committed:
        listed = ", ".join(visible(path, longest=60) for path in files[:_FILES])
        more = f" (+{len(files) - _FILES})" if len(files) > _FILES else ""
        yield sentence(speech.say(not_committed(listed + more)), "yellow")
    done = [step.id for step in report.steps if step.status is Status.PASSED]
    if done and single(report) is None:
        yield BLANK
        line = Line(f"✓ {speech.say(t('Done:'))} ", style="bold green")
        line.append(", ".join(done), style="not bold default")
        yield Block(line)


def _step(step: StepResult, speech: Speech, width: int) -> Iterator[Part]:
    yield _step_line(step, speech, width)
    if partly := seen_here(step):
        yield sentence(speech.say(partly), sign="  ")
    listed = entries(step)
    for entry, following in zip(listed, [*listed[1:], None], strict=True):
        again = following is not None and _remedy(entry) is not None and _remedy(entry) == _remedy(following)
        yield from _entry(entry, speech, remedy=not again)


def _remedy(entry: Entry) -> Text | None:
    return entry.verdict.remedy if isinstance(entry.verdict, Unavailable) else None


def _step_line(step: StepResult, speech: Speech, width: int) -> Block:
    """The line of a step, with its points at the right edge if there is room for them."""
    sign, style = SIGNS[step.status]
    head = Line(f"{sign} {step.id} ", style=f"bold {style}")
    head.append(visible(speech.say(step.title)), style="bold default")
    if step.optional:
        head.append(f" ({speech.say(OPTIONAL)})", style="not bold default")
    head.append(f" · {speech.say(WORDS[step.status])}", style=f"not bold {style}")
    points = f"{speech.show(step.points)}/{speech.show(step.max_points)}"
    room = width - cell_len(head.plain) - cell_len(points)
    head.append(" " * room if room > 1 else "  ")
    head.append(points, style="not bold default")
    return Block(head)


def _entry(entry: Entry, speech: Speech, *, remedy: bool) -> Iterator[Part]:
    """One or more checks of a step: at most their place, what was seen, and what to do.

    Without *remedy*: the next entry has an equal one.
    """
    verdict = entry.verdict
    names, sign = _names(entry)
    if isinstance(verdict, Failed):
        _note(names, entry, speech)
        if verdict.where:
            names.append(f"  {_places(verdict.where)}", style="bold default")
        yield Block(names, sign)
        yield sentence(speech.say(verdict.actual), sign="    ")
        yield sentence(speech.say(verdict.hint), "cyan", sign="    → ")
        return
    message = WORDS[Status.PASSED] if entry.status is Status.PASSED else message_of(verdict)
    names.append(f"  {visible(speech.say(message), lines=True)}", style="default")
    _note(names, entry, speech)
    yield Block(names, sign)
    if remedy and isinstance(verdict, Unavailable):
        yield sentence(speech.say(verdict.remedy), "cyan", sign="    → ")


def _whole(entry: Entry, speech: Speech) -> Iterator[Part]:
    verdict = entry.verdict
    names, sign = _names(entry)
    names.append(f" · {speech.say(WORDS[entry.status])}")
    _note(names, entry, speech)
    yield Block(names, sign)
    yield sentence(speech.say(entry.checks[0].title), "bold", sign="    ")
    if isinstance(verdict, Failed):
        if verdict.where:
            yield _fact(speech, t("Where:"), _places(verdict.where, 20))
        yield _fact(speech, t("Seen:"), speech.say(verdict.actual))
        yield _fact(speech, t("Expected:"), speech.say(verdict.expected))
        yield sentence(speech.say(verdict.hint), "cyan", sign="    → ", longest=4000)
        if verdict.reproduce:
            yield BLANK
            yield sentence(speech.say(t("The same without the checker, from the root of the project:")), sign="    ")
            yield Command(verdict.reproduce, "bold")
        return
    yield sentence(speech.say(message_of(verdict)), sign="    ", longest=4000)
    if isinstance(verdict, Unavailable):
        yield sentence(speech.say(verdict.remedy), "cyan", sign="    → ", longest=4000)


def _fact(speech: Speech, label: Text, words: str) -> Block:
    line = Line(f"{speech.say(label)} ", style="bold")
    line.append(visible(words, longest=4000, lines=True), style="not bold default")
    return Block(line, Line("    "), most=80)


def _names(entry: Entry) -> tuple[Line, Line]:
    """The checks of an entry, and the sign before them."""
    sign, style = SIGNS[entry.status]
    return Line(", ".join(check.id for check in entry.checks), style=style), Line(f"  {sign} ", style=style)


def _note(line: Line, entry: Entry, speech: Speech) -> None:
    if entry.notes:
        notes = ", ".join(speech.say(note) for note in entry.notes)
        line.append(f" ({visible(notes)})", style="default")


def _advice(advice: Advice, speech: Speech, check: str = "") -> Block:
    line = Line(f"{check}  " if check else "")
    line.append(visible(speech.say(advice.message), lines=True))
    if advice.where:
        line.append(f" ({_places(advice.where)})")
    return Block(line, Line("  + "))


def _places(where: tuple[Location, ...], most: int = _PLACES) -> str:
    shown = ", ".join(visible(str(place), longest=120) for place in where[:most])
    return shown + (f" (+{len(where) - most})" if len(where) > most else "")


def _way_on(report: Report, speech: Speech) -> Iterator[Part]:
    following = report.next_step
    beside = left_out(report)
    if following is None:
        yield sentence(speech.say(t("All that can be seen here is done.")), "bold green")
        if beside:
            yield sentence(speech.say(beside), sign="  ")
        yield BLANK
        return
    title = f"{following.id} {visible(speech.say(following.title))}"
    yield sentence(speech.say(t("Next step: {step}", step=title)), "bold cyan")
    yield from _commands([*_helpful(following)], speech)
    ahead = (step for step in report.steps if lies_ahead(step) and step is not following)
    later = [step.id for step in ahead if not step.bonus and not step.left_out]
    if later:
        yield sentence(speech.say(t("Later: {steps}", steps=", ".join(later))), sign="  ")
    if beside:
        yield sentence(speech.say(beside), sign="  ")
    yield BLANK


def _helpful(step: StepResult) -> Iterator[tuple[str, Text]]:
    yield "checker next", t("the statement of this step")
    trouble = next((check for check in step.checks if isinstance(check.verdict, Failed)), None)
    if trouble is not None:
        yield f"checker explain {trouble.id}", t("what this check looks at")
        yield f"checker check --check {trouble.id}", t("all about this failure")


def _commands(listed: Sequence[tuple[str, Text]], speech: Speech) -> Iterator[Part]:
    widest = max(len(command) for command, _ in listed)
    for command, meaning in listed:
        yield Block(Line(speech.say(meaning)), Line(f"  {command:<{widest}}  ", style="cyan"))


def _foot(report: Report, speech: Speech) -> Iterator[Part]:
    points = t("{points} of {max_points} points", points=report.points, max_points=report.max_points)
    line = Line(speech.say(points), style="bold")
    if report.not_checked_points:
        missing = t(", {points} not checked here", points=report.not_checked_points)
        line.append(speech.say(missing), style="blue not bold")
    line.append(f"  ({report.seconds:.0f} s)", style="dim not bold")
    yield Block(line)
    if report.environment.sandbox == "plain":
        yield sentence(speech.say(t("Run without isolation; checker doctor says what this machine can give.")), "dim")
    commit = (report.submission.commit or "?")[:8]
    course = f"{report.edition} {report.course_hash}"
    yield sentence(f"commit {commit} · {course} · titanic-checker {report.checker}", "dim")
    yield sentence(speech.say(t("The same report again:")), "dim")
    yield Command(report.command, "dim")
