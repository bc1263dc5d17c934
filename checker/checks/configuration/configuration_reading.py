"""The main script reads the configuration file."""

from __future__ import annotations

from checker.checks.base import check
from checker.checks.command_programs import here_document
from checker.checks.configuration.configuration_file import ANY_CONFIGURATION, absent_file_failure
from checker.checks.environment.environment_excuse import undecided
from checker.course import Course
from checker.facts.configuration import Configuration, ConfigurationFile, Leaf
from checker.facts.environment import Declared, EnvironmentUse
from checker.facts.main_script import MainRun
from checker.model import Basis, Failed, Json, Location, Passed, Text, Verdict, text


@check("config-read")
def config_read(
    configuration: Configuration, run: MainRun, course: Course, declared: Declared | None, use: EnvironmentUse | None
) -> Verdict:
    """The main script reads the configuration

    ## What it checks

    While `{=names.main}` runs, it opens the configuration file. A file that the code opens and that is not in the
    repository fails: it was never committed. A configuration that is ignored by git, with default values in the
    code, is accepted in part.

    ## Why it matters

    A configuration that nobody reads misleads: one changes it, and nothing happens.

    ## How to do it

    Open the file at the beginning of `{=names.main}` with `yaml.safe_load`, by a path relative to the root, and commit
    it. The notebook, which is started from its own folder, reads `../{=names.configuration}`.

    ## Example

    ```python
    # Before: the values are copied
    bucket = "jdupont"

    # After
    with open("{=names.configuration}", encoding="utf-8") as file:
        config = yaml.safe_load(file)
    bucket = config["bucket"]
    ```

    ## Known limits

    When `{=names.main}` stops before it reads anything, the answer is read from the source and marked *read, not run*.
    """
    wanted = course.names.configuration
    expected = text("{main} opens {file} when it runs.", main=run.path, file=wanted)
    file = configuration.main
    if file is None:
        return _never_there(configuration, run, course, expected)
    opened = [one for one in configuration.files if one.path in configuration.opened]
    basis = Basis.RUN if configuration.observed else Basis.READ
    details: dict[str, Json] = {"opened": [one.path for one in opened]}
    if twice := _overlapping(opened):
        return Failed(
            expected=text("One configuration file holds the place of the data."),
            actual=text("Two files are read for the same values: {files}.", files=tuple(one.path for one in twice)),
            hint=text("Keep one of them, {file}, and delete the other one.", file=wanted),
            reproduce=here_document("configurations_opened", MAIN=repr(run.path)),
            where=tuple(Location(one.path) for one in twice),
            basis=basis,
            details=details,
        )
    if opened:
        said = (
            text("{main} opens {file}.", main=run.path, file=opened[0].path)
            if configuration.observed
            else text("The code names {file}, as far as reading it tells.", file=opened[0].path)
        )
        return Passed(message=said, basis=basis, details=details)
    if not run.succeeded and (other := undecided(run.finished, course, declared, use)):
        return other  # a library that is not here may find the file by itself
    actual = (
        text("{main} runs without opening {file}.", main=run.path, file=file.path)
        if configuration.observed
        else text("Nothing in the code names {file}.", file=file.path)
    )
    return Failed(
        expected=expected,
        actual=actual,
        hint=text("Open it at the beginning of {main} with yaml.safe_load, and use its values.", main=run.path),
        reproduce=here_document("configuration_opened", MAIN=repr(run.path)),
        where=(Location(run.path),),
        basis=basis,
        details=details,
    )


def _never_there(configuration: Configuration, run: MainRun, course: Course, expected: Text) -> Verdict:
    path, _ = configuration.absent[0]
    if run.succeeded and configuration.ignored is not None:
        return Failed(
            expected=expected,
            actual=text("{file} is ignored by git; {main} runs on the defaults in its code.", file=path, main=run.path),
            hint=text("Commit {file} without secrets, so that everybody reads the same.", file=path),
            reproduce=ANY_CONFIGURATION,
            where=(configuration.ignored,),
            credit=course.credit.share("ignored_configuration"),
            credits=("ignored_configuration",),
        )
    return absent_file_failure(configuration)


def _overlapping(opened: list[ConfigurationFile]) -> tuple[ConfigurationFile, ...]:
    """Two files that are both opened and hold the same names, or both the place of the data."""
    for number, one in enumerate(opened):
        for other in opened[number + 1 :]:
            names = {leaf.names for leaf in one.leaves} & {leaf.names for leaf in other.leaves}
            places = [any(is_link_or_bucket(leaf) for leaf in file.leaves) for file in (one, other)]
            if names or all(places):
                return one, other
    return ()


def is_link_or_bucket(leaf: Leaf) -> bool:
    """Whether a value can only be the place of data."""
    return "://" in leaf.value or "bucket" in leaf.names[-1].lower() or leaf.value.lower().endswith(".csv")
