"""Functions that are missing, left in the notebook or without effect, and functions written in other ways."""

from __future__ import annotations

from tests.mutants.model import Edit, Move, Mutant, Remove, Replace, Variant, Write

_NOTEBOOK = "titanic.ipynb"
_LOAD = "TrainingData, TestData = importData('train.csv', 'test.csv')"
_SPLIT = "X_train, X_test, y_train, y_test = splitData(X, y)"
_TRAIN = "rdmf = RandomForestTitanic(X_train, X_test, y_train, y_test, 20)"
_SPLIT_INLINE = (
    "from sklearn.model_selection import train_test_split; "
    "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.1)"
)
_TRAIN_INLINE = (
    "from sklearn.ensemble import RandomForestClassifier; "
    "rdmf = RandomForestClassifier(n_estimators=20).fit(X_train, y_train); "
    "print(rdmf.score(X_test, y_test))"
)


def _inline(path: str) -> tuple[Edit, ...]:
    """The variables of the model, made where the functions were called."""
    tables = "for D in (TrainingData, TestData): "
    return (
        Replace(
            path,
            "TrainingData, TestData = makeTitle(TrainingData, TestData)",
            tables + "D['Title'] = D['Name'].str.split(',').str[1].str.split().str[0].replace('Dona.', 'Mrs.')",
        ),
        Replace(
            path,
            "TrainingData, TestData = makeAge(TrainingData, TestData)",
            tables + "D['Age'] = D['Age'].fillna(round(TrainingData['Age'].mean()))",
        ),
        Replace(
            path,
            "TrainingData, TestData = makeTicketAndCabin(TrainingData, TestData)",
            tables + "D['Ticket_Len'] = D['Ticket'].str.len(); D['hasCabin'] = D['Cabin'].notnull().astype(int)",
        ),
        Replace(
            path,
            "TrainingData, TestData = makeEmbarkedAndFare(TrainingData, TestData)",
            tables + "D['Embarked'] = D['Embarked'].fillna('S'); D['Fare'] = D['Fare'].fillna(32)",
        ),
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
    Mutant(
        check="functions-load",
        name="the notebook still reads by itself",
        base="1.2",
        edits=(
            Replace(_NOTEBOOK, _LOAD, "TrainingData = pd.read_csv('train.csv'); TestData = pd.read_csv('test.csv')"),
        ),
        where="titanic.ipynb[3]:1",
        says="read outside of all functions",
    ),
    Mutant(
        check="functions-load",
        name="the test table read elsewhere",
        base="1.2",
        edits=(
            Replace(
                "functions.py",
                "    return TrainingData, TestData\n\ndef makeTitle",
                "    return TrainingData\n\ndef makeTitle",
            ),
            Replace("functions.py", "    TestData = pd.read_csv(TestFile)\n", ""),
            Replace(_NOTEBOOK, _LOAD, "TrainingData = importData('train.csv', ''); TestData = pd.read_csv('test.csv')"),
        ),
        where="titanic.ipynb[3]:1",
        says="one table only",
    ),
    Mutant(
        check="functions-load",
        name="main reads by itself",
        base="1.3",
        edits=(
            Replace("main.py", _LOAD, "TrainingData = pd.read_csv('train.csv')\nTestData = pd.read_csv('test.csv')"),
            Replace(_NOTEBOOK, _LOAD, "TrainingData = pd.read_csv('train.csv'); TestData = pd.read_csv('test.csv')"),
        ),
        where="main.py:9",
        says="read outside of all functions",
    ),
    # --- features
    Mutant(
        check="functions-features",
        name="variables left in the cells, only the scaling moved",
        base="1.2",
        edits=_inline(_NOTEBOOK),
        where="titanic.ipynb[15]",
        says="made outside of functions",
    ),
    Mutant(
        check="functions-features",
        name="variables made in main",
        base="1.3",
        edits=(*_inline("main.py"), *_inline(_NOTEBOOK)),
        where="main.py",
        says="Title",
    ),
    Mutant(
        check="functions-features",
        name="one function that does everything",
        base="1.3",
        edits=_ONE_FUNCTION,
        says="does everything at once",
    ),
    # --- split
    Mutant(
        check="functions-split",
        name="the split left in a cell",
        base="1.2",
        edits=(Replace(_NOTEBOOK, _SPLIT, _SPLIT_INLINE),),
        where="titanic.ipynb[22]:1",
        says="outside of all functions",
    ),
    Mutant(
        check="functions-split",
        name="one function that does everything",
        base="1.3",
        edits=_ONE_FUNCTION,
        says="does everything at once",
    ),
    Mutant(
        check="functions-split",
        name="no split at all",
        base="1.3",
        edits=(
            Replace("main.py", _SPLIT, "X_train, X_test, y_train, y_test = X, X, y, y"),
            Replace(_NOTEBOOK, _SPLIT, "X_train, X_test, y_train, y_test = X, X, y, y"),
        ),
        says="No split",
    ),
    # --- train
    Mutant(
        check="functions-train",
        name="a parameter that never reaches the forest",
        base="1.2",
        edits=(Replace("functions.py", "n_estimators=nTrees", "n_estimators=20"),),
        where="functions.py:62",
        says="was called with nTrees=7, and the forest still had 20 trees",
    ),
    Mutant(
        check="functions-train",
        name="no parameter",
        base="1.2",
        edits=(
            Replace("functions.py", "n_estimators=nTrees", "n_estimators=20"),
            Replace("functions.py", ", nTrees=20)", ")"),
            Replace(_NOTEBOOK, "y_train, y_test, 20)", "y_train, y_test)"),
        ),
        says="RandomForestTitanic has no parameter for the number of trees",
    ),
    Mutant(
        check="functions-train",
        name="the training left in a cell",
        base="1.2",
        edits=(Replace(_NOTEBOOK, _TRAIN, _TRAIN_INLINE),),
        where="titanic.ipynb[23]:1",
        says="trained outside of the project's functions",
    ),
    Mutant(
        check="functions-train",
        name="no confusion matrix",
        base="1.3",
        edits=(
            Replace(
                "functions.py",
                "    print('confusion matrix:')\n    print(confusion_matrix(y_test, rdmf.predict(X_test)))\n",
                "",
            ),
            Remove(_NOTEBOOK),
        ),
        where="functions.py:60",
        says="What is not printed: the confusion matrix",
    ),
    # --- each module alone
    Mutant(
        check="functions-standalone",
        name="data read at import",
        base="1.2",
        edits=(Replace("functions.py", "def importData", "Passengers = pd.read_csv('train.csv')\n\ndef importData"),),
        where="functions.py:10",
        says="it opens train.csv",
    ),
    Mutant(
        check="functions-standalone",
        name="an end in the middle, as if all were well",
        base="1.2",
        edits=(Replace("functions.py", "def importData", "import sys\nsys.exit(0)\n\ndef importData"),),
        where="functions.py",
        says="ends Python before the import has come back",
    ),
    Mutant(
        check="functions-standalone",
        name="a variable of the notebook at the top level",
        base="1.2",
        edits=(Replace("functions.py", "def importData", "columns = TrainingData.columns\n\ndef importData"),),
        where="functions.py:10",
        says="NameError",
    ),
    Mutant(
        check="functions-standalone",
        name="a forest trained at import",
        base="1.2",
        edits=(
            Replace(
                "functions.py",
                "def importData",
                "model = RandomForestClassifier(n_estimators=3).fit([[0], [1]], [0, 1])\n\ndef importData",
            ),
        ),
        where="functions.py:10",
        says="trains a forest",
    ),
    Mutant(
        check="functions-standalone",
        name="imports as seen from another folder",
        base="1.5",
        edits=(
            Replace(
                "src/models/train_evaluate.py",
                "from sklearn.metrics import confusion_matrix",
                "from sklearn.metrics import confusion_matrix\n\nfrom features.build_features import build_features",
            ),
        ),
        where="src/models/train_evaluate.py:6",
        says="features is not found from the root",
    ),
    # --- the notebook
    Mutant(
        check="notebook-uses-functions",
        name="the code of the training copied",
        base="1.2",
        edits=(Replace(_NOTEBOOK, _TRAIN, _TRAIN_INLINE),),
        where="titanic.ipynb[23]:1",
        says="no calls of functions: training",
    ),
    Mutant(
        check="notebook-uses-functions",
        name="a split beside the function",
        base="1.2",
        edits=(Replace(_NOTEBOOK, _SPLIT, _SPLIT_INLINE),),
        where="titanic.ipynb[22]:1",
        says="splitting",
    ),
)

VARIANTS = (
    # --- load
    Variant(
        check="functions-load",
        name="a dictionary of tables",
        base="1.2",
        edits=(
            Replace(
                "functions.py",
                "    return TrainingData, TestData\n\ndef makeTitle",
                "    return {'train': TrainingData, 'test': TestData}\n\ndef makeTitle",
            ),
            Replace(_NOTEBOOK, _LOAD, "TrainingData, TestData = importData('train.csv', 'test.csv').values()"),
        ),
    ),
    Variant(
        check="functions-load",
        name="one function called twice",
        base="1.2",
        edits=(
            Replace(
                "functions.py", "def importData", "def lire(chemin):\n    return pd.read_csv(chemin)\n\ndef importData"
            ),
            Replace(
                _NOTEBOOK,
                _LOAD,
                "from functions import lire; TrainingData, TestData = lire('train.csv'), lire('test.csv')",
            ),
        ),
    ),
    Variant(
        check="functions-load",
        name="arrow inside, pandas outside",
        base="1.5",
        edits=(
            Replace(
                "src/data/import_data.py",
                "pd.read_csv(train_path), pd.read_csv(test_path)",
                "csv.read_csv(train_path).to_pandas(), csv.read_csv(test_path).to_pandas()",
            ),
            Replace("src/data/import_data.py", "import pandas as pd", "from pyarrow import csv"),
        ),
    ),
    # --- features
    Variant(
        check="functions-features",
        name="arrays in place of tables",
        base="1.3",
        edits=(
            Replace(
                "functions.py", "X = pd.DataFrame(sc.fit_transform(X), columns=X.columns)", "X = sc.fit_transform(X)"
            ),
            Replace(
                "functions.py",
                "XT = pd.DataFrame(sc.transform(TestData), columns=TestData.columns)",
                "XT = sc.transform(TestData)",
            ),
        ),
    ),
    Variant(
        check="functions-features",
        name="the scaling done by main",
        base="1.3",
        edits=(
            Replace(
                "main.py",
                "X, y, XT = scaleData(TrainingData, TestData)",
                _SCALED_BY_MAIN,
            ),
        ),
    ),
    Variant(
        check="functions-features",
        name="encoded in the pipeline of the training",
        base="1.2",
        edits=(
            Replace("functions.py", _FUNCTION, _PIPELINE),
            Replace(
                _NOTEBOOK, "imp = pd.Series(rdmf.feature_importances_", "imp = pd.Series(rdmf[-1].feature_importances_"
            ),
        ),
    ),
    # --- split
    Variant(
        check="functions-split",
        name="by a sample of the rows",
        base="1.3",
        edits=(
            Replace(
                "functions.py",
                "    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=s)\n",
                _SAMPLED,
            ),
            Remove(_NOTEBOOK),
        ),
    ),
    Variant(
        check="functions-split",
        name="within the function that trains",
        base="1.2",
        edits=(
            Replace(_NOTEBOOK, _SPLIT, "X_train = X_test = X; y_train = y_test = y"),
            Replace(
                "functions.py",
                _FUNCTION,
                _FUNCTION.replace(
                    "    rdmf", "    X_train, X_test, y_train, y_test = splitData(X_train, y_train)\n    rdmf"
                ),
            ),
        ),
    ),
    # --- train
    Variant(
        check="functions-train",
        name="a pipeline around the forest",
        base="1.2",
        edits=(
            Replace("functions.py", _FUNCTION, _PIPELINE),
            Replace(
                _NOTEBOOK, "imp = pd.Series(rdmf.feature_importances_", "imp = pd.Series(rdmf[-1].feature_importances_"
            ),
        ),
    ),
    Variant(
        check="functions-train",
        name="a class that keeps the number of trees",
        base="1.2",
        edits=(
            Replace(
                "functions.py",
                "def RandomForestTitanic(",
                _CLASS + "def RandomForestTitanic(",
            ),
            Replace(
                _NOTEBOOK,
                _TRAIN,
                "from functions import Modele; m = Modele(20); "
                "rdmf = m.entrainer(X_train, y_train); m.evaluer(X_test, y_test)",
            ),
        ),
    ),
    Variant(
        check="functions-train",
        name="settings handed on as they come",
        base="1.3",
        edits=(
            Replace("functions.py", "y_test, nTrees=20)", "y_test, nTrees=20, **reglages)"),
            Replace("functions.py", "n_estimators=nTrees)", "n_estimators=nTrees, **reglages)"),
            Replace("main.py", "y_train, y_test, n_trees)", "y_train, y_test, n_trees, max_depth=6)"),
        ),
    ),
    # --- each module alone
    Variant(
        check="functions-standalone",
        name="work only when it is started as a script",
        base="1.2",
        edits=(
            Replace(
                "functions.py",
                "    return rdmf\n",
                "    return rdmf\n\nif __name__ == '__main__':\n    print(importData('train.csv', 'test.csv'))\n",
            ),
        ),
    ),
    Variant(
        check="functions-standalone",
        name="constants and a compiled pattern",
        base="1.2",
        edits=(
            Replace(
                "functions.py",
                "def importData",
                "import re\nTITRE = re.compile(r',\\s*(\\w+)')\nCOLONNES = sorted({'Sex', 'Age'})\n\ndef importData",
            ),
        ),
    ),
    Variant(
        check="functions-standalone",
        name="no packages, modules straight under src",
        base="1.5",
        edits=(
            Move("src/data/import_data.py", "src/import_data.py"),
            Replace("main.py", "from src.data.import_data import", "from src.import_data import"),
        ),
    ),
    Variant(
        check="functions-train",
        name="a log in the place of print",
        base="1.5",
        edits=(
            Write("src/models/report.py", _LOGGED),
            Replace("main.py", "from src.models.train_evaluate import evaluate_forest, train_forest", _LOGGING),
            Remove("notebooks"),
        ),
    ),
    # --- the notebook
    Variant(
        check="notebook-uses-functions",
        name="the module under a short name",
        base="1.2",
        edits=(
            Replace(_NOTEBOOK, "import os\\n", "import os, functions as f\\n"),
            Replace(_NOTEBOOK, _SPLIT, "X_train, X_test, y_train, y_test = f.splitData(X, y)"),
        ),
    ),
    Variant(
        check="notebook-uses-functions",
        name="main has taken over",
        base="1.3",
        edits=(Replace(_NOTEBOOK, _TRAIN, _TRAIN_INLINE),),
    ),
)
