"""The main script at work: one run on the course's data, and one on other passengers."""

from __future__ import annotations

import ast
import posixpath

from checker.absences import NotDoneYet
from checker.course import Course
from checker.evidence.following import followed, score_follows
from checker.evidence.printed import said
from checker.evidence.student_runs import StudentRuns
from checker.evidence.tables import Labels, labels, with_tables
from checker.evidence.worlds import Seeds, ordinary_world, shifted_world
from checker.facts.code import Code
from checker.facts.observation import observation_of
from checker.facts.program import MainRun, Matrix, Printed, Reporting
from checker.facts.running import Job, Limits, Script, World
from checker.facts.tree import Tree
from checker.model import Json, text

_MEASURES = frozenset({"confusion_matrix", "crosstab", "ConfusionMatrixDisplay", "classification_report"})
_SCORES = frozenset({"score", "accuracy_score", "classification_report", "f1_score", "roc_auc_score", "mean"})
_A_TABLE = 200
"""Rows from which on a table is one to learn from, and not a stored result."""
_SAYING = frozenset({"print", "info", "warning", "debug", "write", "display", "pprint", "echo"})


def main_job(tree: Tree, path: str, course: Course, world: World, **more: object) -> Job:
    """``python PATH`` from the root of *tree*, with the variables of the course and *world* on the network."""
    limits = Limits(seconds=course.limits.main)
    return Job(
        tree=tree,
        action=Script(path),
        variables=course.data.variables,
        world=world,
        limits=limits,
        **more,  # type: ignore[arg-type]
    )


def main_run(tree: Tree, code: Code, course: Course, runs: StudentRuns) -> MainRun:
    """The run of the main script on the course's data."""
    if code.main is None:
        raise NotDoneYet(text("There is no {main} yet.", main=course.names.main))
    job = main_job(tree, code.main, course, ordinary_world(course), observe={})
    finished = runs.run(job)
    return MainRun(
        path=code.main,
        substitute=code.substitute,
        finished=finished,
        observation=observation_of(finished.observation),
        limit=course.limits.main,
    )


def reporting(tree: Tree, code: Code, course: Course, run: MainRun, seeds: Seeds, runs: StudentRuns) -> Reporting:
    """What main prints, and whether it follows when other passengers are served and lie in the tracked files.

    A second set of other passengers is tried before anything is said to stand still: chance must fail nobody.
    """
    printed = said(run.finished)
    source = _source(code)
    found = Reporting(
        printed=printed,
        matrix=printed.matrices[0] if printed.matrices else None,
        source_matrix=bool(source & _MEASURES),
        source_score=bool(source & _SCORES),
        details=_details(printed),
    )
    if not printed.matrices:
        return found
    for attempt in range(2):
        seed = seeds.draw(main_job(tree, run.path, course, ordinary_world(course)), attempt)
        found = _on_others(tree, course, run, runs, printed, found, seed)
        if found.matrix_follows is None and found.error is None:
            break
        if found.matrix_follows and found.score_follows is not False:
            break
    return found


def _on_others(
    tree: Tree, course: Course, run: MainRun, runs: StudentRuns, printed: Printed, found: Reporting, seed: int
) -> Reporting:
    here, there = ordinary_world(course), shifted_world(course, seed)
    table = course.data.stems[0]
    was, now = labels(here.tables[table], course), labels(there.tables[table], course)
    changed, replaced = with_tables(tree, course, there.tables)
    if _reads_what_stays(run, tree, course, replaced):
        return found
    finished = runs.run(main_job(changed, run.path, course, there))
    shifted = said(finished)
    pair = followed(printed, shifted, was, now)
    seen = bool(shifted.matrices) or finished.succeeded
    return Reporting(
        printed=printed,
        shifted=shifted,
        matrix=pair[0] if pair else found.matrix,
        matrix_follows=found.matrix_follows or (pair is not None if seen else None),
        score_follows=found.score_follows
        or (score_follows(printed, shifted, pair) if printed.scores and seen else None),
        error=finished.error,
        source_matrix=found.source_matrix,
        source_score=found.source_score,
        unobserved=(*found.unobserved, finished),
        details={**_details(printed), "other_data": _other(seed, was, now, shifted, pair)},
    )


def _reads_what_stays(run: MainRun, tree: Tree, course: Course, replaced: frozenset[str]) -> bool:
    """Whether main learns from a tracked table that could not be replaced: then nothing can be expected to move."""
    for read in run.observation.reads if run.observation else ():
        path = posixpath.normpath(read.source)
        if path in tree and path not in replaced and read.rows >= _A_TABLE and course.data.target in read.columns:
            return True
    return False


def _details(printed: Printed) -> dict[str, Json]:
    return {
        "scores": list(printed.scores[:20]),
        "matrices": [_cells(matrix) for matrix in printed.matrices[:5]],
    }


def _other(
    seed: int, was: Labels, now: Labels, shifted: Printed, pair: tuple[Matrix, Matrix] | None
) -> dict[str, Json]:
    return {
        "seed": seed,
        "rows": [was.rows, now.rows],
        "survivors": [was.survivors, now.survivors],
        "scores": list(shifted.scores[:20]),
        "matrices": [_cells(matrix) for matrix in shifted.matrices[:5]],
        "followed": [_cells(matrix) for matrix in pair] if pair else None,
    }


def _cells(matrix: Matrix) -> Json:
    return [list(row) for row in matrix.cells]


def _source(code: Code) -> frozenset[str]:
    """The measures that the project's code computes, if it says anything at all by ``print`` or a log."""
    called: set[str] = set()
    for file in code.project:
        for node in ast.walk(file.tree) if file.tree else ():
            if isinstance(node, ast.Call):
                called.add(node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""))
    return frozenset(called & (_MEASURES | _SCORES)) if called & _SAYING else frozenset()


PROBES = (main_run, reporting)
