"""``checker class``: the parameters of its commands. The code of a command is imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from checker.cli.console import Console
from checker.cli.options import DockerOption, LanguageOption, QuietOption, SandboxOption, group

app = group(
    "Grade a class: its roster, its repositories, its gradebook.",
    "Examples, in this order: checker class init, add roster.csv, clone, grade, export.",
)

ClassOption = Annotated[Path, typer.Option("--class", help="The folder of the class.", show_default="here")]
OnlyOption = Annotated[list[str] | None, typer.Option("--only", help="Only this student or repository (repeatable).")]
StudentArgument = Annotated[str, typer.Argument(help="Name, number, e-mail or account.")]
CheckArgument = Annotated[str, typer.Argument(help="The check.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why: others will read it.")]
AuthorOption = Annotated[str | None, typer.Option("--author", help="Who decides.", show_default="you")]


@app.command(epilog="Example: checker class init --class titanic-2026")
def init(
    folder: ClassOption = Path(),
    course: Annotated[
        str | None, typer.Option("--course", help="An edition, or a course file.", show_default="the usual edition")
    ] = None,
    language: LanguageOption = None,
) -> None:
    """Make the folder of a class, with its class.toml to fill in."""
    from checker.cli.classes import init as command

    command.run(Console.of(language), folder, course)


@app.command(epilog="Example: checker class add roster.csv --column email=Courriel")
def add(
    sources: Annotated[
        list[str], typer.Argument(help="A roster (CSV, .xlsx), a folder of clones or archives, or addresses of git.")
    ],
    folder: ClassOption = Path(),
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="What a column holds, as email=HEADER or email=3 (repeatable)."),
    ] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="The worksheet of a workbook.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write it without a question.")] = False,
    skip_wrong: Annotated[bool, typer.Option("--skip-wrong", help="Leave out the rows that cannot be used.")] = False,
    language: LanguageOption = None,
) -> None:
    """Add students from a roster, or from a folder of their work.

    It shows what it understood, then asks.
    """
    from checker.cli.classes import add as command

    asked = command.Asked(columns=tuple(column or ()), worksheet=sheet, yes=yes, skip_wrong=skip_wrong)
    command.run(Console.of(language), folder, tuple(sources), asked)


@app.command(epilog="Example: checker class forks my-school/titanic --class titanic-2026")
def forks(
    project: Annotated[
        str, typer.Argument(metavar="OWNER/REPO", help="What students forked; else class.toml says it.")
    ] = "",
    folder: ClassOption = Path(),
    add: Annotated[bool, typer.Option("--add", help="Make a student of each account that nobody has.")] = False,
    accounts: Annotated[bool, typer.Option("--accounts", help="Only show whose forks there are.")] = False,
    language: LanguageOption = None,
    quiet: QuietOption = False,
) -> None:
    """Read forks, pull requests and times of pushes from the forge. May be run again at any time."""
    from checker.cli.classes import forks as command

    command.run(Console.of(language, quiet=quiet), folder, project, add=add, accounts=accounts)


@app.command(epilog="Example: checker class clone --class titanic-2026")
def clone(
    folder: ClassOption = Path(),
    only: OnlyOption = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=32, help="Repositories fetched at once.")] = 6,
    full: Annotated[bool, typer.Option("--full", help="With the large files of earlier commits, too.")] = False,
    language: LanguageOption = None,
    quiet: QuietOption = False,
) -> None:
    """Fetch what is new of the repositories. May be stopped at any moment, and run again."""
    from checker.cli.classes import clone as command

    command.run(Console.of(language, quiet=quiet), folder, only=tuple(only or ()), jobs=jobs, full=full)


@app.command(epilog="Example: checker class grade --class titanic-2026")
def grade(
    folder: ClassOption = Path(),
    only: OnlyOption = None,
    retry: Annotated[
        list[str] | None, typer.Option("--retry", help="Again, too: errored, unavailable or all (repeatable).")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be graded, and grade nothing.")] = False,
    sandbox: SandboxOption = "bubblewrap",
    docker: DockerOption = "auto",
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
        GradingOptions(sandbox=sandbox, docker=docker, jobs=jobs),
        only=tuple(only or ()),
        retry=tuple(retry or ()),
        dry_run=dry_run,
    )
    raise typer.Exit(code)


@app.command(epilog="Example: checker class status --class titanic-2026")
def status(folder: ClassOption = Path(), language: LanguageOption = None) -> None:
    """Say where the class stands, also while it is being graded.

    What is fetched, graded and being graded now, and what needs you.
    """
    from checker.cli.classes import status as command

    command.run(Console.of(language), folder)


@app.command(epilog="Example: checker class show dupont")
def show(
    student: StudentArgument,
    folder: ClassOption = Path(),
    language: LanguageOption = None,
) -> None:
    """Show one student, with the history of the grade.

    Points by step, gradings, decisions, and how many commits each author made.
    """
    from checker.cli.classes import show as command

    command.run(Console.of(language), folder, student)


@app.command(epilog="Example: checker class override dupont lint-main 1.5 --reason 'shown in the oral'")
def override(
    student: StudentArgument,
    check: CheckArgument,
    points: Annotated[str, typer.Argument(help="The points of this check, whatever a grading says.")],
    reason: ReasonOption = "",
    author: AuthorOption = None,
    folder: ClassOption = Path(),
    language: LanguageOption = None,
) -> None:
    """Give a student other points for a check. No later grading changes it."""
    from checker.cli.classes import decide as command

    command.run(Console.of(language), folder, "override", check, reason, student=student, points=points, author=author)


@app.command(epilog="Example: checker class waive image-size --reason 'the registry was down'")
def waive(
    check: CheckArgument,
    reason: ReasonOption = "",
    author: AuthorOption = None,
    folder: ClassOption = Path(),
    language: LanguageOption = None,
) -> None:
    """Let a check count as passed for the whole class."""
    from checker.cli.classes import decide as command

    command.run(Console.of(language), folder, "waiver", check, reason, author=author)


@app.command(epilog="Example: checker class weigh lint-modules 0.5 --reason 'not taught this year'")
def weigh(
    check: CheckArgument,
    points: Annotated[str, typer.Argument(help="What it is worth in this class.")],
    reason: ReasonOption = "",
    author: AuthorOption = None,
    folder: ClassOption = Path(),
    language: LanguageOption = None,
) -> None:
    """Let a check be worth other points for the whole class."""
    from checker.cli.classes import decide as command

    command.run(Console.of(language), folder, "weight", check, reason, points=points, author=author)


@app.command(epilog="Example: checker class withdraw lint-main --student dupont")
def withdraw(
    check: CheckArgument,
    student: Annotated[str | None, typer.Option("--student", help="Of this student; else of the class.")] = None,
    reason: ReasonOption = "",
    author: AuthorOption = None,
    folder: ClassOption = Path(),
    language: LanguageOption = None,
) -> None:
    """Take back what override, waive or weigh decided on a check."""
    from checker.cli.classes import decide as command

    command.run(Console.of(language), folder, "withdrawn", check, reason, student=student, author=author)


@app.command(epilog="Example: checker class rescore --what-if near=0.2")
def rescore(
    what_if: Annotated[
        list[str] | None, typer.Option("--what-if", help="A share or a check's points, as name=number (repeatable).")
    ] = None,
    folder: ClassOption = Path(),
    language: LanguageOption = None,
) -> None:
    """Compute the grades again from what was graded.

    With --what-if, say who would change, and change nothing. No student code is run.
    """
    from checker.cli.classes import rescore as command

    command.run(Console.of(language), folder, tuple(what_if or ()))


@app.command(epilog="Example: checker class export --format moodle --fill worksheet.csv --output filled.csv")
def export(
    kind: Annotated[str | None, typer.Option("--format", help="moodle, canvas, csv, json or xlsx.")] = None,
    output: Annotated[Path | None, typer.Option("--output", help="The file to write.")] = None,
    folder: ClassOption = Path(),
    fill: Annotated[Path | None, typer.Option("--fill", help="The file of Moodle or Canvas to fill in.")] = None,
    grade_column: Annotated[
        str | None, typer.Option("--grade-column", help="The column or assignment that takes the grade.")
    ] = None,
    comments: Annotated[bool, typer.Option(help="Write the points of each step as a comment (Moodle).")] = True,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    language: LanguageOption = None,
) -> None:
    """Hand the grades over: to Moodle or Canvas, or as a table."""
    from checker.cli.classes import export as command

    asked = command.Asked(
        format=kind, output=output, fill=fill, grade_column=grade_column, comments=comments, force=force
    )
    command.run(Console.of(language), folder, asked)
