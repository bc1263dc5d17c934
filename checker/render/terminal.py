"""The report as a student reads it in a terminal: what is done, what is wrong, the next step, the rest in a line."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text as Line

from checker.locale import Speech
from checker.model import Advice, CheckResult, Failed, Location, Report, Status, StepResult, Text, Unavailable
from checker.model import text as t
from checker.render.cleaning import visible
from checker.render.json import message_of

WIDTH = 80
_STYLES = {
    Status.PASSED: ("✓", "green"),
    Status.PARTIAL: ("~", "yellow"),
    Status.FAILED: ("✗", "red"),
    Status.TODO: ("·", "dim"),
    Status.BLOCKED: ("‖", "yellow"),
    Status.UNAVAILABLE: ("?", "blue"),
    Status.ERRORED: ("!", "magenta"),
}


def render(report: Report, speech: Speech, *, width: int = WIDTH, color: bool = False) -> str:
    """The report for a terminal of *width* columns; with *color*, with ANSI colours."""
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
    )
    for part in _parts(report, speech):
        console.print(part, soft_wrap=False)
    return "\n".join(line.rstrip() for line in sink.getvalue().splitlines()) + "\n"


def _parts(report: Report, speech: Speech) -> Iterable[RenderableType]:
    yield _title(report, speech)
    yield ""
    done = [step for step in report.steps if step.status is Status.PASSED]
    if done:
        yield _labelled(speech, t("Done"), "green", ", ".join(step.id for step in done))
    advised = [check for step in done for check in step.checks if check.verdict.advice]
    yield from (_advised(check, speech) for check in advised)
    open_ = [step for step in report.steps if step.begun and step.status is not Status.PASSED]
    for step in open_:
        yield ""
        yield from _step(step, speech)
    if report.remarks:
        yield ""
        yield Line(speech.say(t("Remarks")), style="bold")
        yield from (_advice(one, speech, 2) for one in report.remarks)
    yield ""
    yield from _way_on(report, speech)
    yield ""
    yield from _foot(report, speech)


def _title(report: Report, speech: Speech) -> Line:
    submission = report.submission
    head = Line(speech.say(t("Titanic exercise")), style="bold")
    head.append(f" · {visible(report.edition)}", style="not bold")
    if submission.branch:
        head.append(
            speech.say(t(" · branch {branch}", branch=visible(submission.branch, longest=60))), style="not bold"
        )
    if submission.commit:
        head.append(f" · {submission.commit[:8]}", style="not bold")
    if submission.dirty:
        head.append(speech.say(t(" · with changes not committed yet")), style="yellow not bold")
    return head


def _labelled(speech: Speech, label: Text, style: str, words: str) -> Line:
    line = Line(f"{speech.say(label)}  ", style=f"bold {style}")
    line.append(words, style="not bold default")
    return line


def _step(step: StepResult, speech: Speech) -> Iterable[RenderableType]:
    sign, style = _STYLES[step.status]
    head = Line(f"{sign} {step.id} ", style=f"bold {style}")
    head.append(visible(speech.say(step.title)), style="bold default")
    head.append(f"  {speech.show(step.points)}/{speech.show(step.max_points)}", style="dim")
    seen = [check for check in step.checks if check.status not in (Status.UNAVAILABLE, Status.ERRORED)]
    if len(seen) < len(step.checks):
        partly = t(" ({seen} of {all} checks seen here)", seen=len(seen), all=len(step.checks))
        head.append(speech.say(partly), style="dim")
    yield head
    for check in step.checks:
        yield from _check(check, speech)


def _check(check: CheckResult, speech: Speech) -> Iterable[RenderableType]:
    sign, style = _STYLES[check.status]
    verdict = check.verdict
    head = Line(f"{sign} {check.id}", style=style)
    if isinstance(verdict, Failed) and verdict.where:
        head.append("  " + _places(verdict.where), style="bold default")
    if isinstance(verdict, Failed) and verdict.credit:
        credit = t("  credit {credit}", credit=verdict.credit)
        head.append(speech.say(credit), style="dim")
    yield Padding(head, (0, 0, 0, 2))
    if check.status is not Status.PASSED:
        yield _paragraph(speech.say(message_of(verdict)), 4)
    if isinstance(verdict, Failed):
        yield _paragraph("→ " + speech.say(verdict.hint), 4, "cyan")
    elif isinstance(verdict, Unavailable):
        yield _paragraph("→ " + speech.say(verdict.remedy), 4, "cyan")
    yield from (_advice(one, speech, 4) for one in verdict.advice)


def _advised(check: CheckResult, speech: Speech) -> RenderableType:
    return Group(*(_advice(one, speech, 2, check.id) for one in check.verdict.advice))


def _advice(one: Advice, speech: Speech, indent: int, check: str = "") -> RenderableType:
    name = f"{check}: " if check else ""
    place = f" ({_places(one.where)})" if one.where else ""
    return _paragraph(f"+ {name}{speech.say(one.message)}{place}", indent, "dim")


def _places(where: tuple[Location, ...]) -> str:
    shown = ", ".join(visible(str(place), longest=120) for place in where[:3])
    return shown + (f" (+{len(where) - 3})" if len(where) > 3 else "")


def _paragraph(words: str, indent: int, style: str = "") -> RenderableType:
    return Padding(Line(visible(words, lines=True), style=style, overflow="fold"), (0, 0, 0, indent))


def _way_on(report: Report, speech: Speech) -> Iterable[RenderableType]:
    following = report.next_step
    if following is None:
        yield Line(speech.say(t("All that can be seen here is done.")), style="bold green")
    else:
        yield _labelled(
            speech,
            t("Next step"),
            "cyan",
            f"{following.id} {visible(speech.say(following.title))}  (checker next)",
        )
    later = [step.id for step in report.steps if not step.begun and step is not following and not step.bonus]
    if later:
        yield _labelled(speech, t("Later"), "dim", ", ".join(later))


def _foot(report: Report, speech: Speech) -> Iterable[RenderableType]:
    points = t("{points} of {max_points} points", points=report.points, max_points=report.max_points)
    line = Line(speech.say(points), style="bold")
    if report.not_checked_points:
        missing = t(", {points} not checked here", points=report.not_checked_points)
        line.append(speech.say(missing), style="blue not bold")
    line.append(f"  ({report.seconds:.0f} s)", style="dim not bold")
    yield line
    if report.environment.sandbox == "plain":
        yield Line(
            speech.say(t("Run without isolation: this machine has none to give (checker doctor).")),
            style="dim",
        )
    commit = (report.submission.commit or "?")[:8]
    yield Line(
        f"commit {commit} · {visible(report.edition)} {report.course_hash} · titanic-checker {report.checker}",
        style="dim",
    )
    yield Line(visible(report.command), style="dim")
