"""What students declare: newer syntax, libraries that are not here, files of another command, scripts as notebooks."""

from __future__ import annotations

from tests.field.model import situation
from tests.mutants.model import Edit, Move, Remove, Replace, Shell, Write

_OF_MAIN = (
    *("main-runs", "main-reports", "main-imports", "lint-main", "data-remote", "data-parameters"),
    *("config-read", "config-followed", "config-not-hardcoded"),
)
_OF_MODULES = ("notebook-runs", "functions-standalone", "notebook-uses-functions", "lint-modules", *_OF_MAIN)


def _needs(version: str, place: str, checks: tuple[str, ...]) -> dict[str, str]:
    return dict.fromkeys(checks, f"{place} needs Python {version}, which is newer than the one here.")


NEWER_SYNTAX = (
    situation(
        "an outer quote in an f-string of main",
        "2.1",
        Replace("main.py", '    print(f"Predicted', '    print(f"From {config["bucket"]}")\n    print(f"Predicted'),
        unavailable=_needs("3.12", "main.py:34", _OF_MAIN),
        passed=("notebook-runs", "functions-train", "lint-modules", "environment-complete", "config-file"),
    ),
    situation(
        "a type statement in the module that trains",
        "2.1",
        Replace("src/models/train_evaluate.py", "\n\n\ndef train", "\n\ntype Table = dict[str, int]\n\n\ndef train"),
        unavailable=_needs("3.12", "src/models/train_evaluate.py:6", ("functions-train", *_OF_MODULES)),
        passed=("layout-source", "environment-complete", "functions-load"),
    ),
    situation(
        "exceptions without brackets in the module that reads",
        "2.1",
        Replace(
            "src/data/import_data.py",
            "\n\n\ndef import_data",
            "\n\ntry:\n    SIZE = 1\nexcept ValueError, TypeError:\n    SIZE = 2\n\n\ndef import_data",
        ),
        unavailable=_needs("3.14", "src/data/import_data.py:8", ("functions-load", *_OF_MODULES)),
        passed=("layout-source", "environment-complete"),
    ),
    situation(
        "a default of a type parameter before step 1.6",
        "1.5",
        Replace("main.py", "\n\n\ndef main", "\n\n\nclass Box[T = int]:\n    pass\n\n\ndef main"),
        unavailable=_needs("3.13", "main.py:11", ("main-runs", "main-reports", "main-imports", "lint-main")),
        passed=("notebook-runs", "functions-train"),
    ),
    situation(
        "an outer quote in a cell",
        "1.5",
        Replace(
            "notebooks/titanic.ipynb", '"train.head()"', '"train.head()\\n%time\\nprint(f\\"{train[\\"Age\\"]}\\")"'
        ),
        unavailable={"notebook-runs": "needs Python 3.12"},
        passed=("main-runs", "functions-train", "notebook-uses-functions"),
    ),
    situation(
        "a mistake, whatever Python is declared",
        "1.6",
        Replace("main.py", "def main():", "def main(:"),
        Replace("environment.yml", "- python=3.11", "- python=3.13 #"),
        charged={"main-runs": "SyntaxError", "lint-main": "main.py is not valid Python"},
    ),
)


_PIP_LIST = "Package         Version\n--------------- -------\nnumpy           2.3.1\npandas          3.0.0\n"
_SCIKIT = "scikit-learn    1.8.0\n"
_FROZEN = "pandas @ file:///home/conda/feedstock_root/pandas_1/work\nscikit-learn @ file:///croot/scikit-learn_2/work\n"
_CONDA_LIST = """# packages in environment at /opt/mamba:
#
# Name                    Version                   Build  Channel
pandas                    3.0.0           py311h320fe9a_0    conda-forge
scikit-learn              1.8.0           py311h320fe9a_0    conda-forge
"""
_EXPLICIT = """# platform: linux-64
@EXPLICIT
https://conda.anaconda.org/conda-forge/linux-64/pandas-3.0.0-py311h64a7726_0.conda
"""


def _instead(path: str, content: str | bytes) -> tuple[Edit, ...]:
    """*content* at *path*, and no other file that declares an environment."""
    return (Remove("environment.yml"), Write(path, content))


OTHER_COMMANDS = (
    situation(
        "pip list in requirements",
        "1.6",
        *_instead("requirements.txt", _PIP_LIST + _SCIKIT),
        charged={"environment-file": "requirements.txt is the output of pip list"},
        passed=("environment-complete", "environment-pinned"),
    ),
    situation(
        "pip list of PowerShell in requirements",
        "1.6",
        *_instead("requirements.txt", (_PIP_LIST + _SCIKIT).encode("utf-16")),
        charged={"environment-file": "requirements.txt is the output of pip list"},
    ),
    situation(
        "conda list in an environment file",
        "1.6",
        Write("environment.yml", _CONDA_LIST),
        charged={"environment-file": "Write the environment out: conda env export --file environment.yml."},
    ),
    situation(
        "an explicit list in an environment file",
        "1.6",
        Write("environment.yml", _EXPLICIT),
        charged={"environment-file": "environment.yml is the output of conda list --explicit"},
    ),
    situation(
        "pip freeze in an environment file",
        "1.6",
        Write("environment.yml", "numpy==2.3.1\npandas==3.0.0\nscikit-learn==1.8.0\n"),
        charged={"environment-file": "environment.yml is the output of pip freeze"},
    ),
    situation(
        "an exported list in requirements",
        "1.6",
        *_instead("requirements.txt", "numpy=2.3.1=py311_0\npandas=3.0.0=py311_0\nscikit-learn=1.8.0=py311_0\n"),
        charged={"environment-file": "requirements.txt is the output of conda list --export"},
        passed=("environment-complete", "environment-pinned"),
    ),
    situation(
        "an environment of conda called requirements",
        "2.2",
        *_instead(
            "requirements.txt",
            "name: monenv\ndependencies:\n  - python=3.11\n  - pandas=3.1\n  - scikit-learn=1.9\n"
            "  - s3fs=2026.9\n  - pyyaml=6\n",
        ),
        charged={"environment-file": "requirements.txt is the output of conda env export"},
        passed=("environment-complete", "environment-pinned"),
    ),
    situation(
        "a table in the requirements of an environment file",
        "2.2",
        Write("requirements.txt", _PIP_LIST + _SCIKIT + "s3fs 2026.9.0\nPyYAML 6.0.3\n"),
        charged={"environment-file": "requirements.txt is the output of pip list"},
        passed=("environment-complete", "environment-pinned"),
    ),
    situation(
        "paths of the machine that froze it",
        "1.6",
        *_instead("requirements.txt", _FROZEN),
        charged={
            "environment-file": "requirements.txt names paths of the machine that made it: pandas",
            "environment-portable": "pip list --format=freeze",
        },
        passed=("environment-complete",),
    ),
    situation(
        "paths of the machine in the lines for pip",
        "2.2",
        Replace("requirements.txt", "pandas==3.1.1", "pandas @ file:///home/conda/feedstock_root/pandas_1/work"),
        charged={"environment-pinned": "environment.yml names paths of the machine that made it: pandas."},
        passed=("environment-file", "environment-complete", "environment-portable"),
    ),
    situation(
        "a path for a name",
        "2.2",
        Replace("environment.yml", "name: monenv", "name: /home/onyxia/work/projet/.conda"),
        charged={"environment-portable": "/home/onyxia/work/projet/.conda is no name: conda takes none with a slash"},
        passed=("environment-file",),
    ),
    situation(
        "a name with a space",
        "2.2",
        Replace("environment.yml", "name: monenv", 'name: "projet titanic"'),
        charged={"environment-portable": "projet titanic is no name"},
    ),
    situation(
        "a name with a hyphen and a dot",
        "2.2",
        Replace("environment.yml", "name: monenv", "name: titanic-3.11_prod"),
        passed=("environment-portable",),
    ),
)


_NOT_HERE = "It needs the declared environment ({} ==9.9, not here): here it ends with ModuleNotFoundError."


def _declares(library: str) -> Edit:
    return Replace("requirements.txt", "PyYAML", f"{library}==9.9\nPyYAML")


_HYDRA = _NOT_HERE.format("hydra-core")
_LOGURU = _NOT_HERE.format("loguru")
NOT_HERE = (
    situation(
        "a configuration that hydra finds",
        "2.2",
        Move("config.yaml", "conf/config.yaml"),
        Replace("notebooks/titanic.ipynb", "../config.yaml", "../conf/config.yaml"),
        Replace("main.py", "import yaml\n", "import hydra\n"),
        Replace(
            "main.py",
            "def main():",
            '@hydra.main(version_base=None, config_path="conf", config_name="config")\ndef main(config):',
        ),
        Replace("main.py", '    with open("config.yaml", encoding="utf-8") as file:\n', ""),
        Replace("main.py", "        config = yaml.safe_load(file)\n\n", ""),
        _declares("hydra-core"),
        unavailable={"main-runs": _HYDRA, "config-read": _HYDRA, "config-followed": _HYDRA},
        passed=("config-file", "data-remote", "environment-complete", "notebook-runs", "lint-main"),
    ),
    situation(
        "a log of loguru in the module that trains",
        "2.2",
        Replace(
            "src/models/train_evaluate.py", "from sklearn.ensemble", "from loguru import logger\nfrom sklearn.ensemble"
        ),
        Replace("src/models/train_evaluate.py", "    print(", "    logger.info('trained')\n    print("),
        _declares("loguru"),
        unavailable={"notebook-runs": _LOGURU, "main-runs": _LOGURU, "functions-standalone": _LOGURU},
        passed=("config-read", "data-remote", "environment-complete", "environment-minimal"),
    ),
    situation(
        "settings that dynaconf reads",
        "2.2",
        Replace("main.py", "import yaml\n", "from dynaconf import Dynaconf\n"),
        Replace("main.py", '    with open("config.yaml", encoding="utf-8") as file:\n', ""),
        Replace(
            "main.py",
            "        config = yaml.safe_load(file)\n",
            '    config = Dynaconf(settings_files=["config.yaml"])\n',
        ),
        _declares("dynaconf"),
        unavailable={"main-runs": _NOT_HERE.format("dynaconf")},
        passed=("config-file", "config-read", "config-followed", "notebook-runs", "lint-main"),
    ),
)


_HEADER = """# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     name: python3
# ---

"""
_TO_SCRIPT = """python - <<'EOF'
import json, pathlib
path = next(pathlib.Path().glob("notebooks/*.ipynb"))
parts = []
for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
    source = "".join(cell["source"])
    code = cell["cell_type"] == "code"
    parts.append("# %%\\n" + source if code else "# %% [markdown]\\n# " + source.replace("\\n", "\\n# "))
pathlib.Path("PLACE").write_text(HEADER + "\\n\\n".join(parts) + "\\n", encoding="utf-8")
path.unlink()
EOF"""


def _kept_as(path: str) -> Edit:
    """The notebook, written as jupytext does at *path*."""
    return Shell(_TO_SCRIPT.replace("PLACE", path).replace("HEADER", repr(_HEADER)))


_IGNORED = Replace(".gitignore", "__pycache__/", "*.ipynb\n__pycache__/")
AS_SCRIPT = (
    situation(
        "a notebook that is kept as a script",
        "1.8",
        _kept_as("notebooks/titanic.py"),
        _IGNORED,
        passed=("notebook-runs", "notebook-uses-functions", "main-runs", "layout-notebook", "gitignore-sources"),
    ),
    situation(
        "a script of a notebook that stops",
        "1.8",
        _kept_as("notebooks/titanic.py"),
        _IGNORED,
        Replace("notebooks/titanic.py", "train.head()", "trian.head()"),
        reached={"notebook-runs": "NameError"},
        passed=("main-runs",),
    ),
)

SITUATIONS = (*NEWER_SYNTAX, *OTHER_COMMANDS, *NOT_HERE, *AS_SCRIPT)
