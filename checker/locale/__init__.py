"""Sentences in a language: the template is translated, numbers and lists are written as its readers write them."""

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
"""Numbers from here on are written in scientific notation; babel refuses those of more than 28 digits."""


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
    """One language. ``show`` writes a plain value in that language."""

    language: str

    def say(self, sentence: Text) -> str:
        """The sentence in this language, or in English if it has no translation."""
        return sentence.render(self.template, self.show)

    def template(self, sentence: Text) -> str:
        """The template of the sentence in this language, for a renderer that writes its values by its own rules."""
        translation = dict(sentence.translations).get(self.language)
        if translation is not None or self.language == "en":
            return translation or sentence.template
        return _catalog(self.language).get(sentence.template, sentence.template)

    def show(self, value: Value) -> str:
        """A value as it is written in this language: ``8,95`` in French, ``8.95`` in English."""
        if isinstance(value, int) and value.bit_length() > _LARGEST_BITS:
            return "…"  # Python refuses to write so long a number
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
