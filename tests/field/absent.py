"""A local import or file that is not there, though it is: one check charges it, and says why."""

from __future__ import annotations

import json
from fractions import Fraction

from tests.field.model import situation
from tests.mutants.model import Edit, Move, Replace, Shell, Write


def _package(told: tuple[Edit, ...], project: str = "") -> tuple[Edit, ...]:
    """The sources as an installable package, src/naufrage, which main and notebook import by its name."""
    return (
        Move("src", "naufrage"),
        Move("naufrage", "src/naufrage"),
        Shell("sed -i 's/from src[.]/from naufrage./' main.py $(find src -name '*.py') notebooks/titanic.ipynb"),
        Shell("sed -i \"s/sys.path.insert(0, '..')/pass/\" notebooks/titanic.ipynb"),
        Write("pyproject.toml", project or _PROJECT),
        *told,
    )


_PROJECT = """[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "naufrage"
version = "0.1.0"
"""
_WITHOUT_BACKEND = '[project]\nname = "naufrage"\nversion = "0.1.0"\n'
_README = (Write("README.md", "# Naufrage\n\n```bash\npip install -e .\npython main.py\n```\n"),)

PACKAGES = (
    situation(
        "a package that the environment installs",
        "1.6",
        *_package((Replace("environment.yml", "  - pip:\n", "  - pip:\n      - -e .\n"),)),
    ),
    situation("a package that the README installs", "1.5", *_package(_README)),
    situation(
        "a package without a backend, which pip installs all the same", "1.5", *_package(_README, _WITHOUT_BACKEND)
    ),
    situation(
        "a package that requirements install, described by setup.py in lib",
        "1.5",
        *_package((Write("requirements.txt", "pandas==3.0.1\n-e .\n"),)),
        Shell("mv src lib && rm pyproject.toml"),
        Write("setup.py", 'from setuptools import setup\nsetup(name="naufrage", package_dir={"": "lib"})\n'),
        up_to="1.5",
        advises={"layout-source": "The usual name of the folder is src."},
    ),
    situation(
        "a package whose installation nothing asks for",
        "1.5",
        *_package(()),
        advises={"main-runs": "naufrage can be imported once the project is installed, and nothing says so"},
    ),
    situation(
        "folders imported by a notebook of an installed project",
        "1.5",
        Shell("sed -i \"s/sys.path.insert(0, '..')/pass/\" notebooks/titanic.ipynb"),
        Shell("find src -type d -exec touch {}/__init__.py ';'"),
        Write("setup.py", 'from setuptools import find_packages, setup\nsetup(name="src", packages=find_packages())\n'),
        Write("requirements.txt", "pandas==3.0.1\nscikit-learn==1.8.0\n-e .\n"),
        up_to="1.5",
    ),
)


_NEST = "git rm -r -q --cached src && cd src && git init -q -b main && git add -A && git commit -qm Sources"
_FLATTEN = (
    "for file in $(git ls-files 'src/*.py'); do git mv $file $(basename $file); done; "
    "sed -i 's/from src[.][a-z]*[.]/from /' [bit][a-z_]*.py"
)

MODULES = (
    situation(
        "a folder imported in other letters",
        "1.8",
        Shell("sed -i 's/src[.]data/src.Data/' main.py"),
        charged={"main-runs": "It is called src/data, not src/Data: Linux distinguishes capital letters."},
        where="main.py:5",
    ),
    situation(
        "a module whose file has a capital letter, imported in a module",
        "1.5",
        Move("src/features/build_features.py", "src/features/Build_Features.py"),
        Write("src/features/steps.py", "from src.features.build_features import build_features\n"),
        Replace("main.py", "src.features.build_features import", "src.features.steps import"),
        Shell("sed -i 's/src.features.build_features/src.features.Build_Features/' notebooks/titanic.ipynb"),
        charged={"main-runs": "It is called src/features/Build_Features.py, not src/features/build_features.py"},
        where="src/features/steps.py:1",
    ),
    situation(
        "a module at the root in other letters, imported whole",
        "1.4",
        Shell("git mv functions.py Functions.py && sed -i 's/from functions/from Functions/' titanic.ipynb"),
        Shell("sed -i 's/^from functions import .*/import functions/' main.py"),
        Shell(r"sed -i -E 's/(^ .*[ (])(\w+_\w+)[(]/\1functions.\2(/' main.py"),
        charged={"main-runs": "It is called Functions.py, not functions.py"},
    ),
    situation(
        "sources that are a repository of their own",
        "1.6",
        Shell(_NEST),
        charged={"main-runs": "src is a repository in the repository, so its files are not in yours: rm -rf src/.git"},
        where="main.py:3",
    ),
    situation(
        "a nested repository that was never added",
        "1.5",
        Shell(_NEST),
        charged={"main-runs": "src is a repository in the repository"},
        committed=False,
    ),
    situation(
        "a part of the sources that is a repository of its own",
        "1.5",
        Shell(_NEST.replace("src", "src/models")),
        charged={"main-runs": "src/models is a repository in the repository"},
    ),
    situation(
        "modules at the root after an upload without folders",
        "1.5",
        Shell(_FLATTEN),
        Write("__init.py__.py", ""),
        charged={"main-runs": "The module lies at import_data.py: mkdir -p src/data && git mv import_data.py"},
        where="main.py:3",
    ),
    situation(
        "a module that was moved, and main imports it from where it was",
        "1.4",
        Move("functions.py", "src/functions.py"),
        Shell("sed -i 's/from functions/from src.functions/' titanic.ipynb"),
        up_to="1.4",
        charged={"main-runs": "The module is now src/functions.py: import it from src.functions."},
    ),
    situation(
        "a module that git ignores",
        "1.8",
        Replace(".gitignore", "/data/", "data/"),
        Shell("git rm -r -q --cached src/data"),
        charged={
            "main-runs": "ignores src/data/import_data.py, so that git never takes it",
            "gitignore-sources": "but src/data/import_data.py is not in the repository: the rule data/",
        },
    ),
)


_RELATIVE = "git mv main.py src/main.py && sed -i 's/from src[.]/from ./' src/main.py"

SCRIPTS = (
    situation(
        "a main script in src that imports relatively",
        "1.5",
        Shell(_RELATIVE),
        credit=Fraction(1, 2),
        charged={
            "main-runs": "git mv src/main.py main.py. There, write from src.data.import_data instead of from .data",
            "lint-main": "git mv src/main.py main.py",
        },
        where="src/main.py",
    ),
    situation(
        "a package with a __main__ of its own",
        "1.5",
        Shell("git mv src titanic && git mv main.py titanic/__main__.py"),
        Shell("sed -i 's/from src[.]/from ./' titanic/__main__.py"),
        Shell("sed -i 's/from src[.]/from titanic./' notebooks/titanic.ipynb $(git ls-files 'titanic/*/*.py')"),
        credit=Fraction(1, 2),
        charged={"main-runs": "git mv titanic/__main__.py main.py", "lint-main": "git mv titanic/__main__.py main.py"},
    ),
    situation(
        "a main script in src that imports src, as from the root",
        "1.5",
        Move("main.py", "src/main.py"),
        credit=Fraction(1, 2),
        charged={"main-runs": "Rename it: git mv src/main.py main.py", "lint-main": "git mv src/main.py main.py"},
    ),
)

_UNTRACK = Shell("git rm -r -q --cached data")
_IGNORED = (Write(".gitignore", "__pycache__/\n.ipynb_checkpoints/\n/data/\n"), _UNTRACK)
_READ_FROM_DISK = {"data-parameters": ""}
_POINTER = (
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32\nsize 60302\n"
)
_CLEAN = """import json

import pandas as pd

TABLE = pd.read_csv("../data/raw/train.csv")
TABLE.to_csv("../data/interim/clean.csv", index=False)
"""


def _notebook(*cells: str) -> str:
    listed = [
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": source}
        for source in cells
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 2, "metadata": {}, "cells": listed})


FILES = (
    situation(
        "data that git ignores and the disk holds",
        "1.6",
        *_IGNORED,
        up_to="1.7",
        charged={"data-remote": "Only you have data/raw/train.csv: .gitignore:3 ignores it."},
        blocked=_READ_FROM_DISK,
        where="src/data/import_data.py:8",
        advises={"main-runs": "Only you have data/raw/train.csv", "notebook-runs": "ran with the data of the course"},
    ),
    situation(
        "data that git ignores, in a clone",
        "1.6",
        *_IGNORED,
        Shell("rm -r data"),
        up_to="1.7",
        charged={"data-remote": "Only you have data/raw/train.csv: .gitignore:3 ignores it."},
        blocked=_READ_FROM_DISK,
    ),
    situation(
        "data that DVC keeps",
        "1.6",
        _UNTRACK,
        Write("data/.gitignore", "/raw\n"),
        Write("data/raw.dvc", "outs:\n- path: raw\n"),
        up_to="1.7",
        charged={"data-remote": "data/raw.dvc only points to data/raw/train.csv, which is not in the repository."},
        blocked=_READ_FROM_DISK,
    ),
    situation(
        "data that Git LFS keeps",
        "1.6",
        Write("data/raw/train.csv", _POINTER),
        Write("data/raw/test.csv", _POINTER),
        advises={"main-runs": "data/raw/train.csv is only a pointer of Git LFS"},
    ),
    situation(
        "data that another script fetches",
        "1.6",
        *_IGNORED,
        Write(
            "fetch.py",
            'from urllib.request import urlretrieve\n\nTARGET = "data/raw/train.csv"\n'
            'urlretrieve("https://example.org/train.csv", TARGET)\n',
        ),
        up_to="1.7",
        charged={"data-remote": "fetch.py:4 writes data/raw/train.csv, which is not in the repository."},
        blocked=_READ_FROM_DISK,
    ),
    situation(
        "an ignored table of the author's own",
        "1.8",
        Write("data/raw/titles.csv", "title,rank\nMr,1\n"),
        Replace("main.py", "import os\n", "import os\n\nimport pandas as pd\n"),
        Replace(
            "main.py",
            "    train_features, ",
            '    print(len(pd.read_csv("data/raw/titles.csv")))\n    train_features, ',
        ),
        charged={"data-remote": "Only you have data/raw/titles.csv"},
    ),
    situation(
        "an ignored file that is no data",
        "1.5",
        Write(".gitignore", "outputs/\n"),
        Write("outputs/trees.txt", "20"),
        Replace(
            "main.py",
            "N_TREES = 20\n",
            'with open("outputs/trees.txt", encoding="utf-8") as file:\n    N_TREES = int(file.read())\n',
        ),
        up_to="1.5",
        charged={"main-runs": "Only you have outputs/trees.txt: .gitignore:1 ignores it. Make the file in the code"},
        where="main.py:8",
    ),
    situation(
        "a file that another notebook writes",
        "1.5",
        Write(".gitignore", "/data/interim/\n"),
        Write("data/interim/clean.csv", "a\n1\n"),
        Write("notebooks/02_clean.ipynb", _notebook("import json", _CLEAN)),
        Shell(
            "python3 -c \"import json; p = 'notebooks/titanic.ipynb'; "
            "n = json.load(open(p)); c = dict(n['cells'][-1]); "
            "c.update(cell_type='code', outputs=[], execution_count=None, metadata={}, source=["
            "'pd.read_csv(\\'../data/interim/clean.csv\\')']); n['cells'].append(c); json.dump(n, open(p, 'w'))\""
        ),
        up_to="1.5",
        reached={"notebook-runs": "notebooks/02_clean.ipynb[2]:6 writes data/interim/clean.csv: run that first"},
    ),
    situation(
        "a file that a module of the project writes, which main does not call",
        "1.5",
        Write("src/data/make_clean.py", _CLEAN.replace("../", "")),
        Write(".gitignore", "/data/interim/\n"),
        Replace("main.py", '"data/raw/train.csv"', '"data/interim/clean.csv"'),
        up_to="1.5",
        charged={"main-runs": "src/data/make_clean.py:6 writes data/interim/clean.csv: run that first"},
    ),
    situation(
        "data in other letters",
        "1.5",
        Move("data/raw/train.csv", "data/raw/Train.csv"),
        Shell("sed -i 's/train.csv/Train.csv/' notebooks/titanic.ipynb"),
        charged={"main-runs": "The file is called data/raw/Train.csv, not data/raw/train.csv"},
    ),
)

SITUATIONS = (*PACKAGES, *MODULES, *SCRIPTS, *FILES)
