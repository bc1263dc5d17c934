"""Results that were not earned fail, each in one check, and honest results that look like them pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from checker.grader import Outcome
from checker.model import Failed, Passed
from tests.conftest import graded_by, result_of, shell
from tests.hostile.corpus.reports import (
    ATTACKS,
    FOREST_IMPORT,
    LOADING,
    MATRIX,
    METRICS_IMPORT,
    MODEL,
    SEED,
    SPLIT,
    Unearned,
    judging,
)
from tests.mutants.model import Edit, Replace, Write, apply
from tests.mutants.test_mutants import advice_of, reproduced, sentences

pytestmark = pytest.mark.slow

CHECKS = ("functions-train", "main-runs", "main-reports", "data-remote")


@dataclass(frozen=True, slots=True)
class Earned:
    """A solution, edited, and what is advised; *perhaps*: chance decides whether it is."""

    name: str
    edits: tuple[Edit, ...]
    advises: str = ""
    perhaps: bool = False


_PIPELINE = """\
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler


def train_forest(features, survived, n_trees=20):
    forest = make_pipeline(MinMaxScaler(), RandomForestClassifier(n_trees{more}))
    return {around}.fit(features, survived)


def evaluate_forest(forest, features, survived):
    print("score:", forest.score(features, survived))
    print(confusion_matrix(survived, forest.predict(features)))
"""
_FOLDS = """\
import numpy
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import StratifiedKFold, cross_val_predict, cross_val_score
from sklearn.utils import resample


def train_forest(features, survived, n_trees=20):
    forest = RandomForestClassifier(n_trees)
    {lines}
    return forest.fit(features, survived)


def evaluate_forest(forest, features, survived):
    return forest.score(features, survived)
"""


def folds(*lines: str) -> tuple[Edit, ...]:
    return (Write(MODEL, _FOLDS.replace("{lines}", "\n    ".join(lines))),)


def measures(*lines: str, imports: str = "") -> tuple[Edit, ...]:
    """The matrix is made by *lines* of the forest, the features and who survived."""
    return (
        Replace(MODEL, MATRIX, "".join(f"    {line}\n" for line in lines)),
        Replace(MODEL, METRICS_IMPORT, METRICS_IMPORT + imports),
    )


UNSEEDED = (Replace(SPLIT, SEED, "test_size=share"),)
UNSEEDED_FOREST = (Replace(MODEL, "n_estimators=n_trees, random_state=seed", "n_estimators=n_trees"),)
HONEST = (
    Earned("a split without a seed", UNSEEDED),
    Earned("a forest without a seed", (*UNSEEDED, *UNSEEDED_FOREST)),
    Earned("a pipeline", (Write(MODEL, _PIPELINE.replace("{more}", "").replace("{around}", "forest")),)),
    Earned(
        "a search around a pipeline",
        (
            Write(
                MODEL,
                _PIPELINE.replace("{more}", "").replace(
                    "{around}", "GridSearchCV(forest, {'randomforestclassifier__max_depth': [3, 9]}, cv=3)"
                ),
            ),
        ),
    ),
    Earned(
        "a forest of classes with weights",
        (Write(MODEL, _PIPELINE.replace("{more}", ", class_weight='balanced'").replace("{around}", "forest")),),
    ),
    Earned(
        "predictions by folds",
        folds(
            "said = cross_val_predict(forest, features, survived, cv=5)",
            "print('score:', cross_val_score(forest, features, survived, cv=5).mean())",
            "print(confusion_matrix(survived, said))",
        ),
    ),
    Earned(
        "a sum over folds that are made by hand",
        folds(
            "total = numpy.zeros((2, 2), int)",
            "for fitted, rest in StratifiedKFold(5).split(features, survived):",
            "    forest.fit(features.iloc[fitted], survived.iloc[fitted])",
            "    said = forest.predict(features.iloc[rest])",
            "    total += confusion_matrix(survived.iloc[rest], said)",
            "print('accuracy:', total.trace() / total.sum())",
            "print(total)",
        ),
    ),
    Earned(
        "a mean over samples with repetition",
        folds(
            "parts = []",
            "for seed in range(5):",
            "    chosen = resample(features.index, random_state=seed)",
            "    rest = features.index.difference(chosen)",
            "    forest.fit(features.loc[chosen], survived.loc[chosen])",
            "    parts.append(confusion_matrix(survived.loc[rest], forest.predict(features.loc[rest])))",
            "mean = numpy.mean(parts, axis=0)",
            "print('accuracy:', mean.trace() / mean.sum())",
            "print(mean)",
        ),
    ),
    Earned(
        "half of the rows for each",
        (
            Replace(
                SPLIT,
                "    return train_test_split(features, survived, test_size=share, random_state=seed)\n",
                "    half = features.sample(frac=.5)\n"
                "    rest = features.drop(half.index)\n"
                "    return half, rest, survived.loc[half.index], survived.loc[rest.index]\n",
            ),
        ),
    ),
    Earned(
        "tables that are downloaded into a folder of their own",
        (
            Replace(
                LOADING,
                '    with storage.open(f"{bucket}/{folder}/train.csv") as file:\n        train = pd.read_csv(file)\n',
                "    place = os.path.join(tempfile.mkdtemp(), 'train.csv')\n"
                '    storage.get(f"{bucket}/{folder}/train.csv", place)\n'
                "    train = pd.read_csv(place)\n",
            ),
            Replace(LOADING, "import pandas as pd\n", "import os\nimport tempfile\n\nimport pandas as pd\n"),
        ),
    ),
    Earned(
        "the rows that the forest learned from",
        (
            Replace(
                "main.py",
                "evaluate_forest(forest, x_validation, y_validation)",
                "evaluate_forest(forest, x_train, y_train)",
            ),
        ),
        advises="learned from",
    ),
    Earned(
        "a variable that gives the answer away",
        (
            Replace("main.py", "    x_train, x_v", '    train_features["known"] = train["Survived"]\n    x_train, x_v'),
            Replace("main.py", "forest.predict(test_features)", "forest.predict(test_features.assign(known=0))"),
        ),
        advises="gives the answer away",
    ),
    Earned(
        "a share of survivors of each ticket as a variable",
        (
            Replace(
                "main.py",
                "    x_train, x_v",
                '    shares = train.groupby("Ticket")["Survived"].mean()\n'
                '    train_features["kin"] = train["Ticket"].map(shares)\n'
                '    test_features["kin"] = test["Ticket"].map(shares).fillna(0.5)\n    x_train, x_v',
            ),
        ),
        advises="gives the answer away",
        perhaps=True,
    ),
    Earned(
        "a threshold of its own",
        measures("print(confusion_matrix(survived, forest.predict_proba(features)[:, 1] > 0.35))"),
    ),
    Earned(
        "a vote of a forest and a line",
        (
            Replace(
                MODEL,
                "    return forest.fit(features, survived)\n",
                "    line = LogisticRegression(max_iter=2000)\n"
                "    return VotingClassifier([('f', forest), ('l', line)], voting='soft').fit(features, survived)\n",
            ),
            Replace(
                MODEL,
                FOREST_IMPORT,
                "from sklearn.ensemble import RandomForestClassifier, VotingClassifier\n"
                "from sklearn.linear_model import LogisticRegression\n",
            ),
        ),
    ),
    Earned(
        "a forest that a worker trains",
        (
            Replace(
                MODEL,
                "    return forest.fit(features, survived)\n",
                "    return Parallel(n_jobs=2)(delayed(forest.fit)(features, survived) for _ in range(1))[0]\n",
            ),
            Replace(MODEL, FOREST_IMPORT, f"from joblib import Parallel, delayed\n{FOREST_IMPORT}"),
        ),
    ),
    Earned(
        "a forest below another model, trained by workers",
        (
            Replace(
                MODEL,
                "    return forest.fit(features, survived)\n",
                "    return StackingClassifier([('f', forest)], n_jobs=2).fit(features, survived)\n",
            ),
            Replace(MODEL, FOREST_IMPORT, "from sklearn.ensemble import RandomForestClassifier, StackingClassifier\n"),
        ),
    ),
    Earned(
        "a forest of numbers",
        (
            Replace(MODEL, "RandomForestClassifier(", "RandomForestRegressor("),
            Replace(MODEL, "import RandomForestClassifier", "import RandomForestRegressor"),
            *judging(
                "said = (forest.predict(features) > 0.5).astype(int)",
                "print('accuracy:', (said == survived).mean())",
                "print(confusion_matrix(survived, said))",
            ),
        ),
    ),
    Earned(
        "four numbers that are counted by hand",
        measures(
            "said, true = list(forest.predict(features)), list(survived)",
            "pairs = list(zip(true, said))",
            "for name, pair in {'TN': (0, 0), 'FP': (0, 1), 'FN': (1, 0), 'TP': (1, 1)}.items():",
            "    print(f'{name}: {pairs.count(pair)}')",
        ),
    ),
    Earned(
        "shares of each row", measures("print(confusion_matrix(survived, forest.predict(features), normalize='true'))")
    ),
    Earned(
        "percentages in whole numbers",
        measures(
            "print((100 * confusion_matrix(survived, forest.predict(features), normalize='true')).round().astype(int))"
        ),
    ),
    Earned(
        "variables that are chosen by what they tell",
        (
            Replace(
                "main.py",
                "    x_train, x_v",
                '    told = train_features.corrwith(train["Survived"]).abs() > 0.25\n'
                "    train_features, test_features = train_features.loc[:, told], test_features.loc[:, told]\n"
                "    x_train, x_v",
            ),
        ),
    ),
    Earned(
        "classes that are made equal before the split",
        (
            Replace(
                "main.py",
                "    x_train, x_v",
                "    train = train.reset_index(drop=True)\n"
                '    few = train[train["Survived"] == 1].sample(200, replace=True, random_state=1).index\n'
                "    chosen = train.index.append(few)\n"
                "    train_features, train = train_features.loc[chosen], train.loc[chosen]\n"
                "    x_train, x_v",
            ),
        ),
        advises="learned from",
        perhaps=True,
    ),
    Earned(
        "equal classes of a fixed size",
        (
            Replace(
                "main.py",
                "    x_train, x_v",
                '    chosen = train.groupby("Survived").sample(200, random_state=1).index\n'
                "    train_features, train = train_features.loc[chosen], train.loc[chosen]\n"
                "    x_train, x_v",
            ),
        ),
    ),
)


@pytest.fixture(scope="session")
def report_of(grader) -> Callable[[Path], Outcome]:
    return lambda folder: graded_by(grader, folder, checks=CHECKS)


def made(case: Earned | Unearned, copy_of: Callable[[str], Path]) -> Path:
    folder = copy_of("1.7")
    apply(case.edits, folder)
    shell("git add -A && git commit -q --allow-empty -m 'Work on it'", folder)
    return folder


@pytest.mark.parametrize("case", ATTACKS, ids=lambda case: case.name.replace(" ", "-"))
def test_what_was_not_earned_fails_once(case, copy_of, report_of, sandbox) -> None:
    folder = made(case, copy_of)
    outcome = report_of(folder)
    verdicts = {check: result_of(outcome.report, check).verdict for check in CHECKS}
    failed = {check: verdict for check, verdict in verdicts.items() if not isinstance(verdict, Passed)}
    assert tuple(failed) == case.fails, {check: sentences(verdict) for check, verdict in verdicts.items()}
    assert case.says in " ".join(map(sentences, failed.values()))
    for verdict in failed.values():
        assert isinstance(verdict, Failed)
        assert reproduced(verdict.reproduce, folder, sandbox) != 0, verdict.reproduce


@pytest.mark.parametrize("case", HONEST, ids=lambda case: case.name.replace(" ", "-"))
def test_what_was_earned_passes(case, copy_of, report_of) -> None:
    outcome = report_of(made(case, copy_of))
    verdicts = {check: result_of(outcome.report, check).verdict for check in CHECKS}
    assert all(isinstance(one, Passed) for one in verdicts.values()), {one: sentences(verdicts[one]) for one in CHECKS}
    advised = advice_of(verdicts["main-reports"].advice)
    assert case.advises in advised or (case.perhaps and not advised)
    assert case.advises or not advised, advised
