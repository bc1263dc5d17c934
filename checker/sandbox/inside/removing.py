"""Removes what student code left behind, whatever rights it took away."""

from __future__ import annotations

import os
import shutil


def remove(folder: str) -> None:
    """Remove *folder* with all that is in it, as far as its owner can. Nobody may be at work in it any more."""
    shutil.rmtree(folder, ignore_errors=True)
    if not os.path.isdir(folder):
        return
    _open(folder)
    for place, names, _ in os.walk(folder):  # which looks into a folder after it was opened here
        for name in names:
            _open(os.path.join(place, name))
    shutil.rmtree(folder, ignore_errors=True)


def _open(folder: str) -> None:
    if os.path.islink(folder):  # what it leads to is not ours
        return
    try:
        os.chmod(folder, 0o700)
    except OSError:
        pass
