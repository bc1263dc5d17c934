"""Data, clutter and ignore rules, done wrong and done otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import checker
from tests.mutants.model import Mutant, Replace, Shell, Variant, Write

_TRAIN = (Path(checker.__file__).parent / "courses/ensae-2022/data/train.csv").read_text(encoding="utf-8")
_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 61194\n"
_OUTPUTS = json.dumps(
    {
        "cells": [
            {
                "cell_type": "code",
                "execution_count": 1,
                "id": "a1",
                "metadata": {},
                "outputs": [{"name": "stdout", "output_type": "stream", "text": _TRAIN.splitlines(keepends=True)}],
                "source": ["print(train.to_csv())"],
            },
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    },
)

_DATA = (
    Mutant(
        check="data-untracked",
        name="the list of passengers under another name",
        base="1.7",
        edits=(Write("src/passagers.txt", _TRAIN),),
        where="src/passagers.txt",
        says="src/passagers.txt (the list of passengers)",
    ),
    Mutant(
        check="data-untracked",
        name="the list compressed under another name",
        base="1.8",
        edits=(Shell("git show main:train.csv | gzip > archive.bin"),),
        where="archive.bin",
        says="archive.bin",
    ),
    Mutant(
        check="data-untracked",
        name="other separators and another ending",
        base="1.7",
        edits=(Write("export.dat", _TRAIN.replace(",", ";")),),
        where="export.dat",
        says="git rm --cached export.dat",
    ),
    Mutant(
        check="data-untracked",
        name="ignored and followed all the same",
        base="1.8",
        edits=(Write("data/raw/train.csv", _TRAIN), Shell("git add -f data/raw/train.csv")),
        where="data/raw/train.csv",
        says="has no effect on what git follows already",
    ),
    Mutant(
        check="data-untracked",
        name="a pickled table",
        base="1.7",
        edits=(Write("table.pkl", b"cpandas.core.frame\nDataFrame\n(tR."),),
        where="table.pkl",
        says="table.pkl (pickled table)",
    ),
    Mutant(
        check="data-untracked",
        name="a pointer of Git LFS",
        base="1.7",
        edits=(Write("data/raw/train.csv", _POINTER),),
        where="data/raw/train.csv",
        says="Git LFS pointer",
    ),
)

_CLEAN = (
    Mutant(
        check="clean-tree",
        name="byte-code added by force",
        base="1.8",
        edits=(Write("src/__pycache__/a.cpython-311.pyc", b"\xa7\r\r\n"), Shell("git add -f src/__pycache__")),
        where="src/__pycache__",
        says="byte-code",
    ),
    Mutant(
        check="clean-tree",
        name="checkpoints of the notebook",
        base="1.8",
        edits=(
            Write("notebooks/.ipynb_checkpoints/titanic-checkpoint.ipynb", "{}"),
            Shell("git add -f notebooks/.ipynb_checkpoints"),
        ),
        where="notebooks/.ipynb_checkpoints",
        says="git rm -r -q --cached notebooks/.ipynb_checkpoints",
    ),
    Mutant(
        check="clean-tree",
        name="a virtual environment under a name of its own",
        base="1.8",
        edits=(
            Write("monenv/pyvenv.cfg", "home = /usr/bin\n"),
            Write("monenv/lib/python3.11/site-packages/pandas/core.py", "x = 1\n"),
        ),
        where="monenv",
        says="monenv (virtual environment, 2 files)",
    ),
    Mutant(
        check="clean-tree",
        name="files of macOS",
        base="2.1",
        edits=(Write("src/.DS_Store", b"\0\0\0\1Bud1"), Shell("git add -f src/.DS_Store")),
        where="src/.DS_Store",
        says="files of macOS",
    ),
)

_PYTHON = (
    Mutant(
        check="gitignore-python",
        name="a misspelt pattern",
        base="1.8",
        edits=(Write(".gitignore", "_pycache_/\n.ipynb_checkpoints/\n/data/\n"),),
        where=".gitignore:1",
        says="Write __pycache__/ there.",
    ),
    Mutant(
        check="gitignore-python",
        name="at the root only",
        base="1.8",
        edits=(Write(".gitignore", "/data/\n/__pycache__/\n"),),
        where=".gitignore:2",
        says="in some folders only",
    ),
    Mutant(
        check="gitignore-python",
        name="called .gitignore.txt",
        base="1.8",
        edits=(Shell("git mv .gitignore .gitignore.txt"),),
        where=".gitignore.txt",
        says="git mv .gitignore.txt .gitignore",
    ),
    Mutant(
        check="gitignore-python",
        name="saved as UTF-16",
        base="1.8",
        edits=(Write(".gitignore", "__pycache__/\r\n/data/\r\n".encode("utf-16")),),
        where=".gitignore",
        says="UTF-16",
    ),
)

_FOLDER = (
    Mutant(
        check="gitignore-data",
        name="no line for the data",
        base="1.8",
        edits=(Write(".gitignore", "__pycache__/\n*.py[cod]\n"),),
        where=".gitignore",
        says="Write the line /data/",
    ),
    Mutant(
        check="gitignore-data",
        name="a misspelt folder",
        base="1.8",
        edits=(Write(".gitignore", "__pycache__/\n/datas/\n"),),
        where=".gitignore:2",
        says="which does not ignore data/raw/train.csv",
    ),
    Mutant(
        check="gitignore-data",
        name="the folder taken back in",
        base="1.8",
        edits=(Write(".gitignore", "__pycache__/\n/data/*\n!/data/raw/\n"),),
        where=".gitignore:3",
        says="which takes data/raw/train.csv back in",
    ),
)

_SOURCES = (
    Mutant(
        check="gitignore-sources",
        name="a module swallowed by the pattern for the data",
        base="1.8",
        edits=(
            Write(".gitignore", "__pycache__/\ndata/\n"),
            Shell("git rm -q --cached src/data/import_data.py"),
        ),
        where=".gitignore:2",
        says="src/data/import_data.py is not in the repository: the rule data/ (.gitignore:2) ignores it",
    ),
    Mutant(
        check="gitignore-sources",
        name="a module swallowed by the pattern for models",
        base="1.8",
        edits=(
            Write(".gitignore", "__pycache__/\n/data/\nmodels/\n"),
            Shell("git rm -q --cached src/models/train_evaluate.py"),
        ),
        where=".gitignore:3",
        says="Write /models/ instead",
    ),
    Mutant(
        check="gitignore-sources",
        name="the environment swallowed by its ending",
        base="1.8",
        edits=(
            Write(".gitignore", "__pycache__/\n/data/\n*.yml\n"),
            Shell("git rm -q --cached environment.yml"),
        ),
        where=".gitignore:3",
        says="ignores environment.yml",
    ),
)

MUTANTS = (*_DATA, *_CLEAN, *_PYTHON, *_FOLDER, *_SOURCES)

VARIANTS = (
    Variant(
        check="data-untracked",
        name="a fitted model in the repository",
        base="1.7",
        edits=(Write("model.pkl", b"csklearn.ensemble._forest\nRandomForestClassifier\n(tR."),),
    ),
    Variant(
        check="data-untracked",
        name="outputs of a notebook that show the whole table",
        base="1.7",
        edits=(Write("notebooks/exploration.ipynb", _OUTPUTS),),
    ),
    Variant(
        check="data-untracked",
        name="a copy that stays on the disk",
        base="1.7",
        edits=(Write("data/raw/train.csv", _TRAIN),),
        commit=False,
        advises="git add -A would",
    ),
    Variant(
        check="data-untracked",
        name="a small sample beside the tests",
        base="1.8",
        edits=(Write("tests/sample.csv", "PassengerId,Survived\n1,0\n2,1\n"),),
        advises="sample beside the tests is accepted",
    ),
    Variant(
        check="clean-tree",
        name="settings of the editor",
        base="1.8",
        edits=(Write(".vscode/settings.json", "{}\n"), Shell("git add -f .vscode")),
        advises=".vscode holds the settings of your editor",
    ),
    Variant(
        check="clean-tree",
        name="byte-code on the disk that git does not follow",
        base="1.8",
        edits=(
            Write(".gitignore", "/data/\n"),
            Write("__pycache__/main.cpython-311.pyc", b"\xa7\r\r\n"),
        ),
        commit=False,
    ),
    Variant(
        check="clean-tree",
        name="a package that is called build",
        base="1.8",
        edits=(Write("src/build/constants.py", "TREES = 20\n"), Shell("git add -f src/build")),
    ),
    Variant(
        check="gitignore-python",
        name="one pattern by ending",
        base="1.8",
        edits=(Write(".gitignore", "*.pyc\n/data/\n"),),
        advises=".ipynb_checkpoints/",
    ),
    Variant(
        check="gitignore-python",
        name="written on Windows",
        base="1.8",
        edits=(Write(".gitignore", "\ufeff# Python\r\n__pycache__/\r\n/data/\r\n"),),
    ),
    Variant(
        check="gitignore-python",
        name="stars at both ends",
        base="1.8",
        edits=(Write(".gitignore", "**/__pycache__/**\n/data/\n"),),
    ),
    Variant(
        check="gitignore-data",
        name="the pattern without the first slash",
        base="1.8",
        edits=(Replace(".gitignore", "/data/", "data/"),),
        advises="write /data/",
    ),
    Variant(
        check="gitignore-data",
        name="a file of rules within the folder",
        base="1.8",
        edits=(Write(".gitignore", "__pycache__/\n"), Write("data/.gitignore", "*\n!.gitignore\n")),
    ),
    Variant(
        check="gitignore-data",
        name="the folder with stars",
        base="1.8",
        edits=(Write(".gitignore", "__pycache__/\n/data/**\n"),),
    ),
    Variant(
        check="gitignore-sources",
        name="the pattern without the first slash and nothing missing",
        base="1.8",
        edits=(Replace(".gitignore", "/data/", "data/"),),
        advises="would also keep src/data/import_data.py out of the repository",
    ),
    Variant(
        check="gitignore-sources",
        name="the module taken back in",
        base="1.8",
        edits=(Replace(".gitignore", "/data/", "data/\n!src/data/"),),
    ),
    Variant(
        check="gitignore-sources",
        name="no module in a folder called data",
        base="1.8",
        edits=(
            Shell(
                "git mv src/data src/donnees && grep -rlE 'src.data' --include=*.py --include=*.ipynb . "
                "| xargs sed -i 's/src\\.data/src.donnees/g'"
            ),
            Replace(".gitignore", "/data/", "data/"),
        ),
    ),
)
