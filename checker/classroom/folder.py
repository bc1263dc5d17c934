"""The folder of a class: where its file, its gradebook, its repositories and its reports are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from checker.classroom.class_file import ClassFile, load
from checker.errors import UsageError
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
    """The folder of a class, as absolute paths."""

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
        """What ``class.toml`` says. Raises ClassError where it is wrong."""
        return load(self.class_file)

    def relative(self, name: str) -> str:
        """A course or environment file that ``class.toml`` names, from where the class is; other words as they are."""
        path = self.root / name
        return str(path) if name and path.is_file() else name

    def make(self, content: str) -> None:
        """Make the folder, with *content* as its ``class.toml``. Raises UsageError where there is one, or no way."""
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
            reason = error.strerror or str(error)
            raise UsageError(
                text("{path} cannot be written: {reason}.", path=str(error.filename), reason=reason),
                text("Make the class elsewhere: checker class init --class DIR."),
            ) from error


def opened(root: Path) -> ClassFolder:
    """The class in that folder. Raises UsageError where there is none."""
    folder = ClassFolder(root.resolve())
    if not folder.class_file.is_file():
        raise UsageError(
            text("{path} is no folder of a class: it has no class.toml.", path=str(root)),
            text("Make one with checker class init, or name it: --class DIR."),
        )
    return folder
