"""What is certainly wrong with a Dockerfile, by reading it: each thing with its line, its remedy and its proof."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from checker.checks.image.dockerfile_commands import copied, expression, gone, holds, joined, names
from checker.course import Course
from checker.facts.code import Code
from checker.facts.configuration import Configuration
from checker.facts.image import Dockerfile, Instruction, Mistake, Start, Wrong
from checker.model import Text, text
from checker.quoting import quoted

INSTALLS = re.compile(
    r"(?:^|[&|;])(?>[^&|;]*?\b(?:pip3?|conda|mamba|micromamba|uv|poetry|pixi|conda-lock)\b)"
    r"[^&|;]*\b(?:install|create|sync|update)\b"
)
_FROM_FILE = re.compile(
    r"\s(?:-r|-f|--requirements?|--file|--lock-file)[ =]?[^\s-]|\buv\s+sync\b|\bpoetry\s+install\b|\bpixi\s+install\b|"
    r"\bpip3?\s+install\s+(?:-\S+\s+)*[\"']?\.|\bconda-lock\s+install\b|\bpip-sync\b|"
    r"\b(?:conda|mamba)\s+env\s+(?:create|update)\b|\.lock\b",
)
_FROM_FILE_IN_SHELL = (
    "(-r|-f|--requirement|--file)[ =]?[^ -]|(uv|poetry|pixi) +(sync|install)|pip3? +install +(-[^ ]+ +)*[.]|"
    "env +(create|update)|[.]lock"
)
_INSTALLER = re.compile(
    r"(\|\s*)?\b(?:ba)?sh\s+((?>[^\s&|;]*?(?:miniconda|miniforge|mambaforge|anaconda))[^\s&|;]*\.sh)([^&|;\n]*)",
    re.IGNORECASE,
)
_CONDA_CREATE = re.compile(
    r"(?:^|[&|;\n])(?>[^&|;\n]*?(?<![\w-])conda\s+create\b)[^&|;\n]*\s(?:-f|--file)[ =]?([^\s&|;]+\.ya?ml)"
)
_UNREAD = frozenset({Wrong.UNKNOWN, Wrong.INCOMPLETE, Wrong.EARLY, Wrong.OPEN})
_HOME_IN_PATH = re.compile(r"(?:^|\s)(?>\S*?\bPATH[ =])\S*~")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. ``builds`` says that the image can be built all the same."""

    line: int | None
    actual: Text
    hint: Text
    reproduce: str
    builds: bool = False


def faults(image: Dockerfile, course: Course, code: Code, settings: Configuration | None) -> Iterator[Fault]:
    """All that is wrong with *image*, what stops a reader first."""
    name = quoted(image.path)
    if image.misplaced:
        yield Fault(
            None,
            text("Docker looks for a file called Dockerfile at the root; here it is {path}.", path=image.path),
            text("Move it: git mv {path} Dockerfile.", path=image.path),
            "test -e Dockerfile",
        )
    if image.problem is not None:
        readable = f"python -c 'import sys; open(sys.argv[1], encoding=\"utf-8\").read(100000).split()[0]' {name}"
        yield Fault(
            1,
            image.problem,
            text("Save it as plain text in UTF-8, with one instruction a line."),
            f"{readable} && ! grep -q '^<<<<<<< ' {name} && test $(wc -c < {name}) -lt 100000",
        )
        return
    for mistake in image.mistakes:
        if mistake.kind in _UNREAD and (image.stages or mistake.kind is not Wrong.EARLY):
            yield _unread(image, mistake, course.names.main_for(code.main))
    if not image.stages:
        yield Fault(
            1,
            text("No FROM names the image to start from."),
            text("Begin with a base image and its tag, for example: FROM python:3.11-slim."),
            holds(image, "^[^[:alpha:]]*FROM[[:space:]]"),
        )
        return
    yield from _of_installation(image)
    yield from _of_copies(image, course, code, settings)
    yield from _of_start(image, course, code)


def instruction_at(image: Dockerfile, line: int) -> Instruction:
    """The instruction that begins in that line, which there is."""
    return next(one for one in image.instructions if one.line == line)


def _unread(image: Dockerfile, mistake: Mistake, main: str) -> Fault:
    what, line = mistake.what, mistake.line
    if mistake.kind is Wrong.UNKNOWN:
        return Fault(
            line,
            text("Line {line} begins with {word}, which is no instruction of Docker.", line=line, word=what),
            text("Each line begins with FROM, RUN, COPY, ENV, CMD, …, or continues one that ends with a backslash."),
            f"! {holds(image, f'^[[:space:]]*{expression(what)}')}",
        )
    if mistake.kind is Wrong.OPEN:
        return Fault(
            line,
            text("The text that begins with <<{word} in line {line} has no end.", word=what, line=line),
            text("Write {word} alone in a line, where the text ends.", word=what),
            f"grep -qE {quoted(f'^[[:space:]]*{expression(what)}$')} {quoted(image.path)} || "
            f"! grep -qE {quoted('<<-?.?' + expression(what))} {quoted(image.path)}",
        )
    if mistake.kind is Wrong.EARLY:
        return Fault(
            line,
            text("{keyword} stands in line {line}, before any FROM.", keyword=what, line=line),
            text("Begin with a base image and its tag, for example: FROM python:3.11-slim."),
            f"{joined(image)} | grep -viE '^[[:space:]]*ARG[[:space:]]' | head -n 1 | "
            "grep -qiE '^[^[:alpha:]]*FROM[[:space:]]'",
        )
    return Fault(
        line,
        text("{keyword} in line {line} says too little.", keyword=what, line=line),
        text("Write what is copied, and where to: COPY {main} ./", main=main)
        if what in ("COPY", "ADD")
        else text("Complete the line, or remove it."),
        gone(image, instruction_at(image, line)),
    )


def _of_installation(image: Dockerfile) -> Iterator[Fault]:
    for one in image.of("RUN"):
        for answered, installer, options in _INSTALLER.findall(one.words):
            if not answered and not re.search(r"(?:^|\s)-\w*b", options):
                script = posixpath.basename(installer)
                yield Fault(
                    one.line,
                    text("{installer} is run without -b, and waits for answers that nobody gives.", installer=script),
                    text("Run it in batch mode: bash {installer} -b -p /miniconda.", installer=script),
                    f"! {joined(image)} | grep -oE {quoted(f'sh +[^ ]*{expression(script)}[^&|;]*')} | "
                    "grep -vqE -- ' -[a-z]*b'",
                )
        if match := _CONDA_CREATE.search(one.words):
            yield Fault(
                one.line,
                text("conda create does not read {file}: it expects a list of packages.", file=match[1]),
                text("Write conda env create -f {file}.", file=match[1]),
                f"! {holds(image, '(^|[^a-z-])conda +create [^&|;]*(-f|--file)')}",
            )
    for one in image.of("ENV"):
        if _HOME_IN_PATH.search(one.value):
            yield Fault(
                one.line,
                text("The ~ in ENV PATH is not replaced by a folder: nothing is found there."),
                text("Write the whole path, for example /miniconda/bin."),
                f"! {holds(image, '^[[:space:]]*ENV[[:space:]]+PATH[ =][^ ]*~')}",
                builds=True,
            )
    runs = image.of("RUN")
    scripts = {posixpath.basename(path) for path in image.files if path.endswith(".sh")}
    by_script = any(name in one.words for one in runs for name in scripts)
    if not by_script and not any(INSTALLS.search(one.words) and _FROM_FILE.search(one.words) for one in runs):
        first = next((one.line for one in runs if INSTALLS.search(one.words)), None)
        yield Fault(
            first,
            text("The image does not install what the environment file declares."),
            text("Copy the file, then install from it: RUN pip install -r requirements.txt."),
            f"grep -qE -- {quoted(_FROM_FILE_IN_SHELL)} {quoted(image.path)}",
            builds=True,
        )
    for mistake in image.mistakes:
        if mistake.kind is Wrong.USED_BEFORE:
            what = mistake.what
            yield Fault(
                mistake.line,
                text("{file} is used in line {line}, where it is not in the image yet.", file=what, line=mistake.line),
                text("Copy it before that line: COPY {file} ./", file=what),
                _copied_first(image, what, mistake.by),
            )


def _copied_first(image: Dockerfile, path: str, by: str) -> str:
    """Succeeds where *path* is copied before a line that installs from it, or from the file *by* that refers to it."""
    user = by or path
    reading = expression(user) + ("|env +(create|update)" if user == "environment.yml" else "")
    patterns = [names(posixpath.normpath(path)), rf"^[[:space:]]*RUN[[:space:]].*({reading})"]
    copying, installing = (pattern.replace("/", r"\/") for pattern in patterns)
    proof = f"{joined(image)} | awk {quoted(f'/{copying}/ {{c=1}} /{installing}/ {{exit !c}}')}"
    return f"! grep -qF -- {quoted(path)} {quoted(by)} || {proof}" if by else proof


def _of_copies(image: Dockerfile, course: Course, code: Code, settings: Configuration | None) -> Iterator[Fault]:
    """What main needs beside it, and the image lacks. Where main itself lies tells where the rest has to."""
    main = code.main
    if image.unfollowed:
        return
    if main is None:
        yield Fault(
            image.start.line if image.start else None,
            text("There is no {main} that the image could start.", main=course.names.main),
            text("Write {main} first (step 1.3), then copy it.", main=course.names.main),
            f"test -e {quoted(course.names.main)}",
            builds=True,
        )
        return
    held = frozenset(image.files.values())
    if main not in held:
        yield _lacking(image, main, main)
        return
    needed = [*code.modules]
    if settings is not None and settings.main is not None and settings.main.path in settings.opened:
        needed.append(settings.main.path)
    place = image.start.script if image.start else None
    if place is not None and image.files.get(place) != main:
        place = None
    for path in needed:
        if path not in held:
            folder = path.partition("/")[0]
            whole = "/" in path and not any(other.startswith(f"{folder}/") for other in held)
            yield _lacking(image, path, folder if whole else path)
            return
        beside = posixpath.relpath(path, posixpath.dirname(main) or ".")
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(place or ""), beside))
        if place is not None and not image.moved and image.files.get(wanted) != path and path in code.modules:
            target = min(where for where, origin in image.files.items() if origin == path)
            yield _elsewhere(image, path, target, wanted, course.names.source_folder)
            return


def _lacking(image: Dockerfile, path: str, named: str) -> Fault:
    copies = image.of("COPY", "ADD")
    rule = image.left_out.get(path)
    if rule is not None:
        return Fault(
            copies[-1].line if copies else None,
            text(
                "{path} is not in the image: the rule {rule} of {file} leaves it out.",
                path=named,
                rule=rule,
                file=image.ignore_file,
            ),
            text("Remove that rule, or take {path} back by a line !{path} behind it.", path=named),
            without_rule(image, rule),
            builds=True,
        )
    target = f"./{named}" if "." not in posixpath.basename(named) else "./"
    return Fault(
        copies[-1].line if copies else None,
        text("{path} is not copied into the image, and the script needs it.", path=named),
        text("Add a line: COPY {path} {target}", path=named, target=target),
        copied(image, path),
        builds=True,
    )


def without_rule(image: Dockerfile, rule: str) -> str:
    """Succeeds where no line of the ignore file is *rule*."""
    return f"! grep -qE {quoted(f'^[[:space:]]*{expression(rule)}[[:space:]]*$')} {quoted(image.ignore_file)}"


def _elsewhere(image: Dockerfile, path: str, target: str, wanted: str, source: str) -> Fault:
    copier = _copier(image, path)
    return Fault(
        copier.line if copier else None,
        text(
            "{path} lands at {target} in the image, and the script looks for it at {wanted}.",
            path=path,
            target=target,
            wanted=wanted,
        ),
        text(
            "Copy a folder to its own name (COPY {source} ./{source}): COPY {source} ./ copies what is in it.",
            source=source,
        ),
        gone(image, copier) if copier else "false",
        builds=True,
    )


def _copier(image: Dockerfile, path: str) -> Instruction | None:
    """The last line that copies *path* by name or with all."""
    top = path.partition("/")[0]
    copies = image.of("COPY", "ADD")
    found = [one for one in copies if top in one.value or one.line in image.whole_copy]
    return next(reversed(found or copies), None)


def _of_start(image: Dockerfile, course: Course, code: Code) -> Iterator[Fault]:
    for mistake in image.mistakes:
        if mistake.kind is Wrong.LIST:
            yield Fault(
                mistake.line,
                text("The list of {keyword} is none for Docker: it needs double quotes.", keyword=mistake.what),
                text('Write CMD ["python", "{main}"].', main=course.names.main_for(code.main)),
                gone(image, instruction_at(image, mistake.line)),
                builds=True,
            )
        elif mistake.kind is Wrong.ONE_WORD:
            yield Fault(
                mistake.line,
                text("Docker looks for one program called “{words}”.", words=mistake.what),
                text('Write each word by itself: CMD ["python", "{main}"].', main=course.names.main_for(code.main)),
                gone(image, instruction_at(image, mistake.line)),
                builds=True,
            )
    start = image.start
    if start is None:
        yield Fault(
            image.instructions[-1].line,
            text("No CMD says what the image runs."),
            text('End with CMD ["python", "{main}"].', main=course.names.main_for(code.main)),
            holds(image, "^[[:space:]]*(CMD|ENTRYPOINT)[[:space:]]"),
            builds=True,
        )
        return
    if start.script is None or image.unfollowed or image.moved or code.main not in set(image.files.values()):
        return
    if start.script not in image.files:
        yield _absent(image, start, code.main or course.names.main)
    elif not _leads_to_main(image.files[start.script], code):
        other = image.files[start.script]
        yield Fault(
            start.line,
            text("The image starts {other}, not {main}.", other=other, main=code.main or course.names.main),
            text('Write CMD ["python", "{main}"].', main=course.names.main_for(code.main)),
            gone(image, instruction_at(image, start.line)),
            builds=True,
        )


def _absent(image: Dockerfile, start: Start, main: str) -> Fault:
    place = min(path for path, origin in image.files.items() if origin == main)
    copier = _copier(image, main)
    same = posixpath.basename(start.script or "") == posixpath.basename(place)
    involved = [instruction_at(image, start.line), *([copier] if copier and same else [])]
    proof = gone(image, *involved)
    if same:
        folders = len(image.of("WORKDIR"))
        proof += f" || test $({joined(image)} | grep -ciE '^[[:space:]]*WORKDIR') -ne {folders}"
    return Fault(
        start.line,
        text(
            "The image starts {script}, which is not there: the script lies at {place}.",
            script=start.script or "",
            place=place,
        ),
        text('Write CMD ["python", "{place}"], or set WORKDIR to the folder of the script.', place=place),
        proof,
        builds=True,
    )


def _leads_to_main(other: str, code: Code) -> bool:
    """Whether a script is main, or one that seems to run it."""
    if code.main is None or other == code.main:
        return True
    file = code.files.get(other)
    stem = posixpath.basename(code.main).removesuffix(".py")
    return file is None or re.search(rf"\b{re.escape(stem)}\b", file.source) is not None
