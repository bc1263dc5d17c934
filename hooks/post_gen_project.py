"""Make the new folder a git repository: the starter in one commit, then one for each requested solution."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path({{template_root() | tojson}})  # noqa: F821  filled in by cookiecutter
ANSWERS = json.loads({{cookiecutter | tojson | string | tojson}})  # noqa: F821


def load_overlay() -> ModuleType:
    """The one module shared by the template and the package; a plain cookiecutter knows it by its path only.

    In a checkout the package lies in the template's folder; installed, the template lies in the package's.
    """
    checkout, installed = ROOT / "checker" / "solution_overlay.py", ROOT.parent / "solution_overlay.py"
    specification = importlib.util.spec_from_file_location("overlay", checkout if checkout.exists() else installed)
    overlay = importlib.util.module_from_spec(specification)
    sys.modules["overlay"] = overlay  # where its dataclasses look for their own module
    specification.loader.exec_module(overlay)
    return overlay


def main() -> None:
    """Sign, commit, and lay the solutions up to the requested step."""
    overlay = load_overlay()
    project = Path.cwd()
    if ANSWERS["forge"] != "github":
        # its files have conditional names; a folder cannot
        (project / ".github" / "workflows").rmdir()
        (project / ".github").rmdir()
    overlay.sign(project)
    try:
        signature = overlay.usual_signature(project, ANSWERS["author_name"])
    except FileNotFoundError:
        print(
            "git est introuvable : le dossier est prêt, mais sans dépôt ; installer git, puis y lancer « git init »."
            if ANSWERS["language"] == "fr"
            else "There is no git: the folder is ready, but is no repository; install git, then run “git init” in it.",
            file=sys.stderr,
        )
        return
    overlay.begin(project, ANSWERS["language"], signature)
    if ANSWERS["start_at"] != overlay.START:
        chosen = overlay.up_to(ANSWERS["start_at"], overlay.read(ROOT / "solutions"))
        overlay.lay_and_commit(chosen, project, ANSWERS, [signature] * len(chosen))


main()
