"""A starter as a repository, and solutions laid on it one after the other: a commit per step on the student's branch.

A solution is a folder ``solutions/<step>/`` with the files that the step adds or changes, and a ``step.yaml`` that says
what the step removes and moves, and its commit's message. The template's hook loads this file by its path, under a
cookiecutter that knows nothing of this package: so it uses the standard library only, and imports nothing of ours.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

START = "1.0"
BRANCH = "nettoyage"
DEFAULTS = ".checker.yml"
FIRST_MESSAGE = {"fr": "Point de départ de l'exercice", "en": "Starting point of the exercise"}
DESCRIPTION = "step.yaml"
NEUTRAL_EMAIL = "author@example.org"

_STEP = re.compile(r"\d+\.\d+")
_KEYS = frozenset({"message", "why", "removed", "moved", "request", "title"})
_BOTH_LANGUAGES = re.compile(
    r"\{% if cookiecutter\.language == 'fr' %\}(?P<fr>.*?)\{% else %\}(?P<en>.*?)\{% endif %\}", re.DOTALL
)
_ANSWER = re.compile(r"\{\{ ?cookiecutter\.(?P<name>\w+) ?\}\}")
_UNKNOWN = re.compile(r"\{\{ ?cookiecutter|\{%.*?%\}")
# With one of these variables set to another place, git would commit there.
_PLACES_OF_GIT = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR")
# Files are committed as they are, on any system, and no passphrase is asked for.
_NEUTRAL = ("-c", "core.autocrlf=false", "-c", "core.fileMode=false", "-c", "commit.gpgsign=false")


class OverlayError(Exception):
    """A solution that does not fit: its description cannot be read, or names a path that does not exist."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """The changes of one step.

    ``moved`` and ``removed`` are applied before the files of ``folder`` are copied. ``request`` has ``source`` and
    ``target`` where the step asks for a merge; ``title`` is its title in both languages.
    """

    step: str
    folder: Path
    message: Mapping[str, str]
    why: Mapping[str, str]
    removed: tuple[str, ...] = ()
    moved: Mapping[str, str] = field(default_factory=dict)
    request: Mapping[str, str] = field(default_factory=dict)
    title: Mapping[str, str] = field(default_factory=dict)

    def files(self) -> tuple[str, ...]:
        """Paths, relative to the project, of the added and changed files."""
        paths = (path for path in self.folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        return tuple(
            sorted(name for path in paths if (name := path.relative_to(self.folder).as_posix()) != DESCRIPTION)
        )


@dataclass(frozen=True, slots=True)
class Signature:
    """The author and the time of a commit; ``None`` leaves them to git's own configuration and clock.

    With a time, the configuration of machine and user is not read: the commit has the same id everywhere.
    """

    name: str | None = None
    email: str | None = None
    when: datetime | None = None


def sign(starter: Path) -> None:
    """Write the hash of the starter's own commit into its defaults file, if it has one.

    A file cannot hold a hash of itself: this is the git hash of the tree of all other files.
    """
    path = starter / DEFAULTS
    if not path.is_file():
        return
    known = _tree_hash(starter, left_out=DEFAULTS).hex()
    text = path.read_bytes().decode("utf-8").replace("starter_tree: null", f'starter_tree: "{known}"')
    path.write_bytes(text.encode("utf-8"))


def usual_signature(project: Path, author: str) -> Signature:
    """The author whom git's configuration names, else this author at a neutral address.

    Raises FileNotFoundError if there is no git.
    """
    known: dict[str, bool] = {}
    for entry, variable in (("user.name", "GIT_AUTHOR_NAME"), ("user.email", "GIT_AUTHOR_EMAIL")):
        try:
            known[entry] = bool(os.environ.get(variable)) or bool(git(project, "config", entry).strip())
        except OverlayError:  # the status of `git config` for a missing entry
            known[entry] = False
    return Signature() if all(known.values()) else Signature(author, NEUTRAL_EMAIL)


def begin(project: Path, language: str, signature: Signature) -> None:
    """Make the starter's folder a repository, with one commit on ``main``.

    Raises OverlayError if git refuses.
    """
    git(project, "init", "-q", signature=signature)
    git(project, "symbolic-ref", "HEAD", "refs/heads/main")  # `init -b` is younger than some gits in use
    commit(project, FIRST_MESSAGE[language], signature)


def shipped(solutions: Path) -> tuple[str, ...]:
    """Steps that have a solution in this folder, in their order; none if there is no such folder."""
    if not solutions.is_dir():
        return ()
    names = (path.name for path in solutions.iterdir() if (path / DESCRIPTION).is_file())
    return tuple(sorted((name for name in names if _STEP.fullmatch(name)), key=_order))


def read(solutions: Path) -> tuple[Overlay, ...]:
    """The solutions of this folder, in the order of the steps.

    Raises OverlayError if a description cannot be read.
    """
    return tuple(_read_one(solutions / step) for step in shipped(solutions))


def up_to(step: str, overlays: Iterable[Overlay]) -> tuple[Overlay, ...]:
    """The solutions of this step and of the steps before it."""
    return tuple(overlay for overlay in overlays if _order(overlay.step) <= _order(step))


def lay(overlay: Overlay, project: Path, answers: Mapping[str, str]) -> None:
    """Change the files of ``project`` as the step does.

    Raises OverlayError if a path to remove or move does not exist, or a file cannot be rendered.
    """
    for old, new in overlay.moved.items():
        source, destination = _inside(project, old), _inside(project, new)
        if not source.is_file():
            raise OverlayError(f"{overlay.step}: there is no {old} to move")
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, destination)
        _remove_empty_folders(source.parent, project)
    for name in overlay.removed:
        path = _inside(project, name)
        if not path.is_file():
            raise OverlayError(f"{overlay.step}: there is no {name} to remove")
        path.unlink()
        _remove_empty_folders(path.parent, project)
    for name in overlay.files():
        destination = _inside(project, name)
        destination.parent.mkdir(parents=True, exist_ok=True)
        source = overlay.folder / name
        try:
            text = render(source.read_bytes().decode("utf-8"), answers)
        except OverlayError as error:
            raise OverlayError(f"{overlay.step}: {name}: {error}") from error
        destination.write_bytes(text.encode("utf-8"))
        shutil.copymode(source, destination)


def lay_and_commit(
    overlays: Iterable[Overlay],
    project: Path,
    answers: Mapping[str, str],
    signatures: Iterable[Signature],
    *,
    branch: str = BRANCH,
) -> None:
    """Lay each solution on the starter's repository, with one commit for each, on the branch of the exercise.

    Raises OverlayError if a solution does not fit, or git refuses.
    """
    git(project, "checkout", "-q", "-b", branch)
    for overlay, signature in zip(overlays, signatures, strict=False):
        lay(overlay, project, answers)
        commit(project, overlay.message[answers["language"]], signature)


def commit(project: Path, message: str, signature: Signature) -> None:
    """Commit all files of ``project``, without the user's own ignore rules, hooks and signatures.

    Raises OverlayError if git refuses.
    """
    git(project, "add", "--all", "--force", signature=signature)
    git(project, "commit", "-q", "--no-verify", "-m", message, signature=signature)


def git(project: Path, *arguments: str, signature: Signature | None = None) -> str:
    """The output of this git command.

    Raises OverlayError with git's own words if it fails, and FileNotFoundError if there is no git.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _PLACES_OF_GIT}
    for role in ("AUTHOR", "COMMITTER"):
        if signature and signature.name:
            environment[f"GIT_{role}_NAME"] = signature.name
        if signature and signature.email:
            environment[f"GIT_{role}_EMAIL"] = signature.email
        if signature and signature.when:
            environment[f"GIT_{role}_DATE"] = signature.when.isoformat()
            environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    result = subprocess.run(
        ["git", *_NEUTRAL, *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if result.returncode != 0:
        raise OverlayError(f"git {arguments[0]}: {(result.stderr or result.stdout).strip()}")
    return result.stdout


def render(template: str, answers: Mapping[str, str]) -> str:
    """The template with the answers in it.

    The two forms that solutions use, ``{{cookiecutter.name}}`` and a choice between French and English, mean here what
    they mean in the starter. Raises OverlayError if any other template syntax is left.
    """
    chosen = _BOTH_LANGUAGES.sub(lambda match: match[answers["language"]], template)
    rest = _ANSWER.sub("", chosen)
    if unknown := _UNKNOWN.search(rest):
        raise OverlayError(f"cannot render {unknown[0]!r}")
    try:
        return _ANSWER.sub(lambda match: answers[match["name"]], chosen)
    except KeyError as error:
        raise OverlayError(f"no answer is called {error.args[0]!r}") from error


def parse_description(source: str) -> dict[str, dict[str, str] | list[str]]:
    """The description in a ``step.yaml``: a YAML file of keys whose values are lists or mappings of plain text.

    A value may be folded (``>-``). The rest of YAML is refused: the standard library has no reader for it. Raises
    OverlayError with the line that cannot be read.
    """
    description: dict[str, dict[str, str] | list[str]] = {}
    entries: dict[str, str] | list[str] | None = None
    name = key = ""
    folded = False
    for number, line in enumerate(source.splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        indent = len(line) - len(line.lstrip(" "))
        if indent == 0 and text.endswith(":"):
            name, entries, folded = text[:-1], None, False
            if name in description or name not in _KEYS:
                raise OverlayError(f"line {number}: {name!r} is unknown or given twice")
        elif indent == 2 and name and text.startswith("- "):
            entries = description.setdefault(name, [])
            if not isinstance(entries, list):
                raise OverlayError(f"line {number}: a list within a mapping")
            entries.append(text[2:].strip())
        elif indent == 2 and name and (match := re.fullmatch(r"([^:\s]+): (\S.*)", text)):
            entries = description.setdefault(name, {})
            if not isinstance(entries, dict):
                raise OverlayError(f"line {number}: a mapping within a list")
            key, value = match.groups()
            folded = value == ">-"
            entries[key] = "" if folded else value
        elif indent > 2 and folded and isinstance(entries, dict):
            entries[key] = f"{entries[key]} {text}".strip()
        else:
            raise OverlayError(f"line {number}: cannot read {text!r}")
    return description


def _read_one(folder: Path) -> Overlay:
    try:
        description = parse_description((folder / DESCRIPTION).read_text(encoding="utf-8"))
    except OverlayError as error:
        raise OverlayError(f"{folder.name}/{DESCRIPTION}: {error}") from error

    def mapping(name: str) -> dict[str, str]:
        value = description.get(name, {})
        if not isinstance(value, dict):
            raise OverlayError(f"{folder.name}/{DESCRIPTION}: {name} is no mapping")
        return value

    removed = description.get("removed", [])
    if not isinstance(removed, list):
        raise OverlayError(f"{folder.name}/{DESCRIPTION}: removed is no list")
    for name in ("message", "why"):
        if set(mapping(name)) != {"fr", "en"}:
            raise OverlayError(f"{folder.name}/{DESCRIPTION}: {name} is to be said in fr and en")
    return Overlay(
        step=folder.name,
        folder=folder,
        message=mapping("message"),
        why=mapping("why"),
        removed=tuple(removed),
        moved=mapping("moved"),
        request=mapping("request"),
        title=mapping("title"),
    )


def _tree_hash(folder: Path, left_out: str | None = None) -> bytes:
    entries: list[tuple[bytes, bytes, bytes]] = []
    for path in folder.iterdir():
        name = path.name.encode("utf-8")
        if path.name == left_out:
            continue
        if path.is_dir():
            # git sorts a folder as if its name ended with a slash
            entries.append((name + b"/", b"40000 " + name, _tree_hash(path)))
        else:
            entries.append((name, b"100644 " + name, _object_hash(b"blob", path.read_bytes())))
    return _object_hash(b"tree", b"".join(entry + b"\0" + digest for _, entry, digest in sorted(entries)))


def _object_hash(kind: bytes, content: bytes) -> bytes:
    return hashlib.sha1(b"%s %d\0" % (kind, len(content)) + content, usedforsecurity=False).digest()


def _order(step: str) -> tuple[int, ...]:
    return tuple(int(number) for number in step.split("."))


def _inside(project: Path, name: str) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or ".git" in path.parts:
        raise OverlayError(f"{name} does not lie inside the project")
    return project / path


def _remove_empty_folders(folder: Path, project: Path) -> None:
    while folder != project and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
