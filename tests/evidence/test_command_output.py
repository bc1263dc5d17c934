"""Files that a command printed are told by the command; what a tool can install from is left to the tool."""

from __future__ import annotations

import pytest

from checker.evidence.packages.command_output import command_behind

PIP_LIST = "Package         Version\n--------------- -------\nnumpy           2.3.1\npandas          3.0.0\n"
CONDA_LIST = """# packages in environment at /opt/mamba:
#
# Name                    Version                   Build  Channel
numpy                     2.3.1           py311h64a7726_0    conda-forge
pandas                    3.0.0           py311h320fe9a_0    conda-forge
"""
MAMBA_LIST = """List of packages in environment: "/opt/mamba"

  Name            Version   Build            Channel
──────────────────────────────────────────────────────
  numpy           2.3.1     py311h64a7726_0  conda-forge
"""
EXPORTED_LIST = """# This file may be used to create an environment using:
# $ conda create --name <env> --file <this file>
# platform: linux-64
numpy=2.3.1=py311h64a7726_0
pandas=3.0.0=py311h320fe9a_0
"""
EXPLICIT = """# platform: linux-64
@EXPLICIT
https://conda.anaconda.org/conda-forge/linux-64/numpy-2.3.1-py311h64a7726_0.conda#0123456789abcdef0123456789abcdef
"""
HERE = {
    "pip list": PIP_LIST,
    "conda list": CONDA_LIST,
    "mamba list": MAMBA_LIST,
    "conda list --export": EXPORTED_LIST,
    "conda list --explicit": EXPLICIT,
    "conda env export": "name: base\nchannels:\n  - conda-forge\ndependencies:\n  - numpy=2.3.1\nprefix: /opt/mamba\n",
    "pip freeze": "numpy==2.3.1\npandas @ file:///home/conda/pandas/work\nscikit-learn==1.8.0\n",
    "pip show": "Name: pandas\nVersion: 3.0.0\nSummary: Data structures\nHome-page: https://pandas.pydata.org\n",
    "pip list --format=json": '[{"name": "numpy", "version": "2.3.1"}, {"name": "pandas", "version": "3.0.0"}]\n',
    "conda list --json": '[\n  {\n    "base_url": "…",\n    "channel": "conda-forge",\n    "name": "numpy"\n  }\n]\n',
}
WITHOUT_HEADER = {
    "pip list": "numpy 2.3.1\npandas 3.0.0\nscikit-learn 1.8.0\n",
    "conda list": "\n".join(CONDA_LIST.splitlines()[3:]) + "\nseaborn 0.13.2 pyhd8ed1ab_0 conda-forge\n",
    "conda list --export": "numpy=2.3.1=py311_0\npandas=3.0.0=py311_0\nseaborn=0.13.2=pypi_0\n",
    "conda list --explicit": "\n".join(EXPLICIT.splitlines()[2:]),
}
HONEST = {
    "versions": "numpy==2.3.1\npandas>=3,<4\nscikit-learn~=1.8\n",
    "names": "numpy\npandas\nscikit-learn\n",
    "one misspelt line": "numpy==2.3.1\npandas 3.0.0\n",
    "a package from an address": "https://example.org/thing.zip\nnumpy==2.3.1\n",
    "hashes": "numpy==2.3.1 --hash=sha256:00\npandas==3.0.0 --hash=sha256:00\nscipy==1.16 --hash=sha256:00\n",
    "options": "-r other.txt\n--index-url https://example.org/simple\nnumpy\npandas\n",
    "an environment without a name": "dependencies:\n  - python=3.11\n  - pandas=3\n",
    "nothing": "",
    "remarks": "# Name of the project\n# Version of the year\n",
}


@pytest.mark.parametrize("command", HERE)
def test_the_output_of_a_command_is_known(command):
    assert command_behind(HERE[command]) == command


@pytest.mark.parametrize("command", WITHOUT_HEADER)
def test_it_is_known_without_its_header(command):
    assert command_behind(WITHOUT_HEADER[command]) == command


@pytest.mark.parametrize("name", HONEST)
def test_what_somebody_wrote_is_no_output(name):
    assert command_behind(HONEST[name]) is None


def test_notices_of_pip_are_looked_over():
    assert command_behind("[notice] A new release of pip is available\n" + PIP_LIST) == "pip list"
