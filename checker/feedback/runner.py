"""The interface of a step to GitHub's runner: the files of outputs and summary, and the log.

Source: GitHub's documentation, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from checker.model import Report, Status

SINKS = ("log", "summary", "annotations", "artifact")

_WRONG = frozenset({Status.FAILED, Status.PARTIAL})


def outputs(report: Report, folder: Path) -> dict[str, str]:
    """The outputs of the step: points, max-points, report, failed-checks (a list as JSON), next-step."""
    failed = [check.id for step in report.steps for check in step.checks if check.status in _WRONG]
    following = report.next_step
    return {
        "points": _number(float(report.points)),
        "max-points": _number(float(report.max_points)),
        "report": str(folder / "report.json"),
        "failed-checks": json.dumps(failed),
        "next-step": following.id if following is not None else "",
    }


def output_lines(values: Mapping[str, str], delimiter: str) -> str:
    """The content of the file of outputs. No value can end its own lines: the *delimiter* cannot be guessed."""
    return "".join(f"{name}<<{delimiter}\n{value}\n{delimiter}\n" for name, value in values.items())


def new_delimiter() -> str:
    """A random word, new in each run, that no text contains."""
    return f"checker_{secrets.token_hex(16)}"


def stop(token: str) -> str:
    """The command that stops the reading of commands in printed lines, until :func:`resume`."""
    return f"::stop-commands::{token}"


def resume(token: str) -> str:
    """The command after which the runner reads commands again."""
    return f"::{token}::"


def warning(words: str) -> str:
    """The command that shows *words* as a warning."""
    return f"::warning::{words.replace('%', '%25').replace(chr(13), '%0D').replace(chr(10), '%0A')}"


def _number(points: float) -> str:
    return f"{points:.4f}".rstrip("0").rstrip(".")
