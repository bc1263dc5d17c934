"""What each check is about, in the words of its documentation, in each language."""

from __future__ import annotations

import functools
from importlib import resources
from pathlib import Path

from checker.checks.base import Check
from checker.model import Text


def explanation(check: Check, language: str) -> str:
    """The page of a check: ``# title``, then the fixed headings. English where *language* has none."""
    path = Path(str(resources.files("checker"))) / "checks" / "explanations" / language / f"{check.id}.md"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    return f"# {check.explanation}\n"


@functools.cache
def title(check: Check) -> Text:
    """The title of a check, which states the success, in each language: the one of its page."""
    return Text(_first(explanation(check, "en")), translations=(("fr", _first(explanation(check, "fr"))),))


def _first(page: str) -> str:
    line = page.partition("\n")[0].removeprefix("# ").strip().rstrip(".")
    return line.replace("{", "{{").replace("}", "}}")
