"""The files and secrets in the image."""

from __future__ import annotations

from collections.abc import Mapping

from checker.checks.base import check
from checker.checks.image.dockerfile import whole_copy
from checker.checks.image.image_secrets import Found, built_secrets, burdens, copied_links, copied_secrets, set_secrets
from checker.checks.image.missing_engine import needs_engine
from checker.course import Course
from checker.facts.image import Contents, Dockerfile, Engine, ImageTrial
from checker.model import NOTHING, Advice, Basis, Blocked, Failed, Json, Passed, Unavailable, Verdict, text


@check("image-clean")
def image_clean(image: Dockerfile, engine: Engine, trial: ImageTrial | Unavailable | None, course: Course) -> Verdict:
    """The image holds no secret

    ## What it checks

    No key, password or token is written in `ENV`, in `ARG` or in a layer of the image. `COPY .` without a
    `.dockerignore` is advice: it takes along `.git`, local data and `.env`.

    The `Dockerfile` and the files that it copies are read. Where they hold no secret, the image also has to be built,
    and what each line left in it is searched: the files of its layers, a deleted one too, the values that its variables
    came to, its history. A `.git` or data in the image are advice. Without an engine the answer is *unavailable*.

    ## Why it matters

    Whoever receives an image can read everything in it, including what a later line deletes: each line of the
    Dockerfile remains as a layer.

    ## How to do it

    Read public data, or give secrets when the container is started, never when the image is built. If a secret was
    already written down, consider it known and replace it.

    ## Example

    ```dockerfile
    # Before
    ENV AWS_SECRET_ACCESS_KEY=the-real-key
    COPY . .

    # After
    COPY {=names.main} {=names.configuration} ./
    COPY {=names.source_folder} ./{=names.source_folder}
    ```

    ## Known limits

    Secrets are recognised by their shape and by the names of variables. Their values are never shown, only the
    line and the file. Libraries and system folders are not searched. Where the engine does not let its layers be
    read (it does as root, on its own machine), only the `Dockerfile`, the files that it copies, and the history are.
    """
    if image.problem is not None or not image.stages:
        return Blocked(by=("dockerfile",))
    found = [*set_secrets(image), *copied_secrets(image)]
    if found:
        return _secret(found, Basis.READ)
    if isinstance(trial, Unavailable):
        return trial
    if trial is not None:
        return _looked(image, trial, course)
    return needs_engine(
        engine,
        course,
        text("The Dockerfile names no secret; what the layers hold can only be seen in the image."),
        (*whole_copy(image), *copied_links(image)),
    )


def _looked(image: Dockerfile, trial: ImageTrial, course: Course) -> Verdict:
    """The verdict on what lies in the image, where an engine tried to build it."""
    extra = (*whole_copy(image), *copied_links(image))
    if trial.missing is not None and trial.remedy is not None:
        return Unavailable(what=trial.missing, remedy=trial.remedy, advice=extra)
    if trial.build is None or not trial.build.succeeded:
        return Blocked(by=("image-builds",))
    contents = trial.contents or Contents(complete=False)
    extra = (*extra, *burdens(image, contents))
    details: dict[str, Json] = {
        "files": contents.files,
        "complete": contents.complete,
        **{
            name: [{"path": held.path, "line": held.line, "removed": held.removed} for held in found]
            for name, found in (("secrets", contents.secrets), ("git", contents.git), ("data", contents.data))
        },
    }
    if found := list(built_secrets(image, contents, course)):
        return _secret(found, Basis.RUN, extra, details)
    message, basis = text("Neither the Dockerfile nor a layer of the image holds a secret."), Basis.RUN
    if not contents.complete:
        message, basis = text("Neither the Dockerfile nor what it copies into the image holds a secret."), Basis.READ
    return Passed(message=message, advice=extra, basis=basis, details=details)


def _secret(
    found: list[Found],
    basis: Basis,
    extra: tuple[Advice, ...] = (),
    details: Mapping[str, Json] = NOTHING,
) -> Failed:
    _, actual, hint, reproduce = found[0]
    return Failed(
        expected=text("Nothing secret is written into the image: everybody who has it can read it."),
        actual=actual,
        hint=hint,
        reproduce=reproduce,
        where=tuple(dict.fromkeys(place for place, *_ in found)),
        advice=extra,
        basis=basis,
        details=details,
    )
