"""Files in the repository that programs make."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from checker.checks.base import check
from checker.checks.long_lists import MOST_SHOWN, shortened
from checker.facts.hygiene import Clutter, Unclean
from checker.model import Basis, Failed, Json, Location, Passed, Text, Verdict, advice, text
from checker.quoting import all_quoted

_MADE_BY_PROGRAMS: Mapping[str, Text] = MappingProxyType(
    {
        "build output": text("build output"),
        "byte-code": text("byte-code"),
        "caches": text("caches"),
        "files of Windows": text("files of Windows"),
        "files of macOS": text("files of macOS"),
        "notebook checkpoints": text("notebook checkpoints"),
        "virtual environment": text("virtual environment"),
    },
)
"""What the course file calls what programs make. Another word is shown as it is."""


@check("clean-tree")
def clean_tree(clutter: Clutter) -> Verdict:
    """Nothing made by a program is tracked

    ## What it checks

    Git tracks no byte-code (`__pycache__`, `.pyc`), no `.ipynb_checkpoints`, no `.DS_Store`, no virtual environment
    and no build output. A tracked `.vscode/` is advice only.

    ## Why it matters

    Such files change with every run and every computer. They hide what you really changed, and a virtual
    environment alone is tens of thousands of files.

    ## How to do it

    Take them out of git's index; they stay on your disk. Then list them in `.gitignore`, so that they do not come
    back.

    ## Example

    ```bash
    # Before
    git ls-files | grep -E "pycache|checkpoints|DS_Store"

    # After: the command above prints nothing
    git rm -r --cached __pycache__ .ipynb_checkpoints
    git commit -m "Stop tracking files made by programs"
    ```

    ## Known limits

    Only the present state is judged, not earlier commits. Virtual environments are recognised by their content
    (`pyvenv.cfg`, `site-packages`), not by their name.
    """
    said = tuple(
        advice(
            "{folder} holds the settings of your editor: others have other ones.",
            folder=folder,
            where=(Location(folder),),
        )
        for folder in clutter.editors
    )
    details: dict[str, Json] = {
        "tracked": [{"path": item.path, "what": item.what, "files": item.count} for item in clutter.tracked],
    }
    if not clutter.tracked:
        return Passed(
            message=text("Git follows nothing that a program made."), advice=said, basis=Basis.READ, details=details
        )
    folders = [item.path for item in clutter.tracked]
    return Failed(
        expected=text("Git follows what people wrote, and nothing that a program made."),
        actual=text("Git follows {items}.", items=shortened([_made(item) for item in clutter.tracked])),
        hint=text(
            "{command} takes them out of git and leaves them on your disk. Commit, and ignore them: {patterns}.",
            command=f"git rm -r -q --cached {all_quoted(folders, most=5)}" + (" …" if len(folders) > 5 else ""),
            patterns=tuple(dict.fromkeys(item.pattern for item in clutter.tracked)),
        ),
        reproduce=f'test -z "$(git --literal-pathspecs ls-files -- {all_quoted(folders)})"',
        where=tuple(Location(path) for path in folders[:MOST_SHOWN]),
        advice=said,
        basis=Basis.READ,
        details=details,
    )


def _made(item: Unclean) -> Text:
    what = _MADE_BY_PROGRAMS.get(item.what, item.what)
    if item.count > 1:
        return text("{path} ({what}, {count} files)", path=item.path, what=what, count=item.count)
    return text("{path} ({what})", path=item.path, what=what)
