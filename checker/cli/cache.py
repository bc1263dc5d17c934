"""``checker cache``: what is kept of earlier runs, and how to forget it."""

from __future__ import annotations

from checker.cli.console import Console
from checker.model import text
from checker.sandbox.environments.making import ENVIRONMENTS, Environments
from checker.sandbox.images.packages import MOST as MOST_OF_PACKAGES
from checker.sandbox.images.packages import PACKAGES, Packages
from checker.sandbox.store import MOST, Store, store_folder


def show(console: Console) -> None:
    """Print the folder, the number of entries, and their size."""
    store = Store(store_folder())
    found = store.contents()
    console.say(
        text(
            "Runs kept in {path}: {entries} ({size} of at most {most} MB)",
            path=str(store.folder),
            entries=found.entries,
            size=_megabytes(found.size),
            most=_megabytes(MOST),
        ),
    )
    number, size = Environments(store.folder / ENVIRONMENTS).contents()
    if size:
        console.say(text("Environments kept there: {number} ({size} MB)", number=number, size=_megabytes(size)))
    packages = Packages(store.folder / PACKAGES).contents()
    if packages.entries:
        console.say(
            text(
                "Packages of images kept there: {number} ({size} of at most {most} MB)",
                number=packages.entries,
                size=_megabytes(packages.size),
                most=_megabytes(MOST_OF_PACKAGES),
            )
        )


def clear(console: Console) -> None:
    """Remove all entries, and say how many they were."""
    store = Store(store_folder())
    gone, left = store.clear(), store.contents()
    freed = Environments(store.folder / ENVIRONMENTS).clear()
    console.say(text("Runs forgotten: {entries} ({size} MB)", entries=gone.entries, size=_megabytes(gone.size)))
    if freed:
        console.say(text("Environments removed: {size} MB", size=_megabytes(freed)))
    if (packages := Packages(store.folder / PACKAGES).clear()).entries:
        console.say(text("Packages of images removed: {size} MB", size=_megabytes(packages.size)))
    if left.entries:
        console.say(
            text("Runs that cannot be removed from {path}: {entries}", entries=left.entries, path=str(store.folder))
        )


def _megabytes(size: int) -> float | int:
    return round(size / (1 << 20), 1) if size < 100 << 20 else size >> 20
