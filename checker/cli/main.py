"""All commands. The code of a command is imported when it runs, so that ``--help`` answers at once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from checker.cli.classes.app import app as class_app
from checker.cli.console import Console
from checker.cli.feedback.app import app as feedback_app
from checker.cli.options import (
    CheckOption,
    CourseOption,
    DockerOption,
    FormatOption,
    LanguageOption,
    OutputOption,
    PathArgument,
    ProbesOption,
    QuietOption,
    SandboxOption,
    StepOption,
    System,
    UpToOption,
    group,
    selection_of,
)

app = typer.Typer(
    name="checker",
    help="Grade the exercise of a course: what is done, what is missing, where, and what to do next.",
    epilog="Examples: checker check    checker next    checker explain 1.4",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
course_app = group("Look at a course file, or make an autograder of it.", "Example: checker course show")
solutions_app = group(
    "Build and check the solutions (a checkout only).", "Example: checker solutions build 1.4 solution-1.4"
)
cache_app = group("What is kept of earlier runs.", "Example: checker cache show")
app.add_typer(class_app, name="class")
app.add_typer(course_app, name="course")
app.add_typer(cache_app, name="cache")
app.add_typer(solutions_app, name="solutions")
app.add_typer(feedback_app, name="feedback")


@app.command(epilog="Example: checker new my-exercise --language fr")
def new(
    directory: Annotated[Path, typer.Argument(help="The folder to make.")],
    answers: Annotated[
        list[str] | None,
        typer.Argument(help="Answers to the template's questions, as key=value: checker_source=git+https://…@v1.0"),
    ] = None,
    start_at: Annotated[str, typer.Option("--start-at", help="The step to start at.")] = "1.0",
    language: LanguageOption = None,
    no_input: Annotated[bool, typer.Option("--no-input", help="Ask nothing, take the defaults.")] = False,
) -> None:
    """Make a starter, the repository of a new student."""
    from checker.cli import new as command

    command.run(Console.of(language), directory, answers or [], start_at=start_at, no_input=no_input)


@app.command(epilog="Example: checker check --step 1.4 --format markdown --output report.md")
def check(
    path: PathArgument = Path(),
    step: StepOption = None,
    check: CheckOption = None,
    up_to: UpToOption = None,
    course: CourseOption = None,
    format: FormatOption = None,  # noqa: A002  the option's name is the contract
    output: OutputOption = None,
    environment: Annotated[str, typer.Option("--environment", help="embedded, declared or a file.")] = "embedded",
    sandbox: SandboxOption = "auto",
    docker: DockerOption = "auto",
    commit: Annotated[str | None, typer.Option("--commit", help="Grade this commit, not the working folder.")] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Keep and reuse nothing from earlier runs.")] = False,
    language: LanguageOption = None,
    jobs: ProbesOption = None,
    no_run: Annotated[bool, typer.Option("--no-run", help="Only what can be judged by reading.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Grade a repository and say what to do next.

    --no-run runs nothing of it and takes a second or two: whatever depends on the notebook, the scripts, the functions,
    the linter or the image is left out. --step current takes the last step that has begun.

    Exit code: 0 nothing failed; 1 a check failed, or one that was named is to do; 2 wrong usage; 3 the course file
    is wrong; 4 the checker itself failed.
    """
    from checker.preloading import preloaded_libraries
    from checker.sandbox.process.prestart import prestarted_for

    whole = not step and not check and environment == "embedded" and not no_run
    with prestarted_for(path, preloaded_libraries(course)) if whole else nullcontext() as begun:
        from checker.cli import check as command
        from checker.facts.options import GradingOptions
        from checker.facts.submission import Submission

        code = command.run(
            Console.of(language, quiet=quiet, folder=path),
            GradingOptions(course=course, environment=environment, sandbox=sandbox, docker=docker, jobs=jobs),
            Submission(path=path, commit=commit),
            selection_of(step, check, up_to, no_run=no_run),
            tuple(format or ()),
            tuple(output or ()),
            cache=not no_cache,
            begun=begun,
        )
    raise typer.Exit(code)


@app.command(epilog="Example: checker render report.json --format markdown --output report.md --language fr")
def render(
    report: Annotated[Path, typer.Argument(help="A report that check wrote as JSON; - for the standard input.")],
    format: FormatOption = None,  # noqa: A002  the option's name is the contract
    output: OutputOption = None,
    language: LanguageOption = None,
) -> None:
    """Show a stored report in another format or language.

    Nothing is graded. Exit code: 0; 2 where the file holds no report that this version can read.
    """
    from checker.cli import render as command

    command.run(Console.of(language, folder=report.parent), report, tuple(format or ()), tuple(output or ()))


@app.command("next", epilog="Example: checker next")
def next_(
    path: PathArgument = Path(),
    course: CourseOption = None,
    sandbox: SandboxOption = "auto",
    language: LanguageOption = None,
    quiet: QuietOption = False,
) -> None:
    """Say the one next thing to do, and its statement."""
    from checker.cli import next as command
    from checker.facts.options import GradingOptions
    from checker.facts.submission import Submission

    options = GradingOptions(course=course, sandbox=sandbox)
    raise typer.Exit(command.run(Console.of(language, quiet=quiet, folder=path), options, Submission(path=path)))


@app.command(epilog="Example: checker watch --step 1.4")
def watch(
    path: PathArgument = Path(),
    step: StepOption = None,
    check: CheckOption = None,
    up_to: UpToOption = None,
    course: CourseOption = None,
    sandbox: SandboxOption = "auto",
    language: LanguageOption = None,
    jobs: ProbesOption = None,
) -> None:
    """Grade again whenever a file is saved, on one screen.

    Docker images are not built: checker check does that. Ctrl-C leaves. Where the output is no terminal, each whole
    check ends with a line such as: --- 3: 14:05:12, 1.2 s, 6.5 of 20 points
    """
    from checker.cli import watch as command
    from checker.facts.options import GradingOptions
    from checker.facts.submission import Submission

    options = GradingOptions(course=course, sandbox=sandbox, docker="off", jobs=jobs, lasting=True)
    selection = selection_of(step, check, up_to)
    raise typer.Exit(command.run(Console.of(language, folder=path), options, Submission(path=path), selection))


@app.command(epilog="Example: checker explain 1.7    checker explain lint-main")
def explain(
    name: Annotated[str | None, typer.Argument(help="A step or a check; all of them without.")] = None,
    course: CourseOption = None,
    language: LanguageOption = None,
) -> None:
    """Explain a step or a check.

    What it looks for, why it matters, how to do it, with an example.
    """
    from checker.cli import explain as command

    command.run(Console.of(language), name, course)


@app.command(epilog="Example: checker doctor")
def doctor(language: LanguageOption = None) -> None:
    """Say what can be graded on this machine.

    And how to get what it lacks. Exit code 0 if a grading is possible, else 4.
    """
    from checker.cli import doctor as command

    raise typer.Exit(command.run(Console.of(language)))


@course_app.command("new", epilog="Example: checker course new penguins-2027 --id penguins")
def course_new(
    directory: Annotated[Path, typer.Argument(help="The folder to make.")],
    identity: Annotated[
        str | None, typer.Option("--id", help="The name of the course.", show_default="the edition, without its year")
    ] = None,
    edition: Annotated[
        str | None, typer.Option("--edition", help="The name of this edition.", show_default="the folder's name")
    ] = None,
    language: LanguageOption = None,
) -> None:
    """Make the beginning of a course of your own.

    A folder with the file of the default course, its data, statement and template, and in a checkout of the checker its
    solutions and mutants. Nothing is written over.
    """
    from checker.cli import course_new as command

    command.run(Console.of(language), directory, identity, edition)


@course_app.command("check", epilog="Example: checker course check penguins-2027")
def course_check(
    file: Annotated[str, typer.Argument(help="A course file, the folder of a course, or an edition.")],
    no_run: Annotated[bool, typer.Option("--no-run", help="Grade nothing: only validate the files.")] = False,
    language: LanguageOption = None,
    quiet: QuietOption = False,
) -> None:
    """Validate a course file, and prove its course.

    A mistake is named with its line. Where solutions lie beside the file, each has to pass its own step and those
    before, each mutant has to fail in its check alone, and each step needs a mutant.

    Exit code: 0; 1 where a solution, a mutant or a step without one contradicts that; 3 where a file of the course is
    wrong.
    """
    from checker.cli import course_check as command

    raise typer.Exit(command.run(Console.of(language, quiet=quiet), file, no_run=no_run))


@course_app.command("show", epilog="Example: checker course show ensae-2022")
def course_show(
    file: Annotated[str | None, typer.Argument(help="A course file, or an edition.")] = None,
    language: LanguageOption = None,
) -> None:
    """Show the steps, the checks and their points."""
    from checker.cli import course as command

    command.show(Console.of(language), file)


@course_app.command("export", epilog="Example: checker course export gradescope autograder.zip")
def course_export(
    system: Annotated[System, typer.Argument(help="The system.")],
    target: Annotated[Path, typer.Argument(help="A file that ends with .zip, or the folder to make.")],
    course: CourseOption = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            help="What pip installs there: a requirement, an address or a wheel.",
            show_default="what .checker.yml here says, else this version",
        ),
    ] = None,
    language: LanguageOption = None,
) -> None:
    """Make an autograder for another system.

    For gradescope: upload the zip. For classroom50: put the folder in the place of an assignment's autograder.
    """
    from checker.cli import course as command

    command.export(Console.of(language), system, target, course, source)


@cache_app.command("show", epilog="Example: checker cache show")
def cache_show(language: LanguageOption = None) -> None:
    """Say where it lies, how many runs it holds, and how large it is."""
    from checker.cli import cache as command

    command.show(Console.of(language))


@cache_app.command("clear", epilog="Example: checker cache clear")
def cache_clear(language: LanguageOption = None) -> None:
    """Forget all earlier runs: the next grading runs everything."""
    from checker.cli import cache as command

    command.clear(Console.of(language))


@solutions_app.command("build", epilog="Example: checker solutions build 1.4 solution-1.4 --language fr")
def solutions_build(
    step: Annotated[str, typer.Argument(help="The step whose state is made.")],
    directory: Annotated[Path, typer.Argument(help="The folder to make.")],
    language: LanguageOption = None,
) -> None:
    """Make the repository of a step's solution, with one commit a step."""
    from checker.cli import solutions as command

    command.build(Console.of(language), step, directory)


@solutions_app.command("check", epilog="Example: checker solutions check")
def solutions_check(language: LanguageOption = None, quiet: QuietOption = False) -> None:
    """Grade all solutions, and print check by state.

    Each has to pass its own step and those before, and to leave the later ones to do. Exit code 1 where one does not.
    """
    from checker.cli import solutions as command

    raise typer.Exit(command.check(Console.of(language, quiet=quiet)))


def _version(wanted: bool) -> None:
    if wanted:
        from checker import __version__

        typer.echo(f"titanic-checker {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave."),
    ] = False,
) -> None:
    del version


def main(arguments: Sequence[str]) -> int:
    """The exit code of a command line. Every error is shown as a sentence; Ctrl-C leaves with 130."""
    try:
        app(args=list(arguments), prog_name="checker")
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except KeyboardInterrupt:
        code = 130
    except Exception as error:  # noqa: BLE001  the last door: no traceback of ours reaches a student
        from checker.cli.failing import explain_failure

        return explain_failure(error, arguments)
    else:
        code = 0
    if code in _STOPPED:
        from checker.cli.failing import say_stopped

        say_stopped(arguments)
    return code


_STOPPED = (129, 130, 143)
"""The exit codes of a program ended by a signal: the terminal closed, Ctrl-C, a request to end."""
