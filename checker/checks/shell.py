"""Words of the commands that show a failure."""

from __future__ import annotations

from checker.quoting import all_quoted, quoted

__all__ = ["all_quoted", "quoted"]
