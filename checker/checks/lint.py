"""Step 1.4: the linter's opinion of the main script and of the modules."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from fractions import Fraction

from checker.checks.base import check
from checker.checks.command_programs import argument
from checker.checks.environment.environment_excuse import newer_syntax
from checker.course import Course, Credit, Pylint
from checker.facts.code import Code
from checker.facts.lint import LintScores, Score, UnreachedScores
from checker.facts.main_script import MainSource, MainStart
from checker.model import (
    Advice,
    Blocked,
    Failed,
    Json,
    Location,
    Passed,
    Text,
    ToDo,
    Unavailable,
    Verdict,
    advice,
    known,
    text,
)
from checker.quoting import all_quoted, quoted

_MOST_GROUPS = 5
_MOST_PLACES = 3
_CAN_BE_READ = "import ast, sys; [ast.parse(open(path, 'rb').read(), path) for path in sys.argv[1:]]"
_EXECUTING = (
    r"exec\(|eval\(|run_path|run_module|os\.(system|popen)|subprocess|run_cell|execute_notebook|ExecutePreprocessor|"
    "NotebookClient"
)
_COPY = (
    'copy=$(mktemp -d) && git ls-files -z -co --exclude-standard -- "*.py" | tar -cf - --null -T - | '
    'tar -xf - -C "$copy" && cd "$copy" && sed -i.bak -E "s/# *pylint *:/#/" {files} && '
)
"""Comments for the linter lifted in a copy: there is no option that makes pylint deaf to them."""


@check("lint-main")
def lint_main(
    scores: LintScores, code: Code, course: Course, source: MainSource | None, start: MainStart | None
) -> Verdict:
    """pylint gives the main script at least {=pylint.main}/10

    ## What it checks

    pylint, in the version of the edition ({=pylint.version}) and with its default rules, gives `{=names.main}` at least {=pylint.main}/10, compared
    with two decimals. It is run from the root, with the modules of the project within reach. A score that misses
    the bar by very little is accepted in part.

    Your own configuration of pylint is not read, and comments such as `# pylint: disable=…` do not lift the score:
    both figures are shown. A file that cannot be parsed has no score and fails. A `{=names.main}` that only hands over to
    another file is judged together with it. Where most statements do nothing, or repeat one shape, each shape counts
    once.

    ## Why it matters

    `{=names.main}` is the first file that others open. Clear names, tidy imports and short lines save them time, every
    time.

    ## How to do it

    Read the groups of messages that cost most, listed in the report with file and line. Add a docstring to the
    module and to each function, sort the imports, shorten the lines, delete what is not used.

    ## Example

    ```python
    # Before
    import os, numpy as np
    import pandas as pd
    def f(x): return pd.read_csv(x)

    # After
    \"\"\"Train the forest and report its performance.\"\"\"

    import pandas as pd
    ```

    ## Known limits

    Import errors on libraries that the grading environment lacks are left out and named; those on modules of yours
    that are not in the repository are left out, too, for `main-runs` charges them. So are messages on the parameters of
    a call where a decorator gives them, such as `@hydra.main` or `@click.command`: pylint counts them. Versions 4 and
    later of pylint count differently: use {=pylint.version} to find the same score.
    """  # noqa: E501  wrapped as it is printed
    score, pylint = scores.main, _bars(course)
    bar = pylint.main
    if score is None or code.main is None:
        return ToDo(what=text("There is no {main} yet.", main=course.names.main))
    worked = start is not None and start.run.idle is None and start.run.finished.succeeded  # in what it imports
    if source is not None and not source.holds_work and not worked:
        return Blocked(by=("main-runs",))
    if verdict := _crashed(score, scores) or _without_score(score, scores, code):
        return verdict
    if scores.hidden:
        return Failed(
            expected=text("The code of {main} is in Python files, which pylint reads.", main=code.main),
            actual=text("{main} executes text from elsewhere as code.", main=code.main),
            hint=text("Move that code to a module, and import it."),
            reproduce=f"! grep -nE '{_EXECUTING}' {quoted(code.main)}",
            where=_lines(scores.hidden),
            details=_details(score, scores, "main"),
        )
    notes = tuple(_about_main(score, scores, code.main))
    missed = score.misses(bar)
    if missed is not None and (newer := newer_syntax(code.project)):
        return newer
    if missed is not None:
        near = missed <= Fraction(str(pylint.near))
        shares = ("near", *(("substitute_script",) if code.substitute else ())) if near else ()
        return _below(score, scores, "main", bar, course.credit, shares, notes)
    if code.substitute:
        return Failed(
            expected=text("The script is called {main}.", main=course.names.main),
            actual=text("{path} plays its part, and gets {score}/10.", path=code.main, score=score.value or 0.0),
            hint=text("Rename it: git mv {path} {main}.", path=code.main, main=course.names.main),
            reproduce=f"test -e {quoted(course.names.main)}",
            where=(Location(code.main),),
            credit=course.credit.share("substitute_script"),
            credits=("substitute_script",),
            advice=notes,
            details=_details(score, scores, "main"),
        )
    return Passed(
        message=_reached(score, scores),
        advice=notes,
        details=_details(score, scores, "main"),
    )


@check("lint-modules")
def lint_modules(
    scores: LintScores, code: Code, course: Course, unreached: UnreachedScores | Unavailable | None
) -> Verdict:
    """pylint gives the modules at least {=pylint.modules}/10 together

    ## What it checks

    pylint, in the version of the edition ({=pylint.version}) and with its default rules, gives the modules of the project at
    least {=pylint.modules}/10 *together*: a single run over the list of files. A module that is below the bar on its own is named
    as advice. Messages that exist only because files are read together (duplicate code, cyclic imports) are left
    out. Files that `{=names.main}` loads by other ways than an import (`importlib.import_module(name)`, `runpy`, `exec` of a
    file) are judged with the modules.

    As long as there is no `{=names.main}`, modules below the bar are to do, and their score is shown. A file that cannot
    be parsed fails; an empty module gains nothing.

    ## Why it matters

    Modules are what you and others will reuse. What a tool can point out should not take up a colleague's time.

    ## How to do it

    Run pylint on the files, one by one, from the root. Mend the most frequent messages first, then run `{=names.main}`
    again: a renamed function must be renamed everywhere.

    ## Example

    ```bash
    # Before: without __init__.py in the sub-folders, this reads nothing
    pylint {=names.source_folder}

    # After
    PYTHONPATH=. pylint --rcfile=/dev/null $(git ls-files '{=names.source_folder}/*.py')
    ```

    ## Known limits

    Your own configuration and the comments that disable messages do not lift the score. Import errors on libraries
    that the grading environment lacks are left out, and those on modules of yours that `main-runs` charges.
    """  # noqa: E501  wrapped as it is printed
    loaded = known(unreached)
    pylint = _bars(course)
    score, bar = (loaded.together if loaded is not None else None) or scores.modules, pylint.modules
    if score is None:
        if code.explained:
            return Blocked(by=("main-runs",))
        if code.missing:
            in_folder = any("." in imported.module for imported in code.missing)
            return Blocked(by=("layout-source",) if in_folder else ("functions-standalone",))
        return ToDo(what=text("There is no module yet."))
    if verdict := _crashed(score, scores) or _without_score(score, scores, code):
        return verdict
    if loaded is not None and loaded.texts:
        return Failed(
            expected=text("The code of the project is in Python files, which pylint reads."),
            actual=text("{files}, which the project loads, holds Python, and is no Python file.", files=loaded.texts),
            hint=text("Move that code to a module, and import it."),
            reproduce=f"! python -c {shlex.quote(_CAN_BE_READ)} {quoted(loaded.texts[0])}",
            where=tuple(Location(path) for path in loaded.texts),
            details=_details(score, scores, "modules"),
        )
    notes = tuple(_about_modules(score, bar, loaded))
    missed = score.misses(bar)
    too_low = tuple(file for file in score.files if pylint.each_module and (file.score or 0.0) < bar)
    if missed is None and not too_low:
        return Passed(
            message=_reached(score, scores),
            advice=notes,
            details=_details(score, scores, "modules"),
        )
    if code.main is None:
        return ToDo(
            what=text(
                "The modules get {score}/10 from pylint; {bar} is asked for once there is a {main}.",
                score=score.value or 0.0,
                bar=bar,
                main=course.names.main,
            ),
            details=_details(score, scores, "modules"),
        )
    if newer := newer_syntax(code.project):
        return newer
    near = missed is not None and missed <= Fraction(str(pylint.near)) and not too_low
    return _below(score, scores, "modules", bar, course.credit, ("near",) if near else (), notes)


def _bars(course: Course) -> Pylint:
    """The bars of the course. Raises LookupError where it has none; a course file without them is refused."""
    if course.pylint is None:
        raise LookupError(course.edition)
    return course.pylint


def _without_score(score: Score, scores: LintScores, code: Code) -> Verdict | None:
    """The verdict where there is nothing to compare with the bar."""
    unreadable = [code.files[where.path] for where, _ in score.unreadable]
    if unreadable and all(file.python is not None for file in unreadable):
        return newer_syntax(unreadable)
    if score.unreadable:
        return Failed(
            expected=text("Python can read {files}.", files=tuple(where.path for where, _ in score.unreadable)),
            actual=score.unreadable[0][1],
            hint=text("Mend that line; until then pylint gives no score."),
            reproduce=f"python -c {shlex.quote(_CAN_BE_READ)} {_words(score.paths)}",
            where=tuple(where for where, _ in score.unreadable),
            details=_details(score, scores, ""),
        )
    if score.value is None:
        return Failed(
            expected=text("There is code in {files}.", files=score.paths),
            actual=text("No statement stands there, and pylint gives no score."),
            hint=text("Write the code of this step there, or remove the file."),
            reproduce=f"{argument('code_present')} {_words(score.paths)}",
            where=tuple(Location(path) for path in score.paths),
        )
    return None


def _lines(places: Iterable[Location]) -> tuple[Location, ...]:
    """Each line once: two messages at different columns of it are one place for a reader."""
    first: dict[str, Location] = {}
    for place in places:
        first.setdefault(str(place), place)
    return tuple(first.values())


def _words(paths: Iterable[str]) -> str:
    return all_quoted(paths, most=1000)


def _crashed(score: Score, scores: LintScores) -> Verdict | None:
    """Any submission would meet a linter that is broken; one that fails on this code alone was led astray by it."""
    if not score.crashed:
        return None
    paths = tuple(dict.fromkeys(where.path for where in score.crashed))
    if not score.sound:
        return Unavailable(
            what=text("Pylint itself fails on {files}.", files=paths),
            remedy=text("Pylint fails on ordinary code, too: install it anew beside the checker."),
        )
    return Failed(
        expected=text("Pylint reads the code of {files} to its end.", files=paths),
        actual=text("Pylint itself fails at {places}, and gives no score.", places=score.crashed),
        hint=text("Look for an expression there that is very long or nested very deeply, and write it simply."),
        reproduce=f"! pylint --rcfile=/dev/null {_words(paths)} | grep -E 'F0002|astroid-error|RecursionError'",
        where=score.crashed,
        details=_details(score, scores, ""),
    )


def _below(
    score: Score,
    scores: LintScores,
    which: str,
    bar: float,
    credit: Credit,
    shares: tuple[str, ...],
    notes: tuple[Advice, ...],
) -> Verdict:
    costly = [group for group in score.groups if group.cost > 0][:_MOST_GROUPS]
    groups = tuple(
        text(
            "{symbol} ×{count} (−{cost}: {places})",
            symbol=group.symbol,
            count=group.count,
            cost=group.cost,
            places=_lines(group.where)[:_MOST_PLACES],
        )
        for group in costly
    )
    return Failed(
        expected=text("Pylint gives at least {bar}/10 to {files}.", bar=bar, files=score.paths),
        actual=text(
            "Pylint {version} gives {score}/10; {bar} is asked for.",
            version=scores.version,
            score=score.value or 0.0,
            bar=bar,
        ),
        hint=text("What costs most: {groups}.", groups=groups),
        reproduce=_command(score, bar, scores.handed if which == "main" else (), scores.folders),
        where=_lines(group.where[0] for group in costly),
        credit=credit.share(*shares),
        credits=shares,
        advice=notes,
        details=_details(score, scores, which),
    )


def _reached(score: Score, scores: LintScores) -> Text:
    return text(
        "Pylint {version} gives {score}/10 to {files}.",
        version=scores.version,
        score=score.value or 0.0,
        files=", ".join(score.paths),
    )


def _about_modules(score: Score, bar: float, loaded: UnreachedScores | None) -> Iterator[Advice]:
    for file in score.files if len(score.files) > 1 else ():
        if file.score is not None and file.score < bar:
            yield advice(
                "Alone, {path} gets {score}/10.", where=(Location(file.path),), path=file.path, score=file.score
            )
    yield from _about_score(score)
    if loaded is not None and loaded.paths:
        yield advice(
            "No import leads to {files}: they ran with the main script, and are judged with the modules.",
            where=tuple(Location(path) for path in loaded.paths[:_MOST_PLACES]),
            files=loaded.paths,
        )


def _about_main(score: Score, scores: LintScores, main: str) -> Iterator[Advice]:
    yield from _about_score(score)
    if scores.handed:
        yield advice(
            "{main} only hands over to {files}, so these are judged together.",
            where=(Location(main),),
            main=main,
            files=scores.handed,
        )


def _about_score(score: Score) -> Iterator[Advice]:
    if score.pragmas and score.honoured != score.value:
        yield advice(
            "Comments that switch messages off do not count: with them the score would be {honoured}/10.",
            where=score.pragmas[:_MOST_PLACES],
            honoured=score.honoured if score.honoured is not None else 10.0,
        )
    if score.padding:
        yield advice(
            "{count} statements do nothing or repeat a shape, and are left out of the figure.",
            where=tuple(Location(file.path) for file in score.files[:_MOST_PLACES]),
            count=score.padding,
        )
    if score.left_out:
        yield advice("Not installed here, and their import errors left out: {names}.", names=tuple(score.left_out))


def _command(score: Score, bar: float, handed: tuple[str, ...], folders: tuple[str, ...]) -> str:
    """Pylint as it was run. It compares more decimals than it prints, hence the odd bar.

    Files that main hands over to count as long as they are there.
    """
    kept = tuple(path for path in score.paths if path not in handed)
    also = f" $(ls {_words(handed)} 2>/dev/null)" if handed else ""
    ignored = f" --ignored-modules={','.join(score.left_out)}" if score.left_out else ""
    if score.padding:
        return f"{argument('padded_code')} {_words(score.paths)}"
    places = ":".join((".", *(folder for folder in folders if folder)))
    lint = (
        f"PYTHONPATH={quoted(places)} pylint --rcfile=/dev/null --persistent=n "
        f"--disable=duplicate-code,cyclic-import{ignored} --fail-under={bar - 0.005:g} {_words(kept)}{also}"
    )
    return (_COPY.format(files=_words(sorted({place.path for place in score.pragmas}))) if score.pragmas else "") + lint


def _details(score: Score, scores: LintScores, which: str) -> dict[str, Json]:
    first = scores.first.get(which)
    return {
        "pylint": scores.version,
        "score": score.value,
        "score_with_pragmas": score.honoured,
        "statements": score.statements,
        "files": [{"path": file.path, "score": file.score, "statements": file.statements} for file in score.files],
        "messages": [
            {
                "symbol": group.symbol,
                "id": group.id,
                "count": group.count,
                "cost": group.cost,
                "example": group.example,
                "where": [str(place) for place in group.where],
                "places": [
                    {"path": place.path, "line": place.line, "column": place.column, "message": said}
                    for place, said in zip(group.where, group.texts, strict=False)
                ],
            }
            for group in score.groups
        ],
        "left_out": [*score.left_out],
        "first_score": {"commit": first.commit, "score": first.value} if first else None,
    }
