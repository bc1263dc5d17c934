"""Write the published schema of the report from its model: ``docs/report-v1.schema.json``."""

from __future__ import annotations

import json
from pathlib import Path

from checker.report import schema

PATH = Path(__file__).parents[1] / "docs" / "report-v1.schema.json"


def content() -> str:
    """The content of the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(content(), encoding="utf-8")
