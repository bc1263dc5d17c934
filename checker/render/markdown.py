"""The report as Markdown, for a job's summary, a comment, or a reader. GitHub's flavour.

Text of a submission stands in code spans and blocks, out of which nothing can break: no link, image, mention,
reference, HTML or table cell can come from a student. The checker's own words are escaped, too.
"""

from __future__ import annotations

import html
import re
import string
from collections.abc import Iterator

from checker.locale import Speech
from checker.model import Advice, Failed, Location, Report, Status, StepResult, Text, Unavailable, Value
from checker.model import text as t
from checker.render.cleaning import visible, without_commands
from checker.render.entries import (
    OPTIONAL,
    SUSPICIOUS,
    WORDS,
    Entry,
    advised,
    entries,
    lies_ahead,
    message_of,
    not_committed,
    seen_here,
)

_SIGNS = {
    Status.PASSED: "✅",
    Status.PARTIAL: "🟠",
    Status.FAILED: "❌",
    Status.TODO: "⬜",
    Status.BLOCKED: "⏸️",
    Status.UNAVAILABLE: "➖",
    Status.ERRORED: "⚠️",
}
_HEADS = (t("Status"), t("Step"), t("Points"), t("What is left"))
_SPECIAL = re.compile(r"([\\`*_\[\]#!|~$@]|^[-+=]|:(?=//)|(?<=www)[.])")
_WITHOUT_US = t("The same without the checker, from the root of the project")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_DEEP = "\\\n    "
_SHALLOW = "\\\n  "
"""A visible line end within an item of a nested list, and of a list."""
_NAMES = 3
"""Checks that the table names: the text below names all."""
_SHORT = 10
"""Characters of a word that stays on one line with its sign, also on a phone."""
_OF_PATHS = f"{string.ascii_letters}{string.digits}./_-"
_LINES = 15
_LONGEST = 20_000
_PLACES = 5


def render(report: Report, speech: Speech) -> str:
    """A table of the steps, then failures with place and hint, advice, and the commands that show the failures."""
    lines = [
        f"# {_say(speech, t('{course}: {points} of {max_points} points', course=_named(report), **_points(report)))}",
        "",
        *_summary(report, speech),
        f"| {' | '.join(_say(speech, head) for head in _HEADS)} |",
        "|---|---|---:|---|",
        *(_row(step, speech) for step in report.steps),
        "",
    ]
    for step in report.steps:
        if step.status is not Status.PASSED and not lies_ahead(step):
            lines += [f"## {_escape(step.id)} {_say(speech, step.title)}", ""]
            for entry in entries(step):
                if entry.status is not Status.PASSED:
                    lines += _entry(entry, speech)
            lines.append("")
    pieces = [
        *(_advice(one, speech, check.id) for check, one in advised(report.steps)),
        *(_advice(one, speech) for one in report.remarks),
    ]
    if pieces:
        lines += [f"## {_say(speech, t('Advice (costs nothing)'))}", "", *pieces, ""]
    if report.suspicions:
        looked_at = (f"- 🔍 {_say(speech, one.reason, _SHALLOW)}{_places(one.where)}" for one in report.suspicions)
        lines += [f"## {_say(speech, SUSPICIOUS)}", "", *looked_at, ""]
    return without_commands(re.sub("\n{3,}", "\n\n", "\n".join([*lines, *_foot(report, speech), ""])))


def _named(report: Report) -> Text:
    """The course, as words of a sentence."""
    return Text(report.course.capitalize().replace("{", "{{").replace("}", "}}"))


def _points(report: Report) -> dict[str, Value]:
    return {"points": report.points, "max_points": report.max_points}


def _summary(report: Report, speech: Speech) -> Iterator[str]:
    following = report.next_step
    if following is None:
        yield f"**{_say(speech, t('All that can be seen here is done.'))}**"
    else:
        title = f"{_escape(following.id)} {_say(speech, following.title)}"
        name = _code(f"checker explain {following.id}")
        yield f"**{_say(speech, t('Next step:'))} {title}** ({name})"
    yield ""
    if report.not_checked_points:
        missing = t("{points} points could not be checked here.", points=report.not_checked_points)
        yield from (_say(speech, missing), "")
    if files := report.submission.not_committed:
        yield from (_say(speech, not_committed(files)), "")


def _row(step: StepResult, speech: Speech) -> str:
    left = _say(speech, OPTIONAL if step.left_out else t("all of it"))
    if not lies_ahead(step):
        names = [_code(check.id) for check in step.checks if check.status is not Status.PASSED]
        left = ", ".join(names[:_NAMES]) + (f" (+{len(names) - _NAMES})" if len(names) > _NAMES else "")
    if partly := seen_here(step):
        left += f" ({_say(speech, partly)})"
    points = f"{speech.show(step.points)}/{speech.show(step.max_points)}"
    word = _say(speech, WORDS[step.status])
    status = "\u00a0".join([_SIGNS[step.status], *(word.split(" ") if len(word) <= _SHORT else [word])])
    title = f"{_escape(step.id)} {_say(speech, step.title)}"
    if step.optional:
        title += f" ({_say(speech, OPTIONAL)})"
    return f"| {status} | {title} | {points} | {left} |"


def _entry(entry: Entry, speech: Speech) -> list[str]:
    verdict = entry.verdict
    names = ", ".join(f"**{_code(check.id)}**" for check in entry.checks)
    notes = " · ".join(_say(speech, note) for note in entry.notes)
    title = f" {_say(speech, entry.checks[0].title)}" if len(entry.checks) == 1 else ""
    lines = [f"- {_SIGNS[entry.status]} {names}{title}{f' ({notes})' if notes else ''}"]
    where = verdict.where if isinstance(verdict, Failed) else ()
    lines.append(f"  - {_say(speech, message_of(verdict), _DEEP)}{_places(where)}")
    if isinstance(verdict, Failed):
        lines.append(f"  - {_say(speech, t('Expected:'))} {_say(speech, verdict.expected, _DEEP)}")
        lines.append(f"  - **→ {_say(speech, verdict.hint, _DEEP).strip()}**")
        if verdict.reproduce:
            lines += [*_folded(_WITHOUT_US, _fence(verdict.reproduce), speech), ""]
    elif isinstance(verdict, Unavailable):
        lines.append(f"  - **→ {_say(speech, verdict.remedy, _DEEP).strip()}**")
    return lines


def _advice(advice: Advice, speech: Speech, check: str | None = None) -> str:
    name = f"{_code(check)} " if check else ""
    return f"- 💡 {name}{_say(speech, advice.message, _SHALLOW)}{_places(advice.where)}"


def _places(where: tuple[Location, ...]) -> str:
    shown = ", ".join(_code(str(place)) for place in where[:_PLACES])
    more = f" (+{len(where) - _PLACES})" if len(where) > _PLACES else ""
    return f" ({shown}{more})" if shown else ""


def _folded(title: Text, block: list[str], speech: Speech) -> list[str]:
    """An item that shows only its *title* until it is opened. The title is the checker's own HTML, not Markdown."""
    summary = html.escape(speech.say(title))
    return [f"  - <details><summary>{summary}</summary>", "", *block, "", "    </details>"]


def _fence(command: str) -> list[str]:
    shown = visible(command, longest=8000, lines=True)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    mark = "`" * max(3, longest + 1)
    return [f"    {mark}sh", *(f"    {line}".rstrip() for line in shown.split("\n")), f"    {mark}"]


def _foot(report: Report, speech: Speech) -> list[str]:
    line = t(
        "Commit {commit}, course {edition} ({hash}), checker {version}, sandbox {sandbox}.",
        commit=(report.submission.commit or "?")[:8],
        edition=report.edition,
        hash=report.course_hash,
        version=report.checker,
        sandbox=report.environment.sandbox,
    )
    again = _say(speech, t("The same report again:"))
    return ["---", "", f"{_say(speech, line)} {again} {_code(report.command)}"]


def _say(speech: Speech, sentence: Text, line_end: str = " ") -> str:
    """A sentence with its own words escaped, and its values as code."""
    return _joined(sentence, speech).render(
        lambda inner: _escaped_template(inner.template, line_end),
        lambda value: _shown(value, speech, line_end),
    )


def _joined(sentence: Text, speech: Speech) -> Text:
    """*sentence* in its language, with a template's additions to a path joined to it: ``{folder}/`` is one span."""
    values = dict(sentence.values)
    parts = [*string.Formatter().parse(speech.template(sentence))]
    template, joined, behind = "", dict[str, Value](), 0
    for number, (words, name, _, _) in enumerate(parts):
        own, value = words[behind:], values.get(name or "")
        behind = 0
        if isinstance(value, Text):
            value = _joined(value, speech)
        elif isinstance(value, str) and "\n" not in value:
            before = own[len(own.rstrip(_OF_PATHS)) :]
            before = before if before.endswith("/") else ""
            after = parts[number + 1][0] if number + 1 < len(parts) else ""
            after = after[: len(after) - len(after.lstrip(_OF_PATHS))].rstrip(".") if after.startswith("/") else ""
            own, behind = own[: len(own) - len(before)], len(after)
            value = type(value)(f"{before}{value}{after}")
        elif isinstance(value, tuple):
            value = tuple(_joined(item, speech) if isinstance(item, Text) else item for item in value)
        template += own.replace("{", "{{").replace("}", "}}")
        if name is not None and value is not None:
            template += f"{{value{number}}}"
            joined[f"value{number}"] = value
    return Text(template, tuple(joined.items()))


def _escaped_template(template: str, line_end: str) -> str:
    parts = []
    for words, name, _, _ in string.Formatter().parse(template):
        escaped = line_end.join(_escape(line) for line in words.split("\n"))
        parts.append(escaped.replace("{", "{{").replace("}", "}}"))
        if name is not None:
            parts.append(f"{{{name}}}")
    return "".join(parts)


def _shown(value: Value, speech: Speech, line_end: str) -> str:
    if isinstance(value, Location):
        return _code(str(value))
    if not isinstance(value, str):
        return _escape(speech.show(value))
    lines = value[:_LONGEST].split("\n") if line_end != " " else [value]
    more = [_escape(f"… (+{len(lines) - _LINES})")] if len(lines) > _LINES else []
    return line_end.join([*(_code(line) for line in lines[:_LINES] if line.strip()), *more])


def _escape(words: str) -> str:
    """*words* as plain text of GitHub's Markdown, in one line, without markup, links or HTML."""
    shown = "".join(_HTML.get(sign, sign) for sign in visible(words))
    return _SPECIAL.sub(r"\\\1", shown).replace("\\#", "\\#\u2060").replace("\\@", "\\@\u2060")


def _code(words: str) -> str:
    """*words* as a code span, also within the cell of a table; several lines become one."""
    shown = visible(words, longest=1500).strip(" ").replace("|", "¦") or " "
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    mark = "`" * (longest + 1)
    space = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{mark}{space}{shown}{space}{mark}"
