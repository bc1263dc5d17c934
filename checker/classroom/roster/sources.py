"""Students that are known by their work alone: folders and archives on this machine, or addresses of repositories."""

from __future__ import annotations

from pathlib import Path

from checker.archive import looks_like_archive
from checker.classroom.class_file import ForgeTable
from checker.classroom.roster.addresses import address_of, local_address
from checker.classroom.roster.reading import Entry, Roster, RowRemark, name_of_folder
from checker.errors import UsageError
from checker.model import Text, text

_MOST = 5000
_ENDINGS = (".git", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar")
_TABLES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls"})


def is_table(path: Path) -> bool:
    """Whether a file is a roster: any that is no archive of somebody's work."""
    return path.is_file() and (path.suffix.lower() in _TABLES or not looks_like_archive(path))


def roster_of_place(path: Path) -> Roster:
    """The repository at *path*, or those in it: each folder and each archive is the work of one student or pair.

    An entry's line is its place in the order of the names. Raises UsageError where the folder cannot be read, or holds
    no work.
    """
    if not path.is_dir() or _is_repository(path):
        return Roster((_local_entry(path, 1),), ())
    try:
        inside = sorted(one for one in path.iterdir() if not one.name.startswith("."))
    except OSError as error:
        raise UsageError(
            text("{path} cannot be read: {reason}.", path=str(path), reason=error.strerror or str(error)),
            text("Look at who may read the folder."),
        ) from error
    works = [one for one in inside if one.is_dir() or looks_like_archive(one)]
    if not works:
        raise UsageError(
            text("{path} holds neither clones nor archives.", path=str(path)),
            text("Give the folder that has one folder or archive for each student."),
        )
    if len(works) > _MOST:
        raise UsageError(
            text("{path} holds more than {most} folders.", path=str(path), most=_MOST),
            text("Give the folder that has one folder or archive for each student."),
        )
    skipped = tuple(
        RowRemark(line, text("{name} is neither a folder nor an archive.", name=one.name))
        for line, one in enumerate(inside, start=1)
        if one not in works
    )
    return Roster(
        tuple(_local_entry(one, line) for line, one in enumerate(inside, start=1) if one in works), (), skipped
    )


def roster_of_addresses(addresses: tuple[str, ...], forge: ForgeTable) -> Roster:
    """One student for each address, called by the account that owns the repository; the line counts the addresses."""
    entries: list[Entry] = []
    wrong: list[RowRemark] = []
    for line, words in enumerate(addresses, start=1):
        found = address_of(words, forge)
        if isinstance(found, Text):
            wrong.append(RowRemark(line, found))
            continue
        owner = found.owner.rpartition("/")[2] if found.on_forge else ""
        entries.append(Entry(line=line, name="" if owner else found.name, account=owner, address=found))
    return Roster(tuple(entries), tuple(wrong))


def _local_entry(path: Path, line: int) -> Entry:
    name = name_of_folder(path.name)
    ending = next((one for one in _ENDINGS if name.lower().endswith(one)), "")
    plain = (name[: -len(ending)] if ending else name).replace("_", " ").strip()
    shown = plain.encode("utf-8", "replace").decode()
    return Entry(line=line, called=shown or path.name, address=local_address(str(path.resolve())))


def _is_repository(path: Path) -> bool:
    """Whether a folder is a clone or a bare repository itself, and not a folder of them."""
    return (path / ".git").exists() or all((path / name).exists() for name in ("HEAD", "objects", "refs"))
