"""The formats in which grades are handed over."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """A system that takes grades in its own file, or a form of table."""

    MOODLE = "moodle"
    CANVAS = "canvas"
    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"
