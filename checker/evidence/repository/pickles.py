"""The kind of object in a pickle, read from its opcodes: nothing is ever loaded."""

from __future__ import annotations

import pickletools
from collections.abc import Iterator
from enum import StrEnum


class Pickled(StrEnum):
    """The kinds of objects in a pickle that the checks distinguish."""

    MODEL = "model"
    TABLE = "table"
    OTHER = "other"


_MODELS = ("sklearn", "xgboost", "lightgbm", "catboost", "torch", "keras", "tensorflow", "statsmodels", "skops")
_TABLES = ("pandas", "polars", "pyarrow")
_ARRAYS = ("numpy", "joblib")
_FEW_NUMBERS = 5_000
"""The minimum size in bytes: a score stored as a number of numpy is not a table."""
_MOST_OPCODES = 500_000


def pickled_kind(content: bytes) -> Pickled | None:
    """The kind of object in *content*, where it is a pickle, whole or followed by raw arrays as joblib writes them;
    else None.
    """
    if not content.startswith((b"\x80", b"(", b"c", b"]", b"}")):
        return None
    packages = {module.partition(".")[0] for module in _globals(content)}
    if packages.intersection(_MODELS):
        return Pickled.MODEL
    if packages.intersection(_TABLES) or (packages.intersection(_ARRAYS) and len(content) > _FEW_NUMBERS):
        return Pickled.TABLE
    return Pickled.OTHER if content.startswith(b"\x80") else None


def _globals(content: bytes) -> Iterator[str]:
    """The modules of the classes and functions that loading would import, as far as the opcodes can be read."""
    strings = ["", ""]
    memo: dict[int, str] = {}
    top = ""  # the string on top of the stack; empty for other objects
    try:
        for number, (opcode, argument, _) in enumerate(pickletools.genops(content)):
            name = opcode.name
            if number > _MOST_OPCODES:
                return
            if name in ("GLOBAL", "INST"):
                yield str(argument).partition(" ")[0]
            elif name == "STACK_GLOBAL":
                yield strings[-2]
            if "UNICODE" in name or name in ("STRING", "SHORT_BINSTRING", "BINSTRING"):
                top = str(argument)
                strings.append(top)
            elif name == "MEMOIZE":
                memo[len(memo)] = top
            elif name in ("BINPUT", "LONG_BINPUT", "PUT"):
                memo[int(argument or 0)] = top
            elif name in ("BINGET", "LONG_BINGET", "GET"):
                top = memo.get(int(argument or 0), "")
                strings.append(top)
            elif name != "FRAME":
                top = ""
    except (ValueError, IndexError, KeyError, OverflowError, MemoryError):
        return  # raw bytes between the opcodes end the readable part
