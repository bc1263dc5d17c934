"""Every sentence has its French, with the same placeholders, and no French is left over."""

from __future__ import annotations

import ast
import io
import string
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from checker.locale import Speech, catalogs
from checker.model import Location, text
from tests.every import every

ROOT = Path(__file__).parents[2] / "checker"
MAKERS = {"text", "advice", "t"}


def templates(path: Path) -> Iterator[tuple[str, int]]:
    """The English templates of a file: the first argument of each call that makes a sentence."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            first = node.args[0]
            if name in MAKERS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value, node.lineno


ENGLISH = sorted(
    {
        template
        for path in ROOT.rglob("*.py")
        if "inside" not in path.parts and "template" not in path.relative_to(ROOT).parts
        for template, _ in templates(path)
    }
)
FRENCH = [
    (str(message.id), str(message.string), catalog.name)
    for catalog in catalogs("fr")
    for message in read_po(io.BytesIO(catalog.read_bytes()), locale="fr")
    if message.id
]


def placeholders(template: str) -> Counter[str]:
    return Counter(name for _, name, _, _ in string.Formatter().parse(template) if name is not None)


def test_each_sentence_is_translated() -> None:
    translated = {english for english, french, _ in FRENCH if french}
    assert len(ENGLISH) > 1000
    assert sorted(set(ENGLISH) - translated) == []


@every(sorted({catalog for _, _, catalog in FRENCH}))
def test_each_translation_belongs_to_a_sentence(catalog: str) -> None:
    of_it = [(english, french) for english, french, where in FRENCH if where == catalog]
    assert [english for english, _ in of_it if english not in ENGLISH] == []
    assert [one for one in of_it if set(placeholders(one[0])) != set(placeholders(one[1]))] == []


def test_no_sentence_is_translated_twice_differently() -> None:
    by_english: dict[str, set[str]] = {}
    for english, french, _ in FRENCH:
        by_english.setdefault(english, set()).add(french)
    assert not {english: found for english, found in by_english.items() if len(found) > 1}


def test_numbers_are_written_as_their_readers_do() -> None:
    sentence = text("{score}", score=8.5)
    assert Speech("fr").say(sentence) == "8,5"
    assert Speech("en").say(sentence) == "8.5"
    assert Speech("fr").show(Fraction(1, 4)) == "0,25"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1e300, "1e+300"),
        (-1e300, "-1e+300"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (Fraction(10**400), "…"),
        (Fraction(1, 10**400), "0"),
        (1e14, "100,000,000,000,000"),
    ],
)
def test_a_number_of_any_size_can_be_written(value: float | Fraction, shown: str) -> None:
    assert Speech("en").show(value) == shown


def test_a_value_is_never_a_template() -> None:
    assert Speech("fr").say(text("{name}", name="{0.__class__} {name}")) == "{0.__class__} {name}"


def test_lists_places_and_sentences_nest() -> None:
    inner = text("{n} files", n=2)
    places = (Location("a.ipynb", 3, 2), Location("b.py", None, 14))
    assert str(text("{inner} in {places}", inner=inner, places=places)) == "2 files in a.ipynb[3]:2, b.py:14"
