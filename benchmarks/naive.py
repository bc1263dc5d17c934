"""The baseline: the commands that somebody without a checker would run, one after the other."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.accounting import Spent, spend
from checker.course import load
from checker.evidence.worlds import ordinary_world
from checker.sandbox.gateway import Gateway
from checker.sandbox.inside import redirect


@contextmanager
def network(folder: Path) -> Iterator[Mapping[str, str]]:
    """The variables of programs that shall find the data of the course; what serves it is not counted."""
    with Gateway() as gateway:
        sockets = [socket.socket() for _ in range(2)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        ports = [one.getsockname()[1] for one in sockets]
        authority = folder / "authority.pem"
        authority.write_bytes(gateway.authority)
        course = load().course
        serving = gateway.serve(ordinary_world(course), http=sockets[0], https=sockets[1])
        for one in sockets:
            one.close()
        variables = redirect.variables(ports[0], ports[1], os.fspath(authority))
        del variables["PYTHONPATH"]
        with serving:
            yield {**variables, **course.data.variables}


def programs() -> dict[str, str]:
    """The environment of the commands: what a shell would have, and byte-code that may be written."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath])}


def commands(tree: Path) -> list[tuple[Path, list[str]]]:
    """The script, as far as the submission in *tree* has come: the folder and the words of each command."""
    found: list[tuple[Path, list[str]]] = []
    notebooks = sorted(path for path in tree.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
    for notebook in notebooks[:1]:
        target = ["--to", "notebook", "--execute", "--output-dir", "/tmp", "--output", "executed-notebook"]
        found.append((notebook.parent, ["jupyter", "nbconvert", *target, notebook.name]))
    main = tree / "main.py"
    modules = [os.fspath(path.relative_to(tree)) for path in sorted(tree.rglob("*.py")) if path != main]
    if main.exists():
        found.append((tree, ["pylint", "main.py"]))
    if modules:
        found.append((tree, ["pylint", *modules]))
    if main.exists():
        found.append((tree, ["python", "main.py"]))
    return found


def script(tree: Path, variables: Mapping[str, str]) -> tuple[Spent, dict[str, Spent]]:
    """What the script costs for the submission in *tree*, all in all and by command."""
    total = Spent(0, 0)
    parts: dict[str, Spent] = {}
    for folder, words in commands(tree):
        # pylint ends with a sum of bits; a starter's notebook fails: both cost what they cost
        spent = spend(words, folder=folder, variables={**programs(), **variables}, statuses=None)
        parts[" ".join(word for word in words[:4] if not word.startswith("-"))[:40]] = spent
        total += spent
    return total, parts
