"""The published form of the report: its file is fresh, and its page names every field."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
from pydantic import BaseModel

from checker import report
from checker.report import ReportDocument, schema

DOCS = Path(__file__).parents[2] / "docs"
PARTS = [
    part
    for part in vars(report).values()
    if isinstance(part, type) and issubclass(part, BaseModel) and part.__module__ == report.__name__
    if not part.__name__.startswith("_")
]


def test_the_published_schema_is_the_one_of_the_program() -> None:
    published = json.loads((DOCS / "report-v1.schema.json").read_text(encoding="utf-8"))
    assert published == schema(), "run `make schema`"


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_the_page_names_every_field_and_no_other() -> None:
    page = (DOCS / "report.md").read_text(encoding="utf-8")
    fields = {field.alias or name for part in PARTS for name, field in part.model_fields.items()}
    assert {*ReportDocument.model_fields} - {"schema_"} < fields
    named = {
        word for line in re.findall(r"^\| (`.+?`) \|", page, flags=re.MULTILINE) for word in re.findall("`(.+?)`", line)
    }
    inline = set(
        re.findall("`(path|cell|line|column|message|where|sentence|template|values|translations|exact)`", page)
    )
    assert named | inline == fields
