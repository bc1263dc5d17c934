"""JSON that any reader takes, and that is no command to a service which keeps it as a log."""

from __future__ import annotations

import json


def json_text(data: object) -> str:
    """*data* as JSON with line ends. A number that JSON does not know is refused with ValueError."""
    shown = json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False)
    return shown.replace("##", "#\\u0023") + "\n"  # the same string to any reader, but no command to a log
