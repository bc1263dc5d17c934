"""Step 1.5, as students get it wrong, and right in a way of their own."""

from __future__ import annotations

from tests.mutants.model import Move, Mutant, Remove, Replace, Shell, Variant, Write

_ALL = (
    "src/data/import_data.py src/data/train_test_split.py src/features/build_features.py src/models/train_evaluate.py"
)

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        check="layout-notebook",
        name="back at the root",
        base="1.5",
        edits=(Move("notebooks/titanic.ipynb", "titanic.ipynb"),),
        where="titanic.ipynb",
        says="git mv titanic.ipynb notebooks/",
    ),
    Mutant(
        check="layout-notebook",
        name="a second one at the root",
        base="1.5",
        edits=(Shell("cp notebooks/titanic.ipynb exploration.ipynb"),),
        where="exploration.ipynb",
        says="Not in notebooks/: exploration.ipynb",
    ),
    Mutant(
        check="layout-source",
        name="the old file is still there",
        base="1.5",
        edits=(Shell(f"cat {_ALL} > functions.py"),),
        where="functions.py",
        says="git rm functions.py",
    ),
    Mutant(
        check="layout-source",
        name="one module for all",
        base="1.5",
        edits=(
            Shell(f"cat {_ALL} > /tmp/all.$$ && git rm -qr src && mkdir src && mv /tmp/all.$$ src/functions.py"),
            Shell(r"sed -i -E 's/from src\.[a-z_.]+ import/from src.functions import/' main.py"),
        ),
        where="src/functions.py",
        says="only src/functions.py plays a part",
    ),
    Mutant(
        check="layout-source",
        name="still at the root",
        base="1.5",
        edits=(
            Shell(f"cat {_ALL} > functions.py && git rm -qr src"),
            Shell(r"sed -i -E 's/from src\.[a-z_.]+ import/from functions import/' main.py"),
        ),
        where="functions.py",
        says="at the root",
    ),
    Mutant(
        check="layout-source",
        name="forgotten in the commit",
        base="1.5",
        edits=(Write(".gitignore", "data/\n"), Shell("git rm -q --cached -r src/data")),
        where="main.py:3",
        says="git add src/data/import_data.py",
    ),
    Mutant(
        check="layout-data",
        name="one table at the root",
        base="1.5",
        edits=(Move("data/raw/train.csv", "train.csv"),),
        where="train.csv",
        says="git mv train.csv data/raw/",
    ),
    Mutant(
        check="layout-data",
        name="not in raw",
        base="1.5",
        edits=(Shell("git mv data/raw/train.csv data/raw/test.csv data/"),),
        where="data/train.csv",
    ),
    Mutant(
        check="layout-data",
        name="the passengers under another name",
        base="1.5",
        edits=(Shell("cp data/raw/train.csv passengers.dat"),),
        where="passengers.dat",
    ),
)

VARIANTS: tuple[Variant, ...] = (
    Variant(
        check="layout-notebook",
        name="another name and another notebook",
        base="1.5",
        edits=(
            Shell("git mv notebooks/titanic.ipynb notebooks/Titanic-1.ipynb"),
            Shell("cp notebooks/Titanic-1.ipynb notebooks/essai.ipynb"),
        ),
    ),
    Variant(
        check="layout-notebook",
        name="the folder in the singular",
        base="1.5",
        edits=(Shell("git mv notebooks notebook"),),
        advises="lies apart from notebooks/",
    ),
    Variant(
        check="layout-source",
        name="packages with empty files",
        base="1.5",
        edits=(Shell("touch src/__init__.py src/data/__init__.py src/features/__init__.py src/models/__init__.py"),),
    ),
    Variant(
        check="layout-source",
        name="a package of another name",
        base="2.2",
        edits=(Shell("git mv src titanic && sed -i 's/from src/from titanic/' main.py notebooks/titanic.ipynb"),),
    ),
    Variant(
        check="layout-source",
        name="French names and no sub-folders",
        base="1.6",
        edits=(
            Shell(
                "git mv src/data/import_data.py src/chargement.py && git mv src/models/train_evaluate.py src/modele.py"
            ),
            Shell("git mv src/data/train_test_split.py src/decoupage.py"),
            Shell("git mv src/features/build_features.py src/variables.py"),
            Shell("sed -i -e 's/data.import_data/chargement/' -e 's/models.train_evaluate/modele/' main.py"),
            Shell("sed -i -e 's/data.train_test_split/decoupage/' -e 's/features.build_features/variables/' main.py"),
        ),
    ),
    Variant(
        check="layout-source",
        name="the notebook is broken and main too",
        base="1.5",
        edits=(Remove("notebooks/titanic.ipynb"), Replace("main.py", "N_TREES = 20\n", "N_TREES = unknown_name\n")),
    ),
    Variant(
        check="layout-data",
        name="nothing is left",
        base="1.7",
        edits=(Write("notes.txt", "The data are on S3.\n"),),
    ),
    Variant(
        check="layout-data",
        name="derived data and a sample for tests",
        base="1.5",
        edits=(
            Write("data/processed/ages.csv", "age,count\n20,3\n30,4\n"),
            Write("tests/fixtures/sample.csv", "a,b\n1,2\n"),
        ),
        advises="made from raw data",
    ),
)
