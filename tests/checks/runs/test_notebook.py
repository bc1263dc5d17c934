"""The check of step 1.1, on facts made by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from checker.course import load
from checker.facts.job import End, Finished, StudentError
from checker.facts.main_script import MainRun
from checker.facts.notebook import NotebookFile, NotebookRun, PastNotebook
from checker.facts.observation import Fit, Observation
from checker.facts.tree import Tree
from checker.model import Failed, Location, ToDo, Verdict, text
from checker.testing import verdict_of
from tests.verdicts import advised, failed, passed

COURSE = load().course
FILE = NotebookFile("titanic.ipynb", ("import os", "os.chdir('/home/me')", "train = read()"))
FITTED = Observation(fits=(Fit("RandomForestClassifier", 20, 800, ()),))
RAN = NotebookRun("titanic.ipynb", "", 3, Finished(end=End.EXIT, status=0, seconds=2.04, cells=3), observation=FITTED)
MAIN = MainRun("main.py", substitute=False, finished=Finished(end=End.EXIT, status=0, seconds=1))


def failing(name: str, message: str, *frames: tuple[Location, str], cells: int = 1) -> NotebookRun:
    error = StudentError(name, message, frames or ((Location("titanic.ipynb", 2, 1), "os.chdir('/home/me')"),))
    return replace(RAN, finished=Finished(end=End.EXIT, status=1, seconds=1, cells=cells, error=error))


def judged(*facts: object, files: tuple[str, ...] = ()) -> Verdict:
    return verdict_of("notebook-runs", COURSE, Tree.of(dict.fromkeys(files, "")), *facts)


def failure(*facts: object, files: tuple[str, ...] = ()) -> Failed:
    return failed(judged(*facts, files=files))


def test_a_run_to_the_end_passes() -> None:
    verdict = passed(judged(FILE, RAN))
    assert str(verdict.message) == "All 3 code cells of titanic.ipynb ran in 2.0 s."
    assert not verdict.advice


def test_a_run_from_the_root_only_passes_with_advice() -> None:
    verdict = passed(judged(replace(FILE, path="notebooks/titanic.ipynb"), replace(RAN, from_root=True)))
    assert "only from the root" in advised(verdict)


def test_a_notebook_without_a_forest_is_worth_a_word() -> None:
    assert "trains no forest" in advised(passed(judged(FILE, replace(RAN, observation=Observation()))))


def test_the_author_s_folder_is_named_with_its_cell() -> None:
    verdict = failure(FILE, failing("FileNotFoundError", "[Errno 2] No such file or directory: '/home/me'"))
    assert str(verdict.where[0]) == "titanic.ipynb[2]:1"
    assert "Cell 2, which begins with os.chdir('/home/me'), stops: FileNotFoundError" in str(verdict.actual)
    assert "remove the os.chdir" in str(verdict.hint)
    assert verdict.credit == 0
    assert verdict.details["traceback"] == ["titanic.ipynb[2]:1: os.chdir('/home/me')"]


@pytest.mark.parametrize(
    ("name", "message", "files", "says"),
    [
        ("FileNotFoundError", "No such file: 'C:/me/train.csv'", (), "C:/me/train.csv exists on your machine only"),
        ("FileNotFoundError", "No such file: 'train.csv'", ("data/raw/train.csv",), "its path is data/raw/train.csv"),
        ("FileNotFoundError", "No such file: 'train.csv'", (), "train.csv is not in the repository"),
        ("ModuleNotFoundError", "No module named 'functions'", ("src/functions.py",), "is now src/functions.py"),
        ("ModuleNotFoundError", "No module named 'src'", ("src/a.py",), "sys.path.insert(0, '..')"),
        ("ModuleNotFoundError", "No module named 'functions'", (), "git add it"),
        ("NameError", "name 'x' is not defined", (), "define it further up"),
        ("SyntaxError", "invalid syntax", (), "Python cannot read this line"),
        ("TypeError", "unsupported", (), "Mend this cell first"),
        ("DeadKernelError", "the kernel ended in the middle", (), "leaves Python or needs too much memory"),
    ],
)
def test_the_hint_fits_the_error(name: str, message: str, files: tuple[str, ...], says: str) -> None:
    frames = ((Location("titanic.ipynb", 3, 1), "train = read()"),)
    assert says in str(failure(FILE, failing(name, message, *frames), files=files).hint)


def test_a_name_that_a_module_lacks_is_no_matter_of_cells() -> None:
    frames = ((Location("titanic.ipynb", 3, 1), "train = read()"), (Location("functions.py", line=9), "pd.read_csv(p)"))
    verdict = failure(FILE, failing("NameError", "name 'pd' is not defined", *frames))
    assert "Put every import that the module needs at its top" in str(verdict.hint)


def test_a_path_is_told_as_seen_from_the_notebooks_folder() -> None:
    file = replace(FILE, path="notebooks/titanic.ipynb")
    ran = failing("FileNotFoundError", "No such file: 'train.csv'", (Location(file.path, 3, 1), "x"))
    assert "its path is ../data/raw/train.csv" in str(failure(file, ran, files=("data/raw/train.csv",)).hint)


def test_a_limit_names_the_cell() -> None:
    finished = Finished(end=End.TIME, status=9, seconds=420, cells=2, where=(Location("titanic.ipynb", 3),))
    verdict = failure(FILE, replace(RAN, finished=finished))
    assert str(verdict.where[0]) == "titanic.ipynb[3]"
    assert "Too slow: stopped after 420 s, at titanic.ipynb[3]" in str(verdict.actual)
    assert verdict.reproduce.startswith("timeout 420 jupyter nbconvert")


def test_silence_is_no_success() -> None:
    finished = Finished(end=End.EXIT, status=0, seconds=1, cells=1)
    assert str(failure(FILE, replace(RAN, finished=finished)).where[0]) == "titanic.ipynb[2]"


def test_an_earlier_commit_that_ran_earns_what_the_course_says() -> None:
    past = PastNotebook("a" * 40, "b" * 40, RAN, 1, complete=True, cause=text("A function was renamed."))
    verdict = failure(FILE, failing("ImportError", "cannot import name 'f'"), past)
    assert verdict.credit == COURSE.credit.regression == Fraction(1)
    assert verdict.reached_at == "a" * 40
    assert "A function was renamed. The step is reached all the same" in str(verdict.hint)
    assert verdict.details["broken_at"] == "b" * 40


def test_an_unfinished_look_back_says_so() -> None:
    past = PastNotebook(None, None, None, 4, complete=False)
    verdict = failure(FILE, failing("KeyError", "'x'"), past)
    assert verdict.credit == 0
    assert "only 4 states could be tried" in advised(verdict)


def test_what_is_no_notebook_fails_with_its_problem() -> None:
    broken = NotebookFile(
        "titanic.ipynb", (), text("{path} is empty.", path="titanic.ipynb"), problem_where=(Location("titanic.ipynb"),)
    )
    verdict = failure(broken)
    assert "is empty" in str(verdict.actual)
    assert "jupyter nbconvert" in verdict.reproduce


@pytest.mark.parametrize("cells", [(), ("", " \n")])
def test_a_notebook_without_code_fails(cells: tuple[str, ...]) -> None:
    assert "holds no code" in str(failure(replace(FILE, cells=cells), replace(RAN, cells=len(cells))).actual)


def test_a_removed_notebook_is_reached_where_main_has_taken_over() -> None:
    past = PastNotebook("a" * 40, "b" * 40, RAN, 1, complete=True, path="titanic.ipynb")
    assert failure(past, MAIN).credit == 1
    assert failure(past).credit == 0
    assert "git checkout aaaaaaaa -- titanic.ipynb" in str(failure(past).hint)


def test_no_notebook_ever_is_to_do() -> None:
    assert isinstance(judged(), ToDo)
    assert isinstance(judged(PastNotebook(None, None, None, 0, complete=True)), ToDo)


def test_tags_are_taken_off_by_the_command() -> None:
    verdict = failure(replace(FILE, tagged=True), failing("KeyError", "'x'"))
    assert 'pop("tags"' in verdict.reproduce
    assert "force_raise_errors=True" in verdict.reproduce


def test_the_command_quotes_what_the_student_named() -> None:
    path = "a b'$(x).ipynb"
    assert "'a b'\"'\"'$(x).ipynb'" in failure(replace(FILE, path=path), failing("KeyError", "'x'")).reproduce
