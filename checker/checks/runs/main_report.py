"""The results that the main script prints."""

from __future__ import annotations

import re

from checker.checks.base import check
from checker.checks.command_programs import here_document
from checker.checks.environment.environment_excuse import past_the_gateway, undecided
from checker.checks.runs.ending_text import short_message
from checker.checks.runs.forgotten_module import blocked_by_absence
from checker.checks.runs.model_control import good_without_model
from checker.checks.runs.reproduce_output import prints
from checker.checks.runs.unseen_results import unseen_result
from checker.course import Course, Data
from checker.facts.code import Code
from checker.facts.data_access import DataAccess
from checker.facts.environment import Declared, EnvironmentUse
from checker.facts.main_script import MainRun, Matrix, Reporting
from checker.facts.table_roles import TRAIN
from checker.model import Advice, Basis, Failed, Location, Passed, Verdict, advice, text

_NUMBER = re.compile(r"-?\d{1,9}(?:\.\d{1,9})?")


def _lines(matrix: Matrix) -> str:
    rows = (" ".join(f"{cell:g}" for cell in row) for row in matrix.as_printed)
    return f"[[{'] ['.join(rows)}]]"


@check("main-reports")
def main_reports(
    run: MainRun,
    reporting: Reporting,
    code: Code,
    course: Course,
    access: DataAccess | None,
    declared: Declared | None,
    use: EnvironmentUse | None,
) -> Verdict:
    """The main script reports performance and matrix

    ## What it checks

    `{=names.main}` prints the performance of the forest and its confusion matrix, and both follow the data. The script is
    run a second time with other passengers, of whom more or fewer survived: the totals or the sums of rows of the
    matrix must change as the labels do. Of these passengers it was drawn by lot who survived: no forest can foresee
    it, and results that stay good do not come from the forest. Nor does a matrix that no prediction of the forest
    resembles.

    Any wording and any layout will do: `[[87 13] [21 58]]`, a pandas table, four numbers with their names, a share
    or a percentage. Of several matrices, any one.

    ## Why it matters

    A result that is not displayed did not take place, and a result copied by hand into a `print` is no result.

    ## How to do it

    Print the score and the matrix that the functions return. In a script, an expression alone on its line prints
    nothing, unlike in a notebook.

    ## Example

    ```python
    # Before: nothing is displayed, or always the same thing
    forest.score(X_test, y_test)
    print("accuracy: 0.81")

    # After
    print("accuracy:", forest.score(X_test, y_test))
    print(confusion_matrix(y_test, forest.predict(X_test)))
    ```

    ## Known limits

    The value of the performance is not judged. A matrix of the rows that the forest learned from passes, with advice.
    So does one of a vote of several models, the forest among them; a vote of the forest's single trees that is counted
    by hand is not recognised. A script that crashes is charged in `main-runs`; this check then looks at the next best
    evidence.
    """  # noqa: E501  wrapped as it is printed
    printed = reporting.printed
    if not run.succeeded and not (printed.matrices and printed.scores):
        by_source = _reports_by_source(run, reporting)
        if isinstance(by_source, Failed):
            return undecided(run.finished, course, declared, use) or blocked_by_absence(code) or by_source
        return by_source
    if not printed.matrices or not printed.scores:
        return _prints_nothing(run, reporting, code)
    elsewhere = learns_elsewhere(reporting, access)
    if not elsewhere and (reporting.matrix_follows is False or reporting.score_follows is False):
        if unseen := past_the_gateway(run.finished):
            return unseen
        return _stands_still(run, reporting, course, matrix=reporting.matrix_follows is False)
    if reporting.of_model is False:
        return _not_of_model(run, reporting, course)
    if reporting.flatters:
        return _flatters(run, reporting, course)
    said: list[Advice] = []
    if elsewhere:
        said.append(advice("The forest does not learn from the data that are served: see what is said of them."))
    elif reporting.foreseen:
        said.append(
            advice(
                "Even where it is drawn by lot who survived, the matrix is good: the forest is judged on rows that it "
                "learned from, or a variable gives the answer away."
            )
        )
    if reporting.matrix_follows is None:
        if reporting.error is not None:
            said.append(
                advice(
                    "With other passengers, it ended with {error}: {message}",
                    error=reporting.error.name,
                    message=short_message(reporting.error.message),
                    where=reporting.error.where,
                )
            )
        else:
            said.append(advice("Whether the matrix follows the data could not be seen: the files hold other columns."))
    matrix = reporting.matrix or printed.matrices[0]
    return Passed(
        message=text("Performance and confusion matrix {matrix} are printed.", matrix=_lines(matrix)),
        advice=tuple(said),
        details=reporting.details,
    )


def _reports_by_source(run: MainRun, reporting: Reporting) -> Verdict:
    if reporting.source_matrix and reporting.source_score:
        return Passed(
            message=text("The code computes and prints performance and matrix, as far as reading it tells."),
            basis=Basis.READ,
            details=reporting.details,
        )
    return Failed(
        expected=text("Performance and confusion matrix of the forest are printed."),
        actual=text("{path} stops too early, and its code does not seem to print both.", path=run.path),
        hint=text("Make it run first, then print the score and the confusion matrix."),
        reproduce=prints(f"sys.executable, {run.path!r}", score=True, matrix=True),
        where=(Location(run.path),),
        basis=Basis.READ,
        details=reporting.details,
    )


def _prints_nothing(run: MainRun, reporting: Reporting, code: Code) -> Verdict:
    printed = reporting.printed
    unseen = unseen_result(run, code, score=not printed.scores, matrix=not printed.matrices)
    if not printed.matrices and not printed.scores:
        actual = text("{path} prints neither a performance nor a confusion matrix.", path=run.path)
    elif not printed.matrices:
        actual = text("{path} prints a performance, but no confusion matrix.", path=run.path)
    else:
        actual = text("{path} prints a confusion matrix, but no performance.", path=run.path)
    return Failed(
        expected=text("Performance and confusion matrix of the forest are printed."),
        actual=actual,
        hint=unseen.hint,
        reproduce=prints(f"sys.executable, {run.path!r}", score=not printed.scores, matrix=not printed.matrices),
        where=(*((unseen.where,) if unseen.where is not None else ()), Location(run.path)),
        details=reporting.details,
    )


def _stands_still(run: MainRun, reporting: Reporting, course: Course, *, matrix: bool) -> Verdict:
    shown = reporting.matrix or reporting.printed.matrices[0]
    if matrix:
        actual = text(
            "With other passengers, the matrix does not change as the labels do: {matrix}.", matrix=_lines(shown)
        )
        hint = text("Compute the matrix from the predictions at each run; neither paste it nor read it from a file.")
    else:
        actual = text(
            "With other passengers, the performance is still {score}.", score=f"{reporting.printed.scores[0]:.4g}"
        )
        hint = text("Print what the score function returns, not a number that was copied.")
    return Failed(
        expected=text("Performance and matrix follow the data."),
        actual=actual,
        hint=hint,
        reproduce=_with_more_positives(run.path, reporting, course.data, matrix=matrix),
        where=(Location(run.path),),
        details=reporting.details,
    )


def learns_elsewhere(reporting: Reporting, access: DataAccess | None) -> bool:
    """Whether the data were asked for, and the model learned from others: charged where they are to be read."""
    return reporting.reaches_fit is False and access is not None and bool(access.remote(TRAIN))


def _not_of_model(run: MainRun, reporting: Reporting, course: Course) -> Verdict:
    shown = reporting.matrix or reporting.printed.matrices[0]
    fits = run.observation.fits if run.observation else ()
    return Failed(
        expected=text("The matrix is the one of what the forest predicts."),
        actual=text("A forest is trained, and nothing that it predicts gives {matrix}.", matrix=_lines(shown)),
        hint=text("Let the forest that was trained predict the validation sample, and print the matrix of that."),
        reproduce=good_without_model(run.path, shown, course),
        where=tuple(dict.fromkeys(fit.where for fit in fits if fit.where))[:1] or (Location(run.path),),
        details=reporting.details,
    )


def _flatters(run: MainRun, reporting: Reporting, course: Course) -> Verdict:
    shifted = reporting.shifted or reporting.printed
    matrix = reporting.foreseen
    seen = _lines(shifted.matrices[0]) if matrix else f"{shifted.scores[0]:.4g}" if shifted.scores else ""
    return Failed(
        expected=text("Performance and matrix are those of the forest."),
        actual=text("Where it is drawn by lot who survived, {path} still prints {result}.", path=run.path, result=seen),
        hint=text("No forest can foresee that: print its score and its matrix as they are computed."),
        reproduce=good_without_model(
            run.path, reporting.matrix or reporting.printed.matrices[0], course, scores=not matrix
        ),
        where=(Location(run.path),),
        details=reporting.details,
    )


def _with_more_positives(path: str, reporting: Reporting, data: Data, *, matrix: bool) -> str:
    """Runs the script with every row of the positive value twice, and looks whether its results stay the same."""
    if matrix:
        shown = reporting.matrix or reporting.printed.matrices[0]
        numbers = [[f"{cell:g}"] for row in shown.as_printed for cell in row]
    else:
        numbers = [[f"{score:.12g}", f"{score * 100:.12g}"] for score in reporting.printed.scores[:1]]
    alternatives = ("|".join(re.escape(way).replace(r"\.", "[.,]") for way in ways) for ways in numbers)
    wanted = r"(?<![\d.,])" + r"\D+".join(f"(?:{number})" for number in alternatives) + r"(?!\d)"
    return here_document(
        "more_positives",
        PATH=repr(path),
        WANTED=repr(wanted),
        TARGET=repr(data.target),
        POSITIVE=data.positive if _NUMBER.fullmatch(data.positive) else repr(data.positive),
    )
