"""``checker class``: what its commands take. What a command needs is imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from checker.cli.console import Console
from checker.cli.options import Docker, Isolation, LanguageOption, QuietOption, kind_of, use_of

app = typer.Typer(
    help="Grade a class: its roster, its repositories, its gradebook.",
    epilog="In this order: checker class init, add roster.csv, clone, grade, export.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

ClassOption = Annotated[Path, typer.Option("--class", help="The folder of the class.", show_default="here")]


@app.command(epilog="Example: checker class init --class titanic-2026")
def init(
    folder: ClassOption = Path(),
    course: Annotated[str, typer.Option("--course", help="An edition, or a course file.")] = "ensae-2022",
    language: LanguageOption = None,
) -> None:
    """Make the folder of a class, with its class.toml to fill in."""
    from checker.cli.classes import init as command

    command.run(Console.of(language), folder, course)


@app.command(epilog="Example: checker class grade --class titanic-2026")
def grade(
    folder: ClassOption = Path(),
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Only this student or repository (repeatable).")
    ] = None,
    retry: Annotated[
        list[str] | None, typer.Option("--retry", help="Again, too: errored, unavailable or all (repeatable).")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be graded, and grade nothing.")] = False,
    sandbox: Annotated[Isolation, typer.Option("--sandbox", help="Where student code runs.")] = Isolation.bubblewrap,
    docker: Annotated[Docker, typer.Option("--docker", help="Whether to use Docker.")] = Docker.auto,
    jobs: Annotated[int | None, typer.Option("--jobs", min=1, help="Runs at once, over all submissions.")] = None,
    language: LanguageOption = None,
    quiet: QuietOption = False,
) -> None:
    """Grade what has changed since the last time. May be stopped at any moment, and run again."""
    from checker.cli.classes import grade as command
    from checker.facts.options import GradingOptions

    code = command.run(
        Console.of(language, quiet=quiet),
        folder,
        GradingOptions(sandbox=kind_of(sandbox), docker=use_of(docker), jobs=jobs),
        only=tuple(only or ()),
        retry=tuple(retry or ()),
        dry_run=dry_run,
    )
    raise typer.Exit(code)


@app.command(epilog="Example: checker class status --class titanic-2026")
def status(folder: ClassOption = Path(), language: LanguageOption = None) -> None:
    """Say how far the class is: what is fetched, graded, being graded now, and what needs you."""
    from checker.cli.classes import status as command

    command.run(Console.of(language), folder)
