"""Step 1.5, as students get it wrong, and right in a way of their own."""

from __future__ import annotations

from tests.mutants.model import CasesOf, Move, Remove, Replace, Shell, Write

_LAYOUT_NOTEBOOK = CasesOf("layout-notebook", base="1.5")
_LAYOUT_SOURCE = CasesOf("layout-source", base="1.5")
_LAYOUT_DATA = CasesOf("layout-data", base="1.5")

_ALL = (
    "src/data/import_data.py src/data/train_test_split.py src/features/build_features.py src/models/train_evaluate.py"
)

MUTANTS = (
    _LAYOUT_NOTEBOOK.mutant(
        "back at the root",
        Move("notebooks/titanic.ipynb", "titanic.ipynb"),
        where="titanic.ipynb",
        says="git mv titanic.ipynb notebooks/",
    ),
    _LAYOUT_NOTEBOOK.mutant(
        "a second one at the root",
        Shell("cp notebooks/titanic.ipynb exploration.ipynb"),
        where="exploration.ipynb",
        says="Not in notebooks/: exploration.ipynb",
    ),
    _LAYOUT_SOURCE.mutant(
        "the old file is still there",
        Shell(f"cat {_ALL} > functions.py"),
        where="functions.py",
        says="git rm functions.py",
    ),
    _LAYOUT_SOURCE.mutant(
        "one module for all",
        Shell(f"cat {_ALL} > /tmp/all.$$ && git rm -qr src && mkdir src && mv /tmp/all.$$ src/functions.py"),
        Shell(r"sed -i -E 's/from src\.[a-z_.]+ import/from src.functions import/' main.py"),
        where="src/functions.py",
        says="only src/functions.py plays a part",
    ),
    _LAYOUT_SOURCE.mutant(
        "still at the root",
        Shell(f"cat {_ALL} > functions.py && git rm -qr src"),
        Shell(r"sed -i -E 's/from src\.[a-z_.]+ import/from functions import/' main.py"),
        where="functions.py",
        says="at the root",
    ),
    _LAYOUT_SOURCE.mutant(
        "forgotten in the commit",
        Remove("src/data"),
        where="main.py:3",
        says="git add src/data/import_data.py",
        charged_too={"main-runs": "main cannot run, and the step that makes the module lacks it"},
    ),
    _LAYOUT_DATA.mutant(
        "one table at the root",
        Move("data/raw/train.csv", "train.csv"),
        Replace("main.py", "data/raw/train.csv", "train.csv"),
        where="train.csv",
        says="git mv train.csv data/raw/",
    ),
    _LAYOUT_DATA.mutant(
        "not in raw",
        Shell("git mv data/raw/train.csv data/raw/test.csv data/ && sed -i s#data/raw/#data/#g main.py"),
        where="data/train.csv",
    ),
    _LAYOUT_DATA.mutant(
        "the passengers under another name", Shell("cp data/raw/train.csv passengers.dat"), where="passengers.dat"
    ),
)

VARIANTS = (
    _LAYOUT_NOTEBOOK.variant(
        "another name and another notebook",
        Shell("git mv notebooks/titanic.ipynb notebooks/Titanic-1.ipynb"),
        Shell("cp notebooks/Titanic-1.ipynb notebooks/essai.ipynb"),
    ),
    _LAYOUT_NOTEBOOK.variant(
        "the folder in the singular", Shell("git mv notebooks notebook"), advises="lies apart from notebooks/"
    ),
    _LAYOUT_SOURCE.variant(
        "packages with empty files",
        Shell("touch src/__init__.py src/data/__init__.py src/features/__init__.py src/models/__init__.py"),
    ),
    _LAYOUT_SOURCE.variant(
        "a package of another name",
        Shell("git mv src titanic && sed -i 's/from src/from titanic/' main.py notebooks/titanic.ipynb"),
        base="2.2",
    ),
    _LAYOUT_SOURCE.variant(
        "French names and no sub-folders",
        Shell("git mv src/data/import_data.py src/chargement.py && git mv src/models/train_evaluate.py src/modele.py"),
        Shell("git mv src/data/train_test_split.py src/decoupage.py"),
        Shell("git mv src/features/build_features.py src/variables.py"),
        Shell("sed -i -e 's/data.import_data/chargement/' -e 's/models.train_evaluate/modele/' main.py"),
        Shell("sed -i -e 's/data.train_test_split/decoupage/' -e 's/features.build_features/variables/' main.py"),
        base="1.6",
    ),
    _LAYOUT_SOURCE.variant(
        "the notebook is broken and main too",
        Remove("notebooks/titanic.ipynb"),
        Replace("main.py", "N_TREES = 20\n", "N_TREES = unknown_name\n"),
    ),
    _LAYOUT_DATA.variant("nothing is left", Write("notes.txt", "The data are on S3.\n"), base="1.7"),
    _LAYOUT_DATA.variant(
        "derived data and a sample for tests",
        Write("data/processed/ages.csv", "age,count\n20,3\n30,4\n"),
        Write("tests/fixtures/sample.csv", "a,b\n1,2\n"),
        advises="made from raw data",
    ),
)
