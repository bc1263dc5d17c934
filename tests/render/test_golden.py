"""One ordinary report, in each format and language, as it was last looked at and accepted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checker.locale import LANGUAGES, Speech
from checker.render.registry import FORMATS, renderer
from tests.render.reports import ordinary

GOLDEN = Path(__file__).parent / "golden"
SUFFIXES = {
    "terminal": "txt",
    "json": "json",
    "junit": "xml",
    "markdown": "md",
    "github": "github.txt",
    "gitlab": "gitlab.json",
    "sarif": "sarif",
    "gradescope": "gradescope.json",
    "classroom50": "classroom50.json",
    "check50": "check50.json",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FORMATS)
def test_an_ordinary_report_looks_as_accepted(name: str, language: str, request: pytest.FixtureRequest) -> None:
    shown = renderer(name)(replace(ordinary(), language=language), Speech(language))
    path = GOLDEN / f"ordinary.{language}.{SUFFIXES[name]}"
    if request.config.getoption("--update-goldens", default=False):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8"), "look at the difference; `make goldens` accepts it"


def test_no_golden_file_is_left_over() -> None:
    wanted = {f"ordinary.{language}.{SUFFIXES[name]}" for name in FORMATS for language in LANGUAGES}
    assert {path.name for path in GOLDEN.iterdir()} == wanted
