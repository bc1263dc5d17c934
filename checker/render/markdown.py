"""The report as Markdown, for a job's summary, a comment, or a reader.

GitHub's flavour. Everything that is not ours is escaped so that it reads as it is: no link, no image, no mention,
no HTML, no table cell can come from a student.
"""

from __future__ import annotations

import re

from checker.locale import Speech
from checker.model import Advice, CheckResult, Failed, Location, Report, Status, StepResult, Text, Unavailable
from checker.model import text as t
from checker.render.cleaning import visible
from checker.render.json import message_of

_SIGNS = {
    Status.PASSED: "✅",
    Status.PARTIAL: "🟠",
    Status.FAILED: "❌",
    Status.TODO: "⬜",
    Status.BLOCKED: "⏸️",
    Status.UNAVAILABLE: "➖",
    Status.ERRORED: "⚠️",
}
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~$:@&=^-])")


def render(report: Report, speech: Speech) -> str:
    """A table of the steps, then what is to mend with its place and hint, advice, and how to see it again."""
    lines = [
        f"# {_say(speech, t('Titanic: {points} of {max_points} points', **_points(report)))}",
        "",
        _say(speech, _sentence(report)),
        "",
        f"| | {_say(speech, t('Step'))} | {_say(speech, t('Points'))} | {_say(speech, t('What is left'))} |",
        "|---|---|---:|---|",
        *(_row(step, speech) for step in report.steps),
        "",
    ]
    troubled = [step for step in report.steps if any(_wants_words(check) for check in step.checks)]
    for step in troubled:
        lines += [f"## {step.id} {_escape(speech.say(step.title))}", ""]
        for check in step.checks:
            if _wants_words(check):
                lines += _check(check, speech)
    if report.remarks:
        lines += [f"## {_say(speech, t('Remarks'))}", "", *(_advice(one, speech) for one in report.remarks), ""]
    lines += [*_foot(report, speech), ""]
    return "\n".join(lines)


def _points(report: Report) -> dict[str, float]:
    return {"points": float(report.points), "max_points": float(report.max_points)}


def _sentence(report: Report) -> Text:
    following = report.next_step
    if following is None:
        return t("All that can be seen here is done.")
    return t("The next step: {step} {title}.", step=following.id, title=following.title)


def _row(step: StepResult, speech: Speech) -> str:
    left = ", ".join(f"`{check.id}`" for check in step.checks if check.status is not Status.PASSED)
    points = f"{speech.show(step.points)}/{speech.show(step.max_points)}"
    return f"| {_SIGNS[step.status]} | {step.id} {_escape(speech.say(step.title))} | {points} | {left} |"


def _wants_words(check: CheckResult) -> bool:
    if check.status in (Status.PASSED, Status.TODO):
        return bool(check.verdict.advice)
    return True


def _check(check: CheckResult, speech: Speech) -> list[str]:
    verdict = check.verdict
    head = f"- {_SIGNS[check.status]} **`{check.id}`** {_say(speech, check.title)}"
    lines = [head]
    if check.status is not Status.PASSED:
        where = verdict.where if isinstance(verdict, Failed) else ()
        lines.append(f"  - {_say(speech, message_of(verdict))}{_places(where)}")
    if isinstance(verdict, Failed):
        lines.append(f"  - {_say(speech, verdict.expected)}")
        lines.append(f"  - **{_say(speech, t('Next:'))}** {_say(speech, verdict.hint)}")
        if verdict.credit:
            share = t("Credit: {credit} of the points.", credit=verdict.credit)
            lines.append(f"  - {_say(speech, share)}")
        if verdict.reproduce:
            lines += [f"  - {_say(speech, t('See it without the checker:'))}", "", *_fence(verdict.reproduce), ""]
    elif isinstance(verdict, Unavailable):
        lines.append(f"  - {_say(speech, verdict.remedy)}")
    lines += [f"  {_advice(one, speech)}" for one in verdict.advice]
    return lines


def _advice(one: Advice, speech: Speech) -> str:
    return f"- 💡 {_say(speech, one.message)}{_places(one.where)}"


def _places(where: tuple[Location, ...]) -> str:
    shown = ", ".join(_code(str(place)) for place in where[:5])
    more = f" (+{len(where) - 5})" if len(where) > 5 else ""
    return f" ({shown}{more})" if shown else ""


def _fence(command: str) -> list[str]:
    longest = max((len(run) for run in re.findall("`+", command)), default=0)
    mark = "`" * max(3, longest + 1)
    body = visible(command, longest=4000, lines=True).split("\n")
    return [f"    {mark}sh", *(f"    {line}" for line in body), f"    {mark}"]


def _foot(report: Report, speech: Speech) -> list[str]:
    commit = (report.submission.commit or "?")[:8]
    told = t(
        "Commit {commit}, course {edition} ({hash}), checker {version}, sandbox {sandbox}.",
        commit=commit,
        edition=report.edition,
        hash=report.course_hash,
        version=report.checker,
        sandbox=report.environment.sandbox,
    )
    again = _say(speech, t("The same report again:"))
    return ["---", "", f"{_say(speech, told)} {again} {_code(report.command)}"]


def _say(speech: Speech, sentence: Text) -> str:
    return _escape(speech.say(sentence))


def _escape(words: str) -> str:
    """*words* as plain text of GitHub's Markdown: special characters escaped, HTML and mentions defused."""
    escaped = _SPECIAL.sub(r"\\\1", visible(words))
    return escaped.replace("\\&", "&amp;").replace("\\<", "&lt;").replace("\\>", "&gt;").replace("\\@", "@\u2060")


def _code(words: str) -> str:
    shown = visible(words).replace("|", "¦")
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    mark = "`" * (longest + 1)
    space = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{mark}{space}{shown}{space}{mark}"
