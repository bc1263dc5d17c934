"""The options shared by several commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from checker.selection import Selection


Language = Literal["fr", "en"]
"""The languages of all texts for students."""
System = Literal["gradescope", "classroom50"]
"""The systems whose autograders can be made."""


def group(purpose: str, examples: str) -> typer.Typer:
    """A command of commands, with its help."""
    return typer.Typer(help=purpose, epilog=examples, no_args_is_help=True, rich_markup_mode=None)


def selection_of(
    steps: list[str] | None, checks: list[str] | None, up_to: str | None, *, no_run: bool = False
) -> Selection:
    """The selection of checks from the command line."""
    from checker.selection import CURRENT, Selection

    named = tuple(steps or ())
    return Selection(
        steps=tuple(step for step in named if step != CURRENT),
        checks=tuple(checks or ()),
        up_to=up_to,
        current=CURRENT in named,
        without_runs=no_run,
    )


PathArgument = Annotated[Path, typer.Argument(help="The repository, or an archive of it.", show_default="here")]
LanguageOption = Annotated[Language | None, typer.Option("--language", help="Language of the report.")]
CourseOption = Annotated[str | None, typer.Option("--course", help="An edition, or a course file.")]
FormatOption = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        help="terminal, json, junit, markdown, github, gitlab, sarif, gradescope, classroom50 or check50 (repeatable, "
        "each with its --output).",
    ),
]
OutputOption = Annotated[list[Path] | None, typer.Option("--output", help="A file for the format (repeatable).")]
StepOption = Annotated[list[str] | None, typer.Option("--step", help="Only this step, or current (repeatable).")]
CheckOption = Annotated[list[str] | None, typer.Option("--check", help="Only this check (repeatable).")]
UpToOption = Annotated[str | None, typer.Option("--up-to", help="No step after this one.")]
SandboxOption = Annotated[
    Literal["auto", "bubblewrap", "plain"], typer.Option("--sandbox", help="Where student code runs.")
]
DockerOption = Annotated[Literal["auto", "on", "off"], typer.Option("--docker", help="Whether to use Docker.")]
ProbesOption = Annotated[int | None, typer.Option("--jobs", "-j", min=1, max=64, help="Probes side by side.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
