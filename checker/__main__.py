"""``checker``: the entry point of the command line.

Only :mod:`sys` and :mod:`os`, which Python itself has loaded, are imported before the module search path is fixed. Any
other module, ``typing`` and ``__future__`` among them, might be found in the folder of a submission.
"""

import os
import sys

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
_NOT_ALONE = (
    "titanic-checker does not start: Python has already run {file}, a file that PYTHONPATH or this folder puts before "
    "Python's own. Run `unset PYTHONPATH`, and start the checker as `checker`, not as `python -m checker`.\n"
    "titanic-checker ne démarre pas : Python a déjà exécuté {file}, un fichier que PYTHONPATH ou ce dossier met avant "
    "ceux de Python. Lancer `unset PYTHONPATH`, puis le correcteur par `checker` et non par `python -m checker`."
)
_CANNOT_GO_ON = 4
_FOR_PYTHON = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP")
"""Variables that make a Python run or look for other code; the checker's child processes get none of them."""
_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
"""The folder that holds the checker. Its owner is trusted: write access to it is write access to the checker."""


def main() -> None:
    """Run the command line and leave with its exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036  a copied folder may meet an older interpreter
        _refuse(_OLD)
    if not hasattr(os, "fork"):
        _refuse(_FOREIGN)
    _look_nowhere_else()
    from checker.cli.stopping import leave_in_order

    leave_in_order()  # before the rest is loaded, which takes a moment
    from checker.cli.main import main as enter

    sys.exit(enter(sys.argv[1:]))


def _look_nowhere_else() -> None:
    """Remove PYTHONPATH and the working folder from the module search path.

    The course itself teaches ``PYTHONPATH=. pylint …``: exported, it would make a student's ``typing.py`` a part of the
    grader. Leaves with a sentence if a module was already imported from there.
    """
    foreign = _foreign()
    for name, module in [*sys.modules.items()]:
        file = getattr(module, "__file__", None)
        if file and "." not in name and name not in ("__main__", "checker"):
            folder = os.path.dirname(os.path.realpath(file))
            whole = os.path.basename(file).startswith("__init__.")  # of a package
            if (os.path.dirname(folder) if whole else folder) in foreign:
                _refuse(_NOT_ALONE.format(file=ascii(file)))
    sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry) not in foreign]
    for name in _FOR_PYTHON:
        os.environ.pop(name, None)


def _foreign() -> "frozenset[str]":
    """The folders of PYTHONPATH, and the working folder if Python searches it (``python -m``); not the checker's."""
    named = "" if sys.flags.ignore_environment else os.environ.get("PYTHONPATH", "")
    try:
        given = {os.path.realpath(entry) for entry in named.split(os.pathsep)} if named else set()
        here = os.path.realpath("")
        if here in map(os.path.realpath, sys.path):
            given.add(here)
    except OSError:
        given = {os.path.realpath(entry) for entry in named.split(os.pathsep) if entry}  # the working folder is gone
    return frozenset(given - {os.path.realpath(_HERE)})


def _refuse(sentence: str) -> None:
    """Leave with *sentence* in both languages: the module that chooses a language cannot be loaded here."""
    sys.stderr.write(f"{sentence}\n")
    sys.exit(_CANNOT_GO_ON)


if __name__ == "__main__":
    main()
