"""Main scripts that do not run, do not report or do not import, and unusual ones that do."""

from __future__ import annotations

from fractions import Fraction

from checker.model import Unavailable
from tests.mutants.model import Move, Mutant, Remove, Replace, Shell, Variant, Write

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

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        check="main-runs",
        name="a path of the author's machine",
        base="1.5",
        edits=(Replace("main.py", '"data/raw/train.csv"', '"/home/jdupont/titanic/data/raw/train.csv"'),),
        where="src/data/import_data.py:8",
        says="/home/jdupont/titanic/data/raw/train.csv exists on your machine only",
    ),
    Mutant(
        check="main-runs",
        name="a path as seen from the notebook",
        base="1.5",
        edits=(Replace("main.py", '"data/raw/train.csv"', '"../data/raw/train.csv"'),),
        says="The file is data/raw/train.csv: write its path as seen from the root",
    ),
    Mutant(
        check="main-runs",
        name="a module that was never committed",
        base="1.5",
        edits=(Remove("src/features/build_features.py"),),
        where="main.py:5",
        says="git add",
    ),
    Mutant(
        check="main-runs",
        name="marks of a merge conflict",
        base="1.5",
        edits=(Replace("main.py", "N_TREES = 20\n", "<<<<<<< HEAD\nN_TREES = 20\n=======\nN_TREES = 50\n>>>>>>> x\n"),),
        where="main.py:8",
        says="SyntaxError",
    ),
    Mutant(
        check="main-runs",
        name="a column that does not exist",
        base="1.5",
        edits=(Replace("main.py", 'train["Survived"]', 'train["survived"]'),),
        where="main.py:16",
        says="KeyError: 'survived'",
    ),
    Mutant(
        check="main-runs",
        name="a status of failure",
        base="1.5",
        edits=(Replace("main.py", _LAST, _LAST + "    raise SystemExit(3)\n"),),
        says="status 3",
    ),
    Mutant(
        check="main-runs",
        name="another name",
        base="1.5",
        edits=(Move("main.py", "run_titanic.py"),),
        where="run_titanic.py",
        says="git mv run_titanic.py main.py",
        credit=Fraction(1, 2),
    ),
    Mutant(
        check="main-runs",
        name="code for another version of pandas",
        base="1.6",
        edits=(
            Shell("sed -i 's/- pandas=3[^=]*=.*/- pandas=1.4.4=py310h769672d_0/' environment.yml"),
            Replace(
                "src/features/build_features.py",
                "    passengers = passengers.copy()\n",
                "    passengers = passengers.append([])\n",
            ),
        ),
        verdict=Unavailable,
        says="needs the declared environment (pandas",
    ),
    Mutant(
        check="main-reports",
        name="a matrix that is computed and not printed",
        base="1.5",
        edits=(
            Replace(
                _TRAINING,
                "    print(confusion_matrix(survived, forest.predict(features)))",
                "    return confusion_matrix(survived, forest.predict(features))",
            ),
        ),
        where="main.py",
        says="no confusion matrix",
    ),
    Mutant(
        check="main-reports",
        name="expressions as in a notebook",
        base="1.5",
        edits=(_reports(f"    forest.score(features, survived)\n{_MATRIX}    matrix\n"),),
        says="neither a performance nor a confusion matrix",
    ),
    Mutant(
        check="main-reports",
        name="a matrix and no performance",
        base="1.5",
        edits=(_reports(f"{_MATRIX}    print(matrix)\n"),),
        says="no performance",
    ),
    Mutant(
        check="main-reports",
        name="a matrix that was pasted",
        base="1.5",
        edits=(_reports('    print("Score", forest.score(features, survived))\n    print("[[87 13]\\n [21 58]]")\n'),),
        says="does not change as the labels do: [[87 13] [21 58]]",
    ),
    Mutant(
        check="main-reports",
        name="a performance that was pasted",
        base="1.5",
        edits=(_reports(f'{_MATRIX}    print("Accuracy: 0.8324")\n    print(matrix)\n'),),
        says="still 0.8324",
    ),
    Mutant(
        check="main-reports",
        name="results read from a file",
        base="1.5",
        edits=(
            Write("results.txt", "Exactitude : 81,01 %\nVN=87 FP=13 FN=21 VP=58\n"),
            _reports('    with open("results.txt", encoding="utf-8") as file:\n        print(file.read())\n'),
        ),
        says="[[87 13] [21 58]]",
    ),
    Mutant(
        check="main-imports",
        name="a star",
        base="1.5",
        edits=(Replace("main.py", "import evaluate_forest, train_forest", "import *"),),
        where="main.py:6",
        says="from src.models.train_evaluate import *",
    ),
    Mutant(
        check="main-imports",
        name="a star in a module",
        base="1.5",
        edits=(Replace(_TRAINING, "from sklearn.metrics import confusion_matrix", "from sklearn.metrics import *"),),
        where="src/models/train_evaluate.py:4",
        says="sklearn.metrics",
    ),
    Mutant(
        check="main-imports",
        name="a function of the pipeline in main",
        base="1.5",
        edits=(
            Replace("main.py", _MAIN_STARTS, "import pandas as pd\n\n"),
            Replace(
                "main.py",
                "def main():",
                "def import_data(train, test):\n    return pd.read_csv(train), pd.read_csv(test)\n\n\ndef main():",
            ),
        ),
        where="main.py:12",
        says="Move import_data to a module",
    ),
    Mutant(
        check="main-imports",
        name="a forest that is fitted in main",
        base="1.5",
        edits=(
            Replace("main.py", "import evaluate_forest, train_forest", "import evaluate_forest"),
            Replace(
                "main.py", "N_TREES = 20\n", "from sklearn.ensemble import RandomForestClassifier\n\nN_TREES = 20\n"
            ),
            Replace("main.py", "train_forest(x_train, y_train, N_TREES)", "RandomForestClassifier(N_TREES)"),
            Replace("main.py", "    evaluate_forest", "    forest.fit(x_train, y_train)\n    evaluate_forest"),
        ),
        says="The forest is fitted in main.py itself",
    ),
    Mutant(
        check="main-imports",
        name="another script that does the work",
        base="1.5",
        edits=(
            Move("main.py", "train.py"),
            Write(
                "main.py",
                '"""Start the training."""\n\nimport subprocess\nimport sys\n\n'
                'subprocess.run([sys.executable, "train.py"], check=True)\n',
            ),
        ),
        where="main.py",
        says="main.py imports nothing from a module of the project",
    ),
)

VARIANTS: tuple[Variant, ...] = (
    Variant(check="main-runs", name="no guard", base="1.5", edits=(Replace("main.py", _LAST, "main()\n"),)),
    Variant(
        check="main-runs",
        name="arguments with defaults",
        base="1.5",
        edits=(
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
    ),
    Variant(
        check="main-runs",
        name="a model that is written, and warnings",
        base="1.5",
        edits=(
            Replace(
                "main.py",
                "    survivors = ",
                '    import joblib\n    import warnings\n\n    warnings.warn("old")\n'
                '    joblib.dump(forest, "forest.joblib")\n    survivors = ',
            ),
        ),
    ),
    Variant(
        check="main-runs",
        name="a byte order mark and lines of Windows",
        base="1.5",
        edits=(Shell(r"sed -i -e '1s/^/\xef\xbb\xbf/' -e 's/$/\r/' main.py"),),
    ),
    Variant(
        check="main-reports",
        name="a pandas table and a percentage",
        base="1.5",
        edits=(
            _reports(
                f'    print(f"Exactitude : {{100 * forest.score(features, survived):.1f}} %")\n{_MATRIX}'
                "    import pandas as pd\n"
                '    print(pd.DataFrame(matrix, index=["réel 0", "réel 1"], columns=["prédit 0", "prédit 1"]))\n'
            ),
        ),
    ),
    Variant(
        check="main-reports",
        name="four labelled numbers in French",
        base="1.5",
        edits=(
            _reports(
                f"{_MATRIX}    vn, fp, fn, vp = matrix.ravel()\n"
                '    print("Vrais négatifs :", vn, "| Faux positifs :", fp)\n'
                '    print("Faux négatifs :", fn, "| Vrais positifs :", vp)\n'
                '    print("Bonnes réponses :", round(forest.score(features, survived), 2))\n'
            ),
        ),
    ),
    Variant(
        check="main-reports",
        name="a list, and a log in the place of print",
        base="1.5",
        edits=(
            _reports(
                f"    import logging\n\n    logging.basicConfig(level=logging.INFO)\n{_MATRIX}"
                '    logging.info("score %s", forest.score(features, survived))\n'
                '    logging.info("matrix %s", matrix.tolist())\n'
            ),
        ),
    ),
    Variant(
        check="main-reports",
        name="shares in the place of counts",
        base="1.5",
        edits=(
            _reports(
                '    print("score", forest.score(features, survived))\n'
                '    print(confusion_matrix(survived, forest.predict(features), normalize="all"))\n'
            ),
        ),
    ),
    Variant(
        check="main-reports",
        name="a report by class and a table",
        base="1.5",
        edits=(
            _reports(
                "    import pandas as pd\n    from sklearn.metrics import classification_report\n\n"
                "    guessed = forest.predict(features)\n    print(classification_report(survived, guessed))\n"
                '    print(pd.crosstab(survived, guessed, rownames=["vrai"], colnames=["prédit"], margins=True))\n'
            ),
        ),
    ),
    Variant(
        check="main-imports",
        name="modules under another name",
        base="1.5",
        edits=(
            Replace(
                "main.py",
                "from src.models.train_evaluate import evaluate_forest, train_forest",
                "import src.models.train_evaluate as models",
            ),
            Replace("main.py", "    evaluate_forest", "    models.evaluate_forest"),
            Replace("main.py", " train_forest(", " models.train_forest("),
        ),
    ),
    Variant(
        check="main-imports",
        name="the module from its package",
        base="1.5",
        edits=(
            Replace(
                "main.py",
                "from src.models.train_evaluate import evaluate_forest, train_forest",
                "from src.models import train_evaluate",
            ),
            Replace("main.py", "    evaluate_forest", "    train_evaluate.evaluate_forest"),
            Replace("main.py", " train_forest(", " train_evaluate.train_forest("),
        ),
    ),
    Variant(
        check="main-imports",
        name="small functions of its own",
        base="1.5",
        edits=(
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
    ),
)
