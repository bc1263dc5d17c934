"""The baseline: the commands that a grader without a checker would run, one after the other."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.accounting import Spent, spend
from checker.course import load
from checker.evidence.datasets.served import ordinary_data
from checker.sandbox.gateway import Gateway
from checker.sandbox.inside import redirect


@contextmanager
def network(folder: Path) -> Iterator[Mapping[str, str]]:
    """The variables by which programs find the course's data. The cost of the server is not counted."""
    with Gateway() as gateway:
        sockets = [socket.socket() for _ in range(2)]
        for listener in sockets:
            listener.bind(("127.0.0.1", 0))
        ports = [listener.getsockname()[1] for listener in sockets]
        authority = folder / "authority.pem"
        authority.write_bytes(gateway.authority)
        course = load().course
        serving = gateway.serve(ordinary_data(course), http=sockets[0], https=sockets[1])
        for listener in sockets:
            listener.close()
        variables = redirect.variables(ports[0], ports[1], os.fspath(authority))
        del variables["PYTHONPATH"]
        with serving:
            yield {**variables, **course.data.variables}


def programs() -> dict[str, str]:
    """The environment of the commands: what a shell would have, and byte-code that may be written."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath])}


def commands(tree: Path) -> list[tuple[Path, list[str]]]:
    """The commands for the submission in *tree*, up to its last step: the folder and the arguments of each."""
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
    """The cost of these commands for the submission in *tree*, in total and by command."""
    total = Spent(0, 0)
    parts: dict[str, Spent] = {}
    for folder, words in commands(tree):
        # pylint's status is a sum of bits, and a starter's notebook fails: any status counts
        spent = spend(words, folder=folder, variables={**programs(), **variables}, statuses=None)
        parts[" ".join(word for word in words[:4] if not word.startswith("-"))[:40]] = spent
        total += spent
    return total, parts
