"""The files of an autograder, put together for a system, a course and a source of the checker."""

from __future__ import annotations

import json
import re
import shlex
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

from checker import __version__
from checker.course import CourseFile
from checker.errors import UsageError, unwritable
from checker.model import text

_COURSE = "course/course.yaml"
_IMAGE = "docker://"
_OTHER_PLACE = text("Name an empty or a new folder, or a file that ends with .zip.")
_SOURCE = re.compile(r"[A-Za-z0-9.][^\x00-\x1f\x7f]{0,499}")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""A fixed time for all files: the same bundle has the same bytes whenever it is made."""


System = Literal["gradescope", "classroom50"]
"""The systems whose autograders can be made."""

_PROGRAMS: Mapping[System, tuple[str, ...]] = {
    "gradescope": ("setup.sh", "run_autograder"),
    "classroom50": ("autograder.py",),
}


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files by their path in the bundle; those in ``programs`` can be executed."""

    files: Mapping[str, bytes]
    programs: frozenset[str]

    def write(self, target: Path) -> None:
        """Write a zip archive if *target* ends in ``.zip``, else a folder.

        Raises UsageError if the folder is not empty, or if nothing can be written.
        """
        try:
            if target.suffix == ".zip":
                target.parent.mkdir(parents=True, exist_ok=True)
                self._write_archive(target)
            elif target.exists() and (not target.is_dir() or any(target.iterdir())):
                raise UsageError(text("{path} is there already.", path=str(target)), _OTHER_PLACE)
            else:
                self._write_folder(target)
        except OSError as error:
            raise unwritable(target, error, _OTHER_PLACE) from error

    def _write_archive(self, target: Path) -> None:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in sorted(self.files.items()):
                member = zipfile.ZipInfo(path, _LONG_AGO)
                member.compress_type = zipfile.ZIP_DEFLATED
                member.create_system = 3  # Unix: the mode is kept
                member.external_attr = (stat.S_IFREG | self._mode(path)) << 16
                archive.writestr(member, content)

    def _write_folder(self, target: Path) -> None:
        for path, content in self.files.items():
            place = target / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            place.chmod(self._mode(path))

    def _mode(self, path: str) -> int:
        return 0o755 if path in self.programs else 0o644


def bundle(system: System, course: CourseFile, *, edition: str | None, source: str, language: str | None) -> Bundle:
    """The autograder of *system* for *course*.

    The bundle holds the course file and its data, unless the course is an *edition*, which the checker's package has.
    *source* is installed by pip: a requirement, an address, or the path of a wheel, which is then part of the bundle.
    Raises UsageError for any other source.
    """
    folder = resources.files("checker") / "autograders" / system
    files = {name: (folder / name).read_bytes() for name in _PROGRAMS[system]}
    if source.endswith(".whl") and Path(source).is_file():
        files[Path(source).name] = Path(source).read_bytes()
        source = Path(source).name
    if source.startswith(_IMAGE):
        raise UsageError(
            text("{source} is a container image, and an autograder installs a package.", source=source),
            text("Name a package instead, with --source: {package}", package=f"titanic-checker=={__version__}"),
        )
    if not _SOURCE.fullmatch(source):
        raise UsageError(
            text("{source} is nothing that pip could install.", source=source),
            text("Give a requirement such as titanic-checker==1.0, an address, or the path of a wheel."),
        )
    if edition is None:
        files |= _course_files(course)
    files |= _settings(system, edition or _COURSE, source, language)
    return Bundle(files, frozenset(_PROGRAMS[system]))


def _course_files(course: CourseFile) -> dict[str, bytes]:
    files = {_COURSE: course.path.read_bytes()}
    beside = course.path.parent.resolve()
    folder = course.course.data.folder
    if folder.is_dir() and folder.is_relative_to(beside):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                files[f"course/{path.relative_to(beside).as_posix()}"] = path.read_bytes()
    return files


def _settings(system: System, course: str, source: str, language: str | None) -> dict[str, bytes]:
    if system == "gradescope":
        values = {"CHECKER_SOURCE": source, "CHECKER_COURSE": course, "CHECKER_LANGUAGE": language or ""}
        return {"settings.sh": "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items()).encode()}
    settings = {"source": source, "course": course, "language": language}
    return {"settings.json": (json.dumps(settings, indent=2) + "\n").encode()}
