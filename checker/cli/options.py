"""The options that several commands have."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from checker.facts.options import SandboxKind
    from checker.selection import Selection


class Language(StrEnum):
    """The languages of everything a student reads."""

    fr = "fr"
    en = "en"


class Isolation(StrEnum):
    """Where student code runs."""

    auto = "auto"
    bubblewrap = "bubblewrap"
    plain = "plain"


class Docker(StrEnum):
    """Whether a Docker engine is looked for."""

    auto = "auto"
    on = "on"
    off = "off"


class System(StrEnum):
    """The systems whose autograders can be made."""

    gradescope = "gradescope"
    classroom50 = "classroom50"


def kind_of(asked: Isolation) -> SandboxKind:
    match asked:
        case Isolation.auto:
            return "auto"
        case Isolation.bubblewrap:
            return "bubblewrap"
        case Isolation.plain:
            return "plain"


def use_of(asked: Docker) -> Literal["auto", "on", "off"]:
    match asked:
        case Docker.auto:
            return "auto"
        case Docker.on:
            return "on"
        case Docker.off:
            return "off"


def selection_of(
    steps: list[str] | None, checks: list[str] | None, up_to: str | None, *, no_run: bool = False
) -> Selection:
    """The checks that the command line asks for."""
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
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
