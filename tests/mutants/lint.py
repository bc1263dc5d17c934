"""Step 1.4, as students get it wrong, and right in a way of their own."""

from __future__ import annotations

from fractions import Fraction

from tests.mutants.model import CasesOf, Move, Replace, Shell, Write

_LINT_MAIN = CasesOf("lint-main", base="1.4")
_LINT_MODULES = CasesOf("lint-modules", base="1.4")

_TITLE = '"""Train a random forest on the passenger list of the Titanic, and print how well it does."""\n'
_UNTIDY = "import os, sys\nimport numpy as np\nimport json\n"
_BLANKS = Shell("sed -i 's/$/  /' functions.py")
_HELPER = '\n\ndef helper_{n}(value):\n    """Help."""\n    return value + {n}\n'
_CALLS = '''import functools


@functools.cache
def double(value):
    """Twice *value*."""
    return 2 * value


def twice():
    """Twice the same."""
    return double() + shown()


def shown(value):
    """Show *value*."""
    print(value)


'''
_PIPELINE = (
    "import os, sys\nimport pandas as pd\nfrom src.data.import_data import *\ndef Go():\n    X = 3\n    print(X)\n"
)

MUTANTS = (
    _LINT_MAIN.mutant(
        "unused imports",
        Replace("main.py", _TITLE, _UNTIDY),
        where="main.py:1",
        says="unused-import",
        credit=Fraction(0),
    ),
    _LINT_MAIN.mutant(
        "a sum on which pylint itself fails",
        Replace("main.py", _TITLE, f"{_TITLE}\nTOTAL = {'+'.join(['1'] * 900)}\n"),
        where="main.py:3",
        says="itself fails at main.py:3",
        credit=Fraction(0),
    ),
    _LINT_MAIN.mutant(
        "calls that lack a parameter of functions that are their own",
        Replace("main.py", "def main():", f"{_CALLS}def main():"),
        says="no-value-for-parameter",
        credit=Fraction(0),
    ),
    _LINT_MAIN.mutant(
        "a comment skips the file",
        Replace("main.py", _TITLE, "# pylint: skip-file\n" + _UNTIDY),
        says="Comments that switch messages off do not count",
    ),
    _LINT_MAIN.mutant(
        "conflict markers",
        Replace("main.py", "N_TREES = 20\n", "<<<<<<< HEAD\nN_TREES = 20\n=======\nN_TREES = 30\n>>>>>>> nettoyage\n"),
        says="is not valid Python",
        charged_too={"main-runs": "the course gives no score to what cannot be parsed"},
    ),
    _LINT_MAIN.mutant(
        "hands over to an untidy file",
        Write("src/program.py", _PIPELINE),
        Write("main.py", '"""Start."""\n\nfrom src.program import Go\n\nGo()\n'),
        base="1.5",
        where="src/program.py:1",
        says="main.py, src/program.py",
        charged_too={
            "main-imports": "the untidy file imports by a star, too",
            "main-reports": "the untidy file reports nothing of the forest",
        },
    ),
    _LINT_MAIN.mutant(
        "executes a text",
        Move("main.py", "pipeline.txt"),
        Write("main.py", 'exec(open("pipeline.txt").read())\n'),
        where="main.py:1",
        says="executes text from elsewhere",
        charged_too={"main-imports": "two things: code hidden from the linter, and no import"},
    ),
    _LINT_MAIN.mutant(
        "another name",
        Move("main.py", "titanic.py"),
        where="titanic.py",
        says="git mv titanic.py main.py",
        credit=Fraction(1, 2),
        charged_too={"main-runs": "the course gives half in each check for another name"},
    ),
    _LINT_MAIN.mutant(
        "thousands of statements that do nothing",
        Replace("main.py", _TITLE, _UNTIDY),
        Shell('for n in $(seq 3000); do echo "NUMBER = $n"; done >> main.py'),
        says="do nothing or repeat a shape, and are left out",
    ),
    _LINT_MAIN.mutant(
        "one call, hundreds of times",
        Replace("main.py", _TITLE, _UNTIDY),
        Shell("for n in $(seq 900); do echo 'print(end=\"\")'; done >> main.py"),
        where="main.py:1",
        says="900 statements do nothing or repeat a shape",
        credit=Fraction(0),
    ),
    _LINT_MAIN.mutant(
        "three statements in turn",
        Replace("main.py", _TITLE, _UNTIDY),
        Shell(
            'for n in $(seq 200); do printf \'S_%s = len("a") + %s\\nassert S_%s\\nprint(S_%s, end="")\\n\' '
            "$n $n $n $n; done >> main.py"
        ),
        says="repeat a shape",
    ),
    _LINT_MODULES.mutant(
        "negative numbers by the hundred",
        _BLANKS,
        Shell('for n in $(seq 800); do echo "TOTAL_$n = -$n"; done >> functions.py'),
        says="statements do nothing or repeat a shape",
    ),
    _LINT_MODULES.mutant(
        "functions that are one",
        _BLANKS,
        Write("more.py", "".join(_HELPER.format(n=n) for n in range(200))),
        Shell("cat more.py >> functions.py && rm more.py"),
        says="repeat a shape",
    ),
    _LINT_MODULES.mutant("written in a hurry", _BLANKS, where="functions.py:2", says="trailing-whitespace"),
    _LINT_MODULES.mutant(
        "one module cannot be parsed",
        Replace("src/models/train_evaluate.py", "def train_forest(", "def train_forest(:"),
        base="1.5",
        where="src/models/train_evaluate.py:7",
        says="is not valid Python",
        charged_too={"main-runs": "the course gives no score to what cannot be parsed"},
    ),
    _LINT_MODULES.mutant(
        "comments switch all off",
        Shell("sed -i -e 's/$/  /' -e '1i # pylint: disable=all' functions.py"),
        says="do not count",
    ),
)

VARIANTS = (
    _LINT_MODULES.variant(
        "imports of a module that is gone, which the run of main charges",
        Write("functions.py", '"""F."""\nfrom outils import a, b\nfrom fonctions import c\n\n\nprint(a, b, c)\n'),
        not_reproduced="pylint by itself counts an import that another check charges",
    ),
    _LINT_MAIN.variant(
        "Windows line ends and a byte-order mark", Shell(r"sed -i -e 's/$/\r/' -e '1s/^/\xef\xbb\xbf/' main.py")
    ),
    _LINT_MAIN.variant(
        "a configuration that is not read",
        Write(".pylintrc", "[MAIN]\nload-plugins=nowhere\n\n[FORMAT]\nmax-line-length=20\n"),
    ),
    _LINT_MAIN.variant(
        "a tidy file that it hands over to",
        Shell("cp main.py src/program.py"),
        Write("main.py", '"""Start."""\n\nfrom src.program import main\n\nmain()\n'),
        base="1.5",
        advises="judged together",
    ),
    _LINT_MAIN.variant(
        "a comment that hides little",
        Replace(
            "main.py", "N_TREES = 20\n", "N_TREES = 20\nn_jobs = 1  # pylint: disable=invalid-name\nprint(n_jobs)\n"
        ),
        base="2.1",
        advises="do not count",
    ),
    _LINT_MAIN.variant(
        "arguments by the dozen",
        Replace("main.py", "import os\n", "import argparse\nimport os\n"),
        Replace(
            "main.py",
            "N_TREES = 20\n",
            "N_TREES = 20\nPARSER = argparse.ArgumentParser()\n"
            + "".join(f'PARSER.add_argument("--option-{n}", default={n})\n' for n in range(90)),
        ),
        base="2.1",
    ),
    _LINT_MODULES.variant(
        "a long table of constants",
        Replace(
            "src/models/train_evaluate.py",
            "from sklearn.metrics import confusion_matrix\n",
            "from sklearn.metrics import confusion_matrix\n\n" + "".join(f"LIMIT_{n} = {n / 4}\n" for n in range(300)),
        ),
        base="2.1",
    ),
    _LINT_MODULES.variant(
        "one untidy module among good ones",
        Write("src/features/tools.py", "import os\ndef F(x): return x\n"),
        Replace("src/features/build_features.py", "from sklearn", "from src.features.tools import F\nfrom sklearn"),
        Shell("printf '\\n\\nprint(F(1))\\n' >> src/features/build_features.py"),
        base="2.1",
        advises="Alone, src/features/tools.py",
    ),
    _LINT_MODULES.variant(
        "packages with empty files",
        Shell("touch src/__init__.py src/data/__init__.py src/features/__init__.py src/models/__init__.py"),
        base="1.5",
    ),
    _LINT_MODULES.variant(
        "a package of another name",
        Shell("git mv src titanic && sed -i 's/from src/from titanic/' main.py notebooks/titanic.ipynb"),
        base="2.2",
    ),
    _LINT_MODULES.variant(
        "an untidy file that nothing imports", Write("old.py", "import os, sys, json\ndef F(x): return x\n")
    ),
)
