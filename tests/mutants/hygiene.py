"""Data, clutter and ignore rules, done wrong and done otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import checker
from tests.mutants.model import CasesOf, Replace, Shell, Write

_DATA_UNTRACKED = CasesOf("data-untracked", base="1.7")
_CLEAN_TREE = CasesOf("clean-tree", base="1.8")
_GITIGNORE_PYTHON = CasesOf("gitignore-python", base="1.8")
_GITIGNORE_DATA = CasesOf("gitignore-data", base="1.8")
_GITIGNORE_SOURCES = CasesOf("gitignore-sources", base="1.8")

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
            }
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
)

MUTANTS = (
    _DATA_UNTRACKED.mutant(
        "the list of passengers under another name",
        Write("src/passagers.txt", _TRAIN),
        where="src/passagers.txt",
        says="src/passagers.txt (the list of passengers)",
    ),
    _DATA_UNTRACKED.mutant(
        "the list compressed under another name",
        Shell("git show main:train.csv | gzip > archive.bin"),
        base="1.8",
        where="archive.bin",
        says="archive.bin",
    ),
    _DATA_UNTRACKED.mutant(
        "other separators and another ending",
        Write("export.dat", _TRAIN.replace(",", ";")),
        where="export.dat",
        says="git rm --cached export.dat",
    ),
    _DATA_UNTRACKED.mutant(
        "ignored and followed all the same",
        Write("data/raw/train.csv", _TRAIN),
        Shell("git add -f data/raw/train.csv"),
        base="1.8",
        where="data/raw/train.csv",
        says="has no effect on what git follows already",
    ),
    _DATA_UNTRACKED.mutant(
        "a pickled table",
        Write("table.pkl", b"cpandas.core.frame\nDataFrame\n(tR."),
        where="table.pkl",
        says="table.pkl (pickled table)",
    ),
    _DATA_UNTRACKED.mutant(
        "a pointer of Git LFS",
        Write("data/raw/train.csv", _POINTER),
        where="data/raw/train.csv",
        says="Git LFS pointer",
    ),
    _CLEAN_TREE.mutant(
        "byte-code added by force",
        Write("src/__pycache__/a.cpython-311.pyc", b"\xa7\r\r\n"),
        Shell("git add -f src/__pycache__"),
        where="src/__pycache__",
        says="byte-code",
    ),
    _CLEAN_TREE.mutant(
        "checkpoints of the notebook",
        Write("notebooks/.ipynb_checkpoints/titanic-checkpoint.ipynb", "{}"),
        Shell("git add -f notebooks/.ipynb_checkpoints"),
        where="notebooks/.ipynb_checkpoints",
        says="git rm -r -q --cached notebooks/.ipynb_checkpoints",
    ),
    _CLEAN_TREE.mutant(
        "a virtual environment under a name of its own",
        Write("monenv/pyvenv.cfg", "home = /usr/bin\n"),
        Write("monenv/lib/python3.11/site-packages/pandas/core.py", "x = 1\n"),
        where="monenv",
        says="monenv (virtual environment, 2 files)",
    ),
    _CLEAN_TREE.mutant(
        "files of macOS",
        Write("src/.DS_Store", b"\0\0\0\1Bud1"),
        Shell("git add -f src/.DS_Store"),
        base="2.1",
        where="src/.DS_Store",
        says="files of macOS",
    ),
    _GITIGNORE_PYTHON.mutant(
        "a misspelt pattern",
        Write(".gitignore", "_pycache_/\n.ipynb_checkpoints/\n/data/\n"),
        where=".gitignore:1",
        says="Write __pycache__/ there.",
    ),
    _GITIGNORE_PYTHON.mutant(
        "at the root only",
        Write(".gitignore", "/data/\n/__pycache__/\n"),
        where=".gitignore:2",
        says="in some folders only",
    ),
    _GITIGNORE_PYTHON.mutant(
        "called .gitignore.txt",
        Shell("git mv .gitignore .gitignore.txt"),
        where=".gitignore.txt",
        says="git mv .gitignore.txt .gitignore",
    ),
    _GITIGNORE_PYTHON.mutant(
        "saved as UTF-16",
        Write(".gitignore", "__pycache__/\r\n/data/\r\n".encode("utf-16")),
        where=".gitignore",
        says="UTF-16",
    ),
    _GITIGNORE_DATA.mutant(
        "no line for the data",
        Write(".gitignore", "__pycache__/\n*.py[cod]\n"),
        where=".gitignore",
        says="Write the line /data/",
    ),
    _GITIGNORE_DATA.mutant(
        "a misspelt folder",
        Write(".gitignore", "__pycache__/\n/datas/\n"),
        where=".gitignore:2",
        says="which does not ignore data/raw/train.csv",
    ),
    _GITIGNORE_DATA.mutant(
        "the folder taken back in",
        Write(".gitignore", "__pycache__/\n/data/*\n!/data/raw/\n"),
        where=".gitignore:3",
        says="which takes data/raw/train.csv back in",
    ),
    _GITIGNORE_SOURCES.mutant(
        "a module swallowed by the pattern for the data",
        Write(".gitignore", "__pycache__/\ndata/\n"),
        Shell("git rm -q --cached src/data/import_data.py"),
        where=".gitignore:2",
        says="src/data/import_data.py is not in the repository: the rule data/ (.gitignore:2) ignores it",
        charged_too={"main-runs": "main lacks a module, and the rule that swallows it is wrong"},
    ),
    _GITIGNORE_SOURCES.mutant(
        "a module swallowed by the pattern for models",
        Write(".gitignore", "__pycache__/\n/data/\nmodels/\n"),
        Shell("git rm -q --cached src/models/train_evaluate.py"),
        where=".gitignore:3",
        says="Write /models/ instead",
        charged_too={"main-runs": "main lacks a module, and the rule that swallows it is wrong"},
    ),
    _GITIGNORE_SOURCES.mutant(
        "the environment swallowed by its ending",
        Write(".gitignore", "__pycache__/\n/data/\n*.yml\n"),
        Shell("git rm -q --cached environment.yml"),
        where=".gitignore:3",
        says="ignores environment.yml",
        charged_too={
            "environment-file": "an ignored file is absent, and step 1.6 has no other",
            "environment-complete": "an ignored file is absent, and step 1.6 has no other",
            "environment-pinned": "an ignored file is absent, and step 1.6 has no other",
        },
    ),
)

VARIANTS = (
    _DATA_UNTRACKED.variant(
        "a fitted model in the repository",
        Write("model.pkl", b"csklearn.ensemble._forest\nRandomForestClassifier\n(tR."),
    ),
    _DATA_UNTRACKED.variant(
        "outputs of a notebook that show the whole table", Write("notebooks/exploration.ipynb", _OUTPUTS)
    ),
    _DATA_UNTRACKED.variant(
        "a copy that stays on the disk", Write("data/raw/train.csv", _TRAIN), advises="git add -A would", commit=False
    ),
    _DATA_UNTRACKED.variant(
        "a small sample beside the tests",
        Write("tests/sample.csv", "PassengerId,Survived\n1,0\n2,1\n"),
        base="1.8",
        advises="sample beside the tests is accepted",
    ),
    _CLEAN_TREE.variant(
        "settings of the editor",
        Write(".vscode/settings.json", "{}\n"),
        Shell("git add -f .vscode"),
        advises=".vscode holds the settings of your editor",
    ),
    _CLEAN_TREE.variant(
        "byte-code on the disk that git does not follow",
        Write(".gitignore", "/data/\n"),
        Write("__pycache__/main.cpython-311.pyc", b"\xa7\r\r\n"),
        commit=False,
    ),
    _CLEAN_TREE.variant(
        "a package that is called build", Write("src/build/constants.py", "TREES = 20\n"), Shell("git add -f src/build")
    ),
    _GITIGNORE_PYTHON.variant(
        "one pattern by ending", Write(".gitignore", "*.pyc\n/data/\n"), advises=".ipynb_checkpoints/"
    ),
    _GITIGNORE_PYTHON.variant(
        "written on Windows", Write(".gitignore", "\ufeff# Python\r\n__pycache__/\r\n/data/\r\n")
    ),
    _GITIGNORE_PYTHON.variant("stars at both ends", Write(".gitignore", "**/__pycache__/**\n/data/\n")),
    _GITIGNORE_DATA.variant(
        "the pattern without the first slash", Replace(".gitignore", "/data/", "data/"), advises="write /data/"
    ),
    _GITIGNORE_DATA.variant(
        "a file of rules within the folder",
        Write(".gitignore", "__pycache__/\n"),
        Write("data/.gitignore", "*\n!.gitignore\n"),
    ),
    _GITIGNORE_DATA.variant("the folder with stars", Write(".gitignore", "__pycache__/\n/data/**\n")),
    _GITIGNORE_SOURCES.variant(
        "the pattern without the first slash and nothing missing",
        Replace(".gitignore", "/data/", "data/"),
        advises="would also keep src/data/import_data.py out of the repository",
    ),
    _GITIGNORE_SOURCES.variant("the module taken back in", Replace(".gitignore", "/data/", "data/\n!src/data/")),
    _GITIGNORE_SOURCES.variant(
        "no module in a folder called data",
        Shell(
            "git mv src/data src/donnees && grep -rlE 'src.data' --include=*.py --include=*.ipynb . "
            "| xargs sed -i 's/src\\.data/src.donnees/g'"
        ),
        Replace(".gitignore", "/data/", "data/"),
    ),
)
