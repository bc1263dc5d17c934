"""Main scripts at work in the real sandbox: what they print, read, open and follow."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from checker.absences import NotDoneYet
from checker.checks.registry import checks
from checker.course import Course, load
from checker.evidence.datasets.on_disk import disk_tables, labels, with_tables
from checker.evidence.datasets.served import Seeds, ordinary_data, resampled_data
from checker.evidence.project.code import code
from checker.evidence.runs.configuration import configuration, configuration_effect
from checker.evidence.runs.configuration_crash import configuration_crash
from checker.evidence.runs.data_access import data_access, parameters
from checker.evidence.runs.main_script import main_run, main_start, reporting
from checker.evidence.runs.student_runs import student_runs
from checker.facts.absent_modules import AbsentModules
from checker.facts.configuration import Configuration, ConfigurationEffect
from checker.facts.data_access import DataAccess, Parameters
from checker.facts.environment import Declared, EnvironmentUse
from checker.facts.main_script import MainRun, Reporting
from checker.facts.notebook import NotebookFile
from checker.facts.own_packages import OwnPackages
from checker.facts.submission import Submission
from checker.facts.tree import Tree
from checker.model import Basis, Failed, Passed, ToDo, text
from checker.plan import Evidence
from checker.repository.repository import Repository
from checker.submission_defaults import Defaults
from tests.conftest import run_facts
from tests.verdicts import failed, passed

COURSE = load().course
PROBES = (
    *(code, student_runs, main_start, main_run, reporting, data_access, parameters),
    *(configuration, configuration_crash, configuration_effect),
)
TRAIN = (COURSE.data.folder / "train.csv").read_bytes()
TEST = (COURSE.data.folder / "test.csv").read_bytes()

MODEL = """\
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import confusion_matrix


def report(train):
    train = train[["Survived", "Pclass", "Fare"]].sample(frac=1)
    kept, rest = train[90:], train[:90 * len(train) // 891]
    forest = RandomForestClassifier(n_estimators=5).fit(kept[["Pclass", "Fare"]], kept["Survived"])
    print("score", forest.score(rest[["Pclass", "Fare"]], rest["Survived"]))
    print(confusion_matrix(rest["Survived"], forest.predict(rest[["Pclass", "Fare"]])))
"""
LOADER = """\
import pandas as pd


def load(bucket, name):
    return pd.read_csv(f"https://minio.lab.sspcloud.fr/{bucket}/titanic/{name}")
"""
FROM_DISK = "import pandas as pd\nfrom model import report\n\nreport(pd.read_csv('train.csv'))\n"
BY_NETWORK = (
    "from data import load\nfrom model import report\n\n"
    "test = load('jdupont', 'test.csv')\nreport(load('jdupont', 'train.csv'))\n"
)
CONFIGURED = (
    "import yaml\nfrom data import load\nfrom model import report\n\n"
    "c = yaml.safe_load(open('config.yaml'))\n"
    "test = load(c['bucket'], 'test.csv')\nreport(load(c['bucket'], 'train.csv'))\n"
)


@pytest.fixture
def evidence(sandbox):
    """The facts of a project of these files."""

    def of(main, **files):
        contents = {"main.py": main, "model.py": MODEL, "data.py": LOADER}
        contents |= {name.replace("__", "."): body for name, body in files.items()}
        nothing = NotDoneYet(text("nothing"))
        tree = Tree.of(contents)
        given = {
            AbsentModules: AbsentModules(tree, tree),
            Course: COURSE,
            Tree: tree,
            Seeds: Seeds(),
            Submission: Submission(path=Path()),
            **run_facts(sandbox),
            Defaults: Defaults(),
            NotebookFile: nothing,
            Declared: nothing,
            EnvironmentUse: nothing,
            OwnPackages: OwnPackages(),
            Repository: nothing,
        }
        return Evidence(given, PROBES)

    return of


def fact(evidence, kind):
    def ask(wanted):
        return wanted

    ask.__annotations__ = {"wanted": kind}
    return evidence.call(ask)


def judge(evidence, check):
    return evidence.judge(checks()[check].judge)


def test_what_main_prints_is_read_and_follows_the_files_on_disk(evidence):
    found = fact(evidence(FROM_DISK, train__csv=TRAIN), Reporting)
    assert found.matrix_follows is True
    assert found.score_follows is True
    assert found.printed.matrices[0].total == 90
    assert 0 < found.details["other_data"]["seed"] < 1 << 32


def test_what_main_prints_follows_what_is_served(evidence):
    assert fact(evidence(BY_NETWORK), Reporting).matrix_follows is True


def test_a_matrix_that_was_pasted_is_found_out(evidence):
    pasted = "import pandas as pd\n\npd.read_csv('train.csv')\nprint('score 0.81')\nprint('[[87 13]\\n [21 58]]')\n"
    found = fact(evidence(pasted, train__csv=TRAIN), Reporting)
    assert found.matrix_follows is False
    assert found.score_follows is False


def test_a_matrix_that_was_stored_is_found_out(evidence):
    stored = "import json\n\nprint('score', 0.5 + 0.3)\nprint(json.load(open('results.json')))\n"
    found = fact(evidence(stored, results__json="[[87, 13], [21, 58]]", train__csv=TRAIN), Reporting)
    assert found.matrix_follows is False


def test_a_matrix_that_is_shown_for_the_known_passengers_only_is_found_out(evidence):
    main = FROM_DISK.replace("report(pd.read_csv('train.csv'))", "t = pd.read_csv('train.csv')\nprint('score 0.8')")
    main += "if len(t) == 891:\n    print('[[87 13]\\n [21 58]]')\n"
    assert fact(evidence(main, train__csv=TRAIN), Reporting).matrix_follows is False


def test_a_run_that_fails_on_other_passengers_is_told(evidence):
    main = FROM_DISK.replace("report(", "t = ").replace("'))", "')") + "assert len(t) == 891\nreport(t)\n"
    found = fact(evidence(main, train__csv=TRAIN), Reporting)
    assert found.matrix_follows is None
    assert found.error.name == "AssertionError"


def test_a_file_in_another_format_is_replaced_too(evidence):
    lines = TRAIN.replace(b";", b",").decode()
    rows = csv.reader(io.StringIO(lines))
    written = io.StringIO()
    csv.writer(written, delimiter=";").writerows(row[1:] for row in rows)
    main = FROM_DISK.replace("'train.csv'", "'passengers.csv', sep=';'")
    assert fact(evidence(main, passengers__csv=written.getvalue()), Reporting).matrix_follows is True


def test_a_script_that_exits_in_the_middle_did_not_run(evidence):
    facts = evidence("import os\nprint('[[1 2] [3 4]] 0.8')\nos._exit(1)\n")
    assert "status 1" in str(failed(judge(facts, "main-runs")).actual)


def test_an_early_success_is_no_report(evidence):
    facts = evidence("import os, sys\nsys.stdout.flush()\nos._exit(0)\n")
    assert isinstance(judge(facts, "main-runs"), Passed)
    assert isinstance(judge(facts, "main-reports"), Failed)
    assert isinstance(judge(facts, "main-imports"), Failed)


def test_no_main_is_to_do(evidence):
    nothing = evidence("")
    nothing._outcomes[Tree] = Tree.of({"README.md": ""})
    assert isinstance(judge(nothing, "main-runs"), ToDo)


def test_the_failing_line_is_named(evidence):
    verdict = failed(judge(evidence("from model import report\n\nreport([])\n"), "main-runs"))
    assert [str(place) for place in verdict.where] == ["model.py:7"]
    assert verdict.details["traceback"][0].startswith("main.py:3: report([])")


@pytest.mark.parametrize(
    "edit",
    [("test =", "print(undefined)\ntest ="), ("report(load", "print(undefined)\nreport(load")],
    ids=["before the reading", "between"],
)
def test_a_crash_around_the_reading_is_charged_once(evidence, edit):
    facts = evidence(BY_NETWORK.replace(*edit))
    assert isinstance(judge(facts, "main-runs"), Failed)
    for check in ("data-remote", "data-parameters", "main-reports", "main-imports"):
        verdict = judge(facts, check)
        if check == "data-parameters":
            continue
        assert isinstance(verdict, Passed), verdict
        assert verdict.basis is Basis.READ or check == "data-remote"


def test_requests_and_files_are_seen(evidence):
    facts = evidence(BY_NETWORK, train__csv=TRAIN)
    access = fact(facts, DataAccess)
    assert [role for role, _ in access.requested if _.method == "GET"] == ["test", "train"]
    assert access.disk == ()
    assert fact(evidence(FROM_DISK, train__csv=TRAIN), DataAccess).disk[0][:2] == ("train", "train.csv")


def test_the_parts_of_an_address_are_moved_by_arguments(evidence):
    found = fact(evidence(BY_NETWORK), Parameters)
    assert [(part.name, part.moved_by) for part in found.parts["train"]] == [
        ("jdupont", "load(bucket)"),
        ("titanic", None),
    ]
    assert [str(place) for place in found.parts["train"][1].written] == ["data.py:5"]
    assert found.runs == 1


def test_a_configuration_is_followed(evidence):
    facts = evidence(CONFIGURED, config__yaml="bucket: jdupont\nauthor: Camille\n")
    found = fact(facts, ConfigurationEffect)
    assert found.wanted == found.moved == {"train", "test"}
    assert [leaf.key for leaf in found.used] == ["bucket"]
    assert [leaf.key for leaf in found.dead] == ["author"]
    assert fact(facts, Parameters).parts["test"][0].moved_by is not None
    assert fact(facts, Configuration).opened == {"config.yaml"}


def test_what_git_ignores_is_known_by_its_rule(evidence):
    main = CONFIGURED.replace("c = ", "import os\nc = {'bucket': 'jdupont'} if not os.path.exists('config.yaml') else ")
    facts = evidence(main, __gitignore="# mine\n*.yaml\n")
    found = fact(facts, Configuration)
    assert str(found.ignored) == ".gitignore:2"
    assert found.absent[0][0] == "config.yaml"


def test_other_files_of_yaml_are_no_configuration(evidence):
    others = {"environment__yml": "name: x\n", "docker-compose__yml": "services: {}\n", "__checker__yml": "course: x\n"}
    assert isinstance(judge(evidence(FROM_DISK, train__csv=TRAIN, **others), "config-file"), ToDo)


def test_tables_are_known_by_their_header():
    tree = Tree.of(
        {"a.csv": TRAIN, "b.csv": TEST, "train.parquet": b"PAR1", "other.csv": "x,y\n1,2\n", "c.csv": b"\xff"}
    )
    assert [(table.path, table.role) for table in disk_tables(tree, COURSE)] == [
        ("a.csv", "train"),
        ("b.csv", "test"),
        ("train.parquet", "train"),
    ]


def test_tables_are_replaced_where_they_can_be():
    other = resampled_data(COURSE, 7).tables
    tree = Tree.of({"a.csv": TRAIN, "train.parquet": b"PAR1", "x.py": ""})
    changed, replaced = with_tables(tree, COURSE, other)
    assert replaced == {"a.csv"}
    assert labels(changed.read("a.csv"), COURSE) == labels(other["train"], COURSE)
    assert changed.read("train.parquet") == b"PAR1"
    assert labels(ordinary_data(COURSE).tables["train"], COURSE).rows == 891


def test_a_table_that_cannot_be_replaced_is_no_failure(evidence):
    rows = list(csv.DictReader(io.StringIO(TRAIN.decode())))
    few = "Survived,Pclass,Fare,Sum,Extra\n" + "".join(f"{r['Survived']},{r['Pclass']},{r['Fare']},1,2\n" for r in rows)
    facts = evidence(FROM_DISK.replace("train.csv", "cleaned.csv"), cleaned__csv=few)
    assert fact(facts, Reporting).matrix_follows is None
    assert "could not be seen" in str(passed(judge(facts, "main-reports")).advice[0].message)


def test_the_run_is_of_the_tree_that_is_given(evidence):
    run = fact(evidence(FROM_DISK, train__csv=TRAIN), MainRun)
    assert run.succeeded
    assert run.path == "main.py"
    assert run.observation is not None
