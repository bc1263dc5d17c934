"""Students known by their work alone: folders and archives on this machine, or addresses of repositories."""

from __future__ import annotations

from pathlib import Path

from checker.archive import looks_like_archive
from checker.classroom.class_file import ForgeTable
from checker.classroom.roster.addresses import Address, address_of
from checker.classroom.roster.reading import Entry, Roster, RowRemark, name_of_folder
from checker.errors import UsageError, unreadable
from checker.model import Text, text

_MOST = 5000
_ONE_EACH = text("Give the folder that has one folder or archive for each student.")
_ENDINGS = (".git", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar")
_TABLES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls"})


def is_table(path: Path) -> bool:
    """True if a file is a roster, that is, no archive of student work."""
    return path.is_file() and (path.suffix.lower() in _TABLES or not looks_like_archive(path))


def roster_of_place(path: Path) -> Roster:
    """The repository at *path*, or those in it: each folder and each archive is the work of one student or pair.

    An entry's line is its place in alphabetical order. Raises UsageError if the folder cannot be read, or holds no
    work.
    """
    if not path.is_dir() or _is_repository(path):
        return Roster((_local_entry(path, 1),), ())
    try:
        inside = sorted(place for place in path.iterdir() if not place.name.startswith("."))
    except OSError as error:
        raise unreadable(path, error, text("Look at who may read the folder.")) from error
    works = [place for place in inside if place.is_dir() or looks_like_archive(place)]
    if not works:
        raise UsageError(text("{path} holds neither clones nor archives.", path=str(path)), _ONE_EACH)
    if len(works) > _MOST:
        raise UsageError(text("{path} holds more than {most} folders.", path=str(path), most=_MOST), _ONE_EACH)
    skipped = tuple(
        RowRemark(line, text("{name} is neither a folder nor an archive.", name=place.name))
        for line, place in enumerate(inside, start=1)
        if place not in works
    )
    return Roster(
        tuple(_local_entry(place, line) for line, place in enumerate(inside, start=1) if place in works), (), skipped
    )


def roster_of_addresses(addresses: tuple[str, ...], forge: ForgeTable) -> Roster:
    """One student for each address, called by the account that owns the repository; the line numbers the addresses."""
    entries: list[Entry] = []
    wrong: list[RowRemark] = []
    for line, words in enumerate(addresses, start=1):
        address = address_of(words, forge)
        if isinstance(address, Text):
            wrong.append(RowRemark(line, address))
            continue
        owner = address.owner.rpartition("/")[2] if address.on_forge else ""
        entries.append(Entry(line=line, name="" if owner else address.name, account=owner, address=address))
    return Roster(tuple(entries), tuple(wrong))


def _local_entry(path: Path, line: int) -> Entry:
    name = name_of_folder(path.name)
    ending = next((suffix for suffix in _ENDINGS if name.lower().endswith(suffix)), "")
    plain = (name[: -len(ending)] if ending else name).replace("_", " ").strip()
    shown = plain.encode("utf-8", "replace").decode()
    place = str(path.resolve())
    return Entry(line=line, called=shown or path.name, address=Address(place, "", place))


def _is_repository(path: Path) -> bool:
    """True if a folder is itself a clone or a bare repository, and not a folder of them."""
    return (path / ".git").exists() or all((path / name).exists() for name in ("HEAD", "objects", "refs"))
