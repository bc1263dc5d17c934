"""The build of the image."""

from __future__ import annotations

import posixpath

from checker.checks.base import check
from checker.checks.image.dockerfile_commands import gone
from checker.checks.image.dockerfile_faults import faults, instruction_at, without_rule
from checker.checks.image.image_failures import broken
from checker.checks.image.missing_engine import needs_engine
from checker.course import Course
from checker.facts.code import Code
from checker.facts.configuration import Configuration
from checker.facts.image import Dockerfile, Engine, ImageTrial, Mistake, Wrong
from checker.model import Advice, Basis, Blocked, Failed, Json, Passed, Unavailable, Verdict, text
from checker.quoting import quoted

STOPS_BUILD = frozenset({Wrong.SOURCE, Wrong.IGNORED, Wrong.REFERENCE, Wrong.STAGE})


@check("image-builds")
def image_builds(
    image: Dockerfile,
    engine: Engine,
    trial: ImageTrial | Unavailable | None,
    course: Course,
    code: Code,
    settings: Configuration | None,
) -> Verdict:
    """The image can be built

    ## What it checks

    `docker build` succeeds, from a fresh copy of the repository, within its limits of time and size. A file that is
    not in the repository cannot be copied into the image.

    What can be read fails at once: a file to be copied that the repository lacks or `.dockerignore` leaves out, a
    stage that does not exist, the name of an image that cannot exist. Everything else only a build can show: where
    no Docker engine answers, or where a base image or a package source cannot be reached, the answer is
    *unavailable*, and nothing is held against you. Without a Dockerfile, the check is to do.

    A build reaches package sources (PyPI, conda, Debian, Ubuntu) and nothing else.

    ## Why it matters

    A recipe is worth something only if it can be followed from beginning to end by somebody who has nothing but the
    recipe.

    ## How to do it

    Build the image yourself from a fresh clone. Answer no question during the build: each command needs its option
    for that (`-y`, `-b`).

    ## Example

    ```dockerfile
    # Before: waits for an answer that never comes
    RUN apt-get install wget

    # After
    RUN apt-get update && apt-get install -y wget
    ```

    ## Known limits

    The image is built by Docker's classic builder. What only BuildKit knows (`COPY --chmod`, mounted secrets) is
    *unavailable*; `RUN --mount=type=cache` and here-documents work.
    """
    if any(not fault.builds for fault in faults(image, course, code, settings)):
        return Blocked(by=("dockerfile",))
    for mistake in image.mistakes:
        if mistake.kind in STOPS_BUILD:
            return _stopped(image, mistake)
    if isinstance(trial, Unavailable):
        return trial
    if trial is None:
        return needs_engine(engine, course, text("Whether the image builds can only be seen by building it."))
    return _built(image, trial, course)


def _built(image: Dockerfile, trial: ImageTrial, course: Course) -> Verdict:
    """The verdict on a build that an engine tried."""
    build = trial.build
    details: dict[str, Json] = {}
    if build is not None:
        details = {
            "seconds": round(build.seconds, 1),
            "output": build.output,
            "refused": list(build.refused),
            "unreached": list(build.unreached),
        }
    if trial.missing is not None and trial.remedy is not None:
        return Unavailable(what=trial.missing, remedy=trial.remedy, details=details)
    if build is None or not build.succeeded:
        return broken(image, build, course, details)
    return Passed(
        message=text("The image builds, in {seconds} s.", seconds=round(build.seconds)),
        advice=tuple(Advice(note) for note in build.notes),
        details=details,
    )


def _stopped(image: Dockerfile, mistake: Mistake) -> Failed:
    """The verdict on a certain failure of the build."""
    what, line = mistake.what, mistake.line
    reproduce = gone(image, instruction_at(image, line))
    if mistake.kind is Wrong.SOURCE:
        actual = text("Line {line} copies {path}, which is not in the repository.", line=line, path=what)
        hint = text("Mend the name, or commit the file (is it ignored by .gitignore?).")
        tracked = f"git ls-files --cached --others --exclude-standard -- {quoted(posixpath.normpath(what))} | grep -q ."
        reproduce = f"{tracked} || {reproduce}"
    elif mistake.kind is Wrong.IGNORED:
        rule = next((rule for path, rule in image.left_out.items() if _names(what, path)), "")
        actual = text(
            "Line {line} copies {path}, which {file} leaves out by the rule {rule}.",
            line=line,
            path=what,
            file=image.ignore_file,
            rule=rule,
        )
        hint = text("Remove that rule, or take {path} back by a line !{path} behind it.", path=what)
        reproduce = f"{reproduce} || {without_rule(image, rule)}" if rule else reproduce
    elif mistake.kind is Wrong.REFERENCE:
        actual = text("{image} cannot be the name of an image.", image=what)
        hint = text("A name is written like python:3.11-slim: in small letters, with a colon before the tag.")
    else:
        actual = text("Line {line} takes up a stage {stage} that does not exist before it.", line=line, stage=what)
        hint = text("Name the stage where it begins: FROM python:3.11-slim AS {stage}.", stage=what)
    return Failed(
        expected=text("docker build makes the image from what the repository holds."),
        actual=actual,
        hint=hint,
        reproduce=reproduce,
        where=(image.place(line),),
        basis=Basis.READ,
    )


def _names(source: str, path: str) -> bool:
    wanted = posixpath.normpath("/" + source).lstrip("/")
    return path == wanted or path.startswith(f"{wanted}/") or "*" in source
