"""The notebook, broken as it is broken at each step, and right in unusual ways."""

from __future__ import annotations

from fractions import Fraction

from tests.mutants.model import CasesOf, Move, Remove, Replace, Shell

_NOTEBOOK_RUNS = CasesOf("notebook-runs", base="1.1")

_TAGGED = '"metadata": {"tags": ["raises-exception", "skip-execution"]},'

MUTANTS = (
    _NOTEBOOK_RUNS.mutant(
        "the author's folder replaced by one's own",
        Replace("titanic.ipynb", "os.listdir('.')", "os.chdir('/home/lea/projet')"),
        where="titanic.ipynb[2]:1",
        says="remove the os.chdir",
    ),
    _NOTEBOOK_RUNS.mutant(
        "an absolute path to the data",
        Replace("titanic.ipynb", "read_csv('train.csv')", "read_csv('C:/Users/lea/train.csv')"),
        where="titanic.ipynb[3]:1",
        says="C:/Users/lea/train.csv exists on your machine only",
    ),
    _NOTEBOOK_RUNS.mutant(
        "a variable that only the old kernel knew",
        Replace("titanic.ipynb", "print(TrainingData.shape)", "print(Training.shape)"),
        where="titanic.ipynb[4]:1",
        says="stops: NameError: name 'Training' is not defined",
    ),
    _NOTEBOOK_RUNS.mutant(
        "an error hidden by tags",
        Replace("titanic.ipynb", "print(TestData.shape)", "print(TestData.forme)"),
        Replace("titanic.ipynb", '"metadata": {},', _TAGGED),
        where="titanic.ipynb[4]:2",
        says="AttributeError",
    ),
    _NOTEBOOK_RUNS.mutant(
        "an error hidden by a magic",
        Replace("titanic.ipynb", "print(TestData.shape)", "print(TestData.forme)"),
        Replace("titanic.ipynb", '"print(TrainingData.shape)', r'"%%capture\nprint(TrainingData.shape)'),
        where="titanic.ipynb[4]:3",
        says="fails, and Jupyter goes on: AttributeError",
    ),
    _NOTEBOOK_RUNS.mutant(
        "marks of a merge conflict",
        Replace("titanic.ipynb", '   "id": "imports",', '<<<<<<< HEAD\n   "id": "imports",'),
        where="titanic.ipynb:16",
        says="merge conflict",
    ),
    _NOTEBOOK_RUNS.mutant(
        "a module that was never added",
        Replace("titanic.ipynb", "import numpy as np", "import numpy as np, outils"),
        where="titanic.ipynb[1]:3",
        says="git add it",
        charged_too={"functions-standalone": "a module begins step 1.2, which says what lacks"},
    ),
    _NOTEBOOK_RUNS.mutant(
        "a function renamed for the linter",
        Replace("functions.py", "def importData", "def import_data"),
        Replace("main.py", "importData", "import_data"),
        base="1.3",
        where="titanic.ipynb[1]:6",
        says="The function importData of functions.py is now called import_data",
        credit=Fraction(1),
    ),
    _NOTEBOOK_RUNS.mutant(
        "data moved without the notebook",
        Move("train.csv", "data/raw/train.csv"),
        Move("test.csv", "data/raw/test.csv"),
        base="1.3",
        says="The data train.csv were moved to data/raw/train.csv",
        credit=Fraction(1),
        charged_too={
            "main-runs": "main reads the data from where they were",
            "layout-notebook": "a folder for the data begins step 1.5",
            "layout-source": "a folder for the data begins step 1.5",
        },
    ),
    _NOTEBOOK_RUNS.mutant(
        "the notebook removed once main ran",
        Remove("titanic.ipynb"),
        base="1.3",
        says="git checkout",
        credit=Fraction(1),
    ),
)

VARIANTS = (
    _NOTEBOOK_RUNS.variant(
        "magics, a command that fails, the kernel of another machine",
        Replace("titanic.ipynb", "os.listdir('.')", '!ls nowhere\\n",\n    "%time 1 + 1'),
        Replace("titanic.ipynb", '"name": "python3"', '"name": "basesspcloud"'),
    ),
    _NOTEBOOK_RUNS.variant("windows line ends", Shell("sed -i 's/$/\\r/' titanic.ipynb")),
    _NOTEBOOK_RUNS.variant(
        "another name, with a space and an accent", Move("titanic.ipynb", "Étude du Titanic.ipynb"), base="1.2"
    ),
    _NOTEBOOK_RUNS.variant(
        "moved to a folder, its paths still from the root",
        Move("titanic.ipynb", "notebooks/titanic.ipynb"),
        base="1.2",
        advises="only from the root",
    ),
)
