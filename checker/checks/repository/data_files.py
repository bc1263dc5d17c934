"""Data files in the repository: tracked, soon to be tracked, or in the past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from checker.checks.base import check
from checker.checks.long_lists import MOST_SHOWN, shortened
from checker.checks.repository.gitignore import rule_location
from checker.facts.hygiene import DataFile, DataFiles
from checker.model import Advice, Basis, Failed, Json, Location, Passed, Text, Verdict, advice, text
from checker.quoting import all_quoted

_FORMS: Mapping[str, Text] = MappingProxyType(
    {
        "HDF5": text("HDF5"),
        "Excel": text("Excel"),
        "R data": text("R data"),
        "SAS": text("SAS"),
        "Stata": text("Stata"),
        "csv": text("csv"),
        "database": text("database"),
        "feather": text("feather"),
        "json": text("json table"),
        "list of passengers": text("list of passengers"),
        "parquet": text("parquet"),
        "pickle": text("pickled table"),
        "spreadsheet": text("spreadsheet"),
        "table": text("table"),
    },
)


@check("data-untracked")
def data_untracked(data: DataFiles) -> Verdict:
    """No data are tracked by git

    ## What it checks

    Git tracks no data file: csv, parquet, xlsx, json, feather, pickled tables, compressed ones. They are recognised
    by name and by content, so that a passenger list under another name is still found. A fitted model is not data.
    The outputs of notebooks and earlier commits are not judged; for the latter there is advice.

    A data file that is both in `.gitignore` and tracked fails here: `.gitignore` does not act on a file that git
    already follows.

    ## Why it matters

    Git keeps every version of every file for ever: data make a repository heavy, and a public repository publishes
    them.

    ## How to do it

    Put the data on S3 and verify that they can be read. Then remove them from git's index with `--cached`, which
    leaves the copy on your disk, and commit.

    ## Example

    ```bash
    # Before
    git ls-files data        # {=names.data_folder}/test.csv, {=names.data_folder}/train.csv

    # After
    git rm -r --cached data
    git commit -m "Read the data from S3"
    ```

    ## Known limits

    Models are told apart from pickled tables without ever being loaded. Data in earlier commits remain in the
    history: removing a file does not erase it there.
    """
    tracked = [file for file in data.tracked if not file.fixture]
    details: dict[str, Json] = {
        "tracked": [{"path": file.path, "form": file.what, "passengers": file.passengers} for file in data.tracked],
        "models": list(data.models),
    }
    if not tracked:
        return Passed(
            message=text("Git follows no data file."),
            advice=(*_about_samples(data), *_about_waiting(data), *_about_past(data)),
            basis=Basis.READ,
            details=details,
        )
    paths = [file.path for file in tracked]
    return Failed(
        expected=text("Data are on S3, and git follows none of them."),
        actual=text("Git follows {files}.", files=shortened([_described(file) for file in tracked])),
        hint=_remedy_for_data(tracked),
        reproduce=f'test -z "$(git --literal-pathspecs ls-files -- {all_quoted(paths)})"',
        where=tuple(Location(path) for path in paths[:MOST_SHOWN]),
        advice=tuple(_about_waiting(data)),
        basis=Basis.READ,
        details=details,
    )


def _described(file: DataFile) -> Text:
    if file.pointer:
        return text("{path} (Git LFS pointer)", path=file.path)
    if file.passengers and not file.path.lower().endswith(".csv"):
        return text("{path} (the list of passengers)", path=file.path)
    return text("{path} ({form})", path=file.path, form=_FORMS.get(file.what, file.what))


def _remedy_for_data(tracked: list[DataFile]) -> Text:
    command = f"git rm --cached {all_quoted([file.path for file in tracked], most=3)}"
    if len(tracked) > 3:
        command += " …"
    for file in tracked:
        if file.rule is not None:
            return text(
                "The rule {pattern} ({place}) ignores {path}, but a rule has no effect on what git follows already: "
                "{command}, then commit.",
                pattern=file.rule.pattern,
                place=rule_location(file.rule),
                path=file.path,
                command=command,
            )
    if any(file.pointer for file in tracked):
        return text(
            "Git LFS is still in the repository: put the data on S3, then {command} (the file on your disk stays), "
            "and commit.",
            command=command,
        )
    return text(
        "Put the data on S3 and check that they can be read there; then {command} (the files on your disk stay), "
        "and commit.",
        command=command,
    )


def _about_samples(data: DataFiles) -> Iterator[Advice]:
    if samples := tuple(file.path for file in data.tracked if file.fixture)[:MOST_SHOWN]:
        yield advice(
            "A small sample beside the tests is accepted: {paths}.",
            paths=samples,
            where=tuple(Location(path) for path in samples),
        )


def _about_waiting(data: DataFiles) -> Iterator[Advice]:
    if waiting := tuple(file.path for file in data.waiting[:MOST_SHOWN]):
        yield advice(
            "Git does not follow {paths} yet, but git add -A would: ignore the folder of the data (step 1.8).",
            paths=waiting,
            where=tuple(Location(path) for path in waiting),
        )


def _about_past(data: DataFiles) -> Iterator[Advice]:
    if data.past:
        yield advice(
            "Earlier commits still hold {paths} (the last of them: {commit}). For public data that is no harm; "
            "confidential data would have to be erased from the history.",
            paths=data.past[:3],
            commit=data.past_commit or "",
        )
