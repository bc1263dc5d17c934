"""The Dockerfile by reading."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.checks.base import check
from checker.checks.image.dockerfile_faults import faults
from checker.course import Course
from checker.facts.code import Code
from checker.facts.configuration import Configuration
from checker.facts.image import Dockerfile, LintedDockerfile
from checker.model import Advice, Basis, Failed, Json, Passed, Unavailable, Verdict, advice, known, text

_CREATED = re.compile(r"\b(?:conda|mamba|micromamba)\s+(?:env\s+)?create\b")
_MOST_STYLE = 3


@check("dockerfile")
def dockerfile(
    image: Dockerfile,
    course: Course,
    code: Code,
    settings: Configuration | None,
    linted: LintedDockerfile | Unavailable | None,
) -> Verdict:
    """The Dockerfile is complete

    ## What it checks

    There is a `Dockerfile` at the root that can be parsed. It starts from an image with a tag (`latest` is advice),
    installs from the environment file or from what that file refers to, copies what `{=names.main}` needs, and ends with
    `CMD` or `ENTRYPOINT`. The recipe of the statement passes as it is.

    These mistakes have a message of their own: an installer without `-b`, `conda create -f`, `~` in `ENV PATH`,
    `{=names.main}`, the configuration or `{=names.source_folder}` not copied, `{=names.environment_file}` used before it is copied, no command.

    ## Why it matters

    A Dockerfile is the full and exact recipe of a machine on which your project runs.

    ## How to do it

    Follow the order: base image, tools, environment file, installation, code, command. What changes most often
    comes last.

    ## Example

    ```dockerfile
    # Before: no tag, and {=names.source_folder} is missing
    FROM python
    COPY requirements.txt {=names.main} {=names.configuration} ./
    RUN pip install -r requirements.txt
    CMD ["python", "{=names.main}"]

    # After
    FROM python:3.11-slim
    COPY requirements.txt .
    RUN pip install -r requirements.txt
    COPY {=names.main} {=names.configuration} ./
    COPY {=names.source_folder} ./{=names.source_folder}
    CMD ["python", "{=names.main}"]
    ```

    ## Known limits

    The file is read here, not executed; what it does is seen by `image-builds` and `image-runs`. Where hadolint is
    installed, the first of its remarks are advice.
    """  # noqa: E501  wrapped as it is printed
    found = tuple(faults(image, course, code, settings))
    details: dict[str, Json] = {
        "path": image.path,
        "base": image.stages[-1].base[:200] if image.stages else None,
        "files": dict(list(image.files.items())[:200]),
        "faults": [str(fault.actual) for fault in found],
    }
    if not found:
        return Passed(
            message=text("The Dockerfile names a base, installs the environment, copies the project and starts it."),
            advice=(*_wishes(image), *_style(image, known(linted))),
            basis=Basis.READ,
            details=details,
        )
    first, *others = found
    return Failed(
        expected=text(
            "The Dockerfile has a base image, installs the environment file, copies what the script needs, and starts "
            "it.",
        ),
        actual=first.actual,
        hint=first.hint,
        reproduce=first.reproduce,
        where=tuple(dict.fromkeys(image.place(fault.line) for fault in found)),
        advice=tuple(Advice(other.actual, (image.place(other.line),)) for other in others[:5]),
        basis=Basis.READ,
        details=details,
    )


def _wishes(image: Dockerfile) -> Iterator[Advice]:
    if image.path != "Dockerfile":
        yield advice("Call it Dockerfile, with a capital letter: some tools look for that name only.")
    for stage in image.stages:
        name, _, _ = stage.base.partition("@")
        tag = name.rpartition("/")[2].partition(":")[2]
        named = stage.earlier is None and stage.base != "scratch" and not {"@", "$"} & set(stage.base)
        if named and tag in ("", "latest"):
            yield advice(
                "{base} is another image each month: name a version, for example python:3.11-slim.",
                where=(image.place(stage.line),),
                base=stage.base,
            )
    yield from whole_copy(image)
    created = [one for one in image.of("RUN") if _CREATED.search(one.words)]
    on_path = any("PATH" in one.value and "env" in one.value for one in image.of("ENV"))
    known = image.start is not None and any("conda" in word or "mamba" in word for word in image.start.words)
    if created and not on_path and not known and not image.of("SHELL", "ENTRYPOINT"):
        yield advice(
            "The environment is made, but nothing puts it on the PATH: add ENV PATH with its folder bin.",
            where=(image.place(created[-1].line),),
        )
    if image.unfollowed:
        yield advice(
            "Line {line} brings files from elsewhere: what the image holds of the project is not seen here.",
            where=(image.place(image.unfollowed[0]),),
            line=image.unfollowed[0],
        )
    for path in image.others[:3]:
        yield advice("There is another Dockerfile, {path}; only the one at the root is judged.", path=path)


def _style(image: Dockerfile, linted: LintedDockerfile | None) -> Iterator[Advice]:
    for finding in linted.findings[:_MOST_STYLE] if linted is not None else ():
        yield advice(
            "hadolint {code}: {said}",
            where=(image.place(finding.line),),
            code=finding.code,
            said=finding.message,
        )


def whole_copy(image: Dockerfile) -> Iterator[Advice]:
    if image.whole_copy and not image.git_left_out:
        yield advice(
            "COPY . brings everything into the image, .git and data too: leave them out by a file .dockerignore.",
            where=(image.place(image.whole_copy[0]),),
        )
