"""Where this machine cannot tell a fact, nobody fails for it: which checks ask to know, and what they do then."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from checker.checks.registry import checks
from checker.checks.remarks import REMARKS
from checker.checks.suspicions import SUSPICIONS, reports_of_another_hand
from checker.course import load
from checker.evidence.image.simulated_build import dockerfile
from checker.evidence.project.code import read_code
from checker.evidence.registry import probes
from checker.evidence.runs.functions import functions_at_work, model_parameter, runs
from checker.facts.code import Code, ImportedName
from checker.facts.functions import (
    ArgumentChange,
    FunctionsAtWork,
    MainTrials,
    ModelParameter,
    Origin,
    Sighting,
    WrittenFunctions,
)
from checker.facts.history import History
from checker.facts.image import Engine, ImageTrial, LintedDockerfile, Rehearsal
from checker.facts.job import End, Finished, Tampering
from checker.facts.main_script import MainRun, Matrix, Printed
from checker.facts.notebook import NotebookFile, NotebookRun, PastNotebook
from checker.facts.observation import (
    Argument,
    Call,
    Evaluation,
    Fit,
    FittedColumn,
    Holder,
    Observation,
    ProjectFunction,
    Read,
    Split,
    Table,
)
from checker.facts.pull_requests import PullRequests, State
from checker.facts.tree import Tree
from checker.model import Blocked, Failed, Location, Passed, Unavailable, Verdict, text
from checker.needs import needs
from checker.testing import verdict_of
from tests.pull_requests import pull_request

COURSE = load().course
LACKING = Unavailable(what=text("No kernel goes with these packages."), remedy=text("Declare ipykernel."))
OTHER = Unavailable(what=text("This machine ran out of memory."), remedy=text("Run it again."))

ASK_TO_KNOW = {
    ("student_runs", "Declared"): "It says where to run once more what fails; without it, the first run counts.",
    ("student_runs", "EnvironmentUse"): "The same.",
    ("notebook-runs", "PastNotebook"): "It only earns a share back, and matters only where the notebook fails now.",
    ("notebook-runs", "MainRun"): "It only counts where there is no notebook any more.",
    ("notebook-uses-functions", "NotebookRun"): "Main may have taken over, which passes; else it is passed on.",
    ("notebook-uses-functions", "PastNotebook"): "The same.",
    ("functions-standalone", "MainRun"): "It only tells whether main stops in the same error, which is charged there.",
    ("data-remote", "Reporting"): "It only tells of data that are thrown away: without it, what was read passes.",
    ("layout-source", "History"): "It only tells whether the README is still the one of the beginning: advice.",
    ("pull-request", "History"): "It names the default branch, for which the course's usual names stand in.",
    ("dockerfile", "LintedDockerfile"): "Its remarks are advice.",
    ("image-builds", "ImageTrial"): "What can be read fails at once; else the verdict is passed on.",
    ("image-runs", "ImageTrial"): "What the rehearsal lacks fails at once; else the verdict is passed on.",
    ("image-runs", "Rehearsal"): "A run of the image itself says more; without one, it is unavailable anyway.",
    ("image-clean", "ImageTrial"): "A secret that can be read fails at once; else the verdict is passed on.",
    ("image-cache", "ImageTrial"): "The order of the lines is read instead, and costs no points.",
    ("reports_of_another_hand", "MainRun"): "Each run is looked at by itself, and costs nothing.",
    ("reports_of_another_hand", "NotebookRun"): "The same.",
    ("configuration", "MainRun"): "The names in the source stand in, as where main stops too early.",
    ("data_files", "History"): "Data of earlier commits are advice.",
    ("filtered_run", "MainRun"): "A package that the file lacks is told all the same; else the absence is passed on.",
    ("functions_at_work", "MainRun"): "What the others show passes; the fact tells that one is lacking.",
    ("functions_at_work", "NotebookRun"): "The same.",
    ("functions_at_work", "PastNotebook"): "The same.",
    ("model_parameter", "MainTrials"): "The other may show it; the fact tells that one is lacking.",
    ("model_parameter", "NotebookRun"): "The same.",
    ("runs", "MainRun"): "FunctionsAtWork tells that it is lacking.",
    ("runs", "NotebookRun"): "The same.",
    ("leftovers", "History"): "Secrets of earlier commits are advice.",
    ("lint-modules", "UnreachedScores"): "The modules are judged without what only a run could add to them.",
    ("lint_scores", "History"): "The first score is for comparison.",
    ("past_notebook", "History"): "Without a history there is no earlier state to look for.",
    ("plain_main", "Reporting"): "It spares a run.",
    ("step_traces", "History"): "It tells which traces cannot be seen here.",
    ("step_traces", "PullRequests"): "The same.",
    ("unsupported_claims", "MainRun"): "Each run is looked at by itself, and costs nothing.",
    ("unsupported_claims", "NotebookRun"): "The same.",
}
"""Who is told that this machine lacks a fact, and why whoever asks can go on fairly. No other goes on."""


def test_who_goes_on_without_a_fact_has_a_reason() -> None:
    judges = [(identity, check.judge) for identity, check in checks().items()]
    judges += [(function.__name__, function) for function in (*REMARKS, *SUSPICIONS, *probes())]
    asking = {(name, need.kind.__name__) for name, judge in judges for need in needs(judge) if need.told}
    assert asking == ASK_TO_KNOW.keys()


# --- step 1.1

FILE = NotebookFile("titanic.ipynb", ("import os", "train = read()"))
RAN = NotebookRun("titanic.ipynb", "", 2, Finished(end=End.EXIT, status=0, seconds=2, cells=2))
STOPPED = replace(RAN, finished=Finished(end=End.EXIT, status=1, seconds=2, cells=1))
PAST = PastNotebook("c" * 40, None, RAN, 1, complete=True, path="titanic.ipynb")


def test_a_notebook_that_could_not_be_run_here_is_not_called_empty() -> None:
    assert verdict_of("notebook-runs", COURSE, Tree.of({}), FILE, unavailable={NotebookRun: LACKING}) == LACKING


def test_a_notebook_that_runs_needs_no_past() -> None:
    lacking = {PastNotebook: OTHER, MainRun: OTHER}
    assert isinstance(verdict_of("notebook-runs", COURSE, Tree.of({}), FILE, RAN, unavailable=lacking), Passed)


def test_the_share_of_an_earlier_state_is_not_lost_to_the_machine() -> None:
    assert verdict_of("notebook-runs", COURSE, Tree.of({}), FILE, STOPPED, unavailable={PastNotebook: OTHER}) == OTHER
    assert isinstance(verdict_of("notebook-runs", COURSE, Tree.of({}), FILE, STOPPED), Failed)


def test_nor_is_that_of_a_notebook_that_main_has_replaced() -> None:
    assert verdict_of("notebook-runs", COURSE, Tree.of({}), PAST, unavailable={MainRun: OTHER}) == OTHER
    never = replace(PAST, reached_at=None)
    assert isinstance(verdict_of("notebook-runs", COURSE, Tree.of({}), never, unavailable={MainRun: OTHER}), Failed)


# --- step 1.2

PARTS = ("functions-load", "functions-features", "functions-split", "functions-train")
HERE = Location("functions.py", line=2)
CODE = Code(MappingProxyType({}), "main.py", substitute=False, modules=("functions.py",))
WHOLE = ProjectFunction("functions.py", "whole", 1, Holder.MODULE)
LOAD, TRAIN = (replace(WHOLE, name=name) for name in ("load", "train"))
TABLE = Table("pandas.DataFrame", 891, ("Age",))
ALL = Observation(
    functions=(LOAD, TRAIN),
    calls=(Call(LOAD, HERE, (), returned=(TABLE, TABLE)), Call(TRAIN, HERE, (), arguments=(Argument("trees", 20),))),
    reads=(Read("pandas.read_csv", "train.csv", 891, ("Age",), HERE, (LOAD,)),),
    splits=(Split("train_test_split", HERE, (TRAIN,)),),
    fits=(Fit("RandomForestClassifier", 20, 801, (FittedColumn("A", True, LOAD),), HERE, (TRAIN,)),),
    evaluations=(Evaluation("score", HERE, (TRAIN,)), Evaluation("confusion_matrix", HERE, (TRAIN,))),
)
PRINTED = Printed((0.8,), (Matrix(((50, 5), (8, 27)), 2),))
MOVED = ModelParameter(seen=True, trials=(ArgumentChange(TRAIN, Argument("trees", 20), 7, (20,), (7,)),))


def at_work(observation: Observation, origin: Origin = Origin.NOTEBOOK) -> FunctionsAtWork:
    path = "main.py" if origin is Origin.MAIN else "titanic.ipynb"
    return FunctionsAtWork((Sighting(origin, path, observation, complete=True, printed=PRINTED),))


def judged(check: str, work: FunctionsAtWork, *more: object, code: Code = CODE) -> Verdict:
    whole = runs(work, WrittenFunctions((), ()), code, None, None, None, None)
    return verdict_of(check, COURSE, *more, work, code, whole, MOVED)


EMPTY = at_work(Observation())


@pytest.mark.parametrize("check", PARTS)
def test_a_part_that_the_other_run_may_show_is_not_failed(check: str) -> None:
    assert isinstance(judged(check, EMPTY), Failed)
    assert judged(check, replace(EMPTY, unseen=LACKING)) == LACKING
    assert judged(check, FunctionsAtWork((), LACKING)) == LACKING


@pytest.mark.parametrize("check", [*PARTS, "notebook-uses-functions"])
@pytest.mark.parametrize("origin", [Origin.MAIN, Origin.NOTEBOOK])
def test_a_part_that_one_run_shows_passes_whatever_could_not_be_run(check: str, origin: Origin) -> None:
    assert isinstance(judged(check, replace(at_work(ALL, origin), unseen=LACKING)), Passed)


def test_a_forgotten_module_blocks_wherever_it_is_graded() -> None:
    lost = replace(CODE, modules=(), missing=(ImportedName("functions", "load", None, Location("main.py", line=1)),))
    for check in PARTS:
        assert judged(check, FunctionsAtWork((), LACKING), code=lost) == Blocked(by=("functions-standalone",))


def test_the_number_of_trees_is_not_called_fixed_where_it_could_not_be_tried() -> None:
    untried = ModelParameter(seen=False, unseen=OTHER)
    assert isinstance(judged("functions-train", at_work(ALL), replace(untried, unseen=None)), Failed)
    assert judged("functions-train", at_work(ALL), untried) == OTHER


def test_calls_that_main_may_have_taken_over_are_not_failed() -> None:
    check = "notebook-uses-functions"
    assert isinstance(judged(check, EMPTY, FILE, RAN), Failed)
    assert judged(check, replace(EMPTY, unseen=OTHER), FILE, RAN) == OTHER
    assert isinstance(judged(check, FunctionsAtWork(()), FILE), Blocked)
    assert judged(check, FunctionsAtWork((), LACKING), FILE) == LACKING


def test_the_runs_tell_which_is_lacking() -> None:
    main = MainRun("main.py", substitute=False, finished=RAN.finished, observation=ALL)
    work = functions_at_work(main, LACKING, None, COURSE)
    assert [seen.origin for seen in work.sightings] == [Origin.MAIN]
    assert work.unseen == LACKING
    assert functions_at_work(main, None, None, COURSE).unseen is None
    assert functions_at_work(OTHER, LACKING, LACKING, COURSE) == FunctionsAtWork((), OTHER)


def test_what_moves_the_trees_in_one_run_needs_no_other() -> None:
    assert model_parameter(Tree.of({}), COURSE, MainTrials(MOVED), LACKING, None, None) == MOVED
    nothing = model_parameter(Tree.of({}), COURSE, MainTrials(None), LACKING, FILE, None)
    assert (nothing.moving, nothing.unseen) == (None, LACKING)
    assert model_parameter(Tree.of({}), COURSE, OTHER, None, None, None).unseen == OTHER


# --- steps 1.5 and 1.9


def test_how_the_code_is_shared_out_is_not_failed_where_main_could_not_be_run() -> None:
    facts = (COURSE, CODE, Tree.of({}), WrittenFunctions((), ()))
    assert isinstance(verdict_of("layout-source", *facts, EMPTY), Failed)
    assert verdict_of("layout-source", *facts, replace(EMPTY, unseen=OTHER)) == OTHER
    by_main = replace(at_work(ALL, Origin.MAIN), unseen=LACKING)
    assert isinstance(verdict_of("layout-source", *facts, by_main), Failed)  # it lacks the run that counts less


def test_a_branch_is_not_called_the_default_one_by_its_name_alone() -> None:
    request = pull_request(4, "student/titanic", "master", target_branch="trunk", target_default="trunk")
    facts = (PullRequests((request,), "event"), COURSE)
    assert isinstance(verdict_of("pull-request", *facts), Failed)
    assert verdict_of("pull-request", *facts, unavailable={History: OTHER}) == OTHER
    closed = PullRequests((replace(request, source_branch="mine", state=State.CLOSED),), "event")
    assert isinstance(verdict_of("pull-request", closed, COURSE, unavailable={History: OTHER}), Failed)
    merged = PullRequests((replace(request, source_branch="mine", state=State.MERGED),), "event")
    assert isinstance(verdict_of("pull-request", merged, COURSE, unavailable={History: OTHER}), Passed)


# --- step 2.3

PROJECT = {"main.py": "import yaml\n", "requirements.txt": "pyyaml==6\n"}
RECIPE = """FROM python:3.11-slim
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY main.py ./
CMD ["python", "main.py"]
"""
NO_ENGINE = Engine(None, text("No engine answers."), text("Start it."))


def of_image(check: str, recipe: str = RECIPE, **files: str) -> Verdict:
    tree = Tree.of({**PROJECT, **files, "Dockerfile": recipe})
    facts = (dockerfile(tree), read_code(tree, COURSE, None), tree, COURSE, NO_ENGINE)
    return verdict_of(check, *facts, unavailable={ImageTrial: OTHER, Rehearsal: OTHER, LintedDockerfile: OTHER})


def test_what_is_read_in_a_dockerfile_is_judged_whatever_could_not_be_tried() -> None:
    assert isinstance(of_image("dockerfile"), Passed)
    assert isinstance(of_image("image-cache"), Passed)
    assert [of_image(f"image-{name}") for name in ("builds", "runs", "clean")] == [OTHER] * 3
    assert isinstance(of_image("dockerfile", RECIPE.replace("CMD", "#")), Failed)
    assert isinstance(of_image("image-builds", RECIPE.replace("COPY main.py", "COPY main.py other.py")), Failed)
    assert isinstance(of_image("image-clean", RECIPE + "ENV AWS_SECRET_ACCESS_KEY=" + "wJalrXUtnFEMI" * 3), Failed)


# --- suspicions


def test_each_run_is_looked_at_by_itself() -> None:
    wrote = replace(RAN, finished=replace(RAN.finished, tampering=frozenset({Tampering.FOREIGN})))
    assert len(reports_of_another_hand(OTHER, wrote)) == 1
    assert reports_of_another_hand(OTHER, LACKING) == ()
