"""The runs of the main script: on the course's data, and on other passengers."""

from __future__ import annotations

import ast
import posixpath
from dataclasses import replace

from checker.absences import NotDoneYet, VerdictInstead
from checker.course import Course
from checker.evidence.datasets.on_disk import Labels, labels, role_of, with_tables
from checker.evidence.datasets.served import Seeds, ordinary_data, resampled_data, tables_by_role
from checker.evidence.project.absent_files import absent_file, lending
from checker.evidence.project.code import script_job, script_of, speaks_of_training
from checker.evidence.results.model_matrix import (
    flatters,
    given_by_model,
    is_exact,
    is_exact_score,
    knows_labels,
    scores_well,
)
from checker.evidence.results.printed_results import parse_results
from checker.evidence.results.result_shift import fits_follow, matrix_follows, score_follows
from checker.evidence.runs.idle_main import idle_main
from checker.evidence.runs.student_runs import StudentRuns
from checker.facts.absent_files import AbsentFile
from checker.facts.absent_modules import AbsentModules
from checker.facts.code import Code, called_name
from checker.facts.job import Finished
from checker.facts.main_script import MainRun, MainStart, Matrix, Printed, Reporting
from checker.facts.observation import Observation, observation_of
from checker.facts.table_roles import TEST, TRAIN
from checker.facts.tree import Tree
from checker.model import Blocked, Json, text
from checker.repository.repository import Repository

_MEASURES = frozenset({"confusion_matrix", "crosstab", "ConfusionMatrixDisplay", "classification_report"})
_SCORES = frozenset({"score", "accuracy_score", "classification_report", "f1_score", "roc_auc_score", "mean"})
_MOST_LENDINGS = 2
"""The number of times that a run is lent missing tables, one folder each time."""
_A_TABLE = 200
"""The number of rows from which a table is training data, and not a stored result."""
_SAYING = frozenset({"print", "info", "warning", "debug", "write", "display", "pprint", "echo"})


def main_start(
    repository: Repository | None,
    tree: Tree,
    code: Code,
    course: Course,
    runs: StudentRuns,
    absent: AbsentModules | None,
) -> MainStart:
    """The run of the main script on the course's data, whatever the script holds.

    A script that lacks modules runs first as submitted. A run that fails for lack of data that the author has is
    repeated with the course's data in their place.
    """
    if code.main is None:
        raise NotDoneYet(text("There is no {main} yet.", main=course.names.main))
    job = script_job(tree, code.main, course, observe={})
    submitted = runs.run(replace(job, tree=absent.submitted)) if absent is not None and absent.is_mended else None
    finished = submitted if submitted is not None and submitted.succeeded else runs.run(job)
    files: tuple[AbsentFile, ...] = ()
    lent_tree: Tree | None = None
    for _ in range(_MOST_LENDINGS):
        if finished.succeeded or repository is None:
            break
        lends = lending(repository, lent_tree or tree, course, finished)
        if lends is None:
            break
        lent_tree, files = lends.tree, (*files, *lends.files)
        finished = runs.run(replace(job, tree=lent_tree))
    if repository is not None and (lacking := absent_file(repository, lent_tree or tree, course, finished)) is not None:
        files = (*files, lacking)
    observation = observation_of(finished.observation)
    run = MainRun(
        path=code.main,
        substitute=code.substitute,
        finished=finished,
        observation=observation,
        limit=course.limits.main,
        submitted=submitted,
        absent=files,
        lent=lent_tree,
        idle=idle_main(code, course, finished, observation),
        as_module=script_of(tree, code.main).as_module,
        speaks_of_training=speaks_of_training(code.main, code),
    )
    return MainStart(run)


def main_run(start: MainStart) -> MainRun:
    """The run of a main script that holds work."""
    if start.run.idle is not None and start.run.idle.holds_no_work:
        raise VerdictInstead(Blocked(by=("main-runs",)))
    return start.run


def reporting(tree: Tree, code: Code, course: Course, run: MainRun, seeds: Seeds, runs: StudentRuns) -> Reporting:
    """The results that main prints, and whether they change when other passengers are served and put into tracked
    files.

    The survivors among these passengers are drawn at random: only a model that knew the answers predicts them. Where
    the run on them fails, or the results do not change or are too good, a second data set is tried before a verdict, so
    that chance fails nobody. The second run also shows the training data and predictions of the model.
    """
    tree = run.lent or tree
    printed = parse_results(run.finished, course)
    source = _source(code)
    report = Reporting(
        printed=printed,
        matrix=printed.matrices[0] if printed.matrices else None,
        source_matrix=bool(source & _MEASURES),
        source_score=bool(source & _SCORES),
        of_model=given_by_model(printed, run.observation, course.data.target) if run.succeeded else None,
        details=_details(printed),
    )
    shifted_runs = _Others(tree, course, run, seeds, runs)
    if not printed.matrices:
        unproven = run.succeeded and run.observation is not None and run.observation.fits
        return shifted_runs.fitted(report) if unproven and _asked_for_labels(run, course) else report
    report = shifted_runs.printed(report, 0, by_chance=True)
    if report.matrix_follows is None:
        return shifted_runs.printed(report, 1) if report.error is not None else report
    good = _too_good(report, run)
    if report.matrix_follows and report.score_follows is not False and not good:
        return report
    second = shifted_runs.printed(report, 1, by_chance=True, observed=True)
    return second if good else replace(second, flatters=False)


def _asked_for_labels(run: MainRun, course: Course) -> bool:
    """True where the training table was fetched over the network."""
    return any(
        role_of(request.path, course) not in {None, TEST} and request.status < 400 for request in run.finished.requests
    )


def _too_good(report: Reporting, run: MainRun) -> bool:
    """True where results on randomly drawn labels are good, and the model was not known to be as good before."""
    shifted, observation = report.shifted, run.observation
    if shifted is None or observation is None or observation.predictions is None:
        return False
    matrix = knows_labels(shifted) and not is_exact(report.printed, observation)
    return matrix or (scores_well(shifted) and not is_exact_score(report.printed, observation))


class _Others:
    """Runs of main on other passengers."""

    def __init__(self, tree: Tree, course: Course, run: MainRun, seeds: Seeds, runs: StudentRuns) -> None:
        self._tree, self._course, self._run, self._seeds, self._runs = tree, course, run, seeds, runs

    def fitted(self, found: Reporting) -> Reporting:
        """*found*, with whether the model is trained on other passengers that are served."""
        _, was, now, finished = self._ran(0, by_chance=True, observed=True)
        return replace(found, reaches_fit=self._reaches(finished, was, now))

    def printed(self, found: Reporting, attempt: int, *, by_chance: bool = False, observed: bool = False) -> Reporting:
        """*found* with the results on other passengers; unchanged where main reads a table that cannot be replaced."""
        seed, was, now, finished = self._ran(attempt, by_chance=by_chance, observed=observed)
        if finished is None:
            return found
        printed, shifted = found.printed, parse_results(finished, self._course)
        pair = matrix_follows(printed, shifted, was, now)
        has_output = bool(shifted.matrices) or finished.succeeded
        observation = observation_of(finished.observation) if observed else None
        reaches = self._reaches(finished, was, now) if observed else None
        follows = pair is not None or (reaches is not False and self._follows_model(printed, shifted, observation))
        return replace(
            found,
            shifted=shifted,
            matrix=pair[0] if pair else found.matrix,
            matrix_follows=found.matrix_follows or (follows if has_output else None),
            score_follows=found.score_follows
            or (score_follows(printed, shifted, pair) if printed.scores and has_output else None),
            foreseen=by_chance and has_output and knows_labels(shifted, surely=True),
            flatters=flatters(shifted, observation, self._course.data.target),
            reaches_fit=reaches,
            error=finished.error,
            unobserved=found.unobserved if observed else (*found.unobserved, finished),
            details={**_details(printed), "other_data": _other(seed, was, now, shifted, pair)},
        )

    def _ran(self, attempt: int, *, by_chance: bool, observed: bool) -> tuple[int, Labels, Labels, Finished | None]:
        course, run = self._course, self._run
        seed = self._seeds.draw(script_job(self._tree, run.path, course), attempt)
        resampled = resampled_data(course, seed, by_chance=by_chance)
        was, now = (
            labels(tables_by_role(course, served)[TRAIN], course) for served in (ordinary_data(course), resampled)
        )
        changed, replaced = with_tables(self._tree, course, tables_by_role(course, resampled))
        if _reads_what_stays(run, self._tree, course, replaced):
            return seed, was, now, None
        job = script_job(changed, run.path, course, resampled, observe={} if observed else None)
        return seed, was, now, self._runs.run(job)

    def _follows_model(self, printed: Printed, shifted: Printed, observation: Observation | None) -> bool:
        """True where both matrices come from the model, which cannot predict randomly drawn labels.

        This accepts classes balanced to an equal number of rows each time.
        """
        are_exact = is_exact(printed, self._run.observation) and is_exact(shifted, observation)
        fixed = {matrix.cells for matrix in printed.matrices} & {matrix.cells for matrix in shifted.matrices}
        return are_exact and not fixed and not knows_labels(shifted)

    def _reaches(self, finished: Finished | None, was: Labels, now: Labels) -> bool | None:
        before, after = self._run.observation, observation_of(finished.observation) if finished else None
        if finished is None or not finished.succeeded or before is None or after is None:
            return None
        return fits_follow(before, after, was, now)


def _reads_what_stays(run: MainRun, tree: Tree, course: Course, replaced: frozenset[str]) -> bool:
    """True where main trains on a tracked table that could not be replaced, so that no result can change."""
    return any(
        (path := posixpath.normpath(read.source)) in tree and path not in replaced
        for read in (run.observation.reads if run.observation else ())
        if read.rows >= _A_TABLE and course.data.target in read.columns
    )


def _details(printed: Printed) -> dict[str, Json]:
    return {"scores": list(printed.scores[:20]), "matrices": [_cells(matrix) for matrix in printed.matrices[:5]]}


def _other(
    seed: int, was: Labels, now: Labels, shifted: Printed, pair: tuple[Matrix, Matrix] | None
) -> dict[str, Json]:
    return {
        "seed": seed,
        "rows": [was.rows, now.rows],
        "survivors": [was.positives, now.positives],
        **_details(shifted),
        "followed": [_cells(matrix) for matrix in pair] if pair else None,
    }


def _cells(matrix: Matrix) -> Json:
    return [list(row) for row in matrix.as_printed]


def _source(code: Code) -> frozenset[str]:
    """The measures that the project's code computes, if it has any output by ``print`` or a log."""
    nodes = (node for file in code.project for node in (ast.walk(file.tree) if file.tree else ()))
    called = {called_name(node) for node in nodes if isinstance(node, ast.Call)}
    return frozenset(called & (_MEASURES | _SCORES)) if called & _SAYING else frozenset()


PROBES = (main_start, main_run, reporting)
