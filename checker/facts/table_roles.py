"""The roles of the course's tables."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Role: TypeAlias = Literal["train", "test"]
"""The role of one table: the training table has the target, the test table lacks it."""

TRAIN: Final = "train"
TEST: Final = "test"

ANY: Final = "data"
"""The role of a name that may denote any table of the course: ``data.csv``."""
