"""A shell command that shows results which do not come from the model."""

from __future__ import annotations

from checker.checks.command_programs import here_document, replacing_methods
from checker.course import Course
from checker.facts.main_script import Matrix


def good_without_model(
    path: str, matrix: Matrix, course: Course, *, scores: bool = False, of_modules: bool = False
) -> str:
    """Runs the script with models that say no of everybody, and looks whether its results are good all the same.

    With *of_modules*, only those say so that a function of a module has trained.
    """
    rows = 60 if matrix.is_shares else round(matrix.total)
    total = matrix.total
    place = course.data.target_classes.place if matrix.rows else 1
    return here_document(
        "model_control",
        PATH=repr(path),
        MODELS=replacing_methods(course.model),
        SIZE=str(len(matrix.as_printed)),
        PLACE=str(place),
        NO=str(int(place == 0)),
        OF_MODULES=str(of_modules),
        SCORES=str(scores),
        WHOLE=str(matrix.is_whole),
        TOTAL=f"{total:g}",
        ROWS=str(rows),
    )
