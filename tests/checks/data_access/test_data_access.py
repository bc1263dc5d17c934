"""The checks of step 1.7 that look at a run, on facts made by hand."""

from __future__ import annotations

import pytest

from checker.course import load
from checker.facts.data_access import DataAccess, Parameters, Part, Place
from checker.facts.job import End, HttpRequest
from checker.model import Basis, Blocked, Failed, Location, Passed, Unavailable
from checker.testing import code, crashed, finished, main_run, tree, verdict_of
from tests.verdicts import advised, failed, passed

COURSE = load().course
TREE = tree({"main.py": "", "data/raw/train.csv": "x"})
CODE = code(TREE)
LACKING = code({"main.py": "from src.data.import_data import load\n"})
LINE = Location("src/data/import_data.py", line=8)
ENDED = finished()
CRASHED = crashed("ValueError", "Invalid endpoint", (LINE, "open()"))


def asked(name, *, status=200, method="GET", host="minio.lab.sspcloud.fr", scheme="https", folder="jd/raw"):
    return name.partition(".")[0], HttpRequest(
        scheme, host, method, f"/{folder}/{name}", "X-Amz-Signature=1", status, 0.1
    )


BOTH = (asked("train.csv", method="HEAD"), asked("train.csv"), asked("test.csv"))


def judge(check="data-remote", run=ENDED, **facts):
    access = DataAccess(**({"succeeded": run.succeeded} | facts))
    return verdict_of(check, access, main_run(run), TREE, CODE, COURSE)


def test_data_over_the_network_passes_and_says_what_was_not_seen():
    verdict = passed(judge(requested=BOTH))
    assert "https://minio.lab.sspcloud.fr/jd/raw/test.csv" in str(verdict.message)
    assert "make sure yourself that https://minio.lab.sspcloud.fr/jd/raw/train.csv exists" in str(
        verdict.advice[0].message
    )
    assert "Signature" not in str(verdict)


@pytest.mark.parametrize(
    ("requested", "advice"),
    [
        ((asked("train.csv"),), "The test data was not read."),
        ((asked("train.csv", scheme="http"), asked("test.csv", scheme="http")), "without encryption"),
    ],
)
def test_what_is_odd_is_advice(requested, advice):
    assert advice in advised(passed(judge(requested=requested)))


def test_one_file_for_all_passes():
    assert isinstance(judge(requested=(asked("data.parquet", status=206),)), Passed)


@pytest.mark.parametrize(
    ("facts", "actual", "where"),
    [
        ({"disk": (("train", "data/raw/train.csv", LINE),)}, "Read from the disk: data/raw/train.csv.", [LINE]),
        (
            {"requested": (asked("train.csv"),), "disk": (("test", "data/raw/test.csv", LINE),)},
            "Read from the disk: data/raw/test.csv.",
            [LINE],
        ),
        (
            {"requested": BOTH, "disk": (("train", "data/raw/train.csv", LINE),)},
            "Read from the disk: data/raw/train.csv.",
            [LINE],
        ),
        (
            {"requested": (asked("train.csv"), asked("test.csv", status=404)), "broke": True, "broke_at": (LINE,)},
            "https://minio.lab.sspcloud.fr/jd/raw/test.csv was answered by 404.",
            [LINE],
        ),
        (
            {"requested": (asked("train.csv", host="https"), asked("test.csv", host="https"))},
            "The address is https://https/jd/raw/train.csv: there is no host of that name.",
            [Location("main.py")],
        ),
        (
            {"requested": BOTH, "tracked": (("raw.githubusercontent.com/a/b/data/train.csv", "data/train.csv"),)},
            "leads to data/train.csv, which is still in the repository",
            [Location("data/train.csv")],
        ),
        ({}, "main.py asked for no training data over the network.", [Location("main.py")]),
    ],
)
def test_what_is_not_read_over_the_network_fails(facts, actual, where):
    verdict = failed(judge(**facts))
    assert actual in str(verdict.actual)
    assert list(verdict.where) == where
    assert verdict.reproduce


def test_a_file_that_a_request_brought_may_be_read_from_the_disk():
    assert isinstance(judge(requested=BOTH, disk=(("train", "tmp/train.csv", LINE),)), Passed)


def test_a_crash_in_the_reading_is_charged_here():
    verdict = failed(judge(run=CRASHED, broke=True, broke_at=(LINE,)))
    assert "The reading stops: ValueError: Invalid endpoint" in str(verdict.actual)
    assert verdict.where == (LINE,)


@pytest.mark.parametrize(
    ("places", "kind"),
    [
        ((Place(LINE, remote=True),), Passed),
        ((Place(LINE, remote=False, local="data/raw/train.csv"),), Failed),
        ((), Failed),
    ],
)
def test_a_crash_before_the_reading_is_not(places, kind):
    verdict = judge(run=CRASHED, places=places)
    assert isinstance(verdict, kind)
    assert verdict.basis is Basis.READ


def parameters(*parts, run=ENDED, ran=True, **more):
    facts = Parameters(parts={"train": parts} if parts else {}, ran=ran, **more)
    return verdict_of("data-parameters", facts, DataAccess(), main_run(run), CODE)


BUCKET = Part("jd", "bucket", "import_data(bucket)")
FOLDER = Part("raw", "folder", None, (LINE,))


def test_a_place_that_moves_passes():
    verdict = passed(parameters(BUCKET, Part("raw", "folder", "config.yaml: folder")))
    assert str(verdict.message) == "The place moves with import_data(bucket), config.yaml: folder."


def test_a_part_that_is_written_in_the_function_is_named_with_its_line():
    verdict = failed(parameters(BUCKET, FOLDER))
    assert "the request goes to the folder raw" in str(verdict.actual)
    assert verdict.where == (LINE,)


def test_a_part_that_nothing_moves_fails_without_a_line():
    verdict = failed(parameters(Part("host", "host", None)))
    assert "the host host" in str(verdict.actual)
    assert verdict.where == (Location("main.py"),)


def test_what_is_read_from_the_disk_is_charged_elsewhere():
    assert parameters(ran=False) == Blocked(by=("data-remote",), details={"disk": []})


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"loaders": (("import_data", LINE),)}, Passed),
        ({"loaders": (("import_data", LINE),), "written": (LINE,)}, Failed),
        ({}, Failed),
    ],
)
def test_without_a_run_the_source_is_read(more, kind):
    verdict = parameters(ran=False, run=CRASHED, **more)
    assert isinstance(verdict, kind)
    assert verdict.basis is Basis.READ


STOPPED = main_run(CRASHED)


@pytest.mark.parametrize(
    ("check", "facts"), [("data-remote", DataAccess(succeeded=False)), ("data-parameters", Parameters(ran=False))]
)
def test_a_module_that_is_not_there_is_not_charged_here(check, facts):
    facts = (facts, DataAccess(succeeded=False), STOPPED, TREE, COURSE)
    assert verdict_of(check, *facts, LACKING) == Blocked(by=("layout-source",))
    assert isinstance(verdict_of(check, *facts, CODE), Failed)


@pytest.mark.parametrize(
    ("check", "facts"),
    [
        ("data-remote", DataAccess(succeeded=False, places=(Place(LINE, remote=False, local="train.csv"),))),
        ("data-parameters", Parameters(ran=False, written=(LINE,))),
    ],
)
def test_what_the_source_shows_is_charged_whatever_is_not_there(check, facts):
    facts = (facts, DataAccess(succeeded=False), STOPPED, TREE, COURSE)
    assert isinstance(verdict_of(check, *facts, LACKING), Failed)


UNSEEN = {"unseen": ("pyarrow",)}


@pytest.mark.parametrize(
    "run",
    [
        finished(**UNSEEN),
        finished(End.TIME, **UNSEEN),
        crashed("OSError", "AWS Error", (LINE, "pq.read_table()"), **UNSEEN),
    ],
)
@pytest.mark.parametrize("check", ["data-remote", "data-parameters"])
def test_what_plain_mode_cannot_see_fails_nobody(check, run):
    access = DataAccess(succeeded=run.succeeded, broke=run.error is not None)
    verdict = verdict_of(check, access, Parameters(ran=False), main_run(run), TREE, CODE, COURSE)
    assert isinstance(verdict, Unavailable)
    assert "pyarrow" in str(verdict.what)
    assert "--sandbox bubblewrap" in str(verdict.remedy)


def test_what_was_seen_is_judged_in_plain_mode_too():
    assert isinstance(judge(run=finished(**UNSEEN), disk=(("train", "data/raw/train.csv", LINE),)), Failed)
    assert isinstance(judge(run=crashed("NameError", "x", (LINE, "read_csv(x)"), **UNSEEN), broke=True), Failed)
