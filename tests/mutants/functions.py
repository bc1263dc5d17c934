"""Functions that are missing, left in the notebook or without effect, and functions written in other ways."""

from __future__ import annotations

from tests.mutants.model import CasesOf, Edit, Move, Remove, Replace, Write

_FUNCTIONS_LOAD = CasesOf("functions-load", base="1.2")
_FUNCTIONS_FEATURES = CasesOf("functions-features", base="1.3")
_FUNCTIONS_SPLIT = CasesOf("functions-split", base="1.3")
_FUNCTIONS_TRAIN = CasesOf("functions-train", base="1.2")
_FUNCTIONS_STANDALONE = CasesOf("functions-standalone", base="1.2")
_NOTEBOOK_USES_FUNCTIONS = CasesOf("notebook-uses-functions", base="1.2")

_NOTEBOOK = "titanic.ipynb"
_LOAD = "TrainingData, TestData = importData('train.csv', 'test.csv')"
_SPLIT = "X_train, X_test, y_train, y_test = splitData(X, y)"
_TRAIN = "rdmf = RandomForestTitanic(X_train, X_test, y_train, y_test, 20)"
_ASKED_TWICE = "the course asks twice: for the function, and for its call in the notebook"
_OF_NO_PART = "one function that does everything is the function of no part"
_NOTEBOOK_READS = Replace(
    _NOTEBOOK, _LOAD, "TrainingData = pd.read_csv('train.csv'); TestData = pd.read_csv('test.csv')"
)
_NOTEBOOK_SPLITS = Replace(
    _NOTEBOOK,
    _SPLIT,
    "from sklearn.model_selection import train_test_split; "
    "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.1)",
)
_NOTEBOOK_TRAINS = Replace(
    _NOTEBOOK,
    _TRAIN,
    "from sklearn.ensemble import RandomForestClassifier; "
    "rdmf = RandomForestClassifier(n_estimators=20).fit(X_train, y_train); "
    "print(rdmf.score(X_test, y_test))",
)


def _before_functions(code: str) -> Replace:
    """*code* at the top level of the module, before its first function."""
    return Replace("functions.py", "def importData", f"{code}\n\ndef importData")


def _inline(path: str) -> tuple[Edit, ...]:
    """The variables of the model, made where the functions were called."""
    made = {
        "Title": "D['Title'] = D['Name'].str.split(',').str[1].str.split().str[0].replace('Dona.', 'Mrs.')",
        "Age": "D['Age'] = D['Age'].fillna(round(TrainingData['Age'].mean()))",
        "TicketAndCabin": "D['Ticket_Len'] = D['Ticket'].str.len(); D['hasCabin'] = D['Cabin'].notnull().astype(int)",
        "EmbarkedAndFare": "D['Embarked'] = D['Embarked'].fillna('S'); D['Fare'] = D['Fare'].fillna(32)",
    }
    return tuple(
        Replace(
            path,
            f"TrainingData, TestData = make{name}(TrainingData, TestData)",
            f"for D in (TrainingData, TestData): {line}",
        )
        for name, line in made.items()
    )


_ALL_IN_MAIN = """import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split


def main(n_trees=20):
    train = pd.read_csv('train.csv')
    test = pd.read_csv('test.csv')
    for table in (train, test):
        table['Sex'] = (table['Sex'] == 'male').astype(int)
        table['Age'] = table['Age'].fillna(30)
        table['hasCabin'] = table['Cabin'].notnull().astype(int)
    columns = ['Sex', 'Age', 'hasCabin', 'Pclass']
    x1, x2, y1, y2 = train_test_split(train[columns], train['Survived'], test_size=0.1)
    forest = RandomForestClassifier(n_estimators=n_trees).fit(x1, y1)
    print(forest.score(x2, y2))
    print(confusion_matrix(y2, forest.predict(x2)))


main()
"""
_ONE_FUNCTION: tuple[Edit, ...] = (Write("main.py", _ALL_IN_MAIN), Remove("functions.py"), Remove(_NOTEBOOK))

_PIPELINE = """def RandomForestTitanic(X_train, X_test, y_train, y_test, nTrees=20):
    from sklearn.pipeline import make_pipeline
    rdmf = make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=nTrees))
"""
_FUNCTION = """def RandomForestTitanic(X_train, X_test, y_train, y_test, nTrees=20):
    rdmf = RandomForestClassifier(n_estimators=nTrees)
"""
_IN_PIPELINE = (
    Replace("functions.py", _FUNCTION, _PIPELINE),
    Replace(_NOTEBOOK, "imp = pd.Series(rdmf.feature_importances_", "imp = pd.Series(rdmf[-1].feature_importances_"),
)
_SCALED_BY_MAIN = """from sklearn.preprocessing import StandardScaler
y = TrainingData['Survived']
X = TrainingData.drop('Survived', axis=1)
sc = StandardScaler().fit(X)
X, XT = sc.transform(X), sc.transform(TestData)"""
_SAMPLED = """    X_test = X.sample(frac=s)
    X_train = X.drop(X_test.index)
    y_train, y_test = y[X_train.index], y[X_test.index]
"""
_CLASS = """class Modele:
    def __init__(self, arbres=20):
        self.arbres = arbres

    def entrainer(self, X, y):
        self.foret = RandomForestClassifier(n_estimators=self.arbres).fit(X, y)
        return self.foret

    def evaluer(self, X, y):
        print(self.foret.score(X, y))
        print(confusion_matrix(y, self.foret.predict(X)))

"""

_LOGGED = """import logging

from sklearn.metrics import accuracy_score, confusion_matrix


def evaluate_forest(forest, features, survived):
    predicted = forest.predict(features)
    logging.info("justes : %.1f %%", 100 * accuracy_score(survived, predicted))
    (vn, fp), (fn, vp) = confusion_matrix(survived, predicted)
    logging.info("vrais négatifs %d, faux positifs %d, faux négatifs %d, vrais positifs %d", vn, fp, fn, vp)
"""
_LOGGING = """import logging

from src.models.report import evaluate_forest
from src.models.train_evaluate import train_forest

logging.basicConfig(level=logging.INFO, format="%(message)s")"""

MUTANTS = (
    # --- load
    _FUNCTIONS_LOAD.mutant(
        "the notebook still reads by itself",
        _NOTEBOOK_READS,
        where="titanic.ipynb[3]:1",
        says="read outside of all functions",
        charged_too={"notebook-uses-functions": _ASKED_TWICE},
    ),
    _FUNCTIONS_LOAD.mutant(
        "the test table read elsewhere",
        Replace(
            "functions.py",
            "    return TrainingData, TestData\n\ndef makeTitle",
            "    return TrainingData\n\ndef makeTitle",
        ),
        Replace("functions.py", "    TestData = pd.read_csv(TestFile)\n", ""),
        Replace(_NOTEBOOK, _LOAD, "TrainingData = importData('train.csv', ''); TestData = pd.read_csv('test.csv')"),
        where="titanic.ipynb[3]:1",
        says="one table only",
    ),
    _FUNCTIONS_LOAD.mutant(
        "main reads by itself",
        Replace("main.py", _LOAD, "TrainingData = pd.read_csv('train.csv')\nTestData = pd.read_csv('test.csv')"),
        _NOTEBOOK_READS,
        base="1.3",
        where="main.py:9",
        says="read outside of all functions",
        charged_too={"notebook-uses-functions": _ASKED_TWICE},
    ),
    # --- features
    _FUNCTIONS_FEATURES.mutant(
        "variables left in the cells, only the scaling moved",
        *_inline(_NOTEBOOK),
        base="1.2",
        where="titanic.ipynb[15]",
        says="made outside of functions",
    ),
    _FUNCTIONS_FEATURES.mutant(
        "variables made in main", *_inline("main.py"), *_inline(_NOTEBOOK), where="main.py", says="Title"
    ),
    _FUNCTIONS_FEATURES.mutant(
        "one function that does everything",
        *_ONE_FUNCTION,
        says="does everything at once",
        charged_too=dict.fromkeys(
            ("functions-load", "functions-split", "functions-train", "main-imports"), _OF_NO_PART
        ),
    ),
    # --- split
    _FUNCTIONS_SPLIT.mutant(
        "the split left in a cell",
        _NOTEBOOK_SPLITS,
        base="1.2",
        where="titanic.ipynb[22]:1",
        says="outside of all functions",
        charged_too={"notebook-uses-functions": _ASKED_TWICE},
    ),
    _FUNCTIONS_SPLIT.mutant(
        "one function that does everything",
        *_ONE_FUNCTION,
        says="does everything at once",
        charged_too=dict.fromkeys(
            ("functions-load", "functions-features", "functions-train", "main-imports"), _OF_NO_PART
        ),
    ),
    _FUNCTIONS_SPLIT.mutant(
        "no split at all",
        Replace("main.py", _SPLIT, "X_train, X_test, y_train, y_test = X, X, y, y"),
        Replace(_NOTEBOOK, _SPLIT, "X_train, X_test, y_train, y_test = X, X, y, y"),
        says="No split",
        charged_too={"notebook-uses-functions": _ASKED_TWICE},
    ),
    # --- train
    _FUNCTIONS_TRAIN.mutant(
        "a parameter that never reaches the forest",
        Replace("functions.py", "n_estimators=nTrees", "n_estimators=20"),
        where="functions.py:62",
        says="was called with nTrees=7, and the forest still had 20 trees",
    ),
    _FUNCTIONS_TRAIN.mutant(
        "no parameter",
        Replace("functions.py", "n_estimators=nTrees", "n_estimators=20"),
        Replace("functions.py", ", nTrees=20)", ")"),
        Replace(_NOTEBOOK, "y_train, y_test, 20)", "y_train, y_test)"),
        says="RandomForestTitanic has no parameter for the number of trees",
    ),
    _FUNCTIONS_TRAIN.mutant(
        "the training left in a cell",
        _NOTEBOOK_TRAINS,
        where="titanic.ipynb[23]:1",
        says="trained outside of the project's functions",
        charged_too={"notebook-uses-functions": _ASKED_TWICE},
    ),
    _FUNCTIONS_TRAIN.mutant(
        "a forest of two rows",
        Replace("functions.py", "rdmf.fit(X_train, y_train)", "rdmf.fit(X_train[:2], [0, 1])"),
        base="1.3",
        where="functions.py:62",
        says="The forest learned from 2 rows only",
    ),
    # --- each module alone
    _FUNCTIONS_STANDALONE.mutant(
        "data read at import",
        _before_functions("Passengers = pd.read_csv('train.csv')"),
        where="functions.py:10",
        says="it opens train.csv",
    ),
    _FUNCTIONS_STANDALONE.mutant(
        "an end in the middle, as if all were well",
        _before_functions("import sys\nsys.exit(0)"),
        where="functions.py",
        says="ends Python before the import has come back",
    ),
    _FUNCTIONS_STANDALONE.mutant(
        "a variable of the notebook at the top level",
        _before_functions("columns = TrainingData.columns"),
        where="functions.py:10",
        says="NameError",
    ),
    _FUNCTIONS_STANDALONE.mutant(
        "a forest trained at import",
        _before_functions("model = RandomForestClassifier(n_estimators=3).fit([[0], [1]], [0, 1])"),
        where="functions.py:10",
        says="trains a forest",
    ),
    # --- the notebook
    _NOTEBOOK_USES_FUNCTIONS.mutant(
        "the code of the training copied",
        _NOTEBOOK_TRAINS,
        where="titanic.ipynb[23]:1",
        says="no calls of functions: training",
        charged_too={"functions-train": _ASKED_TWICE},
    ),
    _NOTEBOOK_USES_FUNCTIONS.mutant(
        "a split beside the function",
        _NOTEBOOK_SPLITS,
        where="titanic.ipynb[22]:1",
        says="splitting",
        charged_too={"functions-split": _ASKED_TWICE},
    ),
)

VARIANTS = (
    # --- load
    _FUNCTIONS_TRAIN.variant(
        "a forest of a hundred rows",
        Replace("functions.py", "rdmf.fit(X_train, y_train)", "rdmf.fit(X_train[:100], y_train[:100])"),
        base="1.3",
    ),
    _FUNCTIONS_LOAD.variant(
        "a dictionary of tables",
        Replace(
            "functions.py",
            "    return TrainingData, TestData\n\ndef makeTitle",
            "    return {'train': TrainingData, 'test': TestData}\n\ndef makeTitle",
        ),
        Replace(_NOTEBOOK, _LOAD, "TrainingData, TestData = importData('train.csv', 'test.csv').values()"),
    ),
    _FUNCTIONS_LOAD.variant(
        "one function called twice",
        _before_functions("def lire(chemin):\n    return pd.read_csv(chemin)"),
        Replace(
            _NOTEBOOK, _LOAD, "from functions import lire; TrainingData, TestData = lire('train.csv'), lire('test.csv')"
        ),
    ),
    _FUNCTIONS_LOAD.variant(
        "arrow inside, pandas outside",
        Replace(
            "src/data/import_data.py",
            "pd.read_csv(train_path), pd.read_csv(test_path)",
            "csv.read_csv(train_path).to_pandas(), csv.read_csv(test_path).to_pandas()",
        ),
        Replace("src/data/import_data.py", "import pandas as pd", "from pyarrow import csv"),
        base="1.5",
    ),
    # --- features
    _FUNCTIONS_FEATURES.variant(
        "arrays in place of tables",
        Replace("functions.py", "X = pd.DataFrame(sc.fit_transform(X), columns=X.columns)", "X = sc.fit_transform(X)"),
        Replace(
            "functions.py",
            "XT = pd.DataFrame(sc.transform(TestData), columns=TestData.columns)",
            "XT = sc.transform(TestData)",
        ),
    ),
    _FUNCTIONS_FEATURES.variant(
        "the scaling done by main", Replace("main.py", "X, y, XT = scaleData(TrainingData, TestData)", _SCALED_BY_MAIN)
    ),
    _FUNCTIONS_FEATURES.variant("encoded in the pipeline of the training", *_IN_PIPELINE, base="1.2"),
    # --- split
    _FUNCTIONS_SPLIT.variant(
        "by a sample of the rows",
        Replace(
            "functions.py", "    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=s)\n", _SAMPLED
        ),
        Remove(_NOTEBOOK),
    ),
    _FUNCTIONS_SPLIT.variant(
        "within the function that trains",
        Replace(_NOTEBOOK, _SPLIT, "X_train = X_test = X; y_train = y_test = y"),
        Replace(
            "functions.py",
            _FUNCTION,
            _FUNCTION.replace(
                "    rdmf", "    X_train, X_test, y_train, y_test = splitData(X_train, y_train)\n    rdmf"
            ),
        ),
        base="1.2",
    ),
    # --- train
    _FUNCTIONS_TRAIN.variant("a pipeline around the forest", *_IN_PIPELINE),
    _FUNCTIONS_TRAIN.variant(
        "a class that keeps the number of trees",
        Replace("functions.py", "def RandomForestTitanic(", _CLASS + "def RandomForestTitanic("),
        Replace(
            _NOTEBOOK,
            _TRAIN,
            "from functions import Modele; m = Modele(20); "
            "rdmf = m.entrainer(X_train, y_train); m.evaluer(X_test, y_test)",
        ),
    ),
    _FUNCTIONS_TRAIN.variant(
        "settings handed on as they come",
        Replace("functions.py", "y_test, nTrees=20)", "y_test, nTrees=20, **reglages)"),
        Replace("functions.py", "n_estimators=nTrees)", "n_estimators=nTrees, **reglages)"),
        Replace("main.py", "y_train, y_test, n_trees)", "y_train, y_test, n_trees, max_depth=6)"),
        base="1.3",
    ),
    # --- each module alone
    _FUNCTIONS_STANDALONE.variant(
        "work only when it is started as a script",
        Replace(
            "functions.py",
            "    return rdmf\n",
            "    return rdmf\n\nif __name__ == '__main__':\n    print(importData('train.csv', 'test.csv'))\n",
        ),
    ),
    _FUNCTIONS_STANDALONE.variant(
        "constants and a compiled pattern",
        _before_functions("import re\nTITRE = re.compile(r',\\s*(\\w+)')\nCOLONNES = sorted({'Sex', 'Age'})"),
    ),
    _FUNCTIONS_STANDALONE.variant(
        "no packages, modules straight under src",
        Move("src/data/import_data.py", "src/import_data.py"),
        Replace("main.py", "from src.data.import_data import", "from src.import_data import"),
        base="1.5",
    ),
    _FUNCTIONS_TRAIN.variant(
        "a log in the place of print",
        Write("src/models/report.py", _LOGGED),
        Replace("main.py", "from src.models.train_evaluate import evaluate_forest, train_forest", _LOGGING),
        Remove("notebooks"),
        base="1.5",
    ),
    # --- the notebook
    _NOTEBOOK_USES_FUNCTIONS.variant(
        "the module under a short name",
        Replace(_NOTEBOOK, "import os\\n", "import os, functions as f\\n"),
        Replace(_NOTEBOOK, _SPLIT, "X_train, X_test, y_train, y_test = f.splitData(X, y)"),
    ),
    _NOTEBOOK_USES_FUNCTIONS.variant("main has taken over", _NOTEBOOK_TRAINS, base="1.3"),
)
