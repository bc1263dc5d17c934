"""The module that an import means, where it lies elsewhere: only if an import can name it."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from checker.course import load
from checker.evidence.project.absent_modules import absent_modules
from checker.facts.tree import Tree

COURSE = load().course


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("src/functions.py", "import src.functions as f\n"),
        ("mes scripts/functions.py", None),
        ("a\\1b/functions.py", None),
        ("2024/functions.py", None),
    ],
)
def test_a_module_is_elsewhere_where_an_import_can_name_it(path: str, written: str | None) -> None:
    tree = Tree.of({"main.py": "import functions as f\n", path: "def load():\n    return 1\n"})
    repository: Any = SimpleNamespace(folder="", whole=lambda: tree, ignored_here=lambda _: False)
    found = absent_modules(repository, tree, COURSE)
    assert [one.there for one in found.modules] == ([path] if written else [])
    assert found.mended.read("main.py").decode() == (written or "import functions as f\n")


def test_thousands_of_rules_are_not_asked_for_each_import() -> None:
    rules = "\n".join(f"a{number}*/b?[cd]" for number in range(5_000))
    places = "\n".join(f"sys.path.append('p{number}')" for number in range(300))
    main = f"import sys\n{places}\n" + "\n".join(f"import src.m{number}" for number in range(600))
    tree = Tree.of({".gitignore": rules, "src/x/a.py": "", "main.py": main})
    repository: Any = SimpleNamespace(folder="", whole=lambda: tree, ignored_here=lambda _: False)
    began = time.process_time()
    assert absent_modules(repository, tree, COURSE).modules == ()
    assert time.process_time() - began < 30
