"""The beginning of a course of one's own: a folder with all that the default course is made of."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from checker import solutions, template
from checker.course import load
from checker.course_files import DEFAULT_EDITION, FILE, editions
from checker.course_mutants import MUTANTS
from checker.errors import UsageError
from checker.model import text
from checker.solution_overlay import DEFAULTS

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_YEAR = re.compile(r"-\d{4}$")
_HEAD = """\
# The course {course}, edition {edition}: begun from {origin}. Its parts lie beside this file, and only here:
# data/ and statement/ (one page a step and language), template/ (what a student begins with), solutions/ (what each
# step changes) and mutants/ (what each check has to see). `checker course check` of this folder holds them together.
"""
_PARTS_OF_TEMPLATE = (template.QUESTIONS, "hooks", "{{cookiecutter.project_slug}}")
_MODULES_OF_TEMPLATE = ("__init__.py", "solution_overlay.py")
"""The modules of the checker that the hooks of the template load by their path."""


@dataclass(frozen=True, slots=True)
class NewCourse:
    """A new course: its folder, its file, and whether it has solutions to begin with."""

    folder: Path
    file: Path
    has_solutions: bool


def begin(directory: Path, *, course: str | None = None, edition: str | None = None) -> NewCourse:
    """Make in *directory* a course like the default one, called *course* and *edition* (None: after the folder).

    Solutions and mutants come along where they are here: in a checkout. Raises UsageError if the folder is taken, or a
    name is impossible; nothing is written then.
    """
    edition = edition or directory.resolve().name
    course = course or _YEAR.sub("", edition)
    for name in (course, edition):
        if _NAME.fullmatch(name) is None:
            raise UsageError(
                text("{name} is no name of a course or an edition.", name=name),
                text("Use lower-case letters, digits and hyphens, 40 at most: --id birds --edition birds-2027"),
            )
    if edition in editions():
        raise UsageError(
            text("{name} is an edition that comes with the checker.", name=edition),
            text("Choose another name for yours: --edition NAME"),
        )
    origin = load(DEFAULT_EDITION)
    directory = template.claim(directory)
    with tempfile.TemporaryDirectory(dir=directory.parent) as own:
        folder = Path(own) / "course"
        folder.mkdir()
        beside = origin.path.parent
        head = _HEAD.format(course=course, edition=edition, origin=origin.course.edition)
        _write_as(folder / FILE, (beside / FILE).read_text(encoding="utf-8"), course, edition, head=head)
        for part in (origin.course.data.folder.name, "statement"):
            _copy(beside / part, folder / part)
        _copy_template(folder / solutions.TEMPLATE, course, edition)
        has_solutions = _copy_solutions(folder)
        if directory.exists():
            directory.rmdir()
        folder.rename(directory)
    return NewCourse(directory, directory / FILE, has_solutions)


def _write_as(path: Path, content: str, course: str, edition: str, *, head: str = "") -> None:
    """Write *content* with the names of the new course, *head* in the place of the comments that it begins with."""
    if head:
        content = head + re.sub(r"\A(#.*\n)+", "", content)
    for key, name in (("id", course), ("course", course), ("edition", edition)):
        content = re.sub(rf"^{key}: \S+$", f"{key}: {name}", content, count=1, flags=re.MULTILINE)
    path.write_text(content, encoding="utf-8")


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))


def _copy_template(target: Path, course: str, edition: str) -> None:
    """Copy the template of the starter, with the modules that its hooks load: plain cookiecutter can use it."""
    root = template.root()
    for part in _PARTS_OF_TEMPLATE:
        if (root / part).is_dir():
            _copy(root / part, target / part)
        else:
            target.mkdir(exist_ok=True)
            shutil.copyfile(root / part, target / part)
    (target / "checker").mkdir()
    for module in _MODULES_OF_TEMPLATE:
        shutil.copyfile(Path(__file__).parent / module, target / "checker" / module)
    defaults = target / _PARTS_OF_TEMPLATE[-1] / DEFAULTS
    _write_as(defaults, defaults.read_text(encoding="utf-8"), course, edition)


def _copy_solutions(folder: Path) -> bool:
    """Copy the solutions, and the mutants among them, to where a course has them; False if they are not here."""
    try:
        shipped = solutions.shipped()
    except UsageError:
        return False
    for step in shipped.steps():
        _copy(shipped.folder / step, folder / solutions.SOLUTIONS / step)
    _copy(shipped.folder / MUTANTS, folder / MUTANTS)
    return True
