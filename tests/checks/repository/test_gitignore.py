"""The checks of ignore rules, on facts made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from checker.course import load
from checker.evidence.project.code import read_code
from checker.facts.code import ImportedName
from checker.facts.hygiene import IgnoredSources, IgnoreRules, Rule
from checker.facts.tree import Tree
from checker.model import Failed, Location, Passed, ToDo
from checker.testing import verdict_of
from tests.verdicts import advised, failed, passed

COURSE = load().course
BYTECODE = COURSE.samples.bytecode
ADVISED = tuple(COURSE.samples.advised.values())
DATA = COURSE.samples.data


# gitignore-*


def rules(
    answers: Mapping[str, Rule | None] | None = None,
    lines: tuple[str, ...] = (),
    files: tuple[str, ...] = (".gitignore",),
    **more: Any,
) -> IgnoreRules:
    known = dict.fromkeys((*BYTECODE, *DATA, *ADVISED)) | dict(answers or {})
    numbered = tuple(Rule(".gitignore", number, line) for number, line in enumerate(lines, start=1))
    return IgnoreRules(files, rules=numbered, answers=MappingProxyType(known), **more)


CACHE = Rule(".gitignore", 1, "__pycache__/")


def test_bytecode_ignored_everywhere_passes() -> None:
    verdict = passed(verdict_of("gitignore-python", rules(dict.fromkeys((*BYTECODE, *ADVISED), CACHE)), COURSE))
    assert verdict.advice == ()


def test_other_usual_patterns_are_advice() -> None:
    verdict = passed(verdict_of("gitignore-python", rules(dict.fromkeys(BYTECODE, CACHE)), COURSE))
    assert ".ipynb_checkpoints/, .venv/, build/, .env" in advised(verdict)


def test_no_rule_fails() -> None:
    verdict = failed(verdict_of("gitignore-python", rules(), COURSE))
    assert f"No rule of .gitignore ignores {BYTECODE[0]}" in str(verdict.actual)
    assert verdict.reproduce.count("check-ignore -q --no-index") == len(BYTECODE)


@pytest.mark.parametrize("pattern", ["_pycache_/", "__pycache/", "__pychache__/", "*.pyx[cod]"])
def test_a_misspelt_pattern_is_named(pattern: str) -> None:
    verdict = failed(verdict_of("gitignore-python", rules(lines=("*.log", pattern)), COURSE))
    assert f".gitignore:2 says {pattern}" in str(verdict.actual)
    assert verdict.where == (Location(".gitignore", line=2),)


def test_a_rule_for_one_folder_is_not_enough() -> None:
    held = Rule(".gitignore", 1, "/__pycache__/")
    verdict = failed(verdict_of("gitignore-python", rules({BYTECODE[0]: held}), COURSE))
    assert "in some folders only" in str(verdict.actual)
    assert "without a folder in front" in str(verdict.hint)


@pytest.mark.parametrize("check", ["gitignore-python", "gitignore-data"])
def test_no_file_at_all(check: str) -> None:
    assert str(failed(verdict_of(check, rules(files=()), COURSE)).actual) == "There is no .gitignore."


@pytest.mark.parametrize("check", ["gitignore-python", "gitignore-data"])
def test_a_misspelt_file(check: str) -> None:
    verdict = failed(verdict_of(check, rules(files=(), misspelt=(".gitignore.txt",)), COURSE))
    assert ".gitignore.txt is not a name that git knows" in str(verdict.actual)
    assert "git mv .gitignore.txt .gitignore" in str(verdict.hint)


@pytest.mark.parametrize("check", ["gitignore-python", "gitignore-data"])
def test_a_file_in_utf16(check: str) -> None:
    verdict = failed(verdict_of(check, rules(unreadable=(".gitignore",)), COURSE))
    assert "UTF-16" in str(verdict.actual)
    assert "UTF-8" in str(verdict.hint)


def test_rules_in_a_file_that_git_cannot_read_are_charged_once() -> None:
    facts = rules(unreadable=(".gitignore",), ignored_once_mended=frozenset((*BYTECODE, *DATA)))
    assert isinstance(verdict_of("gitignore-python", facts, COURSE), Failed)
    assert isinstance(verdict_of("gitignore-data", facts, COURSE), Passed)


def test_a_rule_on_another_folder_is_not_taken_for_one_on_bytecode() -> None:
    answers = {path: Rule(".gitignore", 1, "data/") for path in COURSE.samples.bytecode if "data/" in path}
    assert answers
    verdict = failed(verdict_of("gitignore-python", rules(answers, lines=("data/",)), COURSE))
    assert str(verdict.actual) == "No rule of .gitignore ignores __pycache__/main.cpython-311.pyc."


def test_data_at_the_root_ignored_passes() -> None:
    verdict = passed(verdict_of("gitignore-data", rules(dict.fromkeys(DATA, Rule(".gitignore", 4, "/data/"))), COURSE))
    assert verdict.advice == ()


def test_a_loose_pattern_is_advice() -> None:
    verdict = passed(verdict_of("gitignore-data", rules(dict.fromkeys(DATA, Rule(".gitignore", 4, "data/"))), COURSE))
    assert "data/ also ignores src/data/: write /data/" in advised(verdict)
    assert verdict.advice[0].where == (Location(".gitignore", line=4),)


def test_data_not_ignored_fails() -> None:
    verdict = failed(verdict_of("gitignore-data", rules(), COURSE))
    assert "No rule of .gitignore ignores data/raw/train.csv" in str(verdict.actual)
    assert "/data/" in str(verdict.hint)


def test_a_nearly_right_data_pattern_is_named() -> None:
    verdict = failed(verdict_of("gitignore-data", rules(lines=("/datas/",)), COURSE))
    assert ".gitignore:1 says /datas/, which does not ignore" in str(verdict.actual)


def test_a_rule_that_takes_the_data_back_in_is_named() -> None:
    verdict = failed(verdict_of("gitignore-data", rules(lines=("/data/*", "!/data/raw/")), COURSE))
    assert ".gitignore:2 says !/data/raw/, which takes data/raw/train.csv back in" in str(verdict.actual)


# gitignore-sources

CODE = read_code(
    Tree.of({"main.py": "from src.data import import_data\n", "src/data/import_data.py": "x = 1\n"}), COURSE, None
)

TRAP = Rule(".gitignore", 7, "data/")
LOAD = ImportedName("src.data.import_data", "load", None, Location("main.py", line=3))


def test_nothing_swallowed_passes() -> None:
    assert isinstance(verdict_of("gitignore-sources", CODE, COURSE, rules(), IgnoredSources()), Passed)


def test_without_a_file_there_is_nothing_to_judge() -> None:
    assert isinstance(verdict_of("gitignore-sources", CODE, COURSE, rules(files=()), IgnoredSources()), ToDo)


def test_the_trap_is_advice_while_nothing_is_missing() -> None:
    facts = IgnoredSources(threatened=(("src/data/import_data.py", TRAP), ("src/data/split.py", TRAP)))
    verdict = passed(verdict_of("gitignore-sources", CODE, COURSE, rules(), facts))
    assert len(verdict.advice) == 1
    assert "data/ would also keep src/data/import_data.py out of the repository, silently: write /data/" in advised(
        verdict
    )


def test_of_modules_that_do_not_exist_yet_the_other_check_speaks() -> None:
    loose = Rule(".gitignore", 9, "models/")
    facts = IgnoredSources(threatened=(("src/data/train_test_split.py", TRAP), ("src/models/train_evaluate.py", loose)))
    verdict = passed(verdict_of("gitignore-sources", CODE, COURSE, rules(), facts))
    assert [one.where for one in verdict.advice] == [(Location(".gitignore", line=9),)]


def test_a_module_that_is_missing_because_of_a_rule_fails() -> None:
    verdict = verdict_of(
        "gitignore-sources", CODE, COURSE, rules(), IgnoredSources(modules=((LOAD, "src/data/import_data.py", TRAP),))
    )
    assert isinstance(verdict, Failed)
    assert (
        "main.py:3 imports src.data.import_data, but src/data/import_data.py is not in the repository: "
        "the rule data/ (.gitignore:7) ignores it"
    ) in str(verdict.actual)
    assert "Write /data/ instead" in str(verdict.hint)
    assert verdict.where == (Location(".gitignore", line=7), Location("main.py", line=3))
    assert "check-ignore -q --no-index src/data/import_data.py" in verdict.reproduce
    assert verdict.reproduce.endswith(" main.py")


def test_a_rule_that_cannot_be_mended_by_a_slash_says_so() -> None:
    facts = IgnoredSources(modules=((LOAD, "src/data/import_data.py", Rule(".gitignore", 1, "*data*")),))
    assert "make it narrower" in str(failed(verdict_of("gitignore-sources", CODE, COURSE, rules(), facts)).hint)


def test_a_file_of_the_course_that_a_rule_keeps_out_fails() -> None:
    facts = IgnoredSources(named=(("environment.yml", Rule(".gitignore", 2, "*.yml")),))
    verdict = failed(verdict_of("gitignore-sources", CODE, COURSE, rules(), facts))
    assert "The rule *.yml (.gitignore:2) ignores environment.yml" in str(verdict.actual)
