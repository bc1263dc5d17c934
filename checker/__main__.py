"""``checker``: the command line, entered here."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036  a copied folder may meet an older interpreter
        sys.exit(
            "titanic-checker needs Python 3.11 or newer: install it, or run the checker by uvx.\n"
            "titanic-checker demande Python 3.11 ou plus récent : l'installer, ou lancer le correcteur par uvx."
        )
    from checker.cli.main import main as enter  # noqa: PLC0415  not before the version is known to do
    from checker.cli.stopping import leave_in_order  # noqa: PLC0415

    leave_in_order()
    sys.exit(enter(sys.argv[1:]))


if __name__ == "__main__":
    main()
