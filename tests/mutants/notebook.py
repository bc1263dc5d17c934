"""The notebook, broken as it is broken at each step, and right in unusual ways."""

from __future__ import annotations

from fractions import Fraction

from tests.mutants.model import Move, Mutant, Remove, Replace, Shell, Variant

_TAGGED = '"metadata": {"tags": ["raises-exception", "skip-execution"]},'

MUTANTS = (
    Mutant(
        check="notebook-runs",
        name="the author's folder replaced by one's own",
        base="1.1",
        edits=(Replace("titanic.ipynb", "os.listdir('.')", "os.chdir('/home/lea/projet')"),),
        where="titanic.ipynb[2]:1",
        says="remove the os.chdir",
    ),
    Mutant(
        check="notebook-runs",
        name="an absolute path to the data",
        base="1.1",
        edits=(Replace("titanic.ipynb", "read_csv('train.csv')", "read_csv('C:/Users/lea/train.csv')"),),
        where="titanic.ipynb[3]:1",
        says="C:/Users/lea/train.csv exists on your machine only",
    ),
    Mutant(
        check="notebook-runs",
        name="a variable that only the old kernel knew",
        base="1.1",
        edits=(Replace("titanic.ipynb", "print(TrainingData.shape)", "print(Training.shape)"),),
        where="titanic.ipynb[4]:1",
        says="stops: NameError: name 'Training' is not defined",
    ),
    Mutant(
        check="notebook-runs",
        name="an error hidden by tags",
        base="1.1",
        edits=(
            Replace("titanic.ipynb", "print(TestData.shape)", "print(TestData.forme)"),
            Replace("titanic.ipynb", '"metadata": {},', _TAGGED),
        ),
        where="titanic.ipynb[4]:2",
        says="AttributeError",
    ),
    Mutant(
        check="notebook-runs",
        name="marks of a merge conflict",
        base="1.1",
        edits=(Replace("titanic.ipynb", '   "id": "imports",', '<<<<<<< HEAD\n   "id": "imports",'),),
        where="titanic.ipynb:16",
        says="merge conflict",
    ),
    Mutant(
        check="notebook-runs",
        name="a module that was never added",
        base="1.1",
        edits=(Replace("titanic.ipynb", "import numpy as np", "import numpy as np, outils"),),
        where="titanic.ipynb[1]:3",
        says="git add it",
    ),
    Mutant(
        check="notebook-runs",
        name="a function renamed for the linter",
        base="1.3",
        edits=(
            Replace("functions.py", "def importData", "def import_data"),
            Replace("main.py", "importData", "import_data"),
        ),
        where="titanic.ipynb[1]:6",
        says="The function importData of functions.py is now called import_data",
        credit=Fraction(1),
    ),
    Mutant(
        check="notebook-runs",
        name="data moved without the notebook",
        base="1.3",
        edits=(Move("train.csv", "data/raw/train.csv"), Move("test.csv", "data/raw/test.csv")),
        says="The data train.csv were moved to data/raw/train.csv",
        credit=Fraction(1),
    ),
    Mutant(
        check="notebook-runs",
        name="the notebook removed once main ran",
        base="1.3",
        edits=(Remove("titanic.ipynb"),),
        says="git checkout",
        credit=Fraction(1),
    ),
)

VARIANTS = (
    Variant(
        check="notebook-runs",
        name="magics, a command that fails, the kernel of another machine",
        base="1.1",
        edits=(
            Replace("titanic.ipynb", "os.listdir('.')", '!ls nowhere\\n",\n    "%time 1 + 1'),
            Replace("titanic.ipynb", '"name": "python3"', '"name": "basesspcloud"'),
        ),
    ),
    Variant(
        check="notebook-runs",
        name="windows line ends",
        base="1.1",
        edits=(Shell("sed -i 's/$/\\r/' titanic.ipynb"),),
    ),
    Variant(
        check="notebook-runs",
        name="another name, with a space and an accent",
        base="1.2",
        edits=(Move("titanic.ipynb", "Étude du Titanic.ipynb"),),
    ),
    Variant(
        check="notebook-runs",
        name="moved to a folder, its paths still from the root",
        base="1.2",
        edits=(Move("titanic.ipynb", "notebooks/titanic.ipynb"),),
        advises="only from the root",
    ),
)
