"""An environment that is enough only because main leaves early, or whose libraries nothing ever uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from checker.locale import Speech
from checker.model import Failed, Passed
from checker.render.json import message_of
from checker.sandbox.base import Sandbox
from tests.conftest import result_of, shell
from tests.hostile.corpus.model import cells
from tests.mutants.model import Edit, Replace, Shell, Write, apply
from tests.mutants.test_mutants import Grade, reproduced

SUFFICIENT, MINIMAL, COMPLETE = "environment-sufficient", "environment-minimal", "environment-complete"
_LEAVING = '    print("Accuracy: 0.81")\n    print("[[52 4]\\n [9 25]]")\n    sys.exit(0)\n\nimport os\n'
_UNDECLARED = Shell("sed -i /s3fs/d requirements.txt")
_GUARDED = Replace(
    "src/data/import_data.py", "import s3fs\n", "\ntry:\n    import s3fs\nexcept ImportError:\n    s3fs = None\n"
)
_FSSPEC = (
    Replace("src/data/import_data.py", "import s3fs\n", ""),
    Replace("src/data/import_data.py", "s3fs.S3FileSystem(", '__import__("fsspec").filesystem("s3", '),
    Shell("echo fsspec==2026.9.0 >> requirements.txt"),
)
_OTHER_WAY = Replace(
    "src/data/import_data.py",
    "    storage = s3fs",
    "    if s3fs is None:\n        base = f'https://{endpoint}/{bucket}/{folder}'\n"
    "        return pd.read_csv(f'{base}/{train_name}'), pd.read_csv(f'{base}/{test_name}')\n    storage = s3fs",
)
_MADE_UP = Replace(
    "src/data/import_data.py",
    "    storage = s3fs",
    "    if s3fs is None:\n        train = pd.DataFrame({'Survived': [0, 1] * 200, 'Name': ['A, Mr. B'] * 400,\n"
    "            'Age': [1.0] * 400, 'Fare': [1.0] * 400, 'Ticket': ['1'] * 400, 'Cabin': [None] * 400,\n"
    "            'Embarked': ['S'] * 400, 'Sex': ['male'] * 400, 'PassengerId': range(400), 'Pclass': [1] * 400,\n"
    "            'SibSp': [0] * 400, 'Parch': [0] * 400})\n"
    "        return train, train.drop(columns='Survived')\n    storage = s3fs",
)
_HEAVY = {
    name: name
    for name in (
        "torch",
        "tensorflow",
        "xgboost",
        "lightgbm",
        "catboost",
        "spacy",
        "plotly",
        "dask",
        "pyspark",
        "keras",
    )
} | {"opencv-python": "cv2"}
_DECLARED = Shell(f"printf '%s==1.0\\n' {' '.join(_HEAVY)} >> requirements.txt")
_IMPORTS = "".join(f"import {name}\n" for name in _HEAVY.values())
_WITHIN = "".join(f"    import {name}\n" for name in _HEAVY.values())
_USES = "".join(f"print({name}.__version__)\n" for name in _HEAVY.values())


def _main(source: str) -> Edit:
    return Replace("main.py", "N_TREES = 20\n", f"N_TREES = 20\n{source}")


@dataclass(frozen=True, slots=True)
class Case:
    """Edits of the solution of 2.2, the check that fails of these three (none: all pass), and what it says."""

    name: str
    edits: tuple[Edit, ...]
    fails: str = ""
    says: str = ""
    french: str = ""


CASES = (
    Case(
        "leaves early where an import fails",
        (
            _UNDECLARED,
            _GUARDED,
            Replace("main.py", "import os\n", f"import sys\n\ntry:\n    import s3fs\nexcept ImportError:\n{_LEAVING}"),
        ),
        SUFFICIENT,
        "goes without s3fs and does less. With it: it reads test.csv, it reads train.csv, it trains the forest.",
        "se passe de s3fs et en fait moins",
    ),
    Case(
        "leaves early where a library is not found",
        (
            _UNDECLARED,
            _GUARDED,
            Replace(
                "main.py",
                "import os\n",
                f'import sys\nfrom importlib.util import find_spec\n\nif find_spec("s3fs") is None:\n{_LEAVING}',
            ),
        ),
        SUFFICIENT,
        "goes without s3fs",
        "il entraîne la forêt",
    ),
    Case(
        "leaves early where what another library asks for is not found",
        (
            _UNDECLARED,
            *_FSSPEC,
            Replace(
                "main.py",
                "import os\n",
                f'import sys\nfrom importlib.util import find_spec\n\nif find_spec("s3fs") is None:\n{_LEAVING}',
            ),
        ),
        SUFFICIENT,
        "goes without s3fs",
        "il lit train.csv",
    ),
    Case(
        "makes its data up where a library is missing",
        (_UNDECLARED, _GUARDED, _MADE_UP),
        SUFFICIENT,
        "With it: it reads test.csv, it reads train.csv.",
        "il lit test.csv",
    ),
    Case("reads the same in another way", (_UNDECLARED, _GUARDED, _OTHER_WAY)),
    Case("if False", (_DECLARED, _main(f"if False:\n{_WITHIN}")), MINIMAL, "Nothing needs 11 of its 16"),
    Case("while 0", (_DECLARED, _main(f"while 0:\n{_WITHIN}")), MINIMAL, "Nothing needs 11 of its 16"),
    Case(
        "the other branch",
        (_DECLARED, _main(f"if not False:\n    pass\nelse:\n{_WITHIN}")),
        MINIMAL,
        "Nothing needs 11",
    ),
    Case(
        "for types only",
        (_DECLARED, _main(f"import typing\nif typing.TYPE_CHECKING:\n{_WITHIN}")),
        MINIMAL,
        "Nothing needs 11 of its 16",
    ),
    Case(
        "in another notebook, never",
        (_DECLARED, Write("notebooks/more.ipynb", cells(f"if False and True:\n{_WITHIN}"))),
        MINIMAL,
        "Nothing needs 11",
    ),
    Case(
        "in another notebook, for nothing",
        (_DECLARED, Write("notebooks/more.ipynb", cells(_IMPORTS, "1"))),
        MINIMAL,
        "Nothing needs 11",
    ),
    Case("in a file that nothing runs", (_DECLARED, Write("old.py", _IMPORTS)), MINIMAL, "Nothing needs 11"),
    Case("in another notebook, to be used", (_DECLARED, Write("notebooks/more.ipynb", cells(_IMPORTS, _USES)))),
    Case("in a file that nothing runs, to be used", (_DECLARED, Write("old.py", _IMPORTS + _USES))),
    Case(
        "for types, of what is used elsewhere",
        (_main("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas as pd\n    import numpy\n"),),
    ),
)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_environment(case: Case, copy_of: Callable[[str], Path], grade: Grade, sandbox: Sandbox) -> None:
    folder = copy_of("2.2")
    apply(case.edits, folder)
    shell("git add -A && git commit -q -m 'Try'", folder)
    report = grade(folder, checks=(SUFFICIENT, MINIMAL, COMPLETE), own=False).report
    verdicts = {check: result_of(report, check).verdict for check in (SUFFICIENT, MINIMAL, COMPLETE)}
    assert [check for check, verdict in verdicts.items() if not isinstance(verdict, Passed)] == [case.fails] * bool(
        case.fails
    )
    if case.fails:
        verdict = verdicts[case.fails]
        assert isinstance(verdict, Failed)
        assert case.says in Speech("en").say(message_of(verdict))
        assert case.french in Speech("fr").say(message_of(verdict))
        assert verdict.where
        assert reproduced(verdict.reproduce, folder, sandbox) != 0
