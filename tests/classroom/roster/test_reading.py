"""What is wrong with a row is said by its line, and addresses are read in every way that they are written."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.classroom.class_file import ForgeTable
from checker.classroom.keys import plain_key
from checker.classroom.roster.addresses import Address, account_of, address_of, is_email, site_of
from checker.classroom.roster.columns import Columns, columns_of
from checker.classroom.roster.reading import Entry, name_of_folder, plain_name, plain_number, roster_of
from checker.classroom.sheets.reading import SheetRow
from checker.errors import UsageError
from checker.model import Text

GITHUB = ForgeTable(kind="github")
HEADER = "Nom;Courriel;Numéro;Compte GitHub;Dépôt\n"


def wrong(columns: Callable[..., Columns], *rows: str) -> list[tuple[int, str]]:
    roster = roster_of(columns(HEADER + "".join(f"{row}\n" for row in rows)), GITHUB)
    return [(row.line, str(row.reason)) for row in roster.wrong]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("A;a(at)x.fr;;;", "a(at)x.fr is no e-mail address."),
        ("A;a@x.fr, b@x.fr;;;", "is no e-mail address."),
        (";;;;https://github.com/e/t", "There is neither a name"),
        ("A;;;pas un compte;", "pas un compte is no account."),
        ("A;;;;n'importe quoi", "is no address of a repository."),
        ("A;;;;ext::sh -c touch% X", "is no address of a repository."),
        ("A;;;;--upload-pack=x", "is no address of a repository."),
        ("A;;;;file:///etc", "is no address of a repository."),
        ("A;;;;/etc/passwd", "is no address of a repository."),
        ("A;;;;https://github.com/../..", "is no address of a repository."),
        ("A;;;;https://me:secret@github.com/e/t", "holds a password."),
        ("A;;;;https://ghp_abc@github.com/e/t", "holds a password."),
        ("A\x1b[2J;;;;", "control character"),
        ("A" * 400 + ";;;;", "longer than 300"),
        ("A;a@x.fr;1;a;;more", "more cells (6) than columns (5)"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_by_its_line(columns: Callable[..., Columns], row: str, says: str):
    found = wrong(columns, "Bob;b@x.fr;77;bob;", row)
    assert [line for line, _ in found] == [3]
    assert says in found[0][1]
    assert "secret" not in found[0][1]
    assert "ghp_" not in found[0][1]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("B;A@X.fr;;;", "The e-mail A@X.fr is that of line 2, too."),
        ("B;;0042;;", "The number 0042 is that of line 2, too."),
        ("B;;;ALICE;", "The account ALICE is that of line 2, too."),
        ("B;a@x.fr;42;alice;", "The number 42 is that of line 2, too."),
    ],
)
def test_who_is_there_twice_is_named_with_both_lines(columns: Callable[..., Columns], row: str, says: str):
    assert wrong(columns, "A;a@x.fr;42;alice;", row) == [(3, says)]


def test_namesakes_are_two_where_something_tells_them_apart(columns: Callable[..., Columns]):
    assert wrong(columns, "Luc Martin;;1;;", "Luc Martin;;2;;") == []
    assert wrong(columns, "Luc Martin;;;;", "Martin Lùc;;;;") == [(3, "The name Martin Lùc is that of line 2, too.")]


@pytest.mark.parametrize(
    ("words", "source", "path"),
    [
        ("https://github.com/e/titanic", "https://github.com/e/titanic.git", "e/titanic"),
        ("https://github.com/e/titanic.git/", "https://github.com/e/titanic.git", "e/titanic"),
        ("https://github.com/e/titanic/tree/main/src", "https://github.com/e/titanic.git", "e/titanic"),
        ("https://github.com/e/titanic/pull/3", "https://github.com/e/titanic.git", "e/titanic"),
        ("github.com/e/titanic", "https://github.com/e/titanic.git", "e/titanic"),
        ("e/titanic", "https://github.com/e/titanic.git", "e/titanic"),
        ("https://gitlab.com/g/sub/titanic/-/tree/main", "https://gitlab.com/g/sub/titanic.git", "g/sub/titanic"),
        ("https://git.ecole.fr:8443/g/t", "https://git.ecole.fr:8443/g/t.git", "g/t"),
        ("git@github.com:e/titanic.git", "git@github.com:e/titanic.git", "e/titanic"),
        ("ssh://git@git.ecole.fr:2222/e/t.git", "ssh://git@git.ecole.fr:2222/e/t.git", "e/t"),
    ],
)
def test_an_address_is_read_however_it_is_written(words: str, source: str, path: str):
    found = address_of(words, GITHUB)
    assert (found.source, found.path) == (source, path)


def test_all_ways_to_write_one_repository_are_one():
    ways = ("https://GitHub.com/E/Titanic", "git@github.com:e/titanic.git", "e/titanic", "github.com/e/titanic/")
    found = [address_of(words, GITHUB) for words in ways]
    assert len({one.identity for one in found if isinstance(one, Address)}) == 1
    assert not any(isinstance(one, Text) for one in found)


def test_a_short_address_needs_a_forge():
    assert isinstance(address_of("e/titanic", ForgeTable()), Text)
    found = address_of("e/titanic", ForgeTable(kind="gitlab", url="https://git.ecole.fr/api/v4"))
    assert found.source == "https://git.ecole.fr/e/titanic.git"
    assert site_of(ForgeTable(kind="github", url="https://api.github.com")) == "https://github.com"


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_sentence(words: str):
    found = address_of(words, GITHUB)
    if isinstance(found, Address):
        assert not found.source.startswith("-")
        assert found.source.startswith(
            ("https://", "http://", "ssh://", "git://", found.source.partition("@")[0] + "@")
        )


@pytest.mark.parametrize(
    ("words", "account"),
    [("elodie-d", "elodie-d"), ("@elodie", "elodie"), ("https://github.com/elodie", "elodie"),
     ("https://github.com/elodie/", "elodie"), ("e d", None), ("https://github.com/e/t", None), ("-rf", None)],
)  # fmt: skip
def test_an_account_is_read_however_it_is_written(words: str, account: str | None):
    assert account_of(words) == account


@pytest.mark.parametrize("words", ["a@x.fr", "prénom.nom@école.fr", "o'neil+x@a-b.co.uk"])
def test_an_email_is_one(words: str):
    assert is_email(words)


@pytest.mark.parametrize(
    "words", ["a", "a@", "@x.fr", "a@x", "a b@x.fr", "a@x.fr,b@x.fr", "a@-", "<a@x.fr>", "a@@x.fr"]
)
def test_what_is_no_email_is_none(words: str):
    assert not is_email(words)


def test_a_name_is_compared_without_order_accents_and_case():
    assert plain_name("DUPONT-Martin Élodie") == plain_name("elodie dupont martin")
    assert plain_number("00042") == plain_number("42")
    assert plain_number("000") == "000"


def test_a_folder_of_moodle_is_called_by_its_student():
    assert name_of_folder("Élodie Dupont_123456_assignsubmission_file_") == "Élodie Dupont"
    assert name_of_folder("elodie_dupont") == "elodie_dupont"


@given(st.lists(st.text(max_size=30), max_size=8))
def test_keys_are_plain_file_names_and_differ(names: list[str]):
    taken: list[str] = []
    for name in names:
        taken.append(plain_key(name, taken))
    assert len({key.casefold() for key in taken}) == len(taken)
    assert all(key and key.isascii() and not key.startswith(("-", ".")) and "/" not in key for key in taken)
    assert not {"con", "nul", "aux", "prn", "com1"} & set(taken)


def test_a_table_without_a_column_of_anybody_names_each_row():
    table = [SheetRow(1, ("Note", "Statut")), SheetRow(2, ("12", "ok"))]
    roster = roster_of(columns_of(table, GITHUB), GITHUB)
    assert [row.line for row in roster.wrong] == [2]
    assert roster.entries == ()


def test_an_entry_knows_its_line(columns: Callable[..., Columns]):
    roster = roster_of(columns(HEADER + "\n\nA;a@x.fr;1;a;e/t\n"), GITHUB)
    assert [one.line for one in roster.entries] == [4]
    assert isinstance(roster.entries[0], Entry)


def test_an_empty_cell_of_a_column_is_told_by_its_line(columns: Callable[..., Columns]):
    roster = roster_of(columns("Nom;Courriel;Dépôt\nA;a@x.fr;e/t\nB;;e/u\nC;;\n"), GITHUB)
    assert [(row.line, str(row.reason)) for row in roster.incomplete] == [
        (3, "B: e-mail"),
        (4, "C: e-mail, repository"),
    ]
    assert len(roster.entries) == 3


def test_what_is_asked_for_must_be_there(columns: Callable[..., Columns]):
    with pytest.raises(UsageError):
        columns(HEADER, "nobody=Nom")
