"""The checks of steps 1.6 and 2.2, on facts made from short files and by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from checker.checks.command_programs import argument
from checker.course import load
from checker.evidence.project.code import read_code
from checker.evidence.runs.environment import declared, environment_use
from checker.facts.environment import Bound, EnvironmentUse, FilteredRun, Package, Unneeded
from checker.facts.tree import Tree
from checker.locale import Speech
from checker.model import Basis, Blocked, Failed, Location, Passed, ToDo
from checker.testing import verdict_of
from tests.verdicts import advised, failed, passed

COURSE = load().course
GOOD = "name: monenv\nchannels: [conda-forge]\ndependencies:\n  - python=3.11\n  - pandas=2.2\n"
DECLARING = "name: x\ndependencies:\n  - python=3.11\n  - "
PATH = os.pathsep.join((str(Path(sys.executable).parent), os.defpath))
READS = f"{argument('conda_reads')} environment.yml"
BROKEN = "name: monenv\ndependencies:\n\t- pandas\n"


def judge(check, main="import pandas as pd\n", *more, **files):
    """The verdict on a project of these files; double underscores stand for points in their names."""
    paths = {name.replace("__", "."): body for name, body in files.items()}
    tree = Tree.of({"main.py": main, **paths} if main is not None else paths)
    code = read_code(tree, COURSE, None)
    facts = declared(tree, COURSE)
    return verdict_of(check, facts, environment_use(tree, code, facts, COURSE, None), code, COURSE, *more)


def test_a_file_that_conda_reads_passes():
    verdict = passed(judge("environment-file", environment__yml=GOOD))
    assert str(verdict.message) == "environment.yml declares 1 packages."


@pytest.mark.parametrize(
    ("files", "credit", "fragment"),
    [
        ({"requirements__txt": "pandas==2.2\n"}, Fraction(1, 2), "requirements.txt declares 1 packages with versions"),
        ({"requirements__txt": "pandas\n"}, Fraction(1, 4), "not all with a version"),
        ({"requirements__txt": ""}, Fraction(0), "requirements.txt lists no package"),
        ({"uv__lock": '[[package]]\nname = "pandas"\nversion = "2"\n'}, Fraction(1, 2), "uv.lock fixes 1 packages"),
        ({"env__yml": GOOD}, Fraction(1, 2), "The environment is in env.yml"),
        ({"environment__yml__txt": GOOD}, Fraction(1, 2), "The environment is in environment.yml.txt."),
        ({"requierments__txt": "pandas==2.2\n"}, Fraction(1, 2), "requierments.txt declares 1 packages with versions"),
        ({"environment__yml": BROKEN}, Fraction(0), "a tab stands where only spaces may"),
        ({"environment__yml": "name: x\ndependencies: []\n"}, Fraction(0), "environment.yml lists no package"),
        ({"environment__yml": GOOD.encode("utf-16")}, Fraction(0), "UTF-16; conda reads UTF-8 only"),
    ],
)
def test_what_stands_in_for_it_or_cannot_be_read(files, credit, fragment):
    verdict = failed(judge("environment-file", **files))
    assert verdict.credit == credit
    assert fragment in str(verdict.actual)
    assert verdict.where


WRONG = [
    "dependencies:\n  - pandas: 2.0\n",
    "dependencies:\n  - pandas=>2.0\n",
    "dependencies:\n  - pandas==\n",
    "dependencies:\n  - -r requirements.txt\n",
    "dependencies:\n  - pip\n    - pandas==2.0\n",
    "dependencies:\n  - pandas=2\n    - numpy=1\n",
    "dependencies:\n  -pandas\n  -numpy\n",
    "dependencies:\n  - pandas\ndependencies:\n  - numpy\n",
    "dependances:\n  - pandas\n",
    *(
        f"dependencies:\n  - pip:\n    - {line}\n"
        for line in (
            "pandas==", "python==3.11", "requirements.txt", "pandas 2.0", "pip install pandas", "- pandas",
            "pandas=2=py_0", "pandas=>2", "-r requirement.txt",
        )
    ),
]  # fmt: skip
RIGHT = GOOD + (
    "  - conda-forge::numpy=1.26=py311_0\n  - scipy >=1,<2\n  - dask 2024.1\n  - pip:\n    - -r requirements.txt\n"
    "    - pyyaml\n    - s3fs[boto3]>=2024 ; python_version > '3.9'\n    - git+https://example.org/a/b.git@v1\n"
)


@pytest.mark.parametrize("source", [*WRONG, RIGHT])
def test_what_conda_does_first_stumbles_over_the_same_files(source, tmp_path):
    files = {"environment.yml": source, "requirements.txt": "seaborn==0.13.2\n"}
    verdict = judge("environment-file", **{name.replace(".", "__"): body for name, body in files.items()})
    for name, body in files.items():
        (tmp_path / name).write_text(body, encoding="utf-8")
    command = verdict.reproduce if isinstance(verdict, Failed) else READS
    status = subprocess.run(command, shell=True, cwd=tmp_path, env={"PATH": PATH}, capture_output=True, check=False)
    assert (isinstance(verdict, Failed), status.returncode != 0) == (source != RIGHT, source != RIGHT), status.stderr


def test_notes_on_a_file_that_passes():
    verdict = passed(
        judge("environment-file", environment__yaml=b"\xef\xbb\xbf" + GOOD.encode(), requirements__txt="pandas==1.5\n")
    )
    assert "Conda looks for environment.yml first." in advised(verdict)
    assert "byte-order mark" in advised(verdict)
    assert "pandas is declared twice, with different versions (2.2.* and ==1.5)." in advised(verdict)
    assert advised(judge("environment-file", environment__yml=GOOD, requirements__txt="pandas==2.2.3\n")) == ""


def test_an_undeclared_import_fails_with_its_place():
    verdict = judge(
        "environment-complete", "import pandas as pd\nfrom sklearn import svm\nimport yaml\n", environment__yml=GOOD
    )
    assert isinstance(verdict, Failed)
    assert str(verdict.actual) == "environment.yml does not declare scikit-learn, PyYAML."
    assert verdict.where == (Location("main.py", line=2), Location("main.py", line=3))
    assert str(verdict.hint).startswith("Add scikit-learn (for import sklearn)")
    assert verdict.basis is Basis.READ
    assert verdict.details["missing"] == [
        {"name": "scikit-learn", "where": ["main.py:2"]},
        {"name": "PyYAML", "where": ["main.py:3"]},
    ]
    assert Speech("fr").say(verdict.actual) == "environment.yml ne déclare pas scikit-learn, PyYAML."


def test_the_details_list_what_a_tool_can_use_with_its_places():
    main = "import pandas\nimport yaml\nimport matplotlib\nimport pylab\n"
    verdict = judge("environment-complete", main, environment__yml=GOOD + "  - dask\n  - pyyaml\n")
    details = {key: verdict.details[key] for key in ("missing", "unused", "pinned")}
    assert details == {
        "missing": [{"name": "matplotlib", "where": ["main.py:3", "main.py:4"]}],
        "unused": [{"name": "dask", "where": ["environment.yml:6"]}],
        "pinned": [{"name": "pandas", "where": ["environment.yml:5"]}],
    }
    assert [(one["name"], one["where"]) for one in verdict.details["declared"]] == [
        ("pandas", "environment.yml:5"),
        ("dask", "environment.yml:6"),
        ("pyyaml", "environment.yml:7"),
    ]
    assert [one["where"] for one in verdict.details["imported"]] == [
        ["main.py:3"],
        ["main.py:1"],
        ["main.py:4"],
        ["main.py:2"],
    ]


LATE = "def work():\n    import outils_maison\n\n\n"


@pytest.mark.parametrize(
    "source", ["import outils_maison\n", "from google.colab import drive\n", "def f():\n    from google import colab\n"]
)
def test_what_no_declaration_gives_is_judged_by_the_run(source):
    verdict = passed(judge("environment-complete", source, environment__yml=GOOD))
    assert advised(verdict).startswith("No library known here is called")
    verdict = judge("environment-complete", source.replace("google", "xgboost"), environment__yml=GOOD)
    assert isinstance(verdict, Failed if "google" in source else Passed)


def test_a_library_that_nobody_knows_may_be_a_module_that_was_forgotten():
    verdict = judge("environment-complete", f"{LATE}import mpl_toolkits.mplot3d\nimport pylab\n", environment__yml=GOOD)
    assert isinstance(verdict, Failed)
    assert "does not declare matplotlib, outils-maison." in str(verdict.actual)
    verdict = judge("environment-complete", LATE, environment__yml=GOOD)
    assert "If outils_maison is a module of yours, commit its file" in str(verdict.hint)
    assert "commit" not in str(judge("environment-complete", "import seaborn\n", environment__yml=GOOD).hint)


def test_a_module_of_python_that_is_declared_is_advice():
    verdict = passed(judge("environment-complete", requirements__txt="pandas==2.2\nos\n"))
    assert advised(verdict) == "os comes along with Python: delete its line."


@pytest.mark.parametrize("spec", ["3.1", "2.7", "3.99", "3,11"])
def test_a_python_that_nobody_has(spec):
    verdict = failed(judge("environment-portable", environment__yml=GOOD.replace("python=3.11", f"python={spec}")))
    assert "no Python 3 that conda has is a python" in str(verdict.actual)
    assert verdict.where == (Location("environment.yml", line=4),)
    assert advised(verdict) == ""


@pytest.mark.parametrize("name", ["Sklearn", "sklearn", "scikit_learn"])
def test_names_that_conda_does_not_know_in_any_case(name):
    verdict = failed(judge("environment-portable", environment__yml=GOOD + f"  - {name}=1.5\n"))
    assert str(verdict.hint) == "For conda it is called scikit-learn."


def test_what_comes_along_or_is_optional_or_declared_elsewhere_is_advice():
    main = "import pandas\nimport numpy\nimport yaml\ntry:\n    import sklearn\nexcept ImportError:\n    pass\n"
    verdict = passed(judge("environment-complete", main, environment__yml=GOOD, requirements__txt="pyyaml==6\n"))
    assert str(verdict.message) == "environment.yml declares 1 of the 4 libraries that the scripts import."
    assert "numpy is imported and comes only along with pandas" in advised(verdict)
    assert "PyYAML is declared in requirements.txt only" in advised(verdict)
    assert "scikit-learn is imported in a try or under a condition only" in advised(verdict)


def test_without_code_or_a_readable_file():
    assert isinstance(judge("environment-complete", None, environment__yml=GOOD), ToDo)
    for check in ("complete", "pinned", "minimal", "portable"):
        assert judge(f"environment-{check}", environment__yml=BROKEN) == Blocked(by=("environment-file",))


@pytest.mark.parametrize(
    "line", ["pandas=2.2", "pandas==2.2.1", "pandas 2.2.*", "pandas<3", "pandas>=2,<3", "pandas~=2.2"]
)
def test_versions_that_are_bounds(line):
    assert not passed(judge("environment-pinned", environment__yml=f"dependencies:\n  - {line}\n")).advice


def test_a_lower_bound_is_advice_and_no_version_fails():
    verdict = passed(judge("environment-pinned", environment__yml="dependencies:\n  - pandas>=2\n"))
    assert "pandas>=2 sets no upper bound" in advised(verdict)
    verdict = failed(judge("environment-pinned", environment__yml="dependencies:\n  - pandas\n  - flask\n"))
    assert str(verdict.actual) == "There is no version for pandas."
    assert verdict.where == (Location("environment.yml", line=2),)
    assert "pandas=…" in str(verdict.hint)
    assert "pandas==…" in str(failed(judge("environment-pinned", requirements__txt="pandas\n")).hint)


def test_a_lock_beside_a_loose_list_fixes_it():
    lock = '[[package]]\nname = "pandas"\nversion = "2"\n'
    assert isinstance(judge("environment-pinned", environment__yml="dependencies: [pandas]", uv__lock=lock), Passed)


def test_versions_of_nothing():
    assert judge("environment-pinned", environment__yml="dependencies: [flask=1]") == Blocked(
        by=("environment-complete",)
    )
    assert isinstance(judge("environment-pinned", "import os\n", environment__yml=GOOD), ToDo)


def minimal(count, *, unknown=(), ours=False):
    names = [f"p{number}" for number in range(count)] + (["titanic-checker"] if ours else [])
    source = "dependencies:\n" + "".join(f"  - {name}\n" for name in names)
    facts = declared(Tree.of({"environment.yml": source + "  - pandas\n"}), COURSE)
    unneeded = tuple(
        Unneeded(Package(name, "", Bound.NONE, True, Location("environment.yml", line=number)), 100 - number)
        for number, name in enumerate(names)
    )
    return verdict_of("environment-minimal", facts, EnvironmentUse((), unneeded, unknown), COURSE)


def test_few_unneeded_are_advice_and_more_fail():
    assert not minimal(0).advice
    verdict = passed(minimal(5, ours=True))
    assert "Nothing in the project seems to need p0, p1, p2, p3, p4." in advised(verdict)
    assert "The checker itself has no place" in advised(verdict)
    verdict = failed(minimal(12))
    assert str(verdict.actual) == (
        "Nothing needs 12 of its 13 packages; the heaviest: p0, p1, p2, p3, p4, p5, p6, p7, p8, p9."
    )
    assert len(verdict.where) == 10


def test_what_an_unknown_package_brings_along_is_forgiven():
    assert isinstance(minimal(12, unknown=("catboost",)), Passed)


def portable(source, **files):
    return judge("environment-portable", environment__yml=source, **files)


def test_a_portable_file_passes():
    assert isinstance(portable(GOOD), Passed)
    assert not portable(GOOD).advice


@pytest.mark.parametrize(
    ("old", "new", "fault", "hint", "line"),
    [
        ("channels", "prefix: /opt/x\nchannels", "the line prefix names a folder", "Delete the line prefix", 2),
        ("monenv", "base", "base is a name that conda keeps", "name: monenv", 1),
        ("name: monenv\n", "", "the environment has no name", "name: monenv", None),
        ("python=3.11", "python", "python has no version", "python=3.11", 4),
        ("  - python=3.11\n", "", "python is not among", "python=3.11", None),
        ("pandas=2.2", "scikit_learn=1.5", "scikit_learn is no package that conda knows", "scikit-learn", 5),
        ("pandas=2.2", "sklearn=1.5", "sklearn is no package that conda knows", "scikit-learn", 5),
    ],
)
def test_what_binds_a_file_to_a_computer(old, new, fault, hint, line):
    verdict = failed(portable(GOOD.replace(old, new)))
    assert fault in str(verdict.actual)
    assert hint in str(verdict.hint)
    assert verdict.where == (Location("environment.yml", line=line),)


@pytest.mark.parametrize(
    "spec", ["python=3.10", "python=3.10.*", "python>=3.10,<3.11", "python=3.10.0", "python==3.10.4"]
)
def test_one_python(spec):
    assert not portable(GOOD.replace("python=3.11", spec)).advice


@pytest.mark.parametrize("spec", ["python>=3.10", "python=3", "python<3.12"])
def test_several_pythons_are_advice(spec):
    assert "allows several minor versions" in advised(passed(portable(GOOD.replace("python=3.11", spec))))


def test_builds_platforms_and_another_name_are_advice():
    verdict = portable(
        GOOD.replace("monenv", "titanic")
        + "  - numpy=2.0=py311_0\n  - pywin32=306\n  - pip:\n    - scikit_learn==1.5\n"
    )
    assert isinstance(verdict, Passed)
    assert "1 packages carry a build" in advised(verdict)
    assert "One operating system only has pywin32" in advised(verdict)
    assert "The statement calls it monenv, and not titanic" in advised(verdict)


def test_files_for_pip():
    assert isinstance(judge("environment-portable", requirements__txt="pandas==2\n"), Passed)
    assert isinstance(judge("environment-portable", uv__lock='[[package]]\nname = "a"\nversion = "2"\n'), Passed)
    verdict = failed(judge("environment-portable", requirements__txt="pandas==2\nflask\n"))
    assert str(verdict.actual) == "There is no version for flask."
    verdict = failed(judge("environment-portable", requirements__txt="pandas @ file:///croot/pandas_1\n"))
    assert "paths of the machine that made it: pandas" in str(verdict.actual)


def test_sufficient():
    verdict = judge("environment-sufficient", "import pandas\n", FilteredRun(True, "main.py"), environment__yml=GOOD)
    assert isinstance(verdict, Passed)
    assert verdict.basis is Basis.RUN
    verdict = judge("environment-sufficient", "import pandas\n", FilteredRun(False, "main.py"), environment__yml=GOOD)
    assert isinstance(verdict, Passed)
    assert verdict.basis is Basis.READ
    stopped = FilteredRun(True, "main.py", message="ValueError: x")
    verdict = passed(judge("environment-sufficient", "import pandas\n", stopped, environment__yml=GOOD))
    assert "stops for another reason: ValueError: x" in advised(verdict)


def test_insufficient():
    run = FilteredRun(True, "main.py", "pyarrow", "pyarrow", "ImportError: tried", (Location("main.py", line=2),))
    verdict = failed(judge("environment-sufficient", "import pandas\n", run, environment__yml=GOOD))
    assert "stops: pyarrow is missing (ImportError: tried)" in str(verdict.actual)
    assert verdict.where == (Location("main.py", line=2),)
    run = FilteredRun(False, "main.py", "scikit-learn", "sklearn", where=(Location("main.py", line=1),))
    verdict = failed(judge("environment-sufficient", "import pandas\n", run, environment__yml=GOOD))
    assert str(verdict.actual) == "The scripts import sklearn, and scikit-learn is not declared."
    assert verdict.basis is Basis.READ


@pytest.mark.parametrize(
    ("main", "line", "hint"),
    [
        ("import pandas\n", "panda=2.2", "In environment.yml:4, write pandas (for import pandas) instead of panda."),
        ("import sklearn\n", "sklearn=1", "In environment.yml:4, write scikit-learn (for import sklearn) "),
        ("import yaml\n", "yaml=0.2", "In environment.yml:4, write PyYAML (for import yaml) instead of yaml."),
        ("import seaborn\n", "pandas=2.2", "Add seaborn (for import seaborn) with the version that conda list shows."),
        ("import yaml\n", "yaml=0.2=h7f98852_2", "Add PyYAML"),
    ],
)
def test_a_wrong_name_is_shown_where_it_stands(main, line, hint):
    assert str(failed(judge("environment-complete", main, environment__yml=DECLARING + line)).hint).startswith(hint)


def test_a_line_that_pip_cannot_read_is_charged_once():
    files = {"environment__yml": "name: x\ndependencies:\n  - pip:\n    - -r requirements.txt\n"}
    files["requirements__txt"] = "pandas=2.2\n"
    assert isinstance(judge("environment-file", **files), Failed)
    assert isinstance(judge("environment-complete", **files), Passed)
    assert isinstance(judge("environment-pinned", **files), Passed)


def test_what_a_lock_holds_for_others_only_is_advice():
    lock = (
        'version = 1\n[[package]]\nname = "x"\nversion = "0"\nsource = { virtual = "." }\n'
        'dependencies = [{ name = "seaborn" }]\n[package.optional-dependencies]\nmore = [{ name = "yaml" }]\n'
        '[[package]]\nname = "pandas"\nversion = "2.2.3"\n[[package]]\nname = "seaborn"\nversion = "0.13"\n'
    )
    verdict = passed(judge("environment-complete", "import pandas, seaborn\n", uv__lock=lock))
    (note,) = verdict.advice
    assert str(note.message).startswith("pandas is imported, and is in uv.lock only because")
