"""The libraries that a course preloads are known before the course is validated."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.course import load
from checker.facts.actions import Cells, Script
from checker.facts.job import Job
from checker.facts.options import GradingOptions
from checker.facts.preloading import PreloadedLibraries
from checker.facts.tree import Tree
from checker.grader import Grader
from checker.preloading import preloaded_libraries
from checker.sandbox.open import open_sandbox

NAMES = ("wave", "colorsys", "sndhdr_of_nobody", "plistlib")
LOADED = f"import sys\nprint(*[name for name in {NAMES} if name in sys.modules])\n"
MAIN = Job(tree=Tree.of({"main.py": LOADED}), action=Script("main.py"))


def test_they_are_those_of_the_validated_course() -> None:
    preload = load().course.preload
    found = preloaded_libraries(None)
    assert (found.programs, found.notebooks) == (preload.programs, preload.notebooks)
    assert found.where_named == preload.where_named
    assert found.programs
    assert preloaded_libraries("ensae-2022") == found


@pytest.mark.parametrize(
    "content",
    ["", "a: [", "- 1", "preload: 3", "preload: [a]", "preload:\n  programs: a", "id: \xff", "a: " + "[" * 3000],
)
def test_a_file_that_says_nothing_clear_preloads_nothing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "course.yaml"
    path.write_bytes(content.encode("latin-1"))
    assert preloaded_libraries(str(path)) == PreloadedLibraries()
    assert preloaded_libraries(str(tmp_path / "none.yaml")) == PreloadedLibraries()


@pytest.mark.slow
def test_a_sandbox_loads_what_it_is_told_and_nothing_else() -> None:
    libraries = PreloadedLibraries(("wave",), ("colorsys",), {"plistlib": "property list"})
    named = Job(tree=Tree.of({"main.py": LOADED + "# a property list\n"}), action=Script("main.py"))
    cells = Job(tree=Tree.of({"a.ipynb": "{}"}), action=Cells("a.ipynb", (LOADED,)))
    with open_sandbox() as sandbox:
        assert sandbox.run(MAIN).output == "\n"
        heavy = "import sys\nprint('pan' 'das' in sys.modules, 'sk' 'learn' in sys.modules)\n"
        assert sandbox.run(Job(tree=Tree.of({"main.py": heavy}), action=Script("main.py"))).output == "False False\n"
    with open_sandbox(libraries=libraries) as sandbox:
        assert sandbox.run(MAIN).output == "wave\n"
        assert sandbox.run(cells).output == "wave colorsys\n"
    with open_sandbox(libraries=libraries) as sandbox:
        assert sandbox.run(named).output == "wave plistlib\n"


@pytest.mark.slow
def test_a_grader_loads_what_its_course_says(tmp_path: Path) -> None:
    path = tmp_path / "course.yaml"
    source = load().path.read_text(encoding="utf-8")
    before, _, after = source.partition("preload:\n")
    rest = after.partition("\nenvironment:")[2]
    path.write_text(f"{before}preload:\n  programs: [wave]\n\nenvironment:{rest}")
    assert load(str(path)).course.preload.programs == ("wave",)
    with Grader(GradingOptions(course=str(path), sandbox="plain")) as grader:
        assert grader.sandbox.run(MAIN).output == "wave\n"
