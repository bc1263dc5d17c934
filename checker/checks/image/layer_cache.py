"""The layers of the image that a second build can keep."""

from __future__ import annotations

import re

from checker.checks.base import check
from checker.checks.image.dockerfile_faults import INSTALLS
from checker.facts.code import Code
from checker.facts.image import Dockerfile, ImageTrial, Instruction
from checker.model import Basis, Blocked, Json, Passed, Unavailable, Verdict, advice, known, text


@check("image-cache")
def image_cache(image: Dockerfile, code: Code, trial: ImageTrial | Unavailable | None) -> Verdict:
    """A code change does not reinstall everything

    ## What it checks

    Where a Docker engine answers, the image is built a second time with another `{=names.main}`: does that install the
    environment again? Without an engine the order of the lines is read.{?image-cache| In step {=step.image-cache} this is advice, and costs no
    points.}

    ## Why it matters

    Docker redoes everything that follows the first line that changed. If the code is copied before the
    installation, each correction costs minutes.

    ## How to do it

    Copy the environment file alone, install, and only then copy the code.

    ## Example

    ```dockerfile
    # Before: any change of {=names.main} installs everything again
    COPY . .
    RUN pip install -r requirements.txt

    # After
    COPY requirements.txt .
    RUN pip install -r requirements.txt
    COPY {=names.main} {=names.configuration} ./
    COPY {=names.source_folder} ./{=names.source_folder}
    ```

    ## Known limits

    The time that a build takes is not judged here.
    """  # noqa: E501  wrapped as it is printed
    if image.problem is not None or not image.stages:
        return Blocked(by=("dockerfile",))
    installs = [one for one in image.of("RUN") if INSTALLS.search(one.words)]
    early = [
        (one, install)
        for one in image.of("COPY", "ADD")
        if _copies_code(image, one, code)
        for install in installs
        if install.line > one.line and install.stage == one.stage
    ]
    tried = known(trial)
    seen = tried.reinstalled if tried is not None else None
    if seen is not None:
        early = [pair for pair in early if pair[1].line == seen] if seen else []
    wishes = tuple(
        advice(
            "Line {line} copies the code before line {install} installs the environment, which is then done again "
            "after each change of the code: copy the environment file alone, install, then copy the code.",
            where=(image.place(one.line),),
            line=one.line,
            install=install.line,
        )
        for one, install in early[:1]
    )
    if wishes or seen:
        message = text("A change of the code installs everything again: that costs time, and no points here.")
    else:
        message = text("A change of the code leaves the installation as it is.")
    details: dict[str, Json] = {"early": [one.line for one, _ in early], "reinstalled": seen}
    return Passed(message=message, advice=wishes, basis=Basis.READ if seen is None else Basis.RUN, details=details)


def _copies_code(image: Dockerfile, one: Instruction, code: Code) -> bool:
    if "from" in one.flags:
        return False
    tops = {path.partition("/")[0] for path in ((code.main,) if code.main else ()) + code.modules}
    named = any(re.search(rf"(?:^|[\s/\"]){re.escape(top)}(?:[\s/\",]|$)", one.value) for top in tops)
    return one.line in image.whole_copy or named
