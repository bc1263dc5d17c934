"""Main scripts that do not run, do not report or do not import, and unusual ones that do."""

from __future__ import annotations

from fractions import Fraction

from checker.model import Unavailable
from tests.mutants.model import CasesOf, Move, Remove, Replace, Shell, Write

_MAIN_REPORTS = CasesOf("main-reports", base="1.5")
_MAIN_RUNS = CasesOf("main-runs", base="1.5")
_MAIN_IMPORTS = CasesOf("main-imports", base="1.5")

_REPORT = """    print(f"Accuracy on the validation data: {forest.score(features, survived):.3f}")
    print("Confusion matrix (rows: what happened, columns: what was predicted):")
    print(confusion_matrix(survived, forest.predict(features)))
"""
_TRAINING = "src/models/train_evaluate.py"
_MAIN_STARTS = "from src.data.import_data import import_data\n"
_CALL = 'import_data("data/raw/train.csv", "data/raw/test.csv")'
_LAST = 'if __name__ == "__main__":\n    main()\n'


def _reports(body: str) -> Replace:
    """The evaluation prints otherwise."""
    return Replace(_TRAINING, _REPORT, body)


_MATRIX = "    matrix = confusion_matrix(survived, forest.predict(features))\n"

MUTANTS = (
    _MAIN_REPORTS.mutant(
        "no confusion matrix",
        Replace(
            "functions.py",
            "    print('confusion matrix:')\n    print(confusion_matrix(y_test, rdmf.predict(X_test)))\n",
            "",
        ),
        Remove("titanic.ipynb"),
        base="1.3",
        says="prints a performance, but no confusion matrix",
    ),
    _MAIN_RUNS.mutant(
        "a module that imports as seen from another folder",
        Replace(
            "src/models/train_evaluate.py",
            "from sklearn.metrics import confusion_matrix",
            "from sklearn.metrics import confusion_matrix\n\nfrom features.build_features import build_features",
        ),
        where="src/models/train_evaluate.py:6",
        says="features",
    ),
    _MAIN_RUNS.mutant(
        "a path of the author's machine",
        Replace("main.py", '"data/raw/train.csv"', '"/home/jdupont/titanic/data/raw/train.csv"'),
        where="src/data/import_data.py:8",
        says="/home/jdupont/titanic/data/raw/train.csv exists on your machine only",
    ),
    _MAIN_RUNS.mutant(
        "a path as seen from the notebook",
        Replace("main.py", '"data/raw/train.csv"', '"../data/raw/train.csv"'),
        says="The file is data/raw/train.csv: write its path as seen from the root",
    ),
    _MAIN_RUNS.mutant(
        "a module that was never committed",
        Remove("src/features/build_features.py"),
        where="main.py:5",
        says="git add",
        charged_too={"layout-source": "main cannot run, and the step that makes the module lacks it"},
    ),
    _MAIN_RUNS.mutant(
        "marks of a merge conflict",
        Replace("main.py", "N_TREES = 20\n", "<<<<<<< HEAD\nN_TREES = 20\n=======\nN_TREES = 50\n>>>>>>> x\n"),
        where="main.py:8",
        says="SyntaxError",
        charged_too={"lint-main": "the course gives no score to what cannot be parsed"},
    ),
    _MAIN_RUNS.mutant(
        "a column that does not exist",
        Replace("main.py", 'train["Survived"]', 'train["survived"]'),
        where="main.py:16",
        says="KeyError: 'survived'",
    ),
    _MAIN_RUNS.mutant(
        "a status of failure", Replace("main.py", _LAST, _LAST + "    raise SystemExit(3)\n"), says="status 3"
    ),
    _MAIN_RUNS.mutant(
        "another name",
        Move("main.py", "run_titanic.py"),
        where="run_titanic.py",
        says="git mv run_titanic.py main.py",
        credit=Fraction(1, 2),
        charged_too={"lint-main": "the course gives half in each check for another name"},
    ),
    _MAIN_RUNS.mutant(
        "code for another version of pandas",
        Shell("sed -i 's/- pandas=3[^=]*=.*/- pandas=1.4.4=py310h769672d_0/' environment.yml"),
        Replace(
            "src/features/build_features.py",
            "    passengers = passengers.copy()\n",
            "    passengers = passengers.append([])\n",
        ),
        base="1.6",
        verdict=Unavailable,
        says="needs the declared environment (pandas",
    ),
    _MAIN_RUNS.mutant(
        "a docstring and nothing else",
        Write("main.py", '"""Train the forest."""\n'),
        where="main.py",
        says="holds no statement that does anything yet",
    ),
    _MAIN_RUNS.mutant(
        "a guard that is never true",
        Replace("main.py", _LAST, _LAST.replace("__main__", "main")),
        where="main.py:24",
        says='Write if __name__ == "__main__":',
    ),
    _MAIN_REPORTS.mutant(
        "a matrix that is computed and not printed",
        Replace(
            _TRAINING,
            "    print(confusion_matrix(survived, forest.predict(features)))",
            "    return confusion_matrix(survived, forest.predict(features))",
        ),
        where="main.py",
        says="no confusion matrix",
    ),
    _MAIN_REPORTS.mutant(
        "expressions as in a notebook",
        _reports(f"    forest.score(features, survived)\n{_MATRIX}    matrix\n"),
        says="neither a performance nor a confusion matrix",
    ),
    _MAIN_REPORTS.mutant(
        "a matrix and no performance", _reports(f"{_MATRIX}    print(matrix)\n"), says="no performance"
    ),
    _MAIN_REPORTS.mutant(
        "a matrix that was pasted",
        _reports('    print("Score", forest.score(features, survived))\n    print("[[87 13]\\n [21 58]]")\n'),
        says="does not change as the labels do: [[87 13] [21 58]]",
    ),
    _MAIN_REPORTS.mutant(
        "a performance that was pasted",
        _reports(f'{_MATRIX}    print("Accuracy: 0.8324")\n    print(matrix)\n'),
        says="still 0.8324",
    ),
    _MAIN_REPORTS.mutant(
        "results read from a file",
        Write("results.txt", "Exactitude : 81,01 %\nVN=87 FP=13 FN=21 VP=58\n"),
        _reports('    with open("results.txt", encoding="utf-8") as file:\n        print(file.read())\n'),
        says="[[87 13] [21 58]]",
        charged_too={"functions-train": "no function evaluates any more: a file took its place"},
    ),
    _MAIN_IMPORTS.mutant(
        "a star",
        Replace("main.py", "import evaluate_forest, train_forest", "import *"),
        where="main.py:6",
        says="from src.models.train_evaluate import *",
        charged_too={"lint-main": "pylint counts a star among its own messages"},
    ),
    _MAIN_IMPORTS.mutant(
        "a star in a module",
        Replace(_TRAINING, "from sklearn.metrics import confusion_matrix", "from sklearn.metrics import *"),
        where="src/models/train_evaluate.py:4",
        says="sklearn.metrics",
    ),
    _MAIN_IMPORTS.mutant(
        "a function of the pipeline in main",
        Replace("main.py", _MAIN_STARTS, "import pandas as pd\n\n"),
        Replace(
            "main.py",
            "def main():",
            "def import_data(train, test):\n    return pd.read_csv(train), pd.read_csv(test)\n\n\ndef main():",
        ),
        where="main.py:12",
        says="Move import_data to a module",
    ),
    _MAIN_IMPORTS.mutant(
        "a forest that is fitted in main",
        Replace("main.py", "import evaluate_forest, train_forest", "import evaluate_forest"),
        Replace("main.py", "N_TREES = 20\n", "from sklearn.ensemble import RandomForestClassifier\n\nN_TREES = 20\n"),
        Replace("main.py", "train_forest(x_train, y_train, N_TREES)", "RandomForestClassifier(N_TREES)"),
        Replace("main.py", "    evaluate_forest", "    forest.fit(x_train, y_train)\n    evaluate_forest"),
        says="The forest is fitted in main.py itself",
        charged_too={"functions-train": "main fits the forest, so that no function of a module does"},
    ),
    _MAIN_IMPORTS.mutant(
        "another script that does the work",
        Move("main.py", "train.py"),
        Write(
            "main.py",
            '"""Start the training."""\n\nimport subprocess\nimport sys\n\n'
            'subprocess.run([sys.executable, "train.py"], check=True)\n',
        ),
        where="main.py",
        says="main.py imports nothing from a module of the project",
    ),
)

VARIANTS = (
    _MAIN_RUNS.variant(
        "the work is another program",
        Move("main.py", "pipeline.py"),
        Write("main.py", 'import subprocess\nimport sys\n\nsubprocess.run([sys.executable, "pipeline.py"])\n'),
    ),
    _MAIN_RUNS.variant(
        "a guard by the status of main", Replace("main.py", "    main()\n", "    raise SystemExit(main())\n")
    ),
    _MAIN_RUNS.variant("no guard", Replace("main.py", _LAST, "main()\n")),
    _MAIN_RUNS.variant(
        "arguments with defaults",
        Replace("main.py", _MAIN_STARTS, "import argparse\n\n" + _MAIN_STARTS),
        Replace(
            "main.py",
            "    train, test = ",
            "    parser = argparse.ArgumentParser()\n"
            '    parser.add_argument("--trees", type=int, default=N_TREES)\n'
            "    arguments = parser.parse_args()\n"
            "    train, test = ",
        ),
        Replace("main.py", "y_train, N_TREES)", "y_train, arguments.trees)"),
    ),
    _MAIN_RUNS.variant(
        "a model that is written, and warnings",
        Replace(
            "main.py",
            "    survivors = ",
            '    import joblib\n    import warnings\n\n    warnings.warn("old")\n'
            '    joblib.dump(forest, "forest.joblib")\n    survivors = ',
        ),
    ),
    _MAIN_RUNS.variant(
        "a byte order mark and lines of Windows", Shell(r"sed -i -e '1s/^/\xef\xbb\xbf/' -e 's/$/\r/' main.py")
    ),
    _MAIN_REPORTS.variant(
        "a pandas table and a percentage",
        _reports(
            f'    print(f"Exactitude : {{100 * forest.score(features, survived):.1f}} %")\n{_MATRIX}'
            "    import pandas as pd\n"
            '    print(pd.DataFrame(matrix, index=["réel 0", "réel 1"], columns=["prédit 0", "prédit 1"]))\n'
        ),
    ),
    _MAIN_REPORTS.variant(
        "four labelled numbers in French",
        _reports(
            f"{_MATRIX}    vn, fp, fn, vp = matrix.ravel()\n"
            '    print("Vrais négatifs :", vn, "| Faux positifs :", fp)\n'
            '    print("Faux négatifs :", fn, "| Vrais positifs :", vp)\n'
            '    print("Bonnes réponses :", round(forest.score(features, survived), 2))\n'
        ),
    ),
    _MAIN_REPORTS.variant(
        "a list, and a log in the place of print",
        _reports(
            f"    import logging\n\n    logging.basicConfig(level=logging.INFO)\n{_MATRIX}"
            '    logging.info("score %s", forest.score(features, survived))\n'
            '    logging.info("matrix %s", matrix.tolist())\n'
        ),
    ),
    _MAIN_REPORTS.variant(
        "shares in the place of counts",
        _reports(
            '    print("score", forest.score(features, survived))\n'
            '    print(confusion_matrix(survived, forest.predict(features), normalize="all"))\n'
        ),
    ),
    _MAIN_REPORTS.variant(
        "a report by class and a table",
        _reports(
            "    import pandas as pd\n    from sklearn.metrics import classification_report\n\n"
            "    guessed = forest.predict(features)\n    print(classification_report(survived, guessed))\n"
            '    print(pd.crosstab(survived, guessed, rownames=["vrai"], colnames=["prédit"], margins=True))\n'
        ),
    ),
    _MAIN_IMPORTS.variant(
        "modules under another name",
        Replace(
            "main.py",
            "from src.models.train_evaluate import evaluate_forest, train_forest",
            "import src.models.train_evaluate as models",
        ),
        Replace("main.py", "    evaluate_forest", "    models.evaluate_forest"),
        Replace("main.py", " train_forest(", " models.train_forest("),
    ),
    _MAIN_IMPORTS.variant(
        "the module from its package",
        Replace(
            "main.py",
            "from src.models.train_evaluate import evaluate_forest, train_forest",
            "from src.models import train_evaluate",
        ),
        Replace("main.py", "    evaluate_forest", "    train_evaluate.evaluate_forest"),
        Replace("main.py", " train_forest(", " train_evaluate.train_forest("),
    ),
    _MAIN_IMPORTS.variant(
        "small functions of its own",
        Replace(
            "main.py",
            "def main():",
            "def prepare():\n"
            '    """Return features and labels."""\n'
            f"    train, test = {_CALL}\n"
            '    return *build_features(train, test), train["Survived"], test\n\n\ndef main():',
        ),
        Replace(
            "main.py",
            f"    train, test = {_CALL}\n    train_features, test_features = build_features(train, test)\n",
            "    train_features, test_features, labels, test = prepare()\n",
        ),
        Replace("main.py", 'split_data(train_features, train["Survived"])', "split_data(train_features, labels)"),
    ),
)
