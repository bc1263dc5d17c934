"""Opening a class: its folder, its file and its gradebook."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from checker.classroom.class_file import ClassFile
from checker.classroom.folder import ClassFolder, opened
from checker.classroom.gradebook.opening import Gradebook


@dataclass(frozen=True, slots=True)
class OpenClass:
    """A class with its gradebook open."""

    folder: ClassFolder
    file: ClassFile
    gradebook: Gradebook


@contextmanager
def open_class(root: Path, gradebook_url: str = "") -> Iterator[OpenClass]:
    """The class in the folder *root*, with the gradebook at that address, if one is given, else its own.

    Raises UsageError if there is no class, ClassError if it cannot be used.
    """
    folder = opened(root)
    file = folder.load()
    url = gradebook_url or file.gradebook.url
    with Gradebook(url or folder.gradebook) as gradebook:
        yield OpenClass(folder, file, gradebook)
