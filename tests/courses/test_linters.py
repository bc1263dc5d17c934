"""The linters of a course file: chosen from those that the checker can run, each with bars of its own."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import get_args

import pytest

from checker.checks.registry import checks
from checker.course import Course, Pylint, load
from checker.errors import CourseError
from checker.facts.actions import Preloaded, Tool
from checker.facts.linters import LINTERS, linter_of
from checker.page_values import with_values

SOURCE = load().path.read_text(encoding="utf-8")
ENTRY = '{tool: pylint, version: "3.3", main: 9, modules: 6, each_module: false, near: 0.1}'
SECTION = f"linters:\n  - {ENTRY}\n"


def course(tmp_path: Path, section: str, source: str = SOURCE) -> Course:
    assert SECTION in source
    path = tmp_path / "course.yaml"
    path.write_text(source.replace(SECTION, section), encoding="utf-8")
    return load(str(path), frozenset(checks())).course


def refused(tmp_path: Path, section: str, fragment: str, source: str = SOURCE) -> CourseError:
    """The error for a file with that section, which is in the line that holds *fragment*."""
    with pytest.raises(CourseError) as caught:
        course(tmp_path, section, source)
    lines = (tmp_path / "course.yaml").read_text(encoding="utf-8").splitlines()
    number = max(number for number, line in enumerate(lines, 1) if fragment in line)
    assert f"line {number}:" in str(caught.value.cause)
    return caught.value


def test_the_earlier_form_is_pylint_with_the_same_bars(tmp_path: Path) -> None:
    earlier = course(tmp_path, 'lint: {version: "3.3", main: 9, modules: 6, each_module: false, near: 0.1}\n')
    assert earlier.linters == load().course.linters
    assert earlier.pylint == Pylint(tool="pylint", version="3.3", main=9, modules=6, each_module=False, near=0.1)


def test_a_bar_is_that_of_its_linter(tmp_path: Path) -> None:
    other = course(tmp_path, SECTION.replace("main: 9", "main: 7.5")).pylint
    assert other is not None
    assert (other.main, other.modules) == (7.5, 6)


def test_an_unknown_linter_is_refused_with_the_closest_one(tmp_path: Path) -> None:
    error = refused(tmp_path, SECTION.replace("tool: pylint", "tool: pylnt"), "pylnt")
    assert str(error.remedy) == "Did you mean pylint?"
    error = refused(tmp_path, SECTION.replace("tool: pylint", "tool: flake8"), "flake8")
    assert "linters.0.tool" in str(error.cause)
    assert "'pylint'" in str(error.cause)


@pytest.mark.parametrize("form", ["lint:\n  {}\n", "linters:\n  - tool: pylint\n    {}\n"])
def test_a_misspelt_setting_is_told_in_both_forms(tmp_path: Path, form: str) -> None:
    settings = 'version: "3.3"\n  main: 9\n  modles: 6\n  each_module: false\n  near: 0.1'
    section = form.format(settings.replace("\n  ", "\n    ") if "linters" in form else settings)
    error = refused(tmp_path, section, "modles")
    assert str(error.remedy) == "Did you mean modules?"


def test_a_linter_is_there_once(tmp_path: Path) -> None:
    again = f"  - {ENTRY.replace('main: 9', 'main: 5')}\n"
    error = refused(tmp_path, SECTION + again, "main: 5")
    assert "pylint is there twice" in str(error.cause)


@pytest.mark.parametrize("section", ["linters: []\n", ""])
def test_a_check_without_its_linter_is_refused_where_it_stands(tmp_path: Path, section: str) -> None:
    error = refused(tmp_path, section, "id: lint-main")
    assert "the check lint-main judges pylint, which is not among the linters" in str(error.cause)


def test_a_course_without_such_checks_needs_no_linter(tmp_path: Path) -> None:
    lines = (line for line in SOURCE.splitlines(keepends=True) if "id: lint-" not in line)
    source = "".join(lines)
    source = source.replace(_empty_step(source), _empty_step(source) + " []")
    none = course(tmp_path, "", source)
    assert none.linters == ()
    assert none.pylint is None
    assert with_values("At least {=pylint.main}/10.", none, "en") == "At least –/10."


def _empty_step(source: str) -> str:
    """The end of the step that has lost its checks."""
    start = source.index('id: "1.4"')
    return source[start : source.index("checks:", start) + len("checks:")]


def test_every_linter_can_be_run_configured_and_judged() -> None:
    configured = {get_args(kind.model_fields["tool"].annotation)[0] for kind in (Pylint,)}
    assert configured == {*LINTERS}
    for name, linter in LINTERS.items():
        assert name == linter.name
        assert linter.checks <= {*checks()}
        assert {linter_of(check) for check in linter.checks} == {linter}
        assert callable(importlib.import_module(f"checker.sandbox.inside.{linter.inside}").run)
        traits = Tool(linter.inside).traits
        assert traits.sees_packages
        assert (traits.preloaded is Preloaded.LINTER) == linter.is_preloaded
    assert linter_of("main-runs") is None
    assert not Tool("other").traits.sees_packages
