"""The checks of data, clutter and ignore rules, on facts made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from checker.course import load
from checker.evidence.code import read_code
from checker.facts.code import ImportedName
from checker.facts.hygiene import Clutter, DataFile, DataFiles, IgnoreRules, Rule, Swallowed, Unclean
from checker.facts.tree import Tree
from checker.model import Failed, Location, Passed, ToDo, Verdict
from checker.testing import verdict_of

COURSE = load().course
BYTECODE = COURSE.samples.bytecode
ADVISED = tuple(COURSE.samples.advised.values())
DATA = COURSE.samples.data


def advised(verdict: Verdict) -> str:
    return " ".join(str(one.message) for one in verdict.advice)


# data-untracked

CSV = DataFile("data/raw/train.csv", "csv", passengers=True)


def test_no_data_passes() -> None:
    verdict = verdict_of("data-untracked", DataFiles(()))
    assert isinstance(verdict, Passed)
    assert verdict.advice == ()


def test_tracked_data_fail__with_the_files_and_the_command() -> None:
    verdict = verdict_of(
        "data-untracked", DataFiles((CSV, DataFile("notes.bin", "list of passengers", passengers=True)))
    )
    assert isinstance(verdict, Failed)
    assert str(verdict.actual) == "Git follows data/raw/train.csv (csv), notes.bin (the list of passengers)."
    assert "git rm --cached data/raw/train.csv notes.bin" in str(verdict.hint)
    assert verdict.where == (Location("data/raw/train.csv"), Location("notes.bin"))
    assert verdict.reproduce == 'test -z "$(git --literal-pathspecs ls-files -- data/raw/train.csv notes.bin)"'


def test_a_rule_on_tracked_data_is_explained() -> None:
    ruled = DataFile("data/raw/train.csv", "csv", rule=Rule(".gitignore", 3, "/data/"))
    verdict = verdict_of("data-untracked", DataFiles((ruled,)))
    assert isinstance(verdict, Failed)
    assert "The rule /data/ (.gitignore:3) ignores data/raw/train.csv, but" in str(verdict.hint)


def test_a_pointer_is_called_one() -> None:
    verdict = verdict_of("data-untracked", DataFiles((DataFile("train.csv", "csv", pointer=True),)))
    assert isinstance(verdict, Failed)
    assert "Git LFS pointer" in str(verdict.actual)
    assert "Git LFS" in str(verdict.hint)


def test_a_name_cannot_leave_its_place_in_the_command() -> None:
    verdict = verdict_of("data-untracked", DataFiles((DataFile("$(touch x)'\n.csv", "csv"),)))
    assert isinstance(verdict, Failed)
    assert "$'$(touch x)\\x27\\x0a.csv'" in verdict.reproduce


def test_a_sample_what_waits_and_what_was_are_advice() -> None:
    facts = DataFiles(
        tracked=(DataFile("tests/three.csv", "csv", fixture=True),),
        waiting=(CSV,),
        past=("train.csv",),
        past_commit="abcd1234",
    )
    verdict = verdict_of("data-untracked", facts)
    assert isinstance(verdict, Passed)
    said = advised(verdict)
    assert "sample beside the tests is accepted: tests/three.csv" in said
    assert "does not follow data/raw/train.csv yet" in said
    assert "still hold train.csv (the last of them: abcd1234)" in said


# clean-tree


def test_a_clean_tree_passes_and_editors_are_advice() -> None:
    verdict = verdict_of("clean-tree", Clutter((), editors=(".vscode",)))
    assert isinstance(verdict, Passed)
    assert ".vscode holds the settings of your editor" in advised(verdict)


def test_what_programs_made_fails__grouped_by_folder() -> None:
    facts = Clutter(
        (
            Unclean(".venv", "virtual environment", "/.venv/", 30_000),
            Unclean("src/__pycache__", "byte-code", "__pycache__/", 3),
            Unclean(".DS_Store", "files of macOS", ".DS_Store"),
        ),
    )
    verdict = verdict_of("clean-tree", facts)
    assert isinstance(verdict, Failed)
    assert ".venv (virtual environment, 30000 files), src/__pycache__ (byte-code, 3 files)" in str(verdict.actual)
    assert "git rm -r -q --cached .venv src/__pycache__ .DS_Store" in str(verdict.hint)
    assert "/.venv/, __pycache__/, .DS_Store" in str(verdict.hint)
    assert verdict.where[0] == Location(".venv")


# gitignore-*


def rules(
    answers: Mapping[str, Rule | None] | None = None,
    lines: tuple[str, ...] = (),
    files: tuple[str, ...] = (".gitignore",),
    **more: tuple[str, ...],
) -> IgnoreRules:
    known = dict.fromkeys((*BYTECODE, *DATA, *ADVISED)) | dict(answers or {})
    numbered = tuple(Rule(".gitignore", number, line) for number, line in enumerate(lines, start=1))
    return IgnoreRules(files, rules=numbered, answers=MappingProxyType(known), **more)


CACHE = Rule(".gitignore", 1, "__pycache__/")


def test_bytecode_ignored_everywhere_passes() -> None:
    verdict = verdict_of("gitignore-python", rules(dict.fromkeys((*BYTECODE, *ADVISED), CACHE)), COURSE)
    assert isinstance(verdict, Passed)
    assert verdict.advice == ()


def test_other_usual_patterns_are_advice() -> None:
    verdict = verdict_of("gitignore-python", rules(dict.fromkeys(BYTECODE, CACHE)), COURSE)
    assert isinstance(verdict, Passed)
    assert ".ipynb_checkpoints/, .venv/, build/, .env" in advised(verdict)


def test_no_rule_fails() -> None:
    verdict = verdict_of("gitignore-python", rules(), COURSE)
    assert isinstance(verdict, Failed)
    assert f"No rule of .gitignore ignores {BYTECODE[0]}" in str(verdict.actual)
    assert verdict.reproduce.count("check-ignore -q --no-index") == len(BYTECODE)


@pytest.mark.parametrize("pattern", ["_pycache_/", "__pycache/", "__pychache__/", "*.pyx[cod]"])
def test_a_misspelt_pattern_is_named(pattern: str) -> None:
    verdict = verdict_of("gitignore-python", rules(lines=("*.log", pattern)), COURSE)
    assert isinstance(verdict, Failed)
    assert f".gitignore:2 says {pattern}" in str(verdict.actual)
    assert verdict.where == (Location(".gitignore", line=2),)


def test_a_rule_for_one_folder_is_not_enough() -> None:
    held = Rule(".gitignore", 1, "/__pycache__/")
    verdict = verdict_of("gitignore-python", rules({BYTECODE[0]: held}), COURSE)
    assert isinstance(verdict, Failed)
    assert "in some folders only" in str(verdict.actual)
    assert "without a folder in front" in str(verdict.hint)


@pytest.mark.parametrize("check", ["gitignore-python", "gitignore-data"])
def test_no_file_at_all(check: str) -> None:
    verdict = verdict_of(check, rules(files=()), COURSE)
    assert isinstance(verdict, Failed)
    assert str(verdict.actual) == "There is no .gitignore."


@pytest.mark.parametrize("check", ["gitignore-python", "gitignore-data"])
def test_a_misspelt_file(check: str) -> None:
    verdict = verdict_of(check, rules(files=(), misspelt=(".gitignore.txt",)), COURSE)
    assert isinstance(verdict, Failed)
    assert ".gitignore.txt is not a name that git knows" in str(verdict.actual)
    assert "git mv .gitignore.txt .gitignore" in str(verdict.hint)


@pytest.mark.parametrize("check", ["gitignore-python", "gitignore-data"])
def test_a_file_in_utf16(check: str) -> None:
    verdict = verdict_of(check, rules(unreadable=(".gitignore",)), COURSE)
    assert isinstance(verdict, Failed)
    assert "UTF-16" in str(verdict.actual)
    assert "UTF-8" in str(verdict.hint)


def test_a_rule_on_another_folder_is_not_taken_for_one_on_bytecode() -> None:
    answers = {path: Rule(".gitignore", 1, "data/") for path in COURSE.samples.bytecode if "data/" in path}
    assert answers
    verdict = verdict_of("gitignore-python", rules(answers, lines=("data/",)), COURSE)
    assert isinstance(verdict, Failed)
    assert str(verdict.actual) == "No rule of .gitignore ignores __pycache__/main.cpython-311.pyc."


def test_data_at_the_root_ignored_passes() -> None:
    verdict = verdict_of("gitignore-data", rules(dict.fromkeys(DATA, Rule(".gitignore", 4, "/data/"))), COURSE)
    assert isinstance(verdict, Passed)
    assert verdict.advice == ()


def test_a_loose_pattern_is_advice() -> None:
    verdict = verdict_of("gitignore-data", rules(dict.fromkeys(DATA, Rule(".gitignore", 4, "data/"))), COURSE)
    assert isinstance(verdict, Passed)
    assert "data/ also ignores src/data/: write /data/" in advised(verdict)
    assert verdict.advice[0].where == (Location(".gitignore", line=4),)


def test_data_not_ignored_fails() -> None:
    verdict = verdict_of("gitignore-data", rules(), COURSE)
    assert isinstance(verdict, Failed)
    assert "No rule of .gitignore ignores data/raw/train.csv" in str(verdict.actual)
    assert "/data/" in str(verdict.hint)


def test_a_nearly_right_data_pattern_is_named() -> None:
    verdict = verdict_of("gitignore-data", rules(lines=("/datas/",)), COURSE)
    assert isinstance(verdict, Failed)
    assert ".gitignore:1 says /datas/, which does not ignore" in str(verdict.actual)


def test_a_rule_that_takes_the_data_back_in_is_named() -> None:
    verdict = verdict_of("gitignore-data", rules(lines=("/data/*", "!/data/raw/")), COURSE)
    assert isinstance(verdict, Failed)
    assert ".gitignore:2 says !/data/raw/, which takes data/raw/train.csv back in" in str(verdict.actual)


# gitignore-sources

CODE = read_code(
    Tree.of({"main.py": "from src.data import import_data\n", "src/data/import_data.py": "x = 1\n"}), COURSE, None
)

TRAP = Rule(".gitignore", 7, "data/")
LOAD = ImportedName("src.data.import_data", "load", None, Location("main.py", line=3))


def test_nothing_swallowed_passes() -> None:
    assert isinstance(verdict_of("gitignore-sources", CODE, COURSE, rules(), Swallowed()), Passed)


def test_without_a_file_there_is_nothing_to_judge() -> None:
    assert isinstance(verdict_of("gitignore-sources", CODE, COURSE, rules(files=()), Swallowed()), ToDo)


def test_the_trap_is_advice_while_nothing_is_missing() -> None:
    facts = Swallowed(threatened=(("src/data/import_data.py", TRAP), ("src/data/split.py", TRAP)))
    verdict = verdict_of("gitignore-sources", CODE, COURSE, rules(), facts)
    assert isinstance(verdict, Passed)
    assert len(verdict.advice) == 1
    assert "data/ would also keep src/data/import_data.py out of the repository, silently: write /data/" in advised(
        verdict
    )


def test_of_modules_that_do_not_exist_yet_the_other_check_speaks() -> None:
    loose = Rule(".gitignore", 9, "models/")
    facts = Swallowed(threatened=(("src/data/train_test_split.py", TRAP), ("src/models/train_evaluate.py", loose)))
    verdict = verdict_of("gitignore-sources", CODE, COURSE, rules(), facts)
    assert isinstance(verdict, Passed)
    assert [one.where for one in verdict.advice] == [(Location(".gitignore", line=9),)]


def test_a_module_that_is_missing_because_of_a_rule_fails() -> None:
    verdict = verdict_of(
        "gitignore-sources", CODE, COURSE, rules(), Swallowed(modules=((LOAD, "src/data/import_data.py", TRAP),))
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
    facts = Swallowed(modules=((LOAD, "src/data/import_data.py", Rule(".gitignore", 1, "*data*")),))
    verdict = verdict_of("gitignore-sources", CODE, COURSE, rules(), facts)
    assert isinstance(verdict, Failed)
    assert "make it narrower" in str(verdict.hint)


def test_a_file_of_the_course_that_a_rule_keeps_out_fails() -> None:
    facts = Swallowed(named=(("environment.yml", Rule(".gitignore", 2, "*.yml")),))
    verdict = verdict_of("gitignore-sources", CODE, COURSE, rules(), facts)
    assert isinstance(verdict, Failed)
    assert "The rule *.yml (.gitignore:2) ignores environment.yml" in str(verdict.actual)
