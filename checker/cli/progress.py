"""The messages of a long grading: which facts are being gathered."""

from __future__ import annotations

from collections.abc import Mapping

from checker.model import Text, text

LONG: Mapping[str, Text] = {
    "NotebookRun": text("The notebook runs, from top to bottom…"),
    "MainStart": text("The main script runs…"),
    "ImageTrial": text("The image is built and run…"),
    "LintScores": text("pylint reads the code…"),
}
"""The message for a slow fact, by the name of its type."""

PLAIN = text("The work is being run; that usually takes about a minute.")
"""Printed once, where no line can move."""

MAKING = text("An environment is made; that takes some minutes the first time…")
"""Printed before packages are fetched and installed."""
