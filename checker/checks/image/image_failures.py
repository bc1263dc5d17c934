"""What the end of a build or of a container's run says: typical failures, each with a sentence of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from checker.checks.image.docker_lines import building, running
from checker.checks.image.installer_failures import refused
from checker.course import Course
from checker.facts.image import Build, Dockerfile, Stop
from checker.facts.job import End, Finished
from checker.model import Failed, Json, Text, text

_LONGEST = 300
_LACKS = r"(?:COPY|ADD) failed: .{0,300}?(?:stat )?(?P<path>[^\s:]++): (?:file does not exist|no such file)"
_NO_PROGRAM = (
    r"(?:^|\n)(?:/bin/(?:ba)?sh: (?:line )?\d+: )(?P<name>[^\s:]+): (?:command )?not found"
    r'|exec: \\?"(?P<name2>[^"\\\n]+)\\?": executable file not found'
)


def broken(image: Dockerfile, build: Build | None, course: Course, details: Mapping[str, Json]) -> Failed:
    """The verdict on a build that came to no image."""
    actual, hint = _of_build(build, course) if build is not None else _unknown(course, "")
    line = build.line if build is not None else None
    return Failed(
        expected=text("docker build makes the image from what the repository holds."),
        actual=actual,
        hint=hint,
        reproduce=building(course),
        where=(image.place(line),),
        details=details,
    )


def crashed(image: Dockerfile, finished: Finished, course: Course, main: str, details: Mapping[str, Json]) -> Failed:
    """The verdict on a container that did not end as it should; *main* is the main script."""
    actual, hint = _of_run(finished, course, main)
    return Failed(
        expected=text("The image runs by itself: it ends with status 0 and prints the performance and the matrix."),
        actual=actual,
        hint=hint,
        reproduce=f"{building(course, quiet=True)} && {running(course)}",
        where=(image.place(image.start.line if image.start else None),),
        details=details,
    )


def _of_build(build: Build, course: Course) -> tuple[Text, Text]:
    line = build.line or 1
    if build.stop is Stop.BASE:
        return (
            text("No registry has an image {name}.", name=build.what),
            text("Look the name and its tag up on hub.docker.com; a usual one is python:3.11-slim."),
        )
    if build.stop is Stop.TIME:
        return (
            text(
                "The build was not done after {seconds} s: line {line} was running.",
                seconds=round(build.seconds),
                line=line,
            ),
            text("Does a command wait for an answer (-y, -b)? Install only what the project needs."),
        )
    if build.stop is Stop.SIZE:
        return (
            text("Line {line} writes more than an image may hold.", line=line),
            text("Install only what the project needs, and leave data out of the image."),
        )
    for pattern, actual, hint in _typical(line, course.image.memory):
        if found := re.search(pattern, build.output):
            return _with(actual, found), _with(hint, found)
    return _unknown(course, _last(build.output), line)


def _with(sentence: Text, found: re.Match[str]) -> Text:
    """*sentence*, with what was found in place of its values of the same names."""
    # a pattern of several programs names the same thing once for each
    groups = {name.rstrip("23"): value[:_LONGEST] for name, value in found.groupdict().items() if value}
    return replace(sentence, values=tuple((name, groups.get(name, value)) for name, value in sentence.values))


def _typical(line: int, memory: int) -> Iterator[tuple[str, Text, Text]]:
    """Patterns of what a builder or an installer says; their groups are values of the sentences."""
    size = memory // 1_000_000
    yield (
        _LACKS,
        text("Line {line} copies {path}, which the builder does not find.", line=line, path=""),
        text("Mend the name, or commit the file (is it ignored by .gitignore?)."),
    )
    yield from refused(line)
    yield (
        r"exec format error|does not match the (?:specified|detected host) platform",
        text("Line {line} starts a program that was made for another kind of processor.", line=line),
        text("Take the image and the installers for this platform (x86_64), or those for all."),
    )
    yield (
        _NO_PROGRAM,
        text("Line {line}: {name} does not exist in the image, or is not on its PATH.", line=line, name=""),
        text("Install it in an earlier line, or put its folder on the PATH: ENV PATH=…:$PATH."),
    )
    yield (
        r"returned a non-zero code: 137",
        text(
            "Line {line} was killed: it took more than the {size} MB of memory that a build has.", line=line, size=size
        ),
        text("Install less at once: does the project need all of it?"),
    )


def _unknown(course: Course, said: str, line: int = 1) -> tuple[Text, Text]:
    return (
        text("The build stops at line {line}: {said}", line=line, said=said),
        text("Build it from a fresh clone, and mend that line: {command}", command=building(course)),
    )


def _of_run(finished: Finished, course: Course, main: str) -> tuple[Text, Text]:
    said = f"{finished.output}\n{finished.errors}"
    last = _last(finished.errors) or _last(finished.output)
    if finished.end is End.TIME:
        return (
            text("The image was still running after {seconds} s.", seconds=round(finished.seconds)),
            text("Does it wait for something? It has to end by itself."),
        )
    if finished.end is End.MEMORY:
        return (
            text(
                "The image was ended: it took more than the {size} MB of memory that it has.",
                size=course.image.memory // 1_000_000,
            ),
            text("Read less at once, or fit a smaller forest."),
        )
    if finished.end is End.OUTPUT:
        return (
            text("The image wrote without an end, and was stopped."),
            text("Print the performance and the matrix, and nothing in a loop."),
        )
    if found := re.search(r"(?:No module named|ModuleNotFoundError:.{0,200}?) '([^'\n]+)'", said):
        return (
            text("In the image, {name} cannot be imported.", name=found[1][:_LONGEST]),
            text(
                "If it is a library: install it, in the environment whose folder is on the PATH. If it is yours: copy "
                "it, to the place from which the script imports it.",
            ),
        )
    if found := re.search(r"can't open file '([^'\n]+)'", said):
        return (
            text("The command of the image starts {path}, which is not in the image.", path=found[1][:_LONGEST]),
            text("Copy the script, and start it by the path that it has there (WORKDIR counts)."),
        )
    if found := re.search(r"No such file or directory: '([^'\n]+)'", said):
        return (
            text("{path} is not in the image, and the script opens it.", path=found[1][:_LONGEST]),
            text("Copy it into the image, to the place where the script looks for it; data is better read by a link."),
        )
    if finished.status in (126, 127):
        return (
            text("The command of the image cannot be started: {said}", said=last),
            text(
                'Write it as a list of words, CMD ["python", "{main}"], and name a program that is on the PATH.',
                main=main,
            ),
        )
    if re.search(r"exec format error", said):
        return (
            text(
                "The command of the image was made for another kind of processor, or its first line names no program."
            ),
            text('Start the script by its program: CMD ["python", "{main}"].', main=main),
        )
    if found := re.search(r"PermissionError: .{0,200}?'([^'\n]+)'", said):
        return (
            text("In the image, the user of the script may not use {path}.", path=found[1][:_LONGEST]),
            text("Copy with COPY --chown=USER, or write below a folder that the user owns."),
        )
    if found := re.search(r"KeyError: '(AWS_\w+)'", said):
        return (
            text("In the image the variables of S3 do not exist: the script stops with {name}.", name="KeyError"),
            text("Put https links into the configuration, and read them without a key."),
        )
    return (
        text("The image ends with status {status}: {said}", status=finished.status, said=last),
        text("Run it yourself and mend what the last lines say: {command}", command=running(course)),
    )


def _last(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(("The command '", "WARNING", "[notice]"))]
    return (telling or lines or ["?"])[-1][:_LONGEST]
