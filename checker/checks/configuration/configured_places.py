"""The data's place follows the configuration."""

from __future__ import annotations

import ast

from checker.checks.base import check
from checker.checks.command_programs import here_document
from checker.checks.environment.environment_excuse import undecided
from checker.course import Course
from checker.facts.code import Code
from checker.facts.configuration import Configuration, ConfigurationEffect
from checker.facts.environment import Declared, EnvironmentUse
from checker.facts.main_script import MainRun
from checker.model import Basis, Blocked, Failed, Json, Location, Passed, Verdict, advice, text


@check("config-followed")
def config_followed(
    configuration: Configuration,
    effect: ConfigurationEffect | None,
    run: MainRun,
    code: Code,
    course: Course,
    declared: Declared | None,
    use: EnvironmentUse | None,
) -> Verdict:
    """The data follow the configuration

    ## What it checks

    Each text value of the configuration is changed in turn, in a copy, and `{=names.main}` is run: the request for the
    training data must move with one of the values, and so must the request for the test data. A value that moves
    nothing is advice.

    If two configuration files are both opened, the check fails; if one of them is dead, it is advice.

    ## Why it matters

    This is what a configuration is for. One that is read and then overruled by a value in the code is worse than
    none.

    ## How to do it

    Hand the values of the configuration to the reading function, and use them there to build the path of *both*
    files. Try it: change a value and see `{=names.main}` look in the other place.

    ## Example

    ```python
    # Before: the test data stay where they are
    train = import_data(config["bucket"], config["folder"], "train.csv")
    test = import_data("jdupont", "titanic/raw", "test.csv")

    # After
    train = import_data(config["bucket"], config["folder"], config["train_name"])
    test = import_data(config["bucket"], config["folder"], config["test_name"])
    ```

    ## Known limits

    Only text values are changed, not numbers. What is observed is the request that leaves the program, whatever the
    names of the values.
    """
    expected = (
        text("A change in the configuration moves the request for the data.")
        if course.data.test is None
        else text("A change in the configuration moves the requests for train and test data.")
    )
    if effect is None:
        return Blocked(by=("config-file",))
    if not effect.wanted:
        if run.succeeded:
            return Blocked(by=("data-remote",))
        by_source = _followed_by_source(configuration, code)
        other = undecided(run.finished, course, declared, use) if isinstance(by_source, Blocked) else None
        return other or by_source
    details: dict[str, Json] = {
        "moved": {trial.leaf.key: [*sorted(trial.moved)] for trial in effect.trials},
        "unused": [leaf.key for leaf in effect.dead],
    }
    lacking = sorted(effect.wanted - effect.moved)
    if lacking:
        return Failed(
            expected=expected,
            actual=text(
                "Whatever value of {file} is changed, the request for {tables} stays the same.",
                file=effect.file,
                tables=tuple(lacking),
            ),
            hint=text("Build the path of the data from the values that were read from {file}.", file=effect.file)
            if course.data.test is None
            else text(
                "Build the path of train and test data from the values that were read from {file}.", file=effect.file
            ),
            reproduce=move_command(run.path),
            where=(Location(effect.file),),
            details=details,
        )
    said = [advice("Nothing uses {key}.", key=leaf.key, where=(leaf.where,)) for leaf in effect.dead[:5]]
    said += [
        advice("Changing {key} moves nothing.", key=trial.leaf.key, where=(trial.leaf.where,))
        for trial in effect.trials
        if not trial.moved
    ]
    return Passed(
        message=text("The requests follow {keys}.", keys=tuple(dict.fromkeys(leaf.key for leaf in effect.used))),
        advice=tuple(said),
        details=details,
    )


def _followed_by_source(configuration: Configuration, code: Code) -> Verdict:
    """Main stops before it asks for data, for which another check is there."""
    names = {
        leaf.names[-1]
        for file in configuration.files
        for leaf in file.leaves
        if leaf.names and file.path in configuration.opened and leaf.is_place
    }
    used = {
        node.value if isinstance(node, ast.Constant) else node.attr
        for file in code.project
        for node in (ast.walk(file.tree) if file.tree else ())
        if (isinstance(node, ast.Constant) and isinstance(node.value, str)) or isinstance(node, ast.Attribute)
    }
    if names & used:
        return Passed(
            message=text("The code uses {keys}, as far as reading it tells.", keys=tuple(sorted(names & used))),
            basis=Basis.READ,
        )
    return Blocked(by=("main-runs",))


def move_command(main: str) -> str:
    """Runs the script with every text value of the YAML it loads changed, and looks where it asks."""
    return here_document("moved_configuration", MAIN=repr(main))
