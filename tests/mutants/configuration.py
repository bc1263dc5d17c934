"""Configurations that nobody reads or follows, and the many that are as good as the usual one."""

from __future__ import annotations

from fractions import Fraction

from checker.model import Blocked
from tests.mutants.model import Move, Mutant, Remove, Replace, Shell, Variant, Write

_IMPORT = "src/data/import_data.py"
_OPENS = '    with open("config.yaml", encoding="utf-8") as file:\n        config = yaml.safe_load(file)\n'
_VALUES = '{"bucket": "titanic-project", "folder": "titanic/raw", "train_name": "train.csv", "test_name": "test.csv"}'
_WRITTEN = "bucket: titanic-project\nfolder: titanic/raw\ntrain_name: train.csv\ntest_name: test.csv\n"
_TEST = '    with storage.open(f"{bucket}/{folder}/{test_name}") as file:\n'
_BY_DEFAULT = (
    Replace("main.py", "import os\n", "import os\nfrom pathlib import Path\n"),
    Replace(
        "main.py",
        _OPENS,
        f'    config = {_VALUES}\n    if Path("config.yaml").exists():\n'
        '        config = yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8"))\n',
    ),
)
"""The code has defaults, and reads the file where it is."""
_NESTED = (
    Write(
        "config.yaml",
        "s3:\n  bucket: titanic-project\n  folder: titanic/raw\nfiles: [train.csv, test.csv]\ntrees: 20\n",
    ),
    Replace("main.py", 'config["bucket"]', 'config["s3"]["bucket"]'),
    Replace("main.py", 'config["folder"]', 'config["s3"]["folder"]'),
    Replace("main.py", 'config["train_name"]', 'config["files"][0]'),
    Replace("main.py", 'config["test_name"]', 'config["files"][1]'),
)
_ELSEWHERE = (Move("config.yaml", "conf/settings.yml"), Replace("main.py", '"config.yaml"', '"conf/settings.yml"'))
_LINKS = "https://minio.lab.sspcloud.fr/titanic-project/titanic/raw/"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        check="config-file",
        name="no space after the colons",
        base="2.1",
        edits=(Write("config.yaml", _WRITTEN.replace(": ", ":")),),
        where="config.yaml:1",
        says="a space is missing after the colons",
    ),
    Mutant(
        check="config-file",
        name="a tab",
        base="2.1",
        edits=(Write("config.yaml", "s3:\n\tbucket: titanic-project\n"),),
        where="config.yaml:2",
        says="a tab stands where only spaces may",
    ),
    Mutant(
        check="config-file",
        name="a list",
        base="2.1",
        edits=(Write("config.yaml", "- titanic-project\n- titanic/raw\n"),),
        where="config.yaml:1",
        says="no mapping of names to values",
    ),
    Mutant(
        check="config-file",
        name="an object of Python",
        base="2.1",
        edits=(Write("config.yaml", _WRITTEN + "seed: !!python/object/apply:os.getpid []\n"),),
        where="config.yaml:5",
        says="safe loading refuses",
    ),
    Mutant(
        check="config-file",
        name="nothing about the data",
        base="2.1",
        edits=(Write("config.yaml", "trees: 20\ncriterion: gini\n"),),
        where="config.yaml",
        says="holds no bucket, folder, name of a file or link",
    ),
    Mutant(
        check="config-file",
        name="never committed",
        base="2.1",
        edits=(Remove("config.yaml"),),
        where="main.py:17",
        says="never committed",
    ),
    Mutant(
        check="config-file",
        name="ignored",
        base="2.1",
        edits=(Shell("echo config.yaml >> .gitignore && git rm -q --cached config.yaml"),),
        says="ignored by git",
    ),
    Mutant(
        check="config-read",
        name="values that were copied",
        base="2.1",
        edits=(Replace("main.py", _OPENS, f"    config = {_VALUES}\n"),),
        where="main.py",
        says="runs without opening config.yaml",
    ),
    Mutant(
        check="config-read",
        name="never committed",
        base="2.1",
        edits=(Remove("config.yaml"),),
        says="never committed",
    ),
    Mutant(
        check="config-read",
        name="ignored, with defaults in the code",
        base="2.1",
        edits=(*_BY_DEFAULT, Shell("echo config.yaml >> .gitignore && git rm -q --cached config.yaml")),
        says="runs on the defaults in its code",
        credit=Fraction(1, 2),
    ),
    Mutant(
        check="config-read",
        name="two files for the same",
        base="2.1",
        edits=(
            Write("config_prod.yaml", _WRITTEN),
            Replace(
                "main.py",
                _OPENS,
                _OPENS + '    with open("config_prod.yaml", encoding="utf-8") as file:\n'
                "        config.update(yaml.safe_load(file))\n",
            ),
        ),
        says="Two files are read for the same values",
    ),
    Mutant(
        check="config-followed",
        name="the test data stays where it is",
        base="2.1",
        edits=(Replace(_IMPORT, _TEST, '    with storage.open("titanic-project/titanic/raw/test.csv") as file:\n'),),
        where="config.yaml",
        says="the request for test stays the same",
    ),
    Mutant(
        check="config-followed",
        name="overruled by the code",
        base="2.1",
        edits=(Replace("main.py", _OPENS, _OPENS + f"    config = {_VALUES}\n"),),
        says="the request for test, train stays the same",
    ),
    Mutant(
        check="config-followed",
        name="no configuration to follow",
        base="2.1",
        edits=(Write("config.yaml", "bucket:titanic-project\n"),),
        verdict=Blocked,
    ),
    Mutant(
        check="config-not-hardcoded",
        name="defaults of parameters",
        base="2.1",
        edits=(
            Replace(_IMPORT, "(bucket, folder,", '(bucket="titanic-project", folder="titanic/raw",'),
            Replace(_IMPORT, "train_name, test_name, endpoint)", "train_name=None, test_name=None, endpoint=None)"),
        ),
        where="src/data/import_data.py:7",
        says="still holds the value of bucket, folder",
    ),
    Mutant(
        check="config-not-hardcoded",
        name="a default beside the key",
        base="2.1",
        edits=(Replace("main.py", 'config["bucket"]', 'config.get("bucket", "titanic-project")'),),
        where="main.py:21",
        says="still holds the value of bucket",
    ),
    Mutant(
        check="config-not-hardcoded",
        name="the old place is asked, too",
        base="2.1",
        edits=(
            Replace(
                _IMPORT,
                '    with storage.open(f"{bucket}/{folder}/{train_name}") as file:\n',
                '    storage.exists("titanic-" + "project/titanic" + "/raw/train.csv")\n'
                '    with storage.open(f"{bucket}/{folder}/{train_name}") as file:\n',
            ),
        ),
        where="config.yaml:1",
        says="still asked for at the old place",
    ),
)

VARIANTS: tuple[Variant, ...] = (
    Variant(check="config-file", name="nested", base="2.1", edits=_NESTED),
    Variant(check="config-file", name="another name and place", base="2.1", edits=_ELSEWHERE, advises="config.yaml"),
    Variant(
        check="config-file",
        name="a key that looks secret",
        base="2.1",
        edits=(Write("config.yaml", _WRITTEN + "secret_access_key: 9f8s7d6f5a4s3d2f1\n"),),
        advises="looks like a secret",
    ),
    Variant(
        check="config-file",
        name="a second file that is dead",
        base="2.1",
        edits=(Write("config_old.yaml", _WRITTEN),),
        advises="Nothing opens config_old.yaml",
    ),
    Variant(check="config-read", name="another name and place", base="2.1", edits=_ELSEWHERE),
    Variant(
        check="config-read",
        name="opened in a module of its own",
        base="2.1",
        edits=(
            Write(
                "src/configuration.py",
                '"""Configuration."""\n\nimport yaml\n\n\ndef read(path):\n    """Read."""\n'
                '    with open(path, encoding="utf-8") as file:\n        return yaml.safe_load(file)\n',
            ),
            Replace("main.py", "import yaml\n", "from src.configuration import read"),
            Replace("main.py", _OPENS, '    config = read("config.yaml")\n'),
        ),
    ),
    Variant(check="config-followed", name="nested", base="2.1", edits=_NESTED),
    Variant(
        check="config-followed",
        name="links",
        base="2.1",
        edits=(
            Write("config.yaml", f"train_url: {_LINKS}train.csv\ntest_url: {_LINKS}test.csv\n"),
            Write(
                _IMPORT,
                '"""Reading."""\n\nimport pandas as pd\n\n\ndef import_data(train_url, test_url, **_):\n'
                '    """Read."""\n    return pd.read_csv(train_url), pd.read_csv(test_url)\n',
            ),
            Shell(
                "sed -i -e '/bucket=/d' -e '/folder=/d' -e 's/train_name/train_url/g' "
                "-e 's/test_name/test_url/g' main.py"
            ),
        ),
    ),
    Variant(
        check="config-followed",
        name="a value that nothing uses",
        base="2.1",
        edits=(Write("config.yaml", _WRITTEN + "auteur: Camille Martin\n"),),
        advises="Nothing uses auteur",
    ),
    Variant(
        check="config-not-hardcoded",
        name="the bucket in a comment and in a docstring",
        base="2.1",
        edits=(
            Replace(_IMPORT, '"""Reading of the passenger lists."""', '"""titanic-project"""\n\n# titanic-project'),
        ),
    ),
    Variant(
        check="config-not-hardcoded",
        name="generic names in the code",
        base="2.1",
        edits=(
            Write("config.yaml", "bucket: titanic-project\nfolder: titanic/raw\n"),
            Replace("main.py", 'config["train_name"]', '"train.csv"'),
            Replace("main.py", 'config["test_name"]', '"test.csv"'),
        ),
    ),
    Variant(
        check="config-not-hardcoded",
        name="a test that names the bucket",
        base="2.1",
        edits=(Write("tests/test_config.py", 'def test_bucket():\n    assert "titanic-project"\n'),),
    ),
)
