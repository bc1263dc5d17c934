"""Step 1.4, as students get it wrong, and right in a way of their own."""

from __future__ import annotations

from fractions import Fraction

from tests.mutants.model import Move, Mutant, Replace, Shell, Variant, Write

_TITLE = '"""Train a random forest on the passenger list of the Titanic, and print how well it does."""\n'
_UNTIDY = "import os, sys\nimport numpy as np\nimport json\n"
_HURRIED = """import os, sys
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
def Load(a, b):
    X=pd.read_csv(a); Y=pd.read_csv(b)
    return X, Y
def Train(X, y, n=20):
    Model = RandomForestClassifier(n_estimators = n)
    Model.fit(X, y)
    L = []
    for i in range(len(X)):
        if X.columns[0] == None: L.append(i)
    return Model
"""
_PIPELINE = (
    "import os, sys\nimport pandas as pd\nfrom src.data.import_data import *\ndef Go():\n    X = 3\n    print(X)\n"
)

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        check="lint-main",
        name="unused imports",
        base="1.4",
        edits=(Replace("main.py", _TITLE, _UNTIDY),),
        where="main.py:1",
        says="unused-import",
        credit=Fraction(0),
    ),
    Mutant(
        check="lint-main",
        name="a sum on which pylint itself fails",
        base="1.4",
        edits=(Replace("main.py", _TITLE, f"{_TITLE}\nTOTAL = {'+'.join(['1'] * 900)}\n"),),
        where="main.py:3",
        says="itself fails at main.py:3",
        credit=Fraction(0),
    ),
    Mutant(
        check="lint-main",
        name="a comment skips the file",
        base="1.4",
        edits=(Replace("main.py", _TITLE, "# pylint: skip-file\n" + _UNTIDY),),
        says="Comments that switch messages off do not count",
    ),
    Mutant(
        check="lint-main",
        name="conflict markers",
        base="1.4",
        edits=(
            Replace(
                "main.py", "N_TREES = 20\n", "<<<<<<< HEAD\nN_TREES = 20\n=======\nN_TREES = 30\n>>>>>>> nettoyage\n"
            ),
        ),
        says="is not valid Python",
    ),
    Mutant(
        check="lint-main",
        name="hands over to an untidy file",
        base="1.5",
        edits=(
            Write("src/program.py", _PIPELINE),
            Write("main.py", '"""Start."""\n\nfrom src.program import Go\n\nGo()\n'),
        ),
        where="src/program.py:1",
        says="main.py, src/program.py",
    ),
    Mutant(
        check="lint-main",
        name="executes a text",
        base="1.4",
        edits=(Move("main.py", "pipeline.txt"), Write("main.py", 'exec(open("pipeline.txt").read())\n')),
        where="main.py:1",
        says="executes text from elsewhere",
    ),
    Mutant(
        check="lint-main",
        name="another name",
        base="1.4",
        edits=(Move("main.py", "titanic.py"),),
        where="titanic.py",
        says="git mv titanic.py main.py",
        credit=Fraction(1, 2),
    ),
    Mutant(
        check="lint-main",
        name="thousands of statements that do nothing",
        base="1.4",
        edits=(
            Replace("main.py", _TITLE, _UNTIDY),
            Shell('for n in $(seq 3000); do echo "NUMBER = $n"; done >> main.py'),
        ),
        says="do nothing, and are left out",
    ),
    Mutant(
        check="lint-modules",
        name="written in a hurry",
        base="1.4",
        edits=(Write("functions.py", _HURRIED),),
        where="functions.py:1",
        says="missing-function-docstring",
    ),
    Mutant(
        check="lint-modules",
        name="one module cannot be parsed",
        base="1.5",
        edits=(Replace("src/models/train_evaluate.py", "def train_forest(", "def train_forest(:"),),
        where="src/models/train_evaluate.py:7",
        says="is not valid Python",
    ),
    Mutant(
        check="lint-modules",
        name="comments switch all off",
        base="1.4",
        edits=(Write("functions.py", "# pylint: disable=all\n" + _HURRIED),),
        says="do not count",
    ),
    Mutant(
        check="lint-modules",
        name="imports of a module that is gone",
        base="1.4",
        edits=(
            Write("functions.py", '"""F."""\nfrom outils import a, b\nfrom fonctions import c\n\n\nprint(a, b, c)\n'),
        ),
        where="functions.py:2",
        says="import-error",
    ),
)

VARIANTS: tuple[Variant, ...] = (
    Variant(
        check="lint-main",
        name="Windows line ends and a byte-order mark",
        base="1.4",
        edits=(Shell(r"sed -i -e 's/$/\r/' -e '1s/^/\xef\xbb\xbf/' main.py"),),
    ),
    Variant(
        check="lint-main",
        name="a configuration that is not read",
        base="1.4",
        edits=(Write(".pylintrc", "[MAIN]\nload-plugins=nowhere\n\n[FORMAT]\nmax-line-length=20\n"),),
    ),
    Variant(
        check="lint-main",
        name="a tidy file that it hands over to",
        base="1.5",
        edits=(
            Shell("cp main.py src/program.py"),
            Write("main.py", '"""Start."""\n\nfrom src.program import main\n\nmain()\n'),
        ),
        advises="judged together",
    ),
    Variant(
        check="lint-main",
        name="a comment that hides little",
        base="2.1",
        edits=(
            Replace(
                "main.py", "N_TREES = 20\n", "N_TREES = 20\nn_jobs = 1  # pylint: disable=invalid-name\nprint(n_jobs)\n"
            ),
        ),
        advises="do not count",
    ),
    Variant(
        check="lint-modules",
        name="one untidy module among good ones",
        base="2.1",
        edits=(
            Write("src/features/tools.py", "import os\ndef F(x): return x\n"),
            Replace("src/features/build_features.py", "from sklearn", "from src.features.tools import F\nfrom sklearn"),
            Shell("printf '\\n\\nprint(F(1))\\n' >> src/features/build_features.py"),
        ),
        advises="Alone, src/features/tools.py",
    ),
    Variant(
        check="lint-modules",
        name="packages with empty files",
        base="1.5",
        edits=(Shell("touch src/__init__.py src/data/__init__.py src/features/__init__.py src/models/__init__.py"),),
    ),
    Variant(
        check="lint-modules",
        name="a package of another name",
        base="2.2",
        edits=(Shell("git mv src titanic && sed -i 's/from src/from titanic/' main.py notebooks/titanic.ipynb"),),
    ),
    Variant(
        check="lint-modules",
        name="an untidy file that nothing imports",
        base="1.4",
        edits=(Write("old.py", "import os, sys, json\ndef F(x): return x\n"),),
    ),
)
