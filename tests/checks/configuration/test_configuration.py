"""The checks of step 2.1, on facts made by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from checker.course import load
from checker.evidence.project.code import read_code
from checker.evidence.project.config_files import read_configuration
from checker.facts.configuration import Configuration, ConfigurationEffect, ValueChange
from checker.facts.job import End, Finished
from checker.facts.main_script import MainRun
from checker.facts.tree import Tree
from checker.model import Basis, Blocked, Location, Passed
from checker.testing import verdict_of
from tests.verdicts import advised, failed, passed

COURSE = load().course
GOOD = "bucket: jdupont\nfolder: titanic/raw\ntrain_name: train.csv\ntest_name: test.csv\n"
ENDED = MainRun("main.py", False, Finished(end=End.EXIT, status=0, seconds=1))
CRASHED = MainRun("main.py", False, Finished(end=End.EXIT, status=1, seconds=1))
MAIN = Location("main.py", line=4)


def configuration(*files, opened=("config.yaml",), observed=True, **more):
    read = tuple(read_configuration(path, body.encode()) for path, body in files)
    return Configuration(read, frozenset(opened), observed, **more)


USUAL = configuration(("config.yaml", GOOD))
ABSENT = Configuration((), frozenset(), observed=True, absent=(("config.yaml", (MAIN,)),))
IGNORED = Configuration(
    (), frozenset(), observed=True, absent=(("config.yaml", ()),), ignored=Location(".gitignore", line=3)
)


def judge(check, *facts, code="import yaml\n"):
    tree = Tree.of({"main.py": code, "src/data.py": "x = 1\n"})
    return verdict_of(check, *facts, read_code(tree, COURSE, None), COURSE)


def test_the_usual_file_passes_in_silence():
    verdict = passed(judge("config-file", USUAL))
    assert verdict.advice == ()
    assert verdict.details["values"] == ["bucket", "folder", "train_name", "test_name"]


@pytest.mark.parametrize(
    ("files", "advice"),
    [
        ((("config.yml", GOOD),), "The usual name and place is config.yaml."),
        ((("src/config.json", '{"url": "https://h/train.csv"}'),), "The usual name and place is config.yaml."),
        ((("config.yaml", GOOD), ("old_config.yaml", GOOD)), "Nothing opens old_config.yaml"),
        ((("config.yaml", GOOD + "password: hunter2hunter2\n"),), "This looks like a secret"),
        ((("config.yaml", GOOD + "url: https://h/train.csv?X-Amz-Signature=abc\n"),), "A signed link expires"),
    ],
)
def test_what_is_unusual_is_advice(files, advice):
    verdict = passed(judge("config-file", configuration(*files)))
    assert advice in advised(verdict)
    assert "hunter2" not in repr(verdict)
    assert "abc" not in repr(verdict)


@pytest.mark.parametrize(
    ("facts", "actual", "where"),
    [
        (configuration(("config.yaml", "a:b\n")), "a space is missing after the colons", "config.yaml:1"),
        (configuration(("config.yaml", "trees: 20\ncriterion: gini\n")), "holds no bucket, folder", "config.yaml"),
        (ABSENT, "The code opens config.yaml, which was never committed.", "main.py:4"),
        (IGNORED, "config.yaml is ignored by git", ".gitignore:3"),
    ],
)
def test_what_is_no_configuration_fails(facts, actual, where):
    verdict = failed(judge("config-file", facts))
    assert actual in str(verdict.actual)
    assert [str(place) for place in verdict.where] == [where]
    assert verdict.reproduce


@pytest.mark.parametrize(
    ("facts", "run", "basis"),
    [
        (USUAL, ENDED, Basis.RUN),
        (USUAL, CRASHED, Basis.RUN),
        (configuration(("config.yaml", GOOD), observed=False), CRASHED, Basis.READ),
        (
            configuration(("config.yaml", GOOD), ("params.yaml", "trees: 20\n"), opened=("config.yaml", "params.yaml")),
            ENDED,
            Basis.RUN,
        ),
    ],
)
def test_a_file_that_is_opened_passes(facts, run, basis):
    assert passed(judge("config-read", facts, run)).basis is basis


@pytest.mark.parametrize(
    ("facts", "run", "actual", "credit"),
    [
        (configuration(("config.yaml", GOOD), opened=()), ENDED, "main.py runs without opening config.yaml.", 0),
        (
            configuration(("config.yaml", GOOD), opened=(), observed=False),
            CRASHED,
            "Nothing in the code names config.yaml.",
            0,
        ),
        (ABSENT, CRASHED, "never committed", 0),
        (ABSENT, ENDED, "never committed", 0),
        (IGNORED, ENDED, "config.yaml is ignored by git; main.py runs on the defaults in its code.", Fraction(1, 2)),
        (IGNORED, CRASHED, "config.yaml is ignored by git, so the repository does not hold it.", 0),
        (
            configuration(
                ("config.yaml", GOOD), ("config_prod.yaml", GOOD), opened=("config.yaml", "config_prod.yaml")
            ),
            ENDED,
            "Two files are read for the same values: config.yaml, config_prod.yaml.",
            0,
        ),
    ],
)
def test_a_file_that_is_not_read_fails(facts, run, actual, credit):
    verdict = failed(judge("config-read", facts, run))
    assert actual in str(verdict.actual)
    assert verdict.credit == credit


def following(*moves, dead=(), wanted=("train", "test")):
    leaves = USUAL.files[0].leaves
    trials = tuple(
        ValueChange(leaves[number], "moved", frozenset(moved), frozenset(stayed))
        for number, (moved, stayed) in enumerate(moves)
    )
    return ConfigurationEffect("config.yaml", frozenset(wanted), trials, tuple(leaves[number] for number in dead))


def test_requests_that_follow_pass():
    verdict = judge("config-followed", USUAL, following(({"train", "test"}, ()), ((), {"train"}), dead=(3,)), ENDED)
    assert isinstance(verdict, Passed)
    assert str(verdict.message) == "The requests follow bucket."
    assert "Nothing uses test_name." in advised(verdict)
    assert "Changing folder moves nothing." in advised(verdict)


def test_each_table_has_to_follow_some_value():
    assert isinstance(judge("config-followed", USUAL, following(({"train"}, ()), ({"test"}, ())), ENDED), Passed)


def test_a_table_that_stays_fails():
    verdict = failed(judge("config-followed", USUAL, following(({"train"}, {"test"})), ENDED))
    assert "the request for test stays the same" in str(verdict.actual)


def test_without_a_usable_configuration_nothing_follows():
    assert judge("config-followed", USUAL, ENDED) == Blocked(by=("config-file",))


def test_what_is_read_from_the_disk_is_charged_elsewhere():
    assert judge("config-followed", USUAL, following(wanted=()), ENDED) == Blocked(by=("data-remote",))


@pytest.mark.parametrize(
    ("code", "kind"),
    [("load(config['bucket'])\n", Passed), ("load(settings.folder)\n", Passed), ("load('x')\n", Blocked)],
)
def test_without_a_run_the_source_is_read(code, kind):
    assert isinstance(judge("config-followed", USUAL, following(wanted=()), CRASHED, code=code), kind)


BUCKET_MOVES = following(({"train", "test"}, ()))
OVERRULED = following(((), {"train", "test"}), ({"train", "test"}, ()))


@pytest.mark.parametrize(
    "code",
    [
        '"""jdupont"""\n',
        "# jdupont\n",
        "names = ['train.csv', 'test.csv', 'train', 'utf-8']\n",
        "def f():\n    'jdupont'\n",
        "x = 'jdupont is a bucket'\n",
        "y = 'titanic/raw'\n",
    ],
)
def test_what_is_no_copy_of_a_used_value_passes(code):
    assert isinstance(judge("config-not-hardcoded", USUAL, BUCKET_MOVES, ENDED, code=code), Passed)


@pytest.mark.parametrize(
    "code",
    [
        "bucket = 'jdupont'\n",
        "def f(bucket='jdupont'):\n    pass\n",
        "c.get('bucket', 'jdupont')\n",
        "f'{x}' + 'jdupont/'\n",
    ],
)
def test_a_copy_fails_with_its_line_and_without_its_value(code):
    verdict = failed(judge("config-not-hardcoded", USUAL, BUCKET_MOVES, ENDED, code=code))
    assert str(verdict.actual) == "The code still holds the value of bucket."
    assert [str(place) for place in verdict.where] == ["main.py:1"]
    assert "jdupont" not in repr(verdict)


def test_a_copy_that_overrules_its_value_fails():
    code = "import_data(bucket='jdupont', folder=config['folder'])\n"
    verdict = failed(judge("config-not-hardcoded", USUAL, OVERRULED, ENDED, code=code))
    assert str(verdict.actual) == "The code still holds the value of bucket."
    assert isinstance(judge("config-not-hardcoded", USUAL, OVERRULED, ENDED), Passed)


@pytest.mark.parametrize(("facts", "run"), [(ABSENT, CRASHED), (ABSENT, ENDED), (IGNORED, CRASHED)])
def test_a_file_that_was_never_committed_is_told_once(facts, run):
    assert judge("config-file", facts) == judge("config-read", facts, run)


def test_a_request_for_the_old_place_fails():
    verdict = failed(judge("config-not-hardcoded", USUAL, following(({"train"}, {"train"})), ENDED))
    assert "With another bucket, train is still asked for at the old place, too." in str(verdict.actual)


def test_a_table_with_a_value_of_its_own_may_stay():
    moves = following(({"train"}, {"test"}), ({"test"}, {"train"}))
    assert isinstance(judge("config-not-hardcoded", USUAL, moves, ENDED), Passed)


def test_without_a_run_all_values_that_look_like_places_count():
    assert failed(judge("config-not-hardcoded", USUAL, CRASHED, code="x = 'titanic/raw'\n")).basis is Basis.READ


def test_without_a_usable_configuration_there_is_nothing_to_look_for():
    assert judge("config-not-hardcoded", ABSENT, ENDED) == Blocked(by=("config-file",))
