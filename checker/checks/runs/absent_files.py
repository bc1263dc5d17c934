"""What is said of a file that a run did not find, though somebody has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checker.checks.runs.absent_modules import IN_A_COPY
from checker.facts.absent_files import AbsentFile, FileCause
from checker.model import Advice, Location, Text, advice, text
from checker.quoting import quoted


def why(file: AbsentFile) -> Text:
    """Why the file is not there, in a sentence."""
    match file.cause:
        case FileCause.MADE:
            return text(
                "{maker} writes {path}, which is not in the repository.",
                maker=file.maker or Location(file.path),
                path=file.path,
            )
        case FileCause.POINTER if file.there == file.path:
            return text("{path} is only a pointer of Git LFS: its content is not in the repository.", path=file.path)
        case FileCause.POINTER:
            return text(
                "{there} only points to {path}, which is not in the repository.", there=file.there, path=file.path
            )
        case FileCause.LETTER_CASE:
            return text(
                "The file is called {there}, not {path}: Linux distinguishes capital letters.",
                there=file.there,
                path=file.path,
            )
        case FileCause.IGNORED:
            return text("Only you have {path}: {place} ignores it.", path=file.path, place=_place(file))


def remedy(file: AbsentFile) -> Text:
    """The same, with what the program can do about it."""
    match file.cause:
        case FileCause.MADE:
            return text(
                "{maker} writes {path}: run that first, or write the file here before it is read.",
                maker=file.maker or Location(file.path),
                path=file.path,
            )
        case FileCause.LETTER_CASE:
            return why(file)
        case FileCause.POINTER:
            return text("{why} Read it from where it is served.", why=why(file))
        case FileCause.IGNORED:
            return text(
                "{why} Make the file in the code, read it from where it is served, or make that rule narrower and "
                "git add {path}.",
                why=why(file),
                path=file.path,
            )


def command(file: AbsentFile, start: str) -> str:
    """A line that fails as long as the file is not there, where the work lies; *start* starts the program."""
    if file.cause is FileCause.LETTER_CASE:
        return f"git ls-files -co --exclude-standard | grep -qxF {quoted(file.path)}"
    return IN_A_COPY + start


def lent(files: Iterable[AbsentFile], path: str) -> Iterator[Advice]:
    """A word on each file without which the program at *path* would not have run."""
    for file in files:
        if file.lent:
            where = (Location(path),)
            yield advice(
                "{why} Here, {program} ran with the data of the course.", why=why(file), program=path, where=where
            )


def _place(file: AbsentFile) -> Location:
    rule = file.rule
    return Location(rule.path, line=rule.line) if rule is not None else Location(file.path)
