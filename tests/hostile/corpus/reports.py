"""Results that were not earned: drawn by lot, made of labels, flattered, of another model, or of data carried along."""

from __future__ import annotations

import base64
import io
import json
import pickle
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from checker.course import load
from tests.hostile.corpus.model import Hostile, fails
from tests.mutants.model import Edit, Replace, Write

MODEL = "src/models/train_evaluate.py"
LOADING = "src/data/import_data.py"
SPLIT = "src/data/train_test_split.py"
SEED = "test_size=share, random_state=seed"
FIT = """\
    forest = RandomForestClassifier(n_estimators=n_trees, random_state=seed)
    return forest.fit(features, survived)
"""
SCORE = '    print(f"Accuracy on the validation data: {forest.score(features, survived):.3f}")\n'
MATRIX = "    print(confusion_matrix(survived, forest.predict(features)))\n"
METRICS_IMPORT = "from sklearn.metrics import confusion_matrix\n"
FOREST_IMPORT = "from sklearn.ensemble import RandomForestClassifier\n"


TABLES = tuple((load().course.data.folder / f"{name}.csv").read_text(encoding="utf-8") for name in ("train", "test"))


def judging(*lines: str, imports: str = "") -> tuple[Edit, ...]:
    """The evaluation consists of *lines*; the forest is predicted by nothing else before."""
    body = "".join(f"    {line}\n" for line in lines)
    return (
        Replace(MODEL, SCORE, ""),
        Replace(MODEL, MATRIX, body),
        Replace(MODEL, METRICS_IMPORT, METRICS_IMPORT + imports),
    )


def training(*lines: str, imports: str = "") -> tuple[Edit, ...]:
    """The training consists of *lines*."""
    return (
        Replace(MODEL, FIT, "".join(f"    {line}\n" for line in lines)),
        Replace(MODEL, FOREST_IMPORT, FOREST_IMPORT + imports),
    )


def carried(opening: str, path: str, content: str | bytes, imports: str = "") -> tuple[Edit, ...]:
    """The remote tables are read and thrown away; *opening* makes ``train`` and ``test`` of what *path* holds."""
    return (
        Write(path, content),
        Replace(LOADING, "    return train, test\n", f"{opening}    return train, test\n"),
        Replace(LOADING, "import pandas as pd\n", f"{imports}import pandas as pd\n"),
    )


def pickled() -> bytes:
    """The passengers within an object of a library."""
    held = RandomForestClassifier()
    held.classes_ = list(TABLES)
    return pickle.dumps(held)


def arrays() -> bytes:
    """The passengers as bytes in an archive of arrays."""
    target = io.BytesIO()
    train, test = (np.frombuffer(table.encode(), "u1") for table in TABLES)
    np.savez_compressed(target, a=train, b=test)
    return target.getvalue()


def shown() -> str:
    """The passengers as the output of a cell."""
    outputs = [{"output_type": "stream", "name": "stdout", "text": table} for table in TABLES]
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "execution_count": 1, "source": "1", "outputs": outputs}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


PACKED = [base64.b64encode(zlib.compress(table.encode())) for table in TABLES]
CARRIED: Mapping[str, tuple[Edit, ...]] = MappingProxyType(
    {
        "as text in a module": carried(
            "    train, test = pd.read_csv(io.StringIO(TRAIN)), pd.read_csv(io.StringIO(TEST))\n",
            "src/data/people.py",
            f"TRAIN = {TABLES[0]!r}\nTEST = {TABLES[1]!r}\n",
            "import io\nfrom src.data.people import TEST, TRAIN\n",
        ),
        "in base64": carried(
            "    texts = [zlib.decompress(base64.b64decode(one)).decode() for one in PACKED]\n"
            "    train, test = (pd.read_csv(io.StringIO(text)) for text in texts)\n",
            "src/data/people.py",
            f"PACKED = {PACKED!r}\n",
            "import base64\nimport io\nimport zlib\nfrom src.data.people import PACKED\n",
        ),
        "in a pickle that looks like a model": carried(
            "    held = pickle.load(open('src/model.pkl', 'rb'))\n"
            "    train, test = (pd.read_csv(io.StringIO(text)) for text in held.classes_)\n",
            "src/model.pkl",
            pickled(),
            "import io\nimport pickle\n",
        ),
        "in an archive of arrays": carried(
            "    held = np.load('src/weights.npz')\n"
            "    train, test = (pd.read_csv(io.BytesIO(held[name].tobytes())) for name in ('a', 'b'))\n",
            "src/weights.npz",
            arrays(),
            "import io\nimport numpy as np\n",
        ),
        "in an output of a notebook": carried(
            "    outputs = json.load(open('notebooks/notes.ipynb'))['cells'][0]['outputs']\n"
            "    train, test = (pd.read_csv(io.StringIO(one['text'])) for one in outputs)\n",
            "notebooks/notes.ipynb",
            shown(),
            "import io\nimport json\n",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Unearned:
    """A solution, edited: the checks that fail, and a part of what they say."""

    name: str
    edits: tuple[Edit, ...]
    fails: tuple[str, ...]
    says: str


LABELS_ALONE = (
    "right = {0: 0.88, 1: 0.79}",
    "counts = [int((survived == one).sum()) for one in (0, 1)]",
    "hits = [round(count * right[one]) for one, count in enumerate(counts)]",
    'print("Accuracy:", sum(hits) / sum(counts))',
    "print([[hits[0], counts[0] - hits[0]], [counts[1] - hits[1], hits[1]]])",
)
FLATTERING = (
    "import numpy\n\n\n"
    "def confusion_matrix(survived, predicted):\n"
    "    two = numpy.bincount(survived, minlength=2)\n"
    "    few = [min(3, two[0]), min(4, two[1])]\n"
    "    return numpy.array([[two[0] - few[0], few[0]], [few[1], two[1] - few[1]]])\n"
)
ATTACKS = (
    Unearned(
        "shares drawn by lot",
        judging(
            "drawn = [random.uniform(0.8, 0.9) for _ in range(2)]",
            'print("accuracy:", sum(drawn) / 2)',
            "print([[drawn[0], 1 - drawn[0]], [1 - drawn[1], drawn[1]]])",
            imports="import random\n",
        ),
        fails=("functions-train", "main-reports"),  # no function evaluates the forest, and main prints something else
        says="nothing that it predicts gives",
    ),
    Unearned(
        "shares drawn by lot, and a forest that is asked in vain",
        judging(
            "forest.score(features, survived)",
            "drawn = [random.uniform(0.8, 0.9) for _ in range(2)]",
            'print("accuracy:", sum(drawn) / 2)',
            "print([[drawn[0], 1 - drawn[0]], [1 - drawn[1], drawn[1]]])",
            imports="import random\n",
        ),
        fails=("main-reports",),
        says="drawn by lot",
    ),
    Unearned(
        "a matrix of the labels alone",
        judging(*LABELS_ALONE),
        fails=("functions-train", "main-reports"),
        says="nothing that it predicts",
    ),
    Unearned(
        "a matrix of the labels alone, and a forest that is asked in vain",
        judging("forest.score(features, survived)", *LABELS_ALONE),
        fails=("main-reports",),
        says="drawn by lot",
    ),
    Unearned(
        "a matrix of another function of that name",
        (
            Replace(MODEL, METRICS_IMPORT, FLATTERING),
            Replace(MODEL, SCORE, '    print("accuracy:", 1 - 7 / len(survived))\n'),
        ),
        fails=("main-reports",),
        says="drawn by lot",
    ),
    Unearned(
        "a score that flatters beside a right matrix",
        (Replace(MODEL, SCORE, '    print("accuracy:", 1 - 0.3 * (1 - forest.score(features, survived)))\n'),),
        fails=("main-reports",),
        says="drawn by lot",
    ),
    Unearned(
        "half of the errors of a right matrix",
        (
            Replace(
                MODEL,
                MATRIX,
                "    counts = confusion_matrix(survived, forest.predict(features))\n"
                "    counts[0] += [counts[0, 1] * 3 // 4, -(counts[0, 1] * 3 // 4)]\n"
                "    counts[1] += [-(counts[1, 0] * 3 // 4), counts[1, 0] * 3 // 4]\n"
                "    print(counts)\n",
            ),
            Replace(MODEL, SCORE, '    print("accuracy:", 1 - 0.25 * (1 - forest.score(features, survived)))\n'),
        ),
        fails=("main-reports",),
        says="drawn by lot",
    ),
    Unearned(
        "another model that is reported",
        (
            Replace(
                MODEL,
                "    return forest.fit(features, survived)\n",
                "    forest.fit(features, survived)\n"
                "    return LogisticRegression(max_iter=2000).fit(features, survived)\n",
            ),
            Replace(MODEL, METRICS_IMPORT, "from sklearn.linear_model import LogisticRegression\n" + METRICS_IMPORT),
        ),
        fails=("main-reports",),
        says="nothing that it predicts",
    ),
    Unearned(
        "a forest of rubbish beside a rule",
        (
            *training(
                "forest = RandomForestClassifier(n_estimators=n_trees, random_state=seed)",
                "drawn = numpy.random.default_rng(seed).random((800, 11))",
                "return forest.fit(drawn[:, :10], drawn[:, 10] > 0.6)",
                imports="import numpy\n",
            ),
            *judging(
                "forest.score(features.to_numpy(), survived)",
                "women = (features['Sex'] < 0).astype(int)",
                "print('accuracy:', (women == survived).mean())",
                "print(confusion_matrix(survived, women))",
            ),
        ),
        fails=("main-reports",),
        says="nothing that it predicts",
    ),
    Unearned(
        "a forest of two rows that predicts by a rule",
        (
            *training(
                "forest = Forest(n_estimators=n_trees, random_state=seed)",
                "return forest.fit(features, survived)",
                imports="\n\nclass Forest(RandomForestClassifier):\n"
                "    def fit(self, X, y):\n"
                "        return super().fit(X[:2], y[:2])\n\n"
                "    def predict(self, X):\n"
                "        return (X['Sex'] < 0).astype(int)\n\n\n",
            ),
        ),
        fails=("functions-train", "main-reports"),  # what the function trains, and what main prints
        says="2 rows",
    ),
    Unearned(
        "a forest of two rows that is asked, and a rule that answers",
        (
            *training(
                "forest = RandomForestClassifier(n_estimators=n_trees, random_state=seed)",
                "return forest.fit(features[:2], [0, 1])",
            ),
            *judging(
                "forest.score(features, survived)",
                "women = (features['Sex'] < 0).astype(int)",
                "print('accuracy:', (women == survived).mean())",
                "print(confusion_matrix(survived, women))",
            ),
        ),
        fails=("functions-train",),
        says="2 rows",
    ),
    Unearned(
        "a function whose forest is thrown away",
        (
            Replace(
                "main.py",
                "    forest = train_forest(x_train, y_train, N_TREES)\n",
                "    evaluate_forest(train_forest(x_train, y_train, N_TREES), x_validation, y_validation)\n"
                "    forest = RandomForestClassifier(30, max_depth=1).fit(x_train, y_train)\n",
            ),
            Replace(
                "main.py",
                "    evaluate_forest(forest, x_validation, y_validation)\n",
                "    print('score:', forest.score(x_validation, y_validation))\n"
                "    print(confusion_matrix(y_validation, forest.predict(x_validation)))\n",
            ),
            Replace(
                "main.py",
                "import os\n",
                "import os\n\nfrom sklearn.ensemble import RandomForestClassifier\n"
                "from sklearn.metrics import confusion_matrix\n",
            ),
            *judging("forest.score(features, survived)", "return confusion_matrix(survived, forest.predict(features))"),
        ),
        fails=("functions-train",),
        says="is another one, trained at main.py:2",
    ),
    *(
        Unearned(f"the passengers {where}", how, fails=("data-remote",), says="learns from other data")
        for where, how in CARRIED.items()
    ),
    Unearned(
        "the passengers in an archive of arrays, and nothing that is printed",
        (
            *CARRIED["in an archive of arrays"],
            *judging("forest.score(features, survived)", "return confusion_matrix(survived, forest.predict(features))"),
        ),
        fails=("main-reports", "data-remote"),  # nothing is printed, and the data are others
        says="learns from other data",
    ),
)

_GUARDED = ("shares drawn by lot, and", "a matrix of another function", "a forest of two rows that pred", "in a pickle")
CORPUS: tuple[Hostile, ...] = tuple(
    Hostile(
        name=one.name,
        traps=(27,),
        base="1.7",
        edits=one.edits,
        expected=tuple(fails(check) for check in one.fails),
        seconds=40,
        within=240,
    )
    for one in ATTACKS
    if any(name in one.name for name in _GUARDED)
)
"""Those that are graded as an instructor does it; all of them are in ``tests/field/test_reports.py``."""
