"""``checker next``: the one next thing to do."""

from __future__ import annotations

from checker.cli.check import graded
from checker.cli.console import Console
from checker.cli.pages import show_page
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.model import text
from checker.render.terminal import render_step


def run(console: Console, options: GradingOptions, submission: Submission) -> int:
    """Grade, then print the first unfinished step, its failures, and its statement.

    Returns the grading's exit code, with 0 in the place of 1: work left to do is the expected result.
    """
    outcome = graded(console, options, submission)
    speech = console.speech(outcome.report.language)
    step = outcome.report.next_step
    if step is None:
        console.write(speech.say(text("All that can be seen here is done.")))
    else:
        console.write(render_step(step, speech, width=console.width, color=console.color))
        if statement := outcome.course.statement(step.id, speech.language):
            show_page(console, statement)
    return 0 if outcome.exit_code in (0, 1) else outcome.exit_code
