"""JSON that any reader takes, and that holds no command to a service which keeps it as a log."""

from __future__ import annotations

import json


def json_text(data: object) -> str:
    """*data* as JSON with line ends. Raises ValueError for a number that JSON does not have."""
    shown = json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False)
    return shown.replace("##", "#\\u0023") + "\n"  # an equal string to any JSON reader, but no command to a log
