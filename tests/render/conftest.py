"""The renderers' tests share two reports, and files that hold what a report looked like when it was last accepted."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="accept what the renderers print now")
