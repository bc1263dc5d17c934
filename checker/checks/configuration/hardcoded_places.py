"""Values of the configuration that the code writes a second time."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checker.checks.base import check
from checker.checks.command_programs import here_document
from checker.checks.configuration.configured_places import move_command
from checker.course import Course
from checker.facts.code import Code
from checker.facts.configuration import Configuration, ConfigurationEffect, Leaf
from checker.facts.main_script import MainRun
from checker.model import Basis, Blocked, Failed, Json, Location, Passed, Verdict, text


@check("config-not-hardcoded")
def config_not_hardcoded(
    configuration: Configuration, effect: ConfigurationEffect | None, code: Code, course: Course, run: MainRun
) -> Verdict:
    """No configured value is left in the code

    ## What it checks

    No text constant that the code of the project executes is equal to a value of the configuration that is used,
    and no request goes to the old place. Values of fewer than four letters, docstrings, tests, notebooks and names
    that mean nothing in particular (`train.csv`, for instance) are set aside.

    ## Why it matters

    As long as a copy is left in the code, nobody knows which of the two counts, and a default value may hide a
    configuration that is not read.

    ## How to do it

    Search your Python files for each value of `{=names.configuration}`, and replace it by the value read from the file. Delete
    the default values of the parameters as well.

    ## Example

    ```python
    # Before: the old bucket is still there
    def import_data(bucket="jdupont", folder="titanic/raw"):
        ...

    # After
    def import_data(bucket, folder):
        \"\"\"Return the training and test tables, read from a folder of a bucket.\"\"\"
        ...
    ```

    ## Known limits

    A value cut into pieces and put together again is not seen in the text, but in the requests.
    """  # noqa: E501  wrapped as it is printed
    if configuration.main is None or not configuration.main.can_be_read:
        return Blocked(by=("config-file",))
    ran = effect is not None and bool(effect.used)
    # A value that stands in a request and moves nothing counts: a copy in the code may be what overrules it.
    tried = tuple(trial.leaf for trial in effect.trials) if effect is not None and ran else ()
    leaves = tried or tuple(_places(configuration))
    basis = Basis.RUN if ran else Basis.READ
    generic = {name.lower() for name in course.samples.generic_names}
    wanted = {
        leaf.value.strip("/"): leaf for leaf in leaves if len(leaf.value) >= 4 and not _is_generic(leaf.value, generic)
    }
    expected = text("The values of the configuration stand nowhere else.")
    found = list(_constants(code, wanted))
    details: dict[str, Json] = {"values": [leaf.key for leaf in leaves]}
    if found:
        keys = tuple(dict.fromkeys(leaf.key for leaf, _ in found))
        return Failed(
            expected=expected,
            actual=text("The code still holds the value of {keys}.", keys=keys),
            hint=text("Use the value that was read instead, and delete the default values of parameters."),
            # by their names, so that no value stands in the command
            reproduce=here_document("configured_values", KEYS=repr(sorted({leaf.names[-1] for leaf, _ in found}))),
            where=tuple(dict.fromkeys(place for _, place in found)),
            basis=basis,
            details=details,
        )
    if ran and effect is not None:
        for trial in effect.trials:
            if stayed := trial.stayed & trial.moved:
                return Failed(
                    expected=expected,
                    actual=text(
                        "With another {key}, {tables} is still asked for at the old place, too.",
                        key=trial.leaf.key,
                        tables=tuple(sorted(stayed)),
                    ),
                    hint=text("Search the code for what puts the old place together, and remove it."),
                    reproduce=move_command(run.path),
                    where=(trial.leaf.where,),
                    details=details,
                )
    return Passed(message=text("No value of the configuration is written in the code."), basis=basis, details=details)


def _places(configuration: Configuration) -> Iterator[Leaf]:
    """The values that look like a place, where no run told which are used."""
    for file in configuration.files:
        if file.path in configuration.opened:
            yield from (leaf for leaf in file.leaves if leaf.is_place)


def _is_generic(value: str, generic: set[str]) -> bool:
    """Whether a value means nothing in particular: ``train.csv``, ``data``."""
    steps = [step for step in re.split(r"[/.]", value.lower()) if step]
    return all(step in generic or step in {"csv", "gz", "parquet"} for step in steps)


def _constants(code: Code, wanted: dict[str, Leaf]) -> Iterator[tuple[Leaf, Location]]:
    for file in code.project:
        nodes = [*ast.walk(file.tree)] if file.tree else []
        documents = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
                leaf = wanted.get(node.value.strip("/"))
                if leaf is not None:
                    yield leaf, Location(file.path, line=node.lineno)
