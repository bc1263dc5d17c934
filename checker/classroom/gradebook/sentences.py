"""Sentences in the gradebook, kept in their published form: each reader is told them in their own language."""

from __future__ import annotations

from typing import Any

from checker.model import Text
from checker.report import Sentence
from checker.stored_values import sentence_part, told


def document_of(sentence: Text | None) -> dict[str, Any] | None:
    """The JSON of a sentence."""
    return None if sentence is None else sentence_part(sentence).model_dump(mode="json")


def sentence_in(document: Any) -> Text | None:
    """The sentence of which *document* is the JSON."""
    return None if document is None else told(Sentence.model_validate(document))
