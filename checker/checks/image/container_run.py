"""The run of a container of the image."""

from __future__ import annotations

import posixpath
import re

from checker.checks.base import check
from checker.checks.image.docker_lines import building, by_hand
from checker.checks.image.dockerfile_commands import copied
from checker.checks.image.dockerfile_faults import faults
from checker.checks.image.image_build import STOPS_BUILD
from checker.checks.image.image_failures import crashed
from checker.checks.image.missing_engine import needs_engine
from checker.checks.runs.reproduce_output import prints
from checker.course import Course
from checker.facts.code import Code
from checker.facts.configuration import Configuration
from checker.facts.image import Dockerfile, Engine, ImageTrial, Rehearsal
from checker.facts.job import End, StudentError
from checker.facts.tree import Tree
from checker.model import Blocked, Errored, Failed, Json, Passed, Unavailable, Verdict, known, text
from checker.quoting import quoted

_SET_IN_IMAGE = r's/^ENV +(AWS_[A-Z0-9_]+)[ =]"?([^" ]+).*/\1=\2/p'
_SHOWN = 2_000


@check("image-runs")
def image_runs(
    image: Dockerfile,
    rehearsal: Rehearsal | Unavailable | None,
    engine: Engine,
    trial: ImageTrial | Unavailable | None,
    tree: Tree,
    course: Course,
    code: Code,
    settings: Configuration | None,
) -> Verdict:
    """The image runs the project

    ## What it checks

    The image, run as it says itself and with no S3 variable set, must end with status 0 and print the performance
    and the confusion matrix. It has no network but the one of the exercise.

    Without an engine its start is rehearsed: the script runs on only the files that the `COPY` lines bring, without
    the S3 variables. A rehearsal that lacks a file or a variable fails. One that succeeds proves nothing of the
    image's own libraries: the answer is then *unavailable*. If the Dockerfile is incomplete or cannot be built, the
    check is *blocked*.

    ## Why it matters

    An image is made to be started anywhere, by somebody who has neither your variables nor your files.

    ## How to do it

    In a container, the variables of SSP Cloud do not exist: put public `https` links into `{=names.configuration}`. Copy the
    script, the configuration and `{=names.source_folder}`, and put the environment on the `PATH`.

    ## Example

    ```yaml
    # Before: needs keys that the container does not have
    bucket: jdupont
    folder: titanic/raw

    # After
    train_url: https://{=data.endpoint}/jdupont/titanic/raw/train.csv
    test_url: https://{=data.endpoint}/jdupont/titanic/raw/test.csv
    ```

    ## Known limits

    The checker serves the data itself: it does not see whether your links are really public. Open them in a private
    window of your browser.
    """  # noqa: E501  wrapped as it is printed
    if any(faults(image, course, code, settings)):
        return Blocked(by=("dockerfile",))
    if any(mistake.kind in STOPS_BUILD for mistake in image.mistakes):
        return Blocked(by=("image-builds",))
    rehearsed = known(rehearsal)
    failed = _rehearsed(image, rehearsed, tree) if rehearsed is not None else None
    if isinstance(trial, Unavailable):
        return failed or trial
    if trial is None:
        return failed or needs_engine(engine, course, text("Whether the image runs can only be seen by running it."))
    return _ran(image, trial, failed, course, code)


def _ran(image: Dockerfile, trial: ImageTrial, failed: Failed | None, course: Course, code: Code) -> Verdict:
    """The verdict on a run, or on why there was none; *failed* is what the rehearsal says, which names more."""
    if trial.missing is not None and trial.remedy is not None:
        return failed or Unavailable(what=trial.missing, remedy=trial.remedy)
    if trial.build is None or not trial.build.succeeded:
        return Blocked(by=("image-builds",))
    if trial.finished is None or trial.printed is None:
        what, remedy = trial.not_run or (
            text("The image was not run."),
            text("By hand: {command}", command=by_hand(course)),
        )
        return failed or Unavailable(what=what, remedy=remedy)
    if trial.fault:
        return Errored(fault=trial.fault)
    finished = trial.finished
    details: dict[str, Json] = {
        "seconds": round(finished.seconds, 1),
        "status": finished.status,
        "output": finished.output[-_SHOWN:],
        "errors": finished.errors[-_SHOWN:],
        "requests": [request.url for request in finished.requests[:20]],
    }
    if not finished.succeeded:
        return failed or crashed(image, finished, course, course.names.main_for(code.main), details)
    if not trial.printed.matrices or not trial.printed.scores:
        lacking = text("the confusion matrix") if trial.printed.scores else text("the performance")
        return Failed(
            expected=text("The image runs by itself: it ends with status 0 and prints the performance and the matrix."),
            actual=text("The image runs, and what it prints lacks {what}.", what=lacking),
            hint=text(
                "Print the performance of the forest and the confusion matrix in the script that the image starts."
            ),
            reproduce=f"{building(course, quiet=True)} && "
            + prints(
                f'"docker", "run", "--rm", "{course.image_name}"',
                score=not trial.printed.scores,
                matrix=not trial.printed.matrices,
            ),
            where=(image.place(image.start.line if image.start else 1),),
            details=details,
        )
    return Passed(
        message=text("The image runs by itself, in {seconds} s.", seconds=round(finished.seconds)), details=details
    )


def _rehearsed(image: Dockerfile, rehearsal: Rehearsal, tree: Tree) -> Failed | None:
    """What the rehearsal proves. Only what the image's own libraries cannot change counts."""
    error = rehearsal.finished.error
    if rehearsal.finished.succeeded or rehearsal.finished.end is not End.EXIT or error is None or image.start is None:
        return None
    kind = error.name.rpartition(".")[2]
    without = f"unset ${{!AWS_@}}; export $(sed -nE {quoted(_SET_IN_IMAGE)} {quoted(image.path)}); "
    script = image.files[image.start.script or ""]
    start = f"cd {quoted(folder)} && " if (folder := _origin_of_folder(image)) else ""
    run = f"python {quoted(posixpath.relpath(script, folder or '.'))}"
    if _wants_variable(error, kind):
        actual = text("In the image the variables of S3 do not exist: the script stops with {name}.", name=kind)
        hint = text("Put https links into the configuration, and read them without a key.")
        reproduce = f"{without}{start}{run}"
    elif kind in ("FileNotFoundError", "NotADirectoryError") and (lacking := _lacking(error, image, tree)):
        actual = text("{path} is not in the image, and the script opens it.", path=lacking)
        hint = text(
            "Copy it into the image, to the place where the script looks for it; data is better read by a link."
        )
        reproduce = (
            f"{copied(image, lacking)} || {{ d=$(mktemp -d) && cp -r . $d && cd $d && rm -rf {quoted(lacking)} && "
            f"{without}{start}{run}; }}"
        )
    else:
        return None
    return Failed(
        expected=text("The image runs by itself: it ends with status 0 and prints the performance and the matrix."),
        actual=actual,
        hint=hint,
        reproduce=reproduce,
        where=error.where or (image.place(image.start.line),),
        details={"rehearsal": True, "error": f"{error.name}: {error.message}"[:500]},
    )


def _wants_variable(error: StudentError, kind: str) -> bool:
    """Whether a variable of S3, or what it opens, is what was missing."""
    if kind == "KeyError" and re.search(r"\bAWS_\w+", error.message):
        return True
    if kind in ("NoCredentialsError", "PartialCredentialsError"):
        return True
    return kind in ("TypeError", "ValueError", "AttributeError") and any("AWS_" in line for _, line in error.frames)


def _origin_of_folder(image: Dockerfile) -> str:
    """The folder of the repository that is the image's own, ``""`` for the root."""
    script = image.start.script if image.start else None
    origin = image.files.get(script or "", "")
    inside = posixpath.relpath(script or "/", image.folder)
    return origin.removesuffix(inside).rstrip("/") if origin.endswith(inside) else posixpath.dirname(origin)


def _lacking(error: StudentError, image: Dockerfile, tree: Tree) -> str | None:
    """The file or folder of the repository that was looked for, and that the image did not get."""
    found = re.search(r"'([^'\n]+)'\s*$", error.message.strip())
    if found is None or found[1].startswith(("/", "~")):
        return None
    wanted = posixpath.normpath(posixpath.join(_origin_of_folder(image), found[1]))
    held = frozenset(image.files.values())
    for path in (wanted, posixpath.dirname(wanted)):
        there = path in tree or any(other.startswith(f"{path}/") for other in tree.entries)
        if path and there and not any(other == path or other.startswith(f"{path}/") for other in held):
            return path
    return None
