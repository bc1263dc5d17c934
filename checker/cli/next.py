"""``checker next``: the one next thing to do."""

from __future__ import annotations

from checker.cli.check import graded
from checker.cli.console import Console
from checker.cli.pages import show_page
from checker.model import Failed, Unavailable, text
from checker.render.cleaning import visible
from checker.render.entries import message_of
from checker.session import Request


def run(console: Console, request: Request) -> int:
    """Grade, then print the first step that asks for something, what is wrong there, and its statement."""
    outcome = graded(console, request)
    speech = console.speech(outcome.report.language if request.language is None else request.language)
    step = outcome.report.next_step
    if step is None:
        console.write(speech.say(text("All that can be seen here is done.")))
        return 0
    for check in step.checks:
        verdict = check.verdict
        if isinstance(verdict, Failed):
            places = ", ".join(visible(str(place)) for place in verdict.where[:3])
            console.write(f"✗ {check.id}  {places}".rstrip())
            console.write(f"  {visible(speech.say(message_of(verdict)), lines=True)}")
            console.write(f"  → {visible(speech.say(verdict.hint), lines=True)}")
        elif isinstance(verdict, Unavailable):
            console.write(f"? {check.id}  {visible(speech.say(verdict.what))}")
    statement = outcome.course.statement(step.id, speech.language)
    if statement:
        console.write("")
        show_page(console, statement)
    return 0 if outcome.exit_code in (0, 1) else outcome.exit_code
