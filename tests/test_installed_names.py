"""Names of classes are looked up in the files of libraries, without an import."""

from __future__ import annotations

import subprocess
import sys

import pytest

from checker.installed_names import UnknownName, unknown_name


@pytest.mark.parametrize(
    "name",
    [
        "sklearn.ensemble.RandomForestClassifier",
        "sklearn.ensemble._forest.BaseForest",
        "sklearn.tree._classes",
        "sklearn",
        "pandas.DataFrame",
        "no_such_library.at.all",
        "sklearn.tree._tree.Tree",  # compiled: there is no source to read
        "json.decoder.JSONDecoder",
        "math.sqrt",
    ],
)
def test_a_name_that_is_there_or_cannot_be_looked_up(name: str) -> None:
    assert unknown_name(name) is None


@pytest.mark.parametrize(
    ("name", "unknown"),
    [
        ("sklearn.ensemble.RandomForrest", UnknownName("RandomForrest", None)),
        ("sklearn.ensemble.RandomForestClasifier", UnknownName("RandomForestClasifier", "RandomForestClassifier")),
        ("sklearn.ensembel._forest.BaseForest", UnknownName("ensembel", "ensemble")),
        ("sklearn.ensemble._forrest.BaseForest", UnknownName("_forrest", "_forest")),
        ("sklearn.ensemble._forest.BaseForst", UnknownName("BaseForst", "BaseForest")),
    ],
)
def test_a_name_that_is_not_there(name: str, unknown: UnknownName) -> None:
    found = unknown_name(name)
    assert found is not None
    assert found.name == unknown.name
    if unknown.closest is not None:
        assert found == unknown


def test_nothing_is_imported() -> None:
    program = (
        "import sys\nfrom checker.installed_names import unknown_name\n"
        "unknown_name('sklearn.ensemble._forest.BaseForest')\nsys.exit('sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
