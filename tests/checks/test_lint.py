"""The checks of step 1.4, on facts made by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from checker.course import load
from checker.facts.lint import FileScore, FirstScore, LintScores, MessageGroup, Score
from checker.facts.main_script import IdleMain, Idleness, MainSource, MainStart
from checker.locale import Speech
from checker.model import Blocked, Failed, Location, Passed, ToDo, Unavailable, text
from checker.testing import code, finished, main_run, verdict_of
from tests.other_courses import with_pylint
from tests.verdicts import advised, failed, passed

COURSE = load().course
CODE = code({"main.py": "import functions\n", "functions.py": "x = 1\n"})
GROUP = MessageGroup("line-too-long", "C0301", 3, 0.8, "Line too long (130/100)", (Location("main.py", line=4),))


def score(value, path="main.py", **more):
    return Score((FileScore(path, value, 20),), value, more.pop("honoured", value), 20, **more)


def scores(main=None, modules=None, **more):
    return LintScores("3.3.9", main, modules, **more)


@pytest.mark.parametrize("value", [9.0, 9.5, 10.0])
def test_main_at_the_bar_passes(value):
    verdict = passed(verdict_of("lint-main", scores(score(value)), CODE, COURSE))
    assert str(verdict.message) == f"Pylint 3.3.9 gives {value}/10 to main.py."


def test_main_below_the_bar_names_what_costs_most():
    verdict = failed(verdict_of("lint-main", scores(score(7.2, groups=(GROUP,))), CODE, COURSE))
    assert verdict.credit == 0
    assert str(verdict.expected) == "Pylint gives at least 9.0/10 to main.py."
    assert str(verdict.actual) == "Pylint 3.3.9 gives 7.2/10; 9.0 is asked for."
    assert str(verdict.hint) == "What costs most: line-too-long ×3 (−0.8: main.py:4)."
    assert verdict.where == (Location("main.py", line=4),)
    assert verdict.reproduce.endswith("--fail-under=8.995 main.py")
    assert Speech("fr").say(verdict.actual) == "Pylint 3.3.9 donne 7,2/10\u00a0; il faut 9."


def test_each_message_stands_with_its_place_in_the_details():
    place, other = Location("main.py", line=2, column=1), Location("main.py", line=7, column=5)
    words = ("Unused import os", "Unused import re")
    group = MessageGroup("unused-import", "W0611", 2, 0.7, words[0], (place, other), words)
    verdict = verdict_of("lint-main", scores(score(9.2, groups=(group,))), CODE, COURSE)
    assert verdict.details["messages"][0]["places"] == [
        {"path": "main.py", "line": 2, "column": 1, "message": "Unused import os"},
        {"path": "main.py", "line": 7, "column": 5, "message": "Unused import re"},
    ]


def test_a_line_with_two_messages_of_a_kind_is_named_once():
    place = Location("main.py", line=2, column=1)
    beside = Location("main.py", line=2, column=9)
    twice = MessageGroup("unused-import", "W0611", 2, 0.7, "Unused import", (place, beside))
    other = MessageGroup("wildcard-import", "W0401", 1, 0.3, "Wildcard import", (place,))
    verdict = failed(verdict_of("lint-main", scores(score(7.2, groups=(twice, other))), CODE, COURSE))
    assert "unused-import ×2 (−0.7: main.py:2)" in str(verdict.hint)
    assert verdict.where == (place,)


@pytest.mark.parametrize(("value", "credit"), [(8.99, Fraction(1, 2)), (8.9, Fraction(1, 2)), (8.89, Fraction(0))])
def test_near_the_bar_is_half(value, credit):
    assert failed(verdict_of("lint-main", scores(score(value)), CODE, COURSE)).credit == credit


def test_no_main_is_to_do():
    facts = (scores(None, score(8.0)), code({"functions.py": ""}), COURSE)
    assert isinstance(verdict_of("lint-main", *facts), ToDo)


def test_a_substitute_is_half_and_a_quarter_near_the_bar():
    renamed = code({"run.py": "x = 1\n"}, main="run.py")
    verdict = failed(verdict_of("lint-main", scores(score(9.3, "run.py")), renamed, COURSE))
    assert verdict.credit == Fraction(1, 2)
    assert str(verdict.hint) == "Rename it: git mv run.py main.py."
    assert failed(verdict_of("lint-main", scores(score(8.95, "run.py")), renamed, COURSE)).credit == Fraction(1, 4)


def test_comments_are_told_with_the_figure_that_they_would_make():
    told = score(9.2, honoured=10.0, pragmas=(Location("main.py", line=1),))
    verdict = passed(verdict_of("lint-main", scores(told), CODE, COURSE))
    assert "with them the score would be 10.0/10" in advised(verdict)
    assert verdict.details["score_with_pragmas"] == 10.0
    failing = failed(verdict_of("lint-main", scores(score(3.0, pragmas=told.pragmas)), CODE, COURSE))
    assert failing.reproduce.startswith("copy=$(mktemp -d)")


def test_what_cannot_be_parsed_has_no_score():
    broken = Score((), None, None, 0, unreadable=((Location("main.py", line=3), text("main.py is broken.")),))
    verdict = failed(verdict_of("lint-main", scores(broken), CODE, COURSE))
    assert str(verdict.actual) == "main.py is broken."
    assert verdict.where == (Location("main.py", line=3),)


def test_no_statement_gains_nothing():
    verdict = failed(verdict_of("lint-modules", scores(score(9.0), score(None, "functions.py")), CODE, COURSE))
    assert "No statement" in str(verdict.actual)
    assert verdict.credit == 0


def test_a_linter_that_fails_on_this_code_alone_was_led_astray_by_it():
    crashed = score(0.0, crashed=(Location("main.py", line=3),))
    verdict = failed(verdict_of("lint-main", scores(crashed), CODE, COURSE))
    assert verdict.credit == 0
    assert verdict.where == (Location("main.py", line=3),)
    assert "fails at main.py:3" in str(verdict.actual)


def test_a_linter_that_fails_on_ordinary_code_is_nobodys_failure():
    crashed = score(0.0, crashed=(Location("main.py", line=3),), sound=False)
    assert isinstance(verdict_of("lint-main", scores(crashed), CODE, COURSE), Unavailable)


def test_hidden_code_fails_whatever_the_score():
    verdict = verdict_of("lint-main", scores(score(10.0), hidden=(Location("main.py", line=1),) * 2), CODE, COURSE)
    assert isinstance(verdict, Failed)
    assert verdict.where == (Location("main.py", line=1),)
    assert "executes text from elsewhere" in str(verdict.actual)


def test_details_hold_the_first_score():
    verdict = verdict_of("lint-main", scores(score(9.4), first={"main": FirstScore("abcd1234", 3.1)}), CODE, COURSE)
    assert verdict.details["first_score"] == {"commit": "abcd1234", "score": 3.1}


def test_modules_are_judged_together_and_low_ones_named():
    both = Score((FileScore("a.py", 9.0, 30), FileScore("b.py", 2.0, 4)), 8.2, 8.2, 34)
    verdict = passed(verdict_of("lint-modules", scores(score(9.0), both), CODE, COURSE))
    assert advised(verdict) == "Alone, b.py gets 2.0/10."
    strict = with_pylint(COURSE, each_module=True)
    assert isinstance(verdict_of("lint-modules", scores(score(9.0), both), CODE, strict), Failed)


def test_modules_below_the_bar_wait_for_main():
    alone = code({"functions.py": "x = 1\n"})
    verdict = verdict_of("lint-modules", scores(None, score(3.5, "functions.py")), alone, COURSE)
    assert isinstance(verdict, ToDo)
    assert "3.5/10" in str(verdict.what)
    verdict = failed(verdict_of("lint-modules", scores(score(9.0), score(5.95, "functions.py")), CODE, COURSE))
    assert verdict.credit == Fraction(1, 2)


def test_modules_that_are_missing_are_another_checks_failure():
    def judged(main):
        return verdict_of("lint-modules", scores(score(9.0)), code({"main.py": main}), COURSE)

    assert judged("from src.data.load import load\n") == Blocked(by=("layout-source",))
    assert judged("import functions\n") == Blocked(by=("functions-standalone",))
    assert isinstance(judged("x = 1\n"), ToDo)


def test_libraries_that_are_not_here_are_named_and_ignored_in_the_command():
    verdict = failed(verdict_of("lint-main", scores(score(5.0, left_out=("catboost",))), CODE, COURSE))
    assert "catboost" in advised(verdict)
    assert "--ignored-modules=catboost" in verdict.reproduce


def test_a_script_whose_imports_do_the_work_is_linted():
    idle = IdleMain(Idleness.EMPTY, Location("main.py"))
    runs = ((main_run(), Passed), (main_run(idle=idle), Blocked), (main_run(finished(status=1)), Blocked))
    for run, kind in runs:
        facts = (scores(score(9.3)), CODE, COURSE, MainSource(holds_work=False), MainStart(run))
        assert isinstance(verdict_of("lint-main", *facts), kind)
