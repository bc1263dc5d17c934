"""The command line in this process, and starters made by a plain cookiecutter."""

from __future__ import annotations

from functools import partial

import pytest

from tests.command_line import Checker, command_line
from tests.template.conftest import cookiecutter

__all__ = ["cookiecutter"]


@pytest.fixture
def checker(capsys: pytest.CaptureFixture[str]) -> Checker:
    return partial(command_line, capsys)
