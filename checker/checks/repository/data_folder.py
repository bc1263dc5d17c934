"""Raw data in a folder of their own."""

from __future__ import annotations

from checker.checks.base import check
from checker.course import Course
from checker.facts.hygiene import DataFiles
from checker.facts.step_traces import StepTraces
from checker.model import Basis, Failed, Json, Location, Passed, Verdict, advice, text
from checker.quoting import all_quoted


@check("layout-data")
def layout_data(data: DataFiles, progress: StepTraces, course: Course) -> Verdict:
    """The data still in the repository are in {=names.data_folder}

    ## What it checks

    Data files that are still in the repository lie in `{=names.data_folder}/`. When there are none left because they have moved
    to S3{?data-remote| (step {=step.data-remote})}, the check passes.

    ## Why it matters

    Raw data are what must never be changed by hand. A folder of their own says so, and sets them apart from what
    the code makes out of them.

    ## How to do it

    Move them with `git mv`, then update the paths in `{=names.main}` and in the notebook.

    ## Example

    ```bash
    # Before: train.csv and test.csv at the root
    # After
    mkdir -p {=names.data_folder}
    git mv train.csv test.csv {=names.data_folder}/
    ```

    In `{=names.main}`, started at the root:

    ```python
    train, test = import_data("{=names.data_folder}/train.csv", "{=names.data_folder}/test.csv")
    ```

    ## Known limits

    Only data that git tracks are looked at. A fitted model is not data.{?data-untracked| Once the code reads the data from S3 (step
    {=step.data-untracked}), data that are left in another folder are judged in `data-untracked` alone.}
    """  # noqa: E501  wrapped as it is printed
    folder = course.names.data_folder
    files = [file for file in (*data.tracked, *data.waiting) if not file.fixture]
    apart = [file for file in files if not file.path.startswith(f"{folder}/")]
    around = f"{folder.partition('/')[0]}/"
    derived = [file for file in apart if not file.passengers and file.path.startswith(around)]
    wrong = [file for file in apart if file not in derived]
    details: dict[str, Json] = {"data": [file.path for file in files]}
    paths = tuple(file.path for file in wrong)
    if wrong and "network-read" in progress.traces and course.judges("data-untracked"):
        return Passed(
            message=text(
                "The code reads from S3; data-untracked judges the data that are left: {paths}.", paths=paths[:5]
            ),
            details=details,
            basis=Basis.READ,
        )
    if wrong:
        return Failed(
            expected=text("The data of the repository are in {folder}/.", folder=folder),
            actual=text("Not in {folder}/: {paths}.", folder=folder, paths=paths[:5]),
            hint=text(
                "Move them with git, and update the paths in the code: mkdir -p {folder} && git mv {paths} {folder}/.",
                folder=folder,
                paths=paths[:3],
            ),
            reproduce=f"! ls -d {all_quoted(paths, most=10)} 2>/dev/null | grep -q .",
            where=tuple(Location(path) for path in paths[:5]),
            details=details,
            basis=Basis.READ,
        )
    notes = tuple(
        advice("{path} is made from raw data: it need not be kept.", where=(Location(file.path),), path=file.path)
        for file in derived[:3]
    )
    message = text("There are no data left in the repository.")
    if files:
        message = text("All data of the repository are in {folder}/.", folder=folder)
    return Passed(message=message, advice=notes, details=details, basis=Basis.READ)
