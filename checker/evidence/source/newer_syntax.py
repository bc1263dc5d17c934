"""Syntax of a newer Python than the checker's: the first version that accepts it, by ruff's parser."""

from __future__ import annotations

import functools
import subprocess
import sys

from ruff import find_ruff_bin

HERE = sys.version_info.minor
"""The minor version of the Python that runs the code of a submission."""
_NEWEST = 14
"""The minor version of the newest Python whose syntax is tried."""
_SECONDS = 3
_LARGEST = 200_000
"""The largest source that is tried, in characters: a larger one was not written by hand."""


def python_needed(source: str, above: int = HERE) -> str | None:
    """The first version of Python that parses *source*, as ``3.12``; None where 3. *above* does, or no newer one."""
    if len(source) > _LARGEST or above >= _NEWEST:
        return None
    return _needed(source, above)


@functools.lru_cache(maxsize=512)
def _needed(source: str, above: int) -> str | None:
    content = source.encode("utf-8", "replace")
    if not _reads(content, _NEWEST) or _reads(content, above):
        return None
    return f"3.{next(minor for minor in range(above + 1, _NEWEST + 1) if minor == _NEWEST or _reads(content, minor))}"


def _reads(content: bytes, minor: int) -> bool:
    """True where *content* is valid in Python 3. *minor*; False also where ruff fails."""
    try:
        done = subprocess.run(
            [
                find_ruff_bin(),
                *("check", "--isolated", "--no-cache", "--quiet", "--ignore-noqa", "--select", "E902"),
                *("--target-version", f"py3{minor}", "-"),
            ],
            input=content,
            env={},
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
