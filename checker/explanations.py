"""The explanation pages of the checks, in each language."""

from __future__ import annotations

import functools
from importlib import resources
from pathlib import Path

from checker.checks.base import Check
from checker.course import Course
from checker.locale import LANGUAGES
from checker.model import Text
from checker.page_values import with_values


def explanation(check: Check, language: str, course: Course) -> str:
    """The page of a check: ``# title``, then the fixed headings. English where *language* has none.

    Bars, names and numbers of steps are those of *course*.
    """
    return with_values(template(check, language), course, language)


def title(check: Check, course: Course) -> Text:
    """The title of a check in each language: the heading of its page, which states the success."""
    said = {language: _escaped(with_values(_heading(check, language), course, language)) for language in LANGUAGES}
    return Text(
        said["en"], translations=tuple((language, words) for language, words in said.items() if language != "en")
    )


def template(check: Check, language: str) -> str:
    """The page of a check as it is written, with placeholders for the values of a course."""
    path = Path(str(resources.files("checker"))) / "checks" / "explanations" / language / f"{check.id}.md"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    return f"# {check.explanation}\n"


@functools.cache
def _heading(check: Check, language: str) -> str:
    return template(check, language).partition("\n")[0].removeprefix("# ").strip().rstrip(".")


def _escaped(words: str) -> str:
    return words.replace("{", "{{").replace("}", "}}")
