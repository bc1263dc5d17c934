"""What is said while a grading takes long: which facts are being gathered."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from checker.model import Text, text

LONG: Mapping[str, Text] = MappingProxyType(
    {
        "NotebookRun": text("The notebook runs, from top to bottom…"),
        "MainRun": text("The main script runs…"),
        "Trial": text("The image is built and run…"),
        "LintScores": text("pylint reads the code…"),
    },
)
"""By the name of the type of fact."""

PLAIN = text("The work is being run; that usually takes about a minute.")
"""Said once, where no line can move."""

MAKING = text("An environment is made; that takes some minutes the first time…")
"""Said when packages are about to be fetched and installed."""
