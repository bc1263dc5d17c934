"""``checker cache``: show the cache of earlier runs, and empty it."""

from __future__ import annotations

from checker.cli.console import Console
from checker.model import text
from checker.sandbox.cache.store import MOST, ResultStore, store_folder
from checker.sandbox.environments.builder import ENVIRONMENTS, Environments


def show(console: Console) -> None:
    """Print the folder, the number of entries, and their size."""
    store = ResultStore(store_folder())
    contents = store.contents()
    console.say(
        text(
            "Runs kept in {path}: {entries} ({size} of at most {most} MB)",
            path=str(store.folder),
            entries=contents.entries,
            size=_megabytes(contents.size),
            most=_megabytes(MOST),
        ),
    )
    number, size = Environments(store.folder / ENVIRONMENTS).contents()
    if size:
        console.say(text("Environments kept there: {number} ({size} MB)", number=number, size=_megabytes(size)))


def clear(console: Console) -> None:
    """Remove all entries, and print how many there were."""
    store = ResultStore(store_folder())
    removed, remaining = store.clear(), store.contents()
    freed = Environments(store.folder / ENVIRONMENTS).clear()
    console.say(text("Runs forgotten: {entries} ({size} MB)", entries=removed.entries, size=_megabytes(removed.size)))
    if freed:
        console.say(text("Environments removed: {size} MB", size=_megabytes(freed)))
    if remaining.entries:
        console.say(
            text(
                "Runs that cannot be removed from {path}: {entries}", entries=remaining.entries, path=str(store.folder)
            )
        )


def _megabytes(size: int) -> float | int:
    return round(size / (1 << 20), 1) if size < 100 << 20 else size >> 20
