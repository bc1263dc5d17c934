"""Fixtures of the renderers' tests: two reports, and golden files with the accepted rendering."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="accept what the renderers print now")
