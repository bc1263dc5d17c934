"""The checks of step 1.2, on observations made by hand."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from checker.checks.pipeline_roles import Roles
from checker.course import load
from checker.evidence.runs.functions import runs
from checker.facts.code import Code, ImportedName, PythonFile
from checker.facts.functions import (
    ArgumentChange,
    FunctionsAtWork,
    ModelParameter,
    ModuleImport,
    ModuleImports,
    Origin,
    Runs,
    Sighting,
    WrittenFunction,
    WrittenFunctions,
)
from checker.facts.job import End, Finished, StudentError
from checker.facts.main_script import Matrix, Printed
from checker.facts.notebook import NotebookFile, PastNotebook
from checker.facts.observation import (
    Argument,
    Call,
    Evaluation,
    Fit,
    FittedColumn,
    Holder,
    Observation,
    Opened,
    OpenedConnection,
    ProjectFunction,
    Read,
    Split,
    Table,
)
from checker.model import Basis, Blocked, Failed, Location, Passed, ToDo, Verdict
from checker.needs import needs
from checker.testing import crashed, main_run, verdict_of
from tests.verdicts import failed, passed

COURSE = load().course
CODE = Code(MappingProxyType({}), "main.py", substitute=False, modules=("functions.py",))
NOTHING_WRITTEN = WrittenFunctions((), ())


def function(name: str, holder: Holder = Holder.MODULE) -> ProjectFunction:
    path = {Holder.MODULE: "functions.py", Holder.SCRIPT: "main.py", Holder.CELL: "titanic.ipynb"}[holder]
    return ProjectFunction(path, name, 3, holder, cell=5 if holder is Holder.CELL else None)


LOAD, FEATURES, SPLIT, TRAIN, JUDGE = (function(name) for name in ("lire", "variables", "couper", "entrainer", "juger"))
HERE = Location("titanic.ipynb", 4, 1)
FRAME = Table("pandas.DataFrame", 891, ("Age",))
ALL = Observation(
    functions=(LOAD, FEATURES, SPLIT, TRAIN, JUDGE),
    calls=(
        Call(LOAD, HERE, (), returned=(FRAME, replace(FRAME, rows=418))),
        Call(TRAIN, HERE, (), arguments=(Argument("arbres", 20),)),
    ),
    reads=tuple(Read("pandas.read_csv", f"{name}.csv", 891, ("Age",), HERE, (LOAD,)) for name in ("train", "test")),
    splits=(Split("train_test_split", HERE, (SPLIT,)),),
    fits=(
        Fit(
            "RandomForestClassifier",
            20,
            801,
            (
                FittedColumn("Age", differs=True, made_in=FEATURES),
                FittedColumn("Title", differs=True, made_in=FEATURES),
                FittedColumn("Fare", differs=True),
                FittedColumn("Parch", differs=False),
            ),
            HERE,
            (TRAIN,),
        ),
    ),
    evaluations=(Evaluation("score", HERE, (JUDGE,)), Evaluation("confusion_matrix", HERE, (JUDGE,))),
)
PRINTED = Printed((0.8,), (Matrix(((50, 5), (8, 27)), 2),))
MOVED = ModelParameter(seen=True, trials=(ArgumentChange(TRAIN, Argument("arbres", 20), 7, (20,), (7,)),))
STILL = ModelParameter(seen=True, trials=(ArgumentChange(TRAIN, Argument("arbres", 20), 7, (20,), (20,)),))


def at_work(observation: Observation, origin: Origin = Origin.NOTEBOOK, **more: object) -> FunctionsAtWork:
    path = "main.py" if origin is Origin.MAIN else "titanic.ipynb"
    seen = Sighting(origin, path, observation, complete=True, printed=PRINTED)
    return FunctionsAtWork((replace(seen, **more),))  # type: ignore[arg-type]


def judged(check: str, work: FunctionsAtWork, *more: object) -> Verdict:
    facts = [*more, work, CODE, NOTHING_WRITTEN, MOVED]
    return verdict_of(check, COURSE, together(facts), *facts)


def together(facts: list[object]) -> Runs:
    """The first fact of each kind, as the probe puts them together."""
    found = [next((fact for fact in facts if isinstance(fact, need.kind)), None) for need in needs(runs)]
    return runs(*found)  # type: ignore[arg-type]


def failure(check: str, work: FunctionsAtWork, *more: object) -> Failed:
    return failed(judged(check, work, *more))


PARTS = ("functions-load", "functions-features", "functions-split", "functions-train")


@pytest.mark.parametrize("check", [*PARTS, "notebook-uses-functions"])
def test_functions_that_do_their_part_pass(check: str) -> None:
    assert isinstance(judged(check, at_work(ALL)), Passed)


@pytest.mark.parametrize("check", PARTS)
def test_functions_of_a_cell_do_not_count(check: str) -> None:
    def in_cell(stack: tuple[ProjectFunction, ...]) -> tuple[ProjectFunction, ...]:
        return tuple(function(each.name, Holder.CELL) for each in stack)

    moved = replace(
        ALL,
        calls=tuple(replace(call, function=function(call.function.name, Holder.CELL)) for call in ALL.calls),
        reads=tuple(replace(read, stack=in_cell(read.stack)) for read in ALL.reads),
        splits=tuple(replace(split, stack=in_cell(split.stack)) for split in ALL.splits),
        fits=tuple(
            replace(
                fit,
                stack=in_cell(fit.stack),
                columns=tuple(
                    replace(column, made_in=function("f", Holder.CELL) if column.made_in else None)
                    for column in fit.columns
                ),
            )
            for fit in ALL.fits
        ),
    )
    assert isinstance(judged(check, at_work(moved)), Failed)


@pytest.mark.parametrize("check", PARTS)
def test_functions_of_the_script_count_with_advice(check: str) -> None:
    names = {one: function(one.name, Holder.SCRIPT) for one in ALL.functions}
    moved = replace(
        ALL,
        calls=tuple(replace(call, function=names[call.function]) for call in ALL.calls),
        reads=tuple(replace(read, stack=(names[LOAD],)) for read in ALL.reads),
        splits=(Split("train_test_split", HERE, (names[SPLIT],)),),
        fits=tuple(
            replace(
                fit,
                stack=(names[TRAIN],),
                columns=tuple(replace(c, made_in=names[FEATURES] if c.made_in else None) for c in fit.columns),
            )
            for fit in ALL.fits
        ),
        evaluations=tuple(replace(each, stack=(names[JUDGE],)) for each in ALL.evaluations),
    )
    assert "in a module of their own" in str(passed(judged(check, at_work(moved, Origin.MAIN))).advice[0].message)


@pytest.mark.parametrize("check", PARTS)
def test_one_function_for_everything_plays_no_part(check: str) -> None:
    tout = function("tout")
    one = replace(
        ALL,
        calls=(Call(tout, HERE, ()),),
        reads=tuple(replace(read, stack=(tout,)) for read in ALL.reads),
        splits=(Split("train_test_split", HERE, (tout,)),),
        fits=(replace(ALL.fits[0], stack=(tout,), columns=(FittedColumn("Age", differs=True, made_in=tout),)),),
        evaluations=(Evaluation("score", HERE, (tout,)),),
    )
    assert "tout does everything at once" in str(failure(check, at_work(one)).actual)


def test_a_function_that_calls_the_others_takes_nothing_from_them() -> None:
    main = function("main", Holder.SCRIPT)
    around = replace(
        ALL,
        calls=(Call(main, None, ()), *(replace(call, stack=(main,)) for call in ALL.calls)),
        reads=tuple(replace(read, stack=(main, *read.stack)) for read in ALL.reads),
        splits=tuple(replace(split, stack=(main, *split.stack)) for split in ALL.splits),
        fits=tuple(replace(fit, stack=(main, *fit.stack)) for fit in ALL.fits),
    )
    roles = Roles(around)
    assert roles.missing() == ()
    assert roles.training() == (TRAIN,)
    assert Roles(replace(around, splits=(Split("train_test_split", HERE, (main,)),))).missing() == ("split",)


def test_a_module_that_was_never_added_is_charged_once_and_named() -> None:
    missing = (ImportedName("functions", "lire", None, Location("titanic.ipynb", 1, 3)),)
    code = replace(CODE, main=None, modules=(), missing=missing)
    for check in PARTS:
        assert judged(check, FunctionsAtWork(()), code) == Blocked(by=("functions-standalone",))
    verdict = failed(verdict_of("functions-standalone", None, None, code, COURSE, None, None))
    assert "functions is imported, but functions.py is not in the repository." in str(verdict.actual)
    assert "git add functions.py" in str(verdict.hint)
    assert str(verdict.where[0]) == "titanic.ipynb[1]:3"


@pytest.mark.parametrize("check", [*PARTS, "notebook-uses-functions"])
def test_a_script_that_only_starts_the_notebook_shows_nothing_of_it(check: str) -> None:
    sightings = (*at_work(Observation(), Origin.MAIN).sightings, *at_work(INLINE).sightings)
    assert failure(check, FunctionsAtWork(sightings)).details["seen_in"] == "titanic.ipynb"


# --- load


def test_reading_in_a_cell_is_named_with_its_place() -> None:
    seen = replace(ALL, reads=tuple(replace(read, stack=()) for read in ALL.reads))
    assert "outside of all functions, at titanic.ipynb[4]:1" in str(failure("functions-load", at_work(seen)).actual)


def test_one_table_is_not_enough_while_the_other_is_read_elsewhere() -> None:
    seen = replace(
        ALL, calls=(Call(LOAD, HERE, (), returned=(FRAME,)),), reads=(ALL.reads[0], replace(ALL.reads[1], stack=()))
    )
    assert "one table only" in str(failure("functions-load", at_work(seen)).actual)


def test_two_calls_of_one_function_are_enough() -> None:
    seen = replace(ALL, calls=(Call(LOAD, HERE, (), returned=(FRAME,)),) * 2)
    assert isinstance(judged("functions-load", at_work(seen)), Passed)


def test_tables_of_another_library_are_named() -> None:
    polars = Table("polars.DataFrame", 891, ("Age",), frame=False)
    seen = replace(ALL, calls=(Call(LOAD, HERE, (), returned=(polars, polars)),))
    assert "polars.DataFrame, not a pandas DataFrame" in str(failure("functions-load", at_work(seen)).actual)


def test_a_reader_that_returns_nothing_fails() -> None:
    seen = replace(ALL, calls=(Call(LOAD, HERE, ()),))
    verdict = failure("functions-load", at_work(seen))
    assert "returns no table" in str(verdict.actual)
    assert verdict.where == (LOAD.where,)


def test_main_may_read_from_where_the_configuration_says() -> None:
    where = Location("main.py", None, 9)
    seen = replace(ALL, calls=(), reads=tuple(replace(read, stack=(), where=where) for read in ALL.reads))
    assert isinstance(judged("functions-load", at_work(seen, Origin.MAIN)), Failed)
    with_file = replace(seen, opened=(Opened("config.yaml", inside=True, writing=False, where=where),))
    assert passed(judged("functions-load", at_work(with_file, Origin.MAIN))).advice


# --- features, split


def test_half_of_the_variables_is_enough_and_less_is_not() -> None:
    columns = (FittedColumn("Age", differs=True, made_in=FEATURES), FittedColumn("Fare", differs=True))
    half = replace(ALL, fits=(replace(ALL.fits[0], columns=columns),))
    assert isinstance(judged("functions-features", at_work(half)), Passed)
    less = replace(ALL, fits=(replace(ALL.fits[0], columns=(*columns, FittedColumn("Title", differs=True))),))
    verdict = failure("functions-features", at_work(less))
    assert "2 of 3 variables are made outside of functions: Fare, Title." in str(verdict.actual)
    assert verdict.details["outside"] == ["Fare", "Title"]


def test_columns_as_they_were_read_are_no_variables() -> None:
    raw = replace(ALL, fits=(replace(ALL.fits[0], columns=(FittedColumn("Fare", differs=False),)),))
    assert "no variable is made" in str(failure("functions-features", at_work(raw)).actual)


def test_folds_of_a_search_do_not_hide_a_split_in_a_cell() -> None:
    splits = (Split("train_test_split", HERE, ()), Split("folds", HERE, (TRAIN,)))
    assert isinstance(judged("functions-split", at_work(replace(ALL, splits=splits))), Failed)
    assert isinstance(judged("functions-split", at_work(replace(ALL, splits=splits[1:]))), Passed)


# --- train


def test_a_parameter_without_effect_is_named() -> None:
    verdict = failure("functions-train", at_work(ALL), STILL)
    assert "entrainer was called with arbres=7, and the forest still had 20 trees." in str(verdict.actual)
    assert "n_estimators=arbres" in str(verdict.hint)
    assert "11" in verdict.reproduce or "7" in verdict.reproduce


def test_no_parameter_at_all() -> None:
    verdict = failure("functions-train", at_work(ALL), ModelParameter(seen=True))
    assert "entrainer has no parameter for the number of trees" in str(verdict.actual)


def test_where_not_every_argument_could_be_tried_the_source_is_asked() -> None:
    unfinished = replace(STILL, complete=False)
    assert passed(judged("functions-train", at_work(ALL), unfinished, WRITTEN)).basis is Basis.READ
    assert isinstance(judged("functions-train", at_work(ALL), unfinished), Failed)


def test_where_nothing_runs_now_the_source_is_asked_and_not_the_argument_that_could_not_be_tried() -> None:
    """A crash of main and notebook is charged where they run; here it must not read as a missing parameter."""
    verdict = passed(judged("functions-train", at_work(ALL, Origin.PAST), ModelParameter(seen=False), WRITTEN))
    assert verdict.basis is Basis.READ


def test_an_evaluation_in_a_cell_fails() -> None:
    seen = replace(ALL, evaluations=tuple(replace(each, stack=()) for each in ALL.evaluations))
    assert "no function evaluates it" in str(failure("functions-train", at_work(seen)).actual)


def test_what_is_not_printed_is_named() -> None:
    seen = replace(ALL, evaluations=ALL.evaluations[:1])
    silent = at_work(seen, printed=Printed((0.8,), ()))
    assert "What is not printed: the confusion matrix." in str(failure("functions-train", silent).actual)
    mute = at_work(ALL, printed=Printed((), ()))
    assert "the performance, the confusion matrix" in str(failure("functions-train", mute).actual)


def test_no_forest_in_this_process() -> None:
    verdict = failure("functions-train", at_work(replace(ALL, fits=())), ModelParameter(seen=False))
    assert "No forest was trained in the process of titanic.ipynb." in str(verdict.actual)


# --- where nothing ran, the source is read

WRITTEN = WrittenFunctions(
    (
        WrittenFunction("functions.py", "lire", Location("functions.py", line=1), reads=2, returns=True),
        WrittenFunction("functions.py", "variables", Location("functions.py", line=5), columns=("Age", "Title")),
        WrittenFunction("functions.py", "couper", Location("functions.py", line=9), splits=True, returns=True),
        WrittenFunction(
            "functions.py",
            "entrainer",
            Location("functions.py", line=12),
            fits=True,
            value_from="arbres",
            measures=frozenset({"score"}),
        ),
    ),
    (WrittenFunction("titanic.ipynb", "", Location("titanic.ipynb", 2), columns=("Fare",)),),
)


@pytest.mark.parametrize("check", PARTS)
def test_what_is_written_counts_where_nothing_ran(check: str) -> None:
    assert passed(judged(check, FunctionsAtWork(()), WRITTEN)).basis is Basis.READ


@pytest.mark.parametrize("check", PARTS)
def test_what_is_not_written_fails_as_read(check: str) -> None:
    verdict = failure(check, FunctionsAtWork(()))
    assert verdict.basis is Basis.READ
    assert verdict.reproduce


@pytest.mark.parametrize("check", PARTS)
@pytest.mark.parametrize(
    ("module", "main", "by"),
    [
        ("src.data.import_data", "main.py", "layout-source"),
        ("outils", "main.py", "main-runs"),
        ("outils", None, "notebook-runs"),
    ],
)
def test_what_a_forgotten_module_might_do_is_not_said_to_be_missing(
    check: str, module: str, main: str | None, by: str
) -> None:
    missing = (ImportedName(module, "lire", None, Location("main.py", line=1)),)
    code = replace(CODE, main=main, missing=missing)
    assert judged(check, FunctionsAtWork(()), code) == Blocked(by=(by,))
    assert isinstance(judged(check, FunctionsAtWork(()), code, WRITTEN), Passed)


@pytest.mark.parametrize("check", PARTS)
def test_of_a_module_that_nobody_can_read_one_check_speaks(check: str) -> None:
    code = replace(CODE, files=MappingProxyType({"functions.py": PythonFile("functions.py", "def f(", None)}))
    assert judged(check, FunctionsAtWork(()), code) == Blocked(by=("main-runs",))
    assert judged(check, FunctionsAtWork(()), replace(code, main=None)) == Blocked(by=("functions-standalone",))
    assert isinstance(judged(check, FunctionsAtWork(()), code, WRITTEN), Passed)


@pytest.mark.parametrize("check", PARTS)
def test_a_crashed_run_may_still_show_a_part(check: str) -> None:
    assert passed(judged(check, at_work(ALL, complete=False))).basis is Basis.RUN


@pytest.mark.parametrize("check", PARTS)
def test_a_past_run_of_other_modules_shows_nothing_of_now(check: str) -> None:
    assert isinstance(judged(check, at_work(ALL, Origin.PAST, same=False, commit="a" * 40)), Failed)


# --- each module alone


def alone(finished: Finished, observation: Observation | None = None, **more: str) -> ModuleImports:
    made = ModuleImport("functions.py", "functions", "", finished, observation or Observation())
    return ModuleImports((replace(made, **more),))  # type: ignore[arg-type]


QUIET = Finished(end=End.EXIT, status=0, seconds=0.1)


def standalone(imports: ModuleImports) -> Verdict:
    return verdict_of("functions-standalone", COURSE, CODE, imports)


def test_a_quiet_import_passes() -> None:
    assert isinstance(standalone(alone(QUIET)), Passed)


def test_an_import_that_never_comes_back_is_no_success() -> None:
    verdict = failed(standalone(ModuleImports((replace(alone(QUIET).imports[0], left=True),))))
    assert "before the import has come back" in str(verdict.actual)


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (Observation(opened=(Opened("train.csv", inside=True, writing=False, where=HERE),)), "it opens train.csv"),
        (
            Observation(connections=(OpenedConnection("minio.example.org", 443, HERE),)),
            "it connects to minio.example.org",
        ),
        (Observation(fits=ALL.fits), "it trains a forest"),
    ],
)
def test_work_at_import_is_named_with_its_line(seen: Observation, says: str) -> None:
    verdict = failed(standalone(alone(QUIET, seen)))
    assert says in str(verdict.actual)
    assert verdict.where == (HERE,)


def test_a_configuration_opened_at_import_is_advice() -> None:
    seen = Observation(opened=(Opened("config.yaml", inside=True, writing=False, where=HERE),))
    assert "opens config.yaml" in str(passed(standalone(alone(QUIET, seen))).advice[0].message)


def test_a_module_found_from_its_folder_only_is_advice() -> None:
    assert "found only from src" in str(passed(standalone(alone(QUIET, folder="src"))).advice[0].message)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (StudentError("NameError", "name 'pd' is not defined"), "every import that the module needs at its top"),
        (StudentError("ModuleNotFoundError", "No module named 'features'"), "features is not found from the root"),
        (StudentError("SyntaxError", "invalid syntax"), "Python cannot read the file"),
        (StudentError("FileNotFoundError", "'train.csv'"), "Read no file while the module is imported"),
    ],
)
def test_an_import_that_fails_has_its_hint(error: StudentError, says: str) -> None:
    verdict = failed(standalone(alone(Finished(end=End.EXIT, status=1, seconds=0.1, error=error))))
    assert says in str(verdict.hint)
    assert verdict.reproduce == "python -c 'import functions'"


def test_an_import_that_never_ends_is_too_slow() -> None:
    finished = Finished(end=End.TIME, status=9, seconds=60, where=(Location("functions.py", line=4),))
    verdict = failed(standalone(alone(finished)))
    assert "stopped after 60 s" in str(verdict.actual)
    assert str(verdict.where[0]) == "functions.py:4"
    assert verdict.reproduce.startswith("timeout 60")


def test_the_error_of_the_main_script_is_charged_there_where_the_course_has_that_check() -> None:
    imports, run = alone(crashed("KeyError", "'x'")), main_run(crashed("KeyError", "'x'"))
    passed(verdict_of("functions-standalone", COURSE, CODE, imports, run))
    steps = tuple(step for step in COURSE.steps if step.id != "1.3")
    failed(verdict_of("functions-standalone", COURSE.model_copy(update={"steps": steps}), CODE, imports, run))


def test_no_module_is_to_do() -> None:
    assert isinstance(verdict_of("functions-standalone", COURSE, replace(CODE, modules=())), ToDo)


# --- the notebook


def test_a_part_that_is_left_in_a_cell_is_named() -> None:
    seen = replace(ALL, fits=tuple(replace(fit, stack=()) for fit in ALL.fits))
    verdict = failure("notebook-uses-functions", at_work(seen))
    assert "these parts are no calls of functions: training." in str(verdict.actual)
    assert verdict.where == (HERE,)


def test_a_main_that_calls_them_has_taken_over() -> None:
    assert "has done its duty" in str(passed(judged("notebook-uses-functions", at_work(ALL, Origin.MAIN))).message)


FEW_MADE = replace(
    ALL,
    fits=(
        replace(
            ALL.fits[0],
            columns=(
                FittedColumn("Title", differs=True, made_in=FEATURES),
                *(FittedColumn(name, differs=True) for name in ("Age", "Fare", "Parch")),
            ),
        ),
    ),
)


@pytest.mark.parametrize("origin", [Origin.MAIN, Origin.NOTEBOOK])
def test_too_few_variables_made_by_functions_are_charged_once(origin: Origin) -> None:
    verdict = failure("functions-features", at_work(FEW_MADE, origin))
    assert "3 of 4 variables are made outside of functions" in str(verdict.actual)
    assert isinstance(judged("notebook-uses-functions", at_work(FEW_MADE, origin)), Passed)


def test_a_notebook_that_calls_nothing_to_make_variables_does_not_use_the_functions() -> None:
    columns = tuple(FittedColumn(name, differs=True) for name in ("Age", "Fare"))
    verdict = failure("notebook-uses-functions", at_work(replace(ALL, fits=(replace(ALL.fits[0], columns=columns),))))
    assert "these parts are no calls of functions: making the variables." in str(verdict.actual)
    assert verdict.reproduce == failure("functions-features", at_work(FEW_MADE)).reproduce


NOT_CALLED = WrittenFunctions(
    (
        WrittenFunction("functions.py", "lire", Location("functions.py", line=3), reads=2, returns=True),
        WrittenFunction("functions.py", "variables", Location("functions.py", line=9), columns=("Age", "Title")),
        WrittenFunction("functions.py", "couper", Location("functions.py", line=15), splits=True),
        WrittenFunction("functions.py", "entrainer", Location("functions.py", line=20), fits=True, value_from="n"),
    ),
    (),
)
INLINE = Observation(
    reads=tuple(replace(read, stack=()) for read in ALL.reads),
    splits=(replace(ALL.splits[0], stack=()),),
    fits=(
        replace(
            ALL.fits[0], columns=(FittedColumn("Age", differs=True), FittedColumn("Title", differs=True)), stack=()
        ),
    ),
)


@pytest.mark.parametrize(
    ("check", "name", "line"), [*zip(PARTS, ("lire", "variables", "couper", "entrainer"), (3, 9, 15, 20), strict=True)]
)
def test_a_function_that_is_written_and_not_called_is_pointed_at(check: str, name: str, line: int) -> None:
    verdict = failed(judged(check, at_work(INLINE), NOT_CALLED, STILL))
    assert str(verdict.hint) == f"{name} is written for it (functions.py:{line}): import it, and call it here."
    assert "import it" not in str(failure(check, at_work(INLINE)).hint)


def test_a_notebook_that_ran_once_is_judged_there() -> None:
    verdict = passed(judged("notebook-uses-functions", at_work(ALL, Origin.PAST, same=False, commit="a" * 40)))
    assert "aaaaaaaa" in str(verdict.advice[0].message)


def test_a_notebook_that_never_ran_waits_for_the_first_step() -> None:
    file = NotebookFile("titanic.ipynb", ("1",))
    past = PastNotebook(None, None, None, 3, complete=True)
    assert judged("notebook-uses-functions", FunctionsAtWork(()), file, past) == Blocked(by=("notebook-runs",))
