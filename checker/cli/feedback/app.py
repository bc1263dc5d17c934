"""``checker feedback``: the parameters of its commands.

Empty words count as absent: a workflow hands in all its inputs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from checker.cli.console import Console
from checker.cli.options import LanguageOption, group

app = group(
    "Feedback from continuous integration: GitHub and GitLab.",
    "Examples, in this order: checker feedback prepare, run and comment.",
)


@app.command(epilog="Example: checker feedback prepare")
def prepare(language: LanguageOption = None) -> None:
    """Make the sandbox possible on a runner of GitHub.

    Ubuntu restricts user namespaces; on a machine that GitHub rents out for one job, this is turned off by sudo.
    """
    from checker.cli.feedback import prepare as command

    command.run(Console.of(language))


@app.command(epilog="Example: checker feedback run --up-to 1.4 --fail-on 1.4 --folder report")
def run(
    path: Annotated[Path, typer.Argument(help="The repository.", show_default="here")] = Path(),
    course: Annotated[str, typer.Option("--course", help="An edition, or a course file.")] = "",
    steps: Annotated[str, typer.Option("--steps", help="Only these steps, with spaces or commas between them.")] = "",
    up_to: Annotated[str, typer.Option("--up-to", help="No step after this one.")] = "",
    fail_on: Annotated[
        str, typer.Option("--fail-on", help="failed (a check failed), never, or a step that has to be done.")
    ] = "",
    sinks: Annotated[
        str, typer.Option("--sinks", help="Of log, summary, annotations and artifact.", show_default="all")
    ] = "",
    folder: Annotated[Path, typer.Option("--folder", help="Where the report is written.")] = Path("checker-report"),
    language: Annotated[str, typer.Option("--language", help="Language of the report.")] = "",
) -> None:
    """Grade, and tell the service that runs this.

    By its log, a summary, annotations, outputs and files.

    Exit code: 0; 1 as --fail-on says; 2 wrong usage; 3 the course file is wrong; 4 the checker itself failed.
    """
    from checker.cli.feedback import run as command

    console = Console.of(command.language_of(language), folder=path)
    inputs = {"course": course, "steps": steps, "up_to": up_to, "fail_on": fail_on, "sinks": sinks}
    raise typer.Exit(command.run(console, path, folder, **inputs))


@app.command(epilog="Example: checker feedback comment")
def comment(
    report: Annotated[
        Path | None, typer.Option("--report", help="The report, on GitLab. On GitHub it is the artifact of the run.")
    ] = None,
    account: Annotated[
        str, typer.Option("--account", help="The account of the token, on GitHub, if it is not that of the workflow.")
    ] = "",
    language: LanguageOption = None,
) -> None:
    """Write one comment on the request, or update it.

    On GitHub in a workflow on workflow_run, on GitLab in a pipeline of a merge request.
    """
    from checker.cli.feedback import comment as command

    command.run(Console.of(language), report, account)
