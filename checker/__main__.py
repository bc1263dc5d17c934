"""``checker``: the command line, entered here."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

_OLD = (
    "titanic-checker needs Python 3.11 or newer: install it, or run the checker by uvx.\n"
    "titanic-checker demande Python 3.11 ou plus récent : l'installer, ou lancer le correcteur par uvx."
)
_FOREIGN = (
    "titanic-checker needs Linux or macOS. On Windows, use it in WSL: run `wsl --install` once, and then the same "
    "command in the Ubuntu window.\n"
    "titanic-checker demande Linux ou macOS. Sous Windows, l'utiliser dans WSL : lancer une fois `wsl --install`, "
    "puis la même commande dans la fenêtre d'Ubuntu."
)
_CANNOT_GO_ON = 4


def main() -> None:
    """Run the command line and leave with its exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036  a copied folder may meet an older interpreter
        _refuse(_OLD)
    if not hasattr(os, "fork"):
        _refuse(_FOREIGN)
    from checker.cli.stopping import leave_in_order  # noqa: PLC0415  not before it is known that it can be loaded

    leave_in_order()  # before the rest is loaded, which takes a moment
    from checker.cli.main import main as enter  # noqa: PLC0415

    sys.exit(enter(sys.argv[1:]))


def _refuse(sentence: str) -> NoReturn:
    """Leave with *sentence*, in both languages: what would choose one cannot be loaded here."""
    sys.stderr.write(f"{sentence}\n")
    sys.exit(_CANNOT_GO_ON)


if __name__ == "__main__":
    main()
