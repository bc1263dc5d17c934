"""Notebooks in a folder of their own."""

from __future__ import annotations

from checker.checks.base import check
from checker.course import Course
from checker.facts.notebook import NotebookFile
from checker.model import Basis, Failed, Json, Location, Passed, Verdict, advice, text

LIST_FILES = "git ls-files -co --exclude-standard"


@check("layout-notebook")
def layout_notebook(notebook: NotebookFile, course: Course) -> Verdict:
    """The notebooks are in their folder

    ## What it checks

    Notebooks live in the folder `{=names.notebook_folder}/`, and none is left at the root.

    ## Why it matters

    A root where scripts, data and notebooks mix becomes unreadable quickly. With a folder of their own, notebooks
    are where everybody looks for them.

    ## How to do it

    Move them with `git mv`. A notebook starts from its own folder: let it find your modules, and adapt the path of
    the data.

    ## Example

    ```bash
    # Before: {=names.notebook} at the root
    # After
    mkdir -p {=names.notebook_folder}
    git mv {=names.notebook} {=names.notebook_folder}/{=names.notebook}
    ```

    The first cell then lets Python find the folder `{=names.source_folder}`:

    ```python
    import sys

    sys.path.insert(0, "..")
    ```

    ## Known limits

    The name of the notebook is free. That it still runs after the move is judged in `notebook-runs`, and nowhere
    else.
    """
    folder = course.names.notebook_folder
    paths = (notebook.path, *notebook.others)
    at_root = tuple(path for path in paths if "/" not in path)
    apart = tuple(path for path in paths if "/" in path and not path.startswith(f"{folder}/"))
    singular = f"{folder.removesuffix('s')}/"
    details: dict[str, Json] = {"notebooks": [*paths]}
    if at_root or (notebook.path in apart and not notebook.path.startswith(singular)):
        wrong = at_root or (notebook.path,)
        return Failed(
            expected=text("The notebooks are in {folder}/.", folder=folder),
            actual=text("Not in {folder}/: {paths}.", folder=folder, paths=wrong[:5]),
            hint=text(
                "Move it with git: mkdir -p {folder} && git mv {path} {folder}/.",
                folder=folder,
                path=wrong[0],
            ),
            reproduce=f"! {LIST_FILES} -- '*.ipynb' | grep -v checkpoint | grep -qvE '^{folder.removesuffix('s')}s?/'",
            where=tuple(Location(path) for path in wrong[:5]),
            details=details,
            basis=Basis.READ,
        )
    notes = tuple(
        advice("{path} lies apart from {folder}/.", where=(Location(path),), path=path, folder=folder) for path in apart
    )
    return Passed(
        message=text("{path} is in its folder.", path=notebook.path), advice=notes, details=details, basis=Basis.READ
    )
