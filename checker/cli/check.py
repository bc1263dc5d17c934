"""``checker check``: grade, and write the report to its places."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from checker.cli.console import HOSTING, Console, Progress
from checker.cli.failing import say_faults
from checker.cli.progress import LONG, MAKING, PLAIN
from checker.cli.sinks import sinks_of, write_report
from checker.cli.surroundings import language_of
from checker.errors import UsageError
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader, Outcome
from checker.listener import Listener
from checker.model import text
from checker.sandbox.cache.store import store_folder
from checker.sandbox.environments.builder import ENVIRONMENTS
from checker.sandbox.process.prestart import Prestarted
from checker.selection import EVERYTHING, Selection

_LARGEST_EVENT = 5_000_000


def run(
    console: Console,
    options: GradingOptions,
    submission: Submission,
    selection: Selection,
    formats: tuple[str, ...],
    outputs: tuple[Path, ...],
    *,
    cache: bool = True,
    begun: Prestarted | None = None,
) -> int:
    """Grade and print; *begun* is a sandbox that was started earlier. Returns the exit code of the report."""
    if selection.without_runs and options.environment != "embedded":
        raise UsageError(
            text("--no-run runs nothing, in no environment."), text("Leave out one of --no-run and --environment.")
        )
    sinks = sinks_of(formats, outputs)
    outcome = graded(console, options, submission, selection, cache=cache, begun=begun)
    speech = console.speech(outcome.report.language)
    write_report(outcome.report, sinks, speech, console)
    say_faults(console, outcome.faults)
    return outcome.exit_code


@dataclass(frozen=True)
class _ProgressListener(Listener):
    """Shows the slow steps of a grading on *progress*."""

    progress: Progress

    def gathering(self, fact: type) -> None:
        if fact.__name__ in LONG:
            self.progress.note(LONG[fact.__name__], plainly=PLAIN)

    def making_environment(self) -> None:
        self.progress.note(MAKING)


def options_here(console: Console, options: GradingOptions, *, cache: bool = True) -> GradingOptions:
    """*options* with the values of these surroundings: the language, and the folder of the cache."""
    folder = store_folder()
    return replace(
        options,
        language=console.chosen,
        fallback=language_of(os.environ),
        cache=folder if cache else None,
        environments=folder / ENVIRONMENTS,
    )


def submission_here(submission: Submission) -> Submission:
    """*submission* with the variables of the hosting service, if this runs on one."""
    variables = hosting_variables(os.environ)
    return replace(submission, variables=variables, event=event_of(variables))


def graded(
    console: Console,
    options: GradingOptions,
    submission: Submission,
    selection: Selection = EVERYTHING,
    *,
    cache: bool = True,
    begun: Prestarted | None = None,
) -> Outcome:
    """The outcome of a grading in these surroundings, with progress shown; with *cache*, runs are kept and reused."""
    with console.progress() as progress, Grader(options_here(console, options, cache=cache), begun=begun) as grader:
        return grader.grade(submission_here(submission), selection, _ProgressListener(progress))


def hosting_variables(variables: Mapping[str, str]) -> Mapping[str, str]:
    """The variables of a hosting service about the commit; none of them can be a secret."""
    return {
        name: value
        for name, value in variables.items()
        if name.startswith(HOSTING) and not any(word in name for word in ("TOKEN", "PASSWORD", "SECRET", "KEY"))
    }


def event_of(variables: Mapping[str, str]) -> str:
    """The content of GitHub's event file, if there is one that can be read."""
    path = variables.get("GITHUB_EVENT_PATH")
    if not path:
        return ""
    try:
        content = Path(path).read_bytes()
    except OSError:
        return ""
    return content.decode("utf-8", "replace") if len(content) <= _LARGEST_EVENT else ""
