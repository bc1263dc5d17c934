"""How a sentence is shown in a language: its template translated, its numbers and lists as readers write them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from checker.model import Text, Value

LANGUAGES = ("fr", "en")
_LARGEST_BITS = 512
_WIDEST_DECIMAL = 10**15
"""From here on a number is written by its power of ten; babel refuses to write one of more than 28 digits."""


def catalogs(language: str) -> tuple[Path, ...]:
    """The files that hold the translations of *language*; English is the language of the templates."""
    folder = Path(str(resources.files("checker"))) / "locale" / language
    return tuple(sorted(folder.glob("*.po")))


@functools.cache
def _catalog(language: str) -> Mapping[str, str]:
    translations: dict[str, str] = {}
    for path in catalogs(language):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.string and not message.fuzzy:
                    translations[str(message.id)] = str(message.string)
    return MappingProxyType(translations)


@dataclass(frozen=True, slots=True)
class Speech:
    """One language. ``show`` is how a plain value is written in it."""

    language: str

    def say(self, sentence: Text) -> str:
        """The sentence in this language; where it has no translation, in English."""
        return sentence.render(self.template, self.show)

    def template(self, sentence: Text) -> str:
        """The template of the sentence in this language, for a renderer that shows its values in a way of its own."""
        own = dict(sentence.translations).get(self.language)
        if own is not None or self.language == "en":
            return own or sentence.template
        return _catalog(self.language).get(sentence.template, sentence.template)

    def show(self, value: Value) -> str:
        """A value as it is written in this language: ``8,95`` in French, ``8.95`` in English."""
        if isinstance(value, int) and value.bit_length() > _LARGEST_BITS:
            return "…"  # Python refuses to write such a number, and nobody would read it
        if isinstance(value, float | Fraction):
            return self._decimal(value)
        return str(value)

    def _decimal(self, value: float | Fraction) -> str:
        if -_WIDEST_DECIMAL < value < _WIDEST_DECIMAL:
            return str(format_decimal(float(value), format="#,##0.##", locale=self.language))
        try:
            return f"{float(value):.3g}"
        except OverflowError:
            return "…"
