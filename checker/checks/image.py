"""Step 2.3: a Docker image. What is certain is read; what has to be built needs an engine."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from checker.checks.base import check
from checker.checks.dockerfile_commands import copied, gone
from checker.checks.dockerfile_faults import INSTALLS, faults, without_rule
from checker.checks.image_failures import broken, crashed
from checker.checks.image_secrets import Found, built_secrets, burdens, copied_secrets, set_secrets
from checker.checks.printing import prints
from checker.checks.shell import quoted
from checker.course import Course
from checker.facts.code import Code
from checker.facts.configuration import Configuration
from checker.facts.image import (
    Contents,
    Dockerfile,
    Engine,
    Instruction,
    LintedDockerfile,
    Mistake,
    Rehearsal,
    Trial,
    Wrong,
)
from checker.facts.running import End, StudentError
from checker.facts.tree import Tree
from checker.model import (
    NOTHING,
    Advice,
    Basis,
    Blocked,
    Errored,
    Failed,
    Json,
    Passed,
    Text,
    Unavailable,
    Verdict,
    advice,
    known,
    text,
)

_CREATED = re.compile(r"\b(?:conda|mamba|micromamba)\s+(?:env\s+)?create\b")
_SET_IN_IMAGE = r's/^ENV +(AWS_[A-Z0-9_]+)[ =]"?([^" ]+).*/\1=\2/p'
_SHOWN = 2_000
_MOST_STYLE = 3
_BY_HAND = "docker build -t titanic . && docker run --rm titanic"
_STOPS_BUILD = frozenset({Wrong.SOURCE, Wrong.IGNORED, Wrong.REFERENCE, Wrong.STAGE})


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
    installs from the environment file or from what that file refers to, copies what `main.py` needs, and ends with
    `CMD` or `ENTRYPOINT`. The recipe of the statement passes as it is.

    These mistakes have a message of their own: an installer without `-b`, `conda create -f`, `~` in `ENV PATH`,
    `main.py`, the configuration or `src` not copied, `environment.yml` used before it is copied, no command.

    ## Why it matters

    A Dockerfile is the full and exact recipe of a machine on which your project runs.

    ## How to do it

    Follow the order: base image, tools, environment file, installation, code, command. What changes most often
    comes last.

    ## Example

    ```dockerfile
    # Before: no tag, and src is missing
    FROM python
    COPY requirements.txt main.py config.yaml ./
    RUN pip install -r requirements.txt
    CMD ["python", "main.py"]

    # After
    FROM python:3.11-slim
    COPY requirements.txt .
    RUN pip install -r requirements.txt
    COPY main.py config.yaml ./
    COPY src ./src
    CMD ["python", "main.py"]
    ```

    ## Known limits

    The file is read here, not executed; what it does is seen by `image-builds` and `image-runs`. Where hadolint is
    installed, the first of its remarks are advice.
    """
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
    yield from _whole_copy(image)
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


def _whole_copy(image: Dockerfile) -> Iterator[Advice]:
    if image.whole_copy and not image.git_left_out:
        yield advice(
            "COPY . brings everything into the image, .git and data too: leave them out by a file .dockerignore.",
            where=(image.place(image.whole_copy[0]),),
        )


@check("image-builds")
def image_builds(
    image: Dockerfile,
    engine: Engine,
    trial: Trial | Unavailable | None,
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
        if mistake.kind in _STOPS_BUILD:
            return _stopped(image, mistake)
    if isinstance(trial, Unavailable):
        return trial
    if trial is None:
        return _needs_engine(engine, text("Whether the image builds can only be seen by building it."))
    return _built(image, trial, course.image.memory)


def _built(image: Dockerfile, trial: Trial, memory: int) -> Verdict:
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
        return broken(image, build, memory, details)
    return Passed(
        message=text("The image builds, in {seconds} s.", seconds=round(build.seconds)),
        advice=tuple(Advice(note) for note in build.notes),
        details=details,
    )


def _stopped(image: Dockerfile, mistake: Mistake) -> Failed:
    """The verdict on a certain failure of the build."""
    what, line = mistake.what, mistake.line
    one = next(one for one in image.instructions if one.line == line)
    reproduce = gone(image, one)
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


def _needs_engine(engine: Engine, what: Text, extra: tuple[Advice, ...] = ()) -> Unavailable:
    if engine.version is not None or engine.missing is None or engine.remedy is None:
        return Unavailable(
            what=what,
            remedy=text("By hand: {command}", command=_BY_HAND),
            advice=extra,
            basis=Basis.READ,
        )
    return Unavailable(
        what=text("{what} {missing}", what=what, missing=engine.missing),
        remedy=text("{remedy} Then by hand: {command}", remedy=engine.remedy, command=_BY_HAND),
        advice=extra,
        basis=Basis.READ,
    )


@check("image-runs")
def image_runs(
    image: Dockerfile,
    rehearsal: Rehearsal | Unavailable | None,
    engine: Engine,
    trial: Trial | Unavailable | None,
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

    In a container, the variables of SSP Cloud do not exist: put public `https` links into `config.yaml`. Copy the
    script, the configuration and `src`, and put the environment on the `PATH`.

    ## Example

    ```yaml
    # Before: needs keys that the container does not have
    bucket: jdupont
    folder: titanic/raw

    # After
    train_url: https://minio.lab.sspcloud.fr/jdupont/titanic/raw/train.csv
    test_url: https://minio.lab.sspcloud.fr/jdupont/titanic/raw/test.csv
    ```

    ## Known limits

    The checker serves the data itself: it does not see whether your links are really public. Open them in a private
    window of your browser.
    """
    if any(faults(image, course, code, settings)):
        return Blocked(by=("dockerfile",))
    if any(mistake.kind in _STOPS_BUILD for mistake in image.mistakes):
        return Blocked(by=("image-builds",))
    rehearsed = known(rehearsal)
    failed = _rehearsed(image, rehearsed, tree) if rehearsed is not None else None
    if isinstance(trial, Unavailable):
        return failed or trial
    if trial is None:
        return failed or _needs_engine(engine, text("Whether the image runs can only be seen by running it."))
    return _ran(image, trial, failed, course.image.memory)


def _ran(image: Dockerfile, trial: Trial, failed: Failed | None, memory: int) -> Verdict:
    """The verdict on a run, or on why there was none; *failed* is what the rehearsal says, which names more."""
    if trial.missing is not None and trial.remedy is not None:
        return failed or Unavailable(what=trial.missing, remedy=trial.remedy)
    if trial.build is None or not trial.build.succeeded:
        return Blocked(by=("image-builds",))
    if trial.finished is None or trial.printed is None:
        what, remedy = trial.not_run or (text("The image was not run."), text("By hand: {command}", command=_BY_HAND))
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
        return failed or crashed(image, finished, memory, details)
    if not trial.printed.matrices or not trial.printed.scores:
        lacking = text("the confusion matrix") if trial.printed.scores else text("the performance")
        return Failed(
            expected=text("The image runs by itself: it ends with status 0 and prints the performance and the matrix."),
            actual=text("The image runs, and what it prints lacks {what}.", what=lacking),
            hint=text(
                "Print the performance of the forest and the confusion matrix in the script that the image starts."
            ),
            reproduce="docker build -q -t titanic . && "
            + prints(
                '"docker", "run", "--rm", "titanic"',
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


@check("image-clean")
def image_clean(image: Dockerfile, engine: Engine, trial: Trial | Unavailable | None) -> Verdict:
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
    COPY main.py config.yaml ./
    COPY src ./src
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
        return _looked(image, trial)
    return _needs_engine(
        engine,
        text("The Dockerfile names no secret; what the layers hold can only be seen in the image."),
        tuple(_whole_copy(image)),
    )


def _looked(image: Dockerfile, trial: Trial) -> Verdict:
    """The verdict on what lies in the image, where an engine tried to build it."""
    extra = tuple(_whole_copy(image))
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
    if found := list(built_secrets(image, contents)):
        return _secret(found, Basis.RUN, extra, details)
    if contents.complete:
        message = text("Neither the Dockerfile nor a layer of the image holds a secret.")
    else:
        message = text("Neither the Dockerfile nor what it copies into the image holds a secret.")
    return Passed(message=message, advice=extra, basis=Basis.RUN if contents.complete else Basis.READ, details=details)


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


@check("image-cache")
def image_cache(image: Dockerfile, code: Code, trial: Trial | Unavailable | None) -> Verdict:
    """A code change does not reinstall everything

    ## What it checks

    Where a Docker engine answers, the image is built a second time with another `main.py`: does that install the
    environment again? Without an engine the order of the lines is read. In step 2.3 this is advice, and costs no
    points.

    ## Why it matters

    Docker redoes everything that follows the first line that changed. If the code is copied before the
    installation, each correction costs minutes.

    ## How to do it

    Copy the environment file alone, install, and only then copy the code.

    ## Example

    ```dockerfile
    # Before: any change of main.py installs everything again
    COPY . .
    RUN pip install -r requirements.txt

    # After
    COPY requirements.txt .
    RUN pip install -r requirements.txt
    COPY main.py config.yaml ./
    COPY src ./src
    ```

    ## Known limits

    The time that a build takes is not judged here.
    """
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


CHECKS = (dockerfile, image_builds, image_runs, image_clean, image_cache)
