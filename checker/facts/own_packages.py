"""The packages of the project itself, which are imported once the project is installed."""

from __future__ import annotations

from dataclasses import dataclass

from checker.model import Location


@dataclass(frozen=True, slots=True)
class OwnPackages:
    """The packages that an installation of the project (``pip install -e .``) makes importable from anywhere.

    ``folders`` are the folders of the tree, relative to its root, that hold the packages (``""``: the root).
    ``project`` is the file that makes the project installable (``pyproject.toml``). ``asked_at`` is the place where the
    repository asks for the installation: a declared environment, a README, a workflow; None where there is none.
    """

    folders: tuple[str, ...] = ()
    project: str = ""
    asked_at: Location | None = None
