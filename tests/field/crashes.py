"""Crashes of the main script beside a configuration that is broken, too: whose fault they are is seen by mending it."""

from tests.field.model import Situation, situation
from tests.mutants.model import Replace, Write

_FILE = "config.yaml"
_READING = "        config = yaml.safe_load(file)\n"
_AT_IMPORT = """\

with open("config.yaml", encoding="utf-8") as opened:
    SETTINGS = yaml.safe_load(opened)
    FOLDER = SETTINGS["folder"]
"""


def _reading(code: str) -> Replace:
    return Replace("main.py", _READING, code)


def _of_the_configuration(name: str, content: str, *edits: Replace, says: str = "") -> Situation:
    return situation(
        name,
        "2.1",
        Write(_FILE, content),
        *edits,
        charged={"config-file": says},
        passed=("main-runs", "main-reports", "data-remote", "functions-standalone"),
    )


def _of_the_script(name: str, content: str, code: str, says: str) -> Situation:
    return situation(name, "2.1", Write(_FILE, content), _reading(code), charged={"main-runs": says, "config-file": ""})


SITUATIONS = (
    _of_the_configuration("an empty configuration", "# bucket: mine\n", says="is empty"),
    _of_the_configuration(
        "an empty configuration in whose place an empty mapping is taken",
        "",
        _reading("        config = yaml.safe_load(file) or {}\n"),
        says="is empty",
    ),
    _of_the_configuration("a configuration that is a list", "- bucket\n- folder\n", says="is no mapping"),
    _of_the_configuration("a configuration without a place", "trees: 20\nmodel:\n  depth: 5\n", says="holds no bucket"),
    _of_the_configuration(
        "a configuration without a place, asked for within",
        "model: &model\n  depth: 5\nother: {deeper: {depth: 3}}\nagain: *model\n",
        _reading("        config = yaml.safe_load(file)['other']['deeper']\n"),
        says="holds no bucket",
    ),
    _of_the_configuration(
        "a broken configuration that a module reads when it is imported",
        'bucket: "titanic-project\nfolder: titanic/raw\n',
        Replace("src/data/import_data.py", "import pandas as pd\n", "import pandas as pd\nimport yaml\n" + _AT_IMPORT),
        says="not YAML",
    ),
    _of_the_script(
        "a crash beside a configuration that is no mapping",
        "words\n",
        _READING + "        print(config.train)\n",
        "has no attribute 'train'",
    ),
    _of_the_script("a crash beside an empty configuration", "", _READING + "        print(len(None))\n", "NoneType"),
    _of_the_script(
        "a crash in a text of its own beside a broken configuration",
        'bucket: "titanic\n',
        "        file.read()\n        config = yaml.safe_load('bucket: \"titanic')\n",
        "yaml",
    ),
    _of_the_script(
        "a missing key beside a configuration without a place",
        "trees: 20\n",
        _READING + "        print({}['bucket'])\n",
        "KeyError",
    ),
)
