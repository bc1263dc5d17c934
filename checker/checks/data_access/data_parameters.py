"""The data's place is a parameter of the functions that read it."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.base import check
from checker.checks.command_programs import here_document
from checker.checks.environment.environment_excuse import past_the_gateway
from checker.checks.runs.forgotten_module import blocked_by_absence
from checker.facts.code import Code
from checker.facts.data_access import DataAccess, Parameters, Part
from checker.facts.main_script import MainRun
from checker.model import Basis, Blocked, Failed, Json, Location, Passed, Text, Verdict, text
from checker.quoting import quoted


@check("data-parameters")
def data_parameters(parameters: Parameters, access: DataAccess, run: MainRun, code: Code) -> Verdict:
    """The place of the data is a parameter

    ## What it checks

    Bucket and folder, or the link, are arguments of the function that reads the data, or come from the
    configuration. The checker replaces the text arguments that appear in the request, at the call, and looks
    whether the request follows.

    ## Why it matters

    Another person has another bucket. If its name is written inside the function, that person must change your
    code, and every change of place is a change of code.

    ## How to do it

    Add parameters to the reading function, build the path from them, and give their values in `{=names.main}`{?config-file| or, from
    step {=step.config-file} on, in `{=names.configuration}`}.

    ## Example

    ```python
    # Before: the parameter is there, but not used
    def import_data(bucket):
        return pd.read_csv("s3://jdupont/titanic/raw/train.csv")

    # After
    def import_data(bucket, folder):
        \"\"\"Return the training table, read from a folder of a bucket.\"\"\"
        return pd.read_csv(f"s3://{bucket}/{folder}/train.csv")
    ```

    ## Known limits

    When `{=names.main}` stops before the data are read, the answer is read from the source and marked *read, not run*.
    """  # noqa: E501  wrapped as it is printed
    expected = text("Bucket and folder, or the link, are arguments of the function that reads, or configured.")
    if not parameters.ran and (unseen := past_the_gateway(run.finished)):
        return unseen
    if not parameters.ran and run.succeeded:
        return Blocked(by=("data-remote",), details={"disk": [path for _, path, _ in access.disk]})
    if not parameters.ran:
        by_source = _parameters_by_source(parameters, run, expected)
        if isinstance(by_source, Passed) or parameters.written:
            return by_source
        return blocked_by_absence(code) or by_source
    details: dict[str, Json] = {
        role: [{"part": part.name, "kind": part.kind, "moved_by": part.moved_by} for part in parts]
        for role, parts in parameters.parts.items()
    }
    fixed = {part.name: part for parts in parameters.parts.values() for part in parts if part.moved_by is None}
    if not fixed:
        movers = (part.moved_by for parts in parameters.parts.values() for part in parts)
        return Passed(
            message=text("The place moves with {movers}.", movers=tuple(dict.fromkeys(one for one in movers if one))),
            details=details,
        )
    where = tuple(dict.fromkeys(place for part in fixed.values() for place in part.written))
    return Failed(
        expected=expected,
        actual=text("Whatever the functions are given, the request goes to {parts}.", parts=tuple(_named(fixed))),
        hint=text("Give the reading function a parameter for it, and build the path from the parameter alone."),
        reproduce=here_document("address_parts", PARTS=repr(sorted({*fixed})), MAIN=repr(run.path))
        if where
        else _read_in_main(run.path),
        where=where or (Location(run.path),),
        details=details,
    )


def _named(parts: dict[str, Part]) -> Iterator[Text]:
    for name, part in parts.items():
        if part.kind == "bucket":
            yield text("the bucket {name}", name=name)
        elif part.kind == "folder":
            yield text("the folder {name}", name=name)
        else:
            yield text("the host {name}", name=name)


def _read_in_main(main: str) -> str:
    return f"! grep -nE 'read_(csv|parquet|table|excel)|[.]open[(]' {quoted(main)}"


def _parameters_by_source(parameters: Parameters, run: MainRun, expected: Text) -> Verdict:
    if parameters.loaders and not parameters.written:
        names = tuple(dict.fromkeys(name for name, _ in parameters.loaders))
        return Passed(
            message=text("No address is written inside {names}, as far as reading tells.", names=names),
            basis=Basis.READ,
        )
    if parameters.written:
        return Failed(
            expected=expected,
            actual=text("An address is written inside a function."),
            hint=text("Give the reading function a parameter for it, and build the path from the parameter alone."),
            reproduce=here_document("addresses"),
            where=parameters.written,
            basis=Basis.READ,
        )
    return Failed(
        expected=expected,
        actual=text("No function of the project reads the data."),
        hint=text("Put the reading into a function that is given bucket and folder, or the link."),
        reproduce=_read_in_main(run.path),
        where=(Location(run.path),),
        basis=Basis.READ,
    )
