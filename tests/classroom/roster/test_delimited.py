"""Text with delimiters is read as Python reads it, and what is not changed stays byte for byte."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.classroom.sheets.delimited import UnclosedQuote, changed, delimiter_of, records, table_of
from checker.classroom.sheets.encoding import decoded
from checker.errors import UsageError

DELIMITERS = (",", ";", "\t", "|")
SIGNS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
CELL = st.text(st.one_of(SIGNS, st.sampled_from("\"',;|\t\r\n =+-@é")), max_size=12)


@given(st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=5), st.sampled_from(DELIMITERS), st.booleans())
def test_cells_are_those_that_python_reads(rows: list[list[str]], delimiter: str, every: bool):
    into = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if every else csv.QUOTE_MINIMAL
    csv.writer(into, delimiter=delimiter, quoting=quoting).writerows(rows)
    words = into.getvalue()
    if words.startswith("sep="):
        return
    expected = [row or [""] for row in csv.reader(io.StringIO(words, newline=""), delimiter=delimiter)]
    assert [[cell.value for cell in record.cells] for record in records(words, delimiter)] == expected


@given(st.text(st.one_of(SIGNS, st.sampled_from('",\r\n')), max_size=40), st.sampled_from(DELIMITERS))
def test_any_text_is_read_as_python_reads_it(words: str, delimiter: str):
    if words.startswith("sep="):
        return
    expected = [row or [""] for row in csv.reader(io.StringIO(words, newline=""), delimiter=delimiter)]
    try:
        found = [[cell.value for cell in record.cells] for record in records(words, delimiter)]
    except UnclosedQuote:
        assert words.count('"') % 2 == 1 or '"' in words
        return
    assert found == expected


@given(
    st.lists(st.lists(CELL, min_size=2, max_size=3), min_size=1, max_size=4),
    st.sampled_from(DELIMITERS),
    CELL,
    st.sampled_from(("\n", "\r\n", "\r")),
)
def test_a_changed_cell_is_read_back_and_every_other_one_stays(
    rows: list[list[str]], delimiter: str, value: str, ending: str
):
    into = io.StringIO(newline="")
    csv.writer(into, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows(rows)
    words = into.getvalue()
    if words.startswith("sep="):
        return
    table = list(records(words, delimiter))
    target = table[-1].cells[1]
    after = changed(words, {target: value}, delimiter)
    assert after[: target.start] == words[: target.start]
    assert after.endswith(words[target.end :])
    expected = [[cell.value for cell in record.cells] for record in table]
    expected[-1][1] = value
    assert list(csv.reader(io.StringIO(after, newline=""), delimiter=delimiter)) == expected


def test_nothing_changed_is_the_same():
    words = 'a;"b ""c""";d\r\n\r\n"x\ny";;\n'
    assert changed(words, {}, ";") == words


def test_a_line_is_counted_as_an_editor_counts_it():
    words = 'a,b\r\n"one\r\ntwo",x\r\n\r\nlast,y\n'
    assert [record.line for record in records(words, ",")] == [1, 2, 4, 5]


def test_a_quotation_mark_that_is_never_closed_is_named_by_its_line():
    with pytest.raises(UsageError, match=r"r\.csv, line 2"):
        table_of('a,b\n"open,c\nd,e\n', ",", "r.csv")


@pytest.mark.parametrize(
    ("words", "delimiter"),
    [
        ("Nom;Prénom;Note\nDupont, Alice;Bob;15,5\nMartin, Luc;Eve;12,5\n", ";"),
        ("name,email\nA,a@x.fr\n", ","),
        ("name\temail\nA\ta@x.fr\n", "\t"),
        ("name|email\nA|a@x.fr\n", "|"),
        ("sep=;\nname;a,b,c,d\n", ";"),
        ('"Last, First";1\n"Last, First";2\n', ";"),
        ("one\ntwo\n", ","),
    ],
)
def test_the_delimiter_is_found(words: str, delimiter: str):
    assert delimiter_of(words) == delimiter


def test_the_line_that_names_the_delimiter_is_no_row():
    assert [record.value(0) for record in records("sep=;\na;b\n", ";")] == ["a"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_an_encoding_is_found_and_written_again(encoding: str):
    content = "Prénom;Élève\r\nZoë;Müller\r\n".encode(encoding)
    found = decoded(content, "r.csv")
    assert found.words == "Prénom;Élève\r\nZoë;Müller\r\n"
    assert found.encoded(found.words) == content


@given(st.binary(max_size=60))
def test_what_is_a_text_is_written_again_byte_for_byte(content: bytes):
    try:
        found = decoded(content, "r.csv")
    except UsageError:
        return
    assert found.encoded(found.words) == content


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0\0", b"\xff\xfe\x00\xd8a", b"a\0\0\0b\0\0\0"])
def test_what_is_no_text_is_refused(content: bytes):
    with pytest.raises(UsageError, match="no text"):
        decoded(content, "r.csv")
