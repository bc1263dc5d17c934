"""The folder of a class: the places of its file, its gradebook, its repositories and its reports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from checker.classroom.class_file import ClassFile, load
from checker.errors import UsageError, unwritable
from checker.model import text

CLASS_FILE = "class.toml"

_IGNORED = """\
# Names, grades and work of students stay out: only what is listed here is recorded.
/*
!/.gitignore
!/class.toml
!/README.md
!/course.yaml
!/requirements.txt
"""


@dataclass(frozen=True, slots=True)
class ClassFolder:
    """The folder of a class, with absolute paths."""

    root: Path

    @property
    def class_file(self) -> Path:
        return self.root / CLASS_FILE

    @property
    def gradebook(self) -> Path:
        return self.root / "gradebook.sqlite"

    @property
    def repositories(self) -> Path:
        """One bare repository a submission, by the submission's key."""
        return self.root / "repositories"

    @property
    def reports(self) -> Path:
        """The latest report of each submission as JSON, by the submission's key."""
        return self.root / "reports"

    def load(self) -> ClassFile:
        """The content of ``class.toml``. Raises ClassError if it is wrong."""
        return load(self.class_file)

    def relative(self, name: str) -> str:
        """The path of a course or environment file in ``class.toml``, relative to the class; other words unchanged."""
        path = self.root / name
        return str(path) if name and path.is_file() else name

    def make(self, content: str) -> None:
        """Make the folder, with *content* as its ``class.toml``. Raises UsageError if it exists, or cannot be made."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with self.class_file.open("x", encoding="utf-8") as file:
                file.write(content)
            ignoring = self.root / ".gitignore"
            if not ignoring.exists():
                ignoring.write_text(_IGNORED, encoding="utf-8")
            for folder in (self.repositories, self.reports):
                folder.mkdir(exist_ok=True)
        except FileExistsError as error:
            raise UsageError(
                text("{path} is there already.", path=str(error.filename or self.class_file)),
                text("Change it with an editor, or make the class elsewhere: checker class init --class DIR."),
            ) from error
        except OSError as error:
            remedy = text("Make the class elsewhere: checker class init --class DIR.")
            raise unwritable(error.filename, error, remedy) from error


def opened(root: Path) -> ClassFolder:
    """The class in that folder. Raises UsageError if there is none."""
    folder = ClassFolder(root.resolve())
    if not folder.class_file.is_file():
        raise UsageError(
            text("{path} is no folder of a class: it has no class.toml.", path=str(root)),
            text("Make one with checker class init, or name it: --class DIR."),
        )
    return folder
