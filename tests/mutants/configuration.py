"""Configurations that nobody reads or follows, and the many that are as good as the usual one."""

from __future__ import annotations

from fractions import Fraction

from checker.model import Blocked
from tests.mutants.model import CasesOf, Move, Remove, Replace, Shell, Write

_CONFIG_FILE = CasesOf("config-file", base="2.1")
_CONFIG_READ = CasesOf("config-read", base="2.1")
_CONFIG_FOLLOWED = CasesOf("config-followed", base="2.1")
_CONFIG_NOT_HARDCODED = CasesOf("config-not-hardcoded", base="2.1")

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

MUTANTS = (
    _CONFIG_FILE.mutant(
        "no space after the colons",
        Write("config.yaml", _WRITTEN.replace(": ", ":")),
        where="config.yaml:1",
        says="a space is missing after the colons",
    ),
    _CONFIG_FILE.mutant(
        "a tab",
        Write("config.yaml", "s3:\n\tbucket: titanic-project\n"),
        where="config.yaml:2",
        says="a tab stands where only spaces may",
    ),
    _CONFIG_FILE.mutant(
        "a list",
        Write("config.yaml", "- titanic-project\n- titanic/raw\n"),
        where="config.yaml:1",
        says="no mapping of names to values",
    ),
    _CONFIG_FILE.mutant(
        "an object of Python",
        Write("config.yaml", _WRITTEN + "seed: !!python/object/apply:os.getpid []\n"),
        where="config.yaml:5",
        says="safe loading refuses",
    ),
    _CONFIG_FILE.mutant(
        "nothing about the data",
        Write("config.yaml", "trees: 20\ncriterion: gini\n"),
        where="config.yaml",
        says="holds no bucket, folder, name of a file or link",
    ),
    _CONFIG_FILE.mutant(
        "never committed",
        Remove("config.yaml"),
        where="main.py:17",
        says="never committed",
        charged_too={"config-read": "the course says of both that git has to hold the file"},
    ),
    _CONFIG_FILE.mutant(
        "ignored",
        Shell("echo config.yaml >> .gitignore && git rm -q --cached config.yaml"),
        says="ignored by git",
        charged_too={"config-read": "the course says of both that git has to hold the file"},
    ),
    _CONFIG_READ.mutant(
        "values that were copied",
        Replace("main.py", _OPENS, f"    config = {_VALUES}\n"),
        Replace("main.py", "import yaml\n", ""),
        where="main.py",
        says="runs without opening config.yaml",
        charged_too={"config-followed": "nothing follows a file that nothing reads; each has its points"},
    ),
    _CONFIG_READ.mutant(
        "never committed",
        Remove("config.yaml"),
        says="never committed",
        charged_too={"config-file": "the course says of both that git has to hold the file"},
    ),
    _CONFIG_READ.mutant(
        "ignored, with defaults in the code",
        *_BY_DEFAULT,
        Shell("echo config.yaml >> .gitignore && git rm -q --cached config.yaml"),
        says="runs on the defaults in its code",
        credit=Fraction(1, 2),
        charged_too={"config-file": "the course says of both that git has to hold the file"},
    ),
    _CONFIG_READ.mutant(
        "two files for the same",
        Write("config_prod.yaml", _WRITTEN),
        Replace(
            "main.py",
            _OPENS,
            _OPENS + '    with open("config_prod.yaml", encoding="utf-8") as file:\n'
            "        config.update(yaml.safe_load(file))\n",
        ),
        says="Two files are read for the same values",
    ),
    _CONFIG_FOLLOWED.mutant(
        "the test data stays where it is",
        Replace(_IMPORT, _TEST, '    with storage.open("titanic-project/titanic/raw/test.csv") as file:\n'),
        where="config.yaml",
        says="the request for test stays the same",
        charged_too={"data-parameters": "the address follows neither an argument nor a value"},
    ),
    _CONFIG_FOLLOWED.mutant(
        "overruled by the code",
        Replace("main.py", _OPENS, _OPENS + f"    config = {_VALUES}\n"),
        says="the request for test, train stays the same",
        charged_too={"config-not-hardcoded": "the copy that stands in the code has a check of its own"},
    ),
    _CONFIG_FOLLOWED.mutant(
        "no configuration to follow", Write("config.yaml", "bucket:titanic-project\n"), verdict=Blocked
    ),
    _CONFIG_NOT_HARDCODED.mutant(
        "defaults of parameters",
        Replace(_IMPORT, "(bucket, folder,", '(bucket="titanic-project", folder="titanic/raw",'),
        Replace(_IMPORT, "train_name, test_name, endpoint)", "train_name=None, test_name=None, endpoint=None)"),
        where="src/data/import_data.py:7",
        says="still holds the value of bucket, folder",
    ),
    _CONFIG_NOT_HARDCODED.mutant(
        "a default beside the key",
        Replace("main.py", 'config["bucket"]', 'config.get("bucket", "titanic-project")'),
        where="main.py:21",
        says="still holds the value of bucket",
    ),
    _CONFIG_NOT_HARDCODED.mutant(
        "the old place is asked, too",
        Replace(
            _IMPORT,
            '    with storage.open(f"{bucket}/{folder}/{train_name}") as file:\n',
            '    storage.exists("titanic-" + "project/titanic" + "/raw/train.csv")\n'
            '    with storage.open(f"{bucket}/{folder}/{train_name}") as file:\n',
        ),
        where="config.yaml:1",
        says="still asked for at the old place",
    ),
)

VARIANTS = (
    _CONFIG_FILE.variant("nested", *_NESTED),
    _CONFIG_FILE.variant("another name and place", *_ELSEWHERE, advises="config.yaml"),
    _CONFIG_FILE.variant(
        "a key that looks secret",
        Write("config.yaml", _WRITTEN + "secret_access_key: 9f8s7d6f5a4s3d2f1\n"),
        advises="looks like a secret",
    ),
    _CONFIG_FILE.variant(
        "a second file that is dead", Write("config_old.yaml", _WRITTEN), advises="Nothing opens config_old.yaml"
    ),
    _CONFIG_READ.variant("another name and place", *_ELSEWHERE),
    _CONFIG_READ.variant(
        "opened in a module of its own",
        Write(
            "src/configuration.py",
            '"""Configuration."""\n\nimport yaml\n\n\ndef read(path):\n    """Read."""\n'
            '    with open(path, encoding="utf-8") as file:\n        return yaml.safe_load(file)\n',
        ),
        Replace("main.py", "import yaml\n", "from src.configuration import read"),
        Replace("main.py", _OPENS, '    config = read("config.yaml")\n'),
    ),
    _CONFIG_FOLLOWED.variant("nested", *_NESTED),
    _CONFIG_FOLLOWED.variant(
        "links",
        Write("config.yaml", f"train_url: {_LINKS}train.csv\ntest_url: {_LINKS}test.csv\n"),
        Write(
            _IMPORT,
            '"""Reading."""\n\nimport pandas as pd\n\n\ndef import_data(train_url, test_url, **_):\n'
            '    """Read."""\n    return pd.read_csv(train_url), pd.read_csv(test_url)\n',
        ),
        Shell(
            "sed -i -e '/bucket=/d' -e '/folder=/d' -e 's/train_name/train_url/g' -e 's/test_name/test_url/g' main.py"
        ),
    ),
    _CONFIG_FOLLOWED.variant(
        "a value that nothing uses",
        Write("config.yaml", _WRITTEN + "auteur: Camille Martin\n"),
        advises="Nothing uses auteur",
    ),
    _CONFIG_NOT_HARDCODED.variant(
        "the bucket in a comment and in a docstring",
        Replace(_IMPORT, '"""Reading of the passenger lists."""', '"""titanic-project"""\n\n# titanic-project'),
    ),
    _CONFIG_NOT_HARDCODED.variant(
        "generic names in the code",
        Write("config.yaml", "bucket: titanic-project\nfolder: titanic/raw\n"),
        Replace("main.py", 'config["train_name"]', '"train.csv"'),
        Replace("main.py", 'config["test_name"]', '"test.csv"'),
    ),
    _CONFIG_NOT_HARDCODED.variant(
        "a test that names the bucket",
        Write("tests/test_config.py", 'def test_bucket():\n    assert "titanic-project"\n'),
    ),
)
