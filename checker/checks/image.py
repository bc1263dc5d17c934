"""Step 2.3: a Docker image. What is certain is read; what has to be built needs an engine."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from checker.checks.base import check
from checker.checks.shell import quoted
from checker.course import Course
from checker.facts.code import Code
from checker.facts.configuration import Configuration
from checker.facts.image import Dockerfile, Engine, Instruction, Mistake, Rehearsal, Wrong
from checker.facts.running import End
from checker.model import (
    Advice,
    Basis,
    Blocked,
    Failed,
    Json,
    Location,
    Passed,
    Text,
    Unavailable,
    Verdict,
    advice,
    text,
)

_ENVIRONMENT = re.compile(
    r"environment\.ya?ml|requirements[\w.-]*\.(?:txt|in)|pyproject\.toml|\buv\s+sync\b|\.lock\b|poetry\s+install|"
    r"pip3?\s+install\s+(?:-[\w-]+\s+)*\.",
)
_INSTALLS = re.compile(r"\b(?:pip3?|conda|mamba|micromamba|uv|poetry|pixi)\b[^&|;]*\b(?:install|create|sync|update)\b")
_INSTALLER = re.compile(r"\b(?:ba)?sh\s+[^&|;]*?((?:Miniconda|Miniforge|Mambaforge|Anaconda)\S*\.sh)([^&|;]*)")
_CONDA_CREATE = re.compile(r"\bconda\s+create\b[^&|;]*\s(?:-f|--file)[ =]?(\S*\.ya?ml)")
_CREATED = re.compile(r"\b(?:conda|mamba|micromamba)\s+(?:env\s+)?create\b")
_CREDENTIAL = re.compile(
    r"SECRET|TOKEN|PASSWORD|PASSWD|ACCESS_KEY|API_KEY|APIKEY|CREDENTIAL|PRIVATE_KEY", re.IGNORECASE
)
_SECRET_FILES = re.compile(
    r"(?:^|/)(?:\.env(?:\.\w+)?|\.netrc|\.pgpass|id_(?:rsa|ed25519|ecdsa)|[^/]+\.pem|credentials)$"
)
_HARMLESS = re.compile(r"(?:example|sample|template|dist)$")
_BY_HAND = "docker build -t titanic . && docker run --rm titanic"


@dataclass(frozen=True, slots=True)
class _Fault:
    """One thing that is wrong with a Dockerfile, by reading it."""

    line: int | None
    actual: Text
    hint: Text
    reproduce: str


@check("dockerfile")
def dockerfile(image: Dockerfile, course: Course, code: Code, settings: Configuration | None) -> Verdict:
    """The Dockerfile is complete."""
    faults = tuple(_faults(image, course, code, settings))
    details: dict[str, Json] = {
        "path": image.path,
        "base": image.stages[-1].base if image.stages else None,
        "files": dict(list(image.files.items())[:200]),
        "faults": [str(fault.actual) for fault in faults],
    }
    if not faults:
        return Passed(
            message=text("The Dockerfile names a base, installs the environment, copies the project and starts it."),
            advice=tuple(_wishes(image)),
            basis=Basis.READ,
            details=details,
        )
    first, *others = faults
    return Failed(
        expected=text(
            "The Dockerfile has a base image, installs the environment file, copies what main needs, and starts it."
        ),
        actual=first.actual,
        hint=first.hint,
        reproduce=first.reproduce,
        where=tuple(_place(image, fault.line) for fault in faults),
        advice=tuple(Advice(other.actual, (_place(image, other.line),)) for other in others),
        basis=Basis.READ,
        details=details,
    )


def _place(image: Dockerfile, line: int | None) -> Location:
    return Location(image.path, line=line)


def _faults(image: Dockerfile, course: Course, code: Code, settings: Configuration | None) -> Iterator[_Fault]:
    if image.misplaced:
        yield _Fault(
            None,
            text("Docker looks for a file called Dockerfile at the root; here it is {path}.", path=image.path),
            text("Move it: git mv {path} Dockerfile.", path=image.path),
            "test -e Dockerfile",
        )
    if image.problem is not None:
        yield _Fault(
            1, image.problem, text("Save it as plain text in UTF-8, with one instruction a line."), _parses(image)
        )
        return
    for line in image.unreadable[:3]:
        yield _Fault(
            line,
            text("Line {line} is no instruction that Docker knows.", line=line),
            text("Each line begins with FROM, RUN, COPY, ENV, CMD, …, or continues one that ends with a backslash."),
            f"! sed -n {line}p {quoted(image.path)} | grep -q .",
        )
    if not image.stages:
        yield _Fault(
            1,
            text("No FROM names the image to start from."),
            text("Begin with a base image and its tag, for example: FROM python:3.11-slim."),
            f"grep -qi '^ *FROM ' {quoted(image.path)}",
        )
        return
    yield from _install_faults(image)
    yield from _copy_faults(image, code, settings)
    yield from _start_faults(image, course, code)


def _parses(image: Dockerfile) -> str:
    name = quoted(image.path)
    readable = f"python -c 'import sys; open(sys.argv[1], encoding=\"utf-8\").read().split()[0]' {name}"
    return f"{readable} && ! grep -q '^<<<<<<< ' {name}"


def _install_faults(image: Dockerfile) -> Iterator[_Fault]:
    name = quoted(image.path)
    for one in image.of("RUN"):
        for installer, options in _INSTALLER.findall(one.words):
            if not re.search(r"(?:^|\s)-\w*b", options):
                yield _Fault(
                    one.line,
                    text(
                        "{installer} is run without -b, and waits for answers that nobody gives.", installer=installer
                    ),
                    text("Run it in batch mode: bash {installer} -b -p /miniconda.", installer=installer),
                    f"! grep -E '(sh) .*{re.escape(installer)}' {name} | grep -vqE '[.]sh +([^&]* )?-[a-z]*b'",
                )
        if match := _CONDA_CREATE.search(one.words):
            yield _Fault(
                one.line,
                text("conda create -f does not read {file}: it expects a list of packages.", file=match.group(1)),
                text("Write conda env create -f {file}.", file=match.group(1)),
                f"! grep -qE 'conda +create .*-f' {name}",
            )
    for one in image.of("ENV"):
        if re.search(r"PATH[ =][\"']?[^\s]*~", one.value):
            yield _Fault(
                one.line,
                text("~ in ENV PATH is not replaced by a folder: nothing is found there."),
                text("Write the whole path, for example /miniconda/bin."),
                f"! grep -qE '^ *ENV +PATH[ =].*~' {name}",
            )
    runs = [one for one in image.of("RUN") if _INSTALLS.search(one.words)]
    if not any(_ENVIRONMENT.search(one.words) for one in (*image.of("RUN"),)):
        line = runs[0].line if runs else None
        yield _Fault(
            line,
            text("The image does not install what the environment file declares."),
            text(
                "Copy the file, then install from it: COPY requirements.txt . and RUN pip install -r requirements.txt."
            ),
            f"grep -qE 'environment[.]ya?ml|requirements|pyproject|uv sync|[.]lock' {name}",
        )
    for mistake in image.mistakes:
        if mistake.kind is Wrong.USED_BEFORE:
            yield _Fault(
                mistake.line,
                text(
                    "{file} is used in line {line}, where it is not in the image yet.",
                    file=mistake.what,
                    line=mistake.line,
                ),
                text("Copy it first: COPY {file} .", file=mistake.what),
                f"head -n {mistake.line - 1} {name} | grep -E '^ *(COPY|ADD) ' | "
                f"grep -qE {quoted(re.escape(posixpath.basename(mistake.what)) + '| [.] ')}",
            )


def _copy_faults(image: Dockerfile, code: Code, settings: Configuration | None) -> Iterator[_Fault]:
    """What main needs beside it, and the image lacks. Where the script itself lies tells where the rest has to."""
    script = image.start.script if image.start else None
    main = code.main
    if main is None:
        return
    held = set(image.files.values())
    if main not in held:
        yield _missing(image, main, text("{path} is not copied into the image.", path=main))
        return
    needed = [*code.modules]
    if settings is not None and settings.main is not None and settings.main.path in settings.opened:
        needed.append(settings.main.path)
    root = posixpath.dirname(script) if script and image.files.get(script) == main else None
    for path in needed:
        if path not in held:
            folder = path.partition("/")[0]
            named = folder if "/" in path and not any(other.startswith(f"{folder}/") for other in held) else path
            yield _missing(image, named, text("{path} is not copied into the image, and main needs it.", path=named))
            return
        if root is not None and image.files.get(posixpath.join(root, path)) != path:
            target = next(place for place, origin in image.files.items() if origin == path)
            yield _Fault(
                _copier(image, path),
                text("{path} lands at {target} in the image, where main does not find it.", path=path, target=target),
                text("Copy a folder to its own name (COPY src ./src): COPY src . copies what is in it."),
                _copied(
                    image, f"{posixpath.dirname(path).partition('/')[0] or path}[^ ]* +[./]*{path.partition('/')[0]}"
                ),
            )
            return


def _missing(image: Dockerfile, path: str, actual: Text) -> _Fault:
    copies = image.of("COPY", "ADD")
    line = copies[-1].line if copies else None
    target = f"./{path}" if "." not in posixpath.basename(path) else "."
    return _Fault(
        line,
        actual,
        text("Add a line: COPY {path} {target}", path=path, target=target),
        _copied(image, re.escape(path)),
    )


def _copied(image: Dockerfile, pattern: str) -> str:
    """A command that is content where some COPY names what *pattern* takes, or everything."""
    whole = f"^ *(COPY|ADD) +([^#]*[ /])?{pattern}|^ *(COPY|ADD) +[.]/? "
    return f"grep -qE {quoted(whole)} {quoted(image.path)}"


def _copier(image: Dockerfile, path: str) -> int | None:
    top = path.partition("/")[0]
    lines = [one.line for one in image.of("COPY", "ADD") if top in one.value]
    return lines[-1] if lines else None


def _start_faults(image: Dockerfile, course: Course, code: Code) -> Iterator[_Fault]:
    name = quoted(image.path)
    if image.start is None:
        yield _Fault(
            image.instructions[-1].line if image.instructions else None,
            text("No CMD says what the image runs."),
            text('End with CMD ["python", "{main}"].', main=course.names.main),
            f"grep -qiE '^ *(CMD|ENTRYPOINT) ' {name}",
        )
        return
    script = image.start.script
    if script is not None and script not in image.files and code.main in set(image.files.values()):
        place = next(path for path, origin in image.files.items() if origin == code.main)
        yield _Fault(
            image.start.line,
            text(
                "The image starts {script}, which is not there: the script lies at {place}.", script=script, place=place
            ),
            text('Write CMD ["python", "{place}"], or set WORKDIR to the folder of the script.', place=place),
            f"grep -iE '^ *(CMD|ENTRYPOINT) ' {name} | grep -qF {quoted(place.lstrip('/'))} || "
            f"! grep -iE '^ *(CMD|ENTRYPOINT) ' {name} | grep -qF {quoted(posixpath.basename(script))}",
        )


def _wishes(image: Dockerfile) -> Iterator[Advice]:
    for stage in image.stages:
        name, _, _ = stage.base.partition("@")
        tag = name.rpartition("/")[2].partition(":")[2]
        named = stage.earlier is None and stage.base != "scratch" and not {"@", "$"} & set(stage.base)
        if named and tag in ("", "latest"):
            yield advice(
                "{base} is another image each month: name a version, for example python:3.11-slim.",
                where=image.place(stage.line),
                base=stage.base,
            )
    yield from _whole_copy(image)
    created = [one for one in image.of("RUN") if _CREATED.search(one.words)]
    on_path = any(re.search(r"PATH.*env", one.value) for one in image.of("ENV"))
    through_conda = image.start is not None and any("conda" in word or "mamba" in word for word in image.start.words)
    if created and not on_path and not through_conda and not image.of("SHELL", "ENTRYPOINT"):
        yield advice(
            "The environment is made, but nothing puts it on the PATH: add ENV PATH with its folder bin.",
            where=image.place(created[-1].line),
        )
    for path in image.others[:3]:
        yield advice("There is another Dockerfile, {path}; only the one at the root is judged.", path=path)


def _whole_copy(image: Dockerfile) -> Iterator[Advice]:
    if image.whole_copy and not image.ignores:
        yield advice(
            "COPY . brings everything into the image, .git and data too: leave that out by a file .dockerignore.",
            where=image.place(image.whole_copy[0]),
        )


@check("image-builds")
def image_builds(image: Dockerfile, engine: Engine | None) -> Verdict:
    """The image builds from a fresh clone."""
    if image.problem is not None or image.misplaced or not image.stages:
        return Blocked(by=("dockerfile",))
    for mistake in image.mistakes:
        described = _described(image, mistake)
        if described is not None:
            return described
    return _needs_building(engine, text("Whether the image builds can only be seen by building it."))


def _described(image: Dockerfile, mistake: Mistake) -> Failed | None:
    """The verdict on a certain failure of the build. None: another check is charged with it."""
    what, line, name = mistake.what, mistake.line, quoted(image.path)
    match mistake.kind:
        case Wrong.SOURCE:
            actual = text("Line {line} copies {path}, which is not in the repository.", line=line, path=what)
            hint = text("Mend the name, or commit the file (is it ignored by .gitignore?).")
            reproduce = f"ls -d {quoted(what)} > /dev/null || ! grep -qF {quoted(what)} {name}"
        case Wrong.IGNORED:
            actual = text("Line {line} copies {path}, which .dockerignore leaves out.", line=line, path=what)
            hint = text("Remove the rule from .dockerignore, or take the file back by a rule that begins with !.")
            reproduce = f"! grep -qE {quoted('^/?' + re.escape(what.strip('./')) + '/?$')} .dockerignore"
        case Wrong.REFERENCE:
            actual = text("{image} cannot be the name of an image.", image=what or "FROM")
            hint = text("A name is written like python:3.11-slim: lower case, one colon before the tag.")
            reproduce = f"! grep -qF {quoted('FROM ' + what)} {name}"
        case Wrong.STAGE:
            actual = text("Line {line} copies from a stage {stage} that does not exist.", line=line, stage=what)
            hint = text("Name it where it begins: FROM image AS {stage}.", stage=what)
            reproduce = f"grep -qiE {quoted(' AS +' + re.escape(what))} {name}"
        case _:
            return None
    return Failed(
        expected=text("docker build makes the image from what the repository holds."),
        actual=actual,
        hint=hint,
        reproduce=reproduce,
        where=image.place(line),
        basis=Basis.READ,
    )


def _needs_building(engine: Engine | None, what: Text, extra: tuple[Advice, ...] = ()) -> Unavailable:
    if engine is None:
        remedy = text("Install or start Docker (checker doctor), then by hand: {command}", command=_BY_HAND)
    else:
        remedy = text("This version of the checker does not build images yet; by hand: {command}", command=_BY_HAND)
    return Unavailable(what=what, remedy=remedy, advice=extra, basis=Basis.READ)


@check("image-runs")
def image_runs(image: Dockerfile, rehearsal: Rehearsal | None, engine: Engine | None) -> Verdict:
    """The image runs and prints the performance and the matrix."""
    if image.problem is not None or image.misplaced or image.start is None:
        return Blocked(by=("dockerfile",))
    script = image.start.script
    if script is not None and script not in image.files:
        return Blocked(by=("dockerfile",))
    if rehearsal is not None and (failed := _rehearsed(image, rehearsal)):
        return failed
    return _needs_building(engine, text("Whether the image runs can only be seen by running it."))


def _rehearsed(image: Dockerfile, rehearsal: Rehearsal) -> Verdict | None:
    """What the rehearsal proves. Only what the image's own libraries cannot change counts."""
    finished = rehearsal.finished
    error = finished.error
    if finished.succeeded or finished.end is not End.EXIT or error is None or image.start is None:
        return None
    if error.name in ("ModuleNotFoundError", "ImportError"):
        if any(str(path).endswith(f"/{_module_of(error.message)}") for path in image.files.values()):
            return None
        return Blocked(by=("dockerfile",)) if _lacks_own_module(image, error.message) else None
    variable = error.name == "KeyError" and re.search(r"AWS_\w+", error.message)
    if variable or any("AWS_" in source for _, source in error.frames):
        actual = text("In the image the variables of S3 do not exist: the script stops with {name}.", name=error.name)
        hint = text("Put https links into the configuration, and read them without a key.")
    elif error.name in ("FileNotFoundError", "NotADirectoryError") and not finished.requests:
        actual = text("In the image a file is missing: {message}", message=error.message)
        hint = text("Copy it into the image by a COPY line, to the place where the script looks for it.")
    elif error.name in ("NoCredentialsError", "PermissionError", "EndpointConnectionError"):
        actual = text("In the image there are no credentials for S3: the script stops with {name}.", name=error.name)
        hint = text("Put https links into the configuration, and read them without a key.")
    else:
        return None
    return Failed(
        expected=text("The image runs by itself: docker run ends with status 0 and prints performance and matrix."),
        actual=actual,
        hint=hint,
        reproduce=_without_variables(image),
        where=error.where or image.place(image.start.line),
        details={"rehearsal": True, "error": f"{error.name}: {error.message}"[:500]},
    )


def _module_of(message: str) -> str:
    match = re.search(r"No module named '([\w.]+)'", message)
    return (match.group(1) if match else "?").replace(".", "/") + ".py"


def _lacks_own_module(image: Dockerfile, message: str) -> bool:
    """Whether the module that was not found is one of the repository's that the image did not get."""
    top = _module_of(message).partition("/")[0].removesuffix(".py")
    return any(mistake.what.strip("./").partition("/")[0] == top for mistake in image.mistakes)


def _without_variables(image: Dockerfile) -> str:
    """The files of the image alone, in a fresh folder, started without the variables of S3."""
    lines = ["d=$(mktemp -d)"]
    for place, origin in sorted(image.files.items())[:100]:
        target = posixpath.relpath(place, image.folder)
        lines.append(
            f"mkdir -p $d/{quoted(posixpath.dirname(target) or '.')} && cp {quoted(origin)} $d/{quoted(target)}"
        )
    script = posixpath.relpath(image.start.script, image.folder) if image.start and image.start.script else ""
    lines.append('for v in $(compgen -e | grep "^AWS_"); do unset $v; done')
    lines.append(f"cd $d && python {quoted(script)}")
    return "\n".join(lines)


@check("image-clean")
def image_clean(image: Dockerfile, engine: Engine | None) -> Verdict:
    """The image holds no password and no key."""
    if image.problem is not None or not image.stages:
        return Blocked(by=("dockerfile",))
    found = [*_set_secrets(image), *_copied_secrets(image)]
    if not found:
        return _needs_building(
            engine,
            text("The Dockerfile names no secret; what the layers hold can only be seen in the image."),
            tuple(_whole_copy(image)),
        )
    _, name, hint, reproduce = found[0]
    return Failed(
        expected=text("Nothing secret is written into the image: everybody who has it can read it."),
        actual=text("{name} puts a secret into the image.", name=name),
        hint=hint,
        reproduce=reproduce,
        where=tuple(place for other, *_ in found for place in image.place(other.line)),
        basis=Basis.READ,
    )


def _set_secrets(image: Dockerfile) -> Iterator[tuple[Instruction, str, Text, str]]:
    for one in image.of("ENV", "ARG"):
        for name, value in re.findall(r"(\w+)(?:=|\s+)(\"[^\"]*\"|'[^']*'|\S+)", one.value):
            if _CREDENTIAL.search(name) and value.strip("\"'") and not value.strip("\"'").startswith("$"):
                hint = text(
                    "Remove the line, change the secret, and give it when the image runs: docker run -e {name}.",
                    name=name,
                )
                yield one, name, hint, f"! grep -qE '^ *(ENV|ARG) .*{name}[= ]+[^ $]' {quoted(image.path)}"


def _copied_secrets(image: Dockerfile) -> Iterator[tuple[Instruction, str, Text, str]]:
    copies = image.of("COPY", "ADD")
    for origin in sorted(set(image.files.values())):
        if _SECRET_FILES.search(origin) and not _HARMLESS.search(origin) and copies:
            one = next((copy for copy in copies if posixpath.basename(origin) in copy.value), copies[-1])
            hint = text("Name it in .dockerignore, remove it from git, and change what it holds.")
            yield one, origin, hint, f"! git ls-files --error-unmatch {quoted(origin)}"


@check("image-cache")
def image_cache(image: Dockerfile, code: Code) -> Verdict:
    """A change of the code does not install the environment again."""
    if image.problem is not None or not image.stages:
        return Blocked(by=("dockerfile",))
    installs = [one for one in image.of("RUN") if _INSTALLS.search(one.words)]
    early = [
        one
        for one in _code_copies(image, code)
        if any(other.line > one.line and other.stage == one.stage for other in installs)
    ]
    wishes = tuple(
        advice(
            "Line {line} copies the code before line {install} installs the environment, which is then done again "
            "after each change of the code: copy the environment file and install first.",
            where=image.place(one.line),
            line=one.line,
            install=next(other.line for other in installs if other.line > one.line),
        )
        for one in early[:1]
    )
    message = text("The order of the lines is what costs or saves time here: it is advice.")
    return Passed(message=message, advice=wishes, basis=Basis.READ)


def _code_copies(image: Dockerfile, code: Code) -> Iterable[Instruction]:
    tops = {path.partition("/")[0] for path in ((code.main,) if code.main else ()) + code.modules}
    names_code: Callable[[Instruction], bool] = lambda one: any(  # noqa: E731
        re.search(rf"(?:^|[\s/\"]){re.escape(top)}(?:[\s/\"]|$)", one.value) for top in tops
    )
    return [one for one in image.of("COPY", "ADD") if one.line in image.whole_copy or names_code(one)]


CHECKS = (dockerfile, image_builds, image_runs, image_clean, image_cache)
