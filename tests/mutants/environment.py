"""Steps 1.6 and 2.2, as students get them wrong, and right in a way of their own."""

from __future__ import annotations

from fractions import Fraction

from checker.model import Blocked
from tests.mutants.model import CasesOf, Move, Remove, Replace, Shell, Write

_ENVIRONMENT_FILE = CasesOf("environment-file", base="1.6")
_ENVIRONMENT_COMPLETE = CasesOf("environment-complete", base="2.2")
_ENVIRONMENT_PINNED = CasesOf("environment-pinned", base="2.2")
_ENVIRONMENT_MINIMAL = CasesOf("environment-minimal", base="2.2")
_ENVIRONMENT_PORTABLE = CasesOf("environment-portable", base="2.2")
_ENVIRONMENT_SUFFICIENT = CasesOf("environment-sufficient", base="2.2")

_PINNED = "matplotlib==3.11.2\nnumpy==2.4.6\npandas==3.1.1\nscikit-learn==1.9.1\nseaborn==0.13.2\n"
_LOOSE = "matplotlib\nnumpy\npandas\nscikit-learn\nseaborn\n"
_SHORT = """name: monenv
channels:
  - conda-forge
dependencies:
  - python=3.11
  - pandas=3.1
  - scikit-learn=1.9
  - s3fs=2026.9
  - pyyaml=6.0
"""
_FRESH = """name: monenv
channels:
  - conda-forge
  - defaults
dependencies:
  - _libgcc_mutex=0.1=conda_forge
  - _openmp_mutex=4.5=2_gnu
  - aiobotocore=3.10.0=pyhd8ed1ab_0
  - aiohttp=3.14.5=py311h2f6aee0_1
  - aioitertools=0.13.0=pyhd8ed1ab_1
  - aiosignal=1.4.0=pyhd8ed1ab_0
  - attrs=26.1.0=pyhd8ed1ab_1
  - botocore=1.43.117=pyhd8ed1ab_0
  - brotli-python=1.1.0=py311hfdbb021_2
  - bzip2=1.0.8=h09e61bc_0
  - ca-certificates=2026.10.5=h97e86df_3
  - frozenlist=1.8.0=py311h52bc045_0
  - fsspec=2026.9.0=pyhd8ed1ab_0
  - idna=3.20=pyhd8ed1ab_0
  - jmespath=1.1.0=pyhd8ed1ab_0
  - joblib=1.6.0=pyhd8ed1ab_0
  - ld_impl_linux-64=2.44=h1423503_1
  - libblas=3.9.0=34_h59b9bed_openblas
  - libffi=3.4.6=h2dba641_1
  - libgcc=15.1.0=h767d61c_4
  - libopenblas=0.3.30=pthreads_h94d23a6_2
  - libzlib=1.3.1=hb9d3cd8_2
  - multidict=7.2.1=py311h2dc5d0c_0
  - ncurses=6.5=h2d0b736_3
  - numpy=2.4.6=py311h64a7726_0
  - openssl=3.5.2=h26f9b46_0
  - pandas=3.1.1=py311hed34c8f_0
  - pip=25.2=pyh8b19718_0
  - propcache=0.5.4=py311h2dc5d0c_0
  - python=3.11.13=h9e4cc4f_0_cpython
  - python-dateutil=2.9.0.post0=pyhe01879c_2
  - python_abi=3.11=8_cp311
  - pyyaml=6.0.3=py311h2dc5d0c_2
  - readline=8.2=h8c095d6_2
  - s3fs=2026.9.0=pyhd8ed1ab_0
  - scikit-learn=1.9.1=py311hc3e1efb_0
  - scipy=1.16.1=py311h33d6a90_0
  - setuptools=80.9.0=pyhff2d567_0
  - six=1.17.0=pyhe01879c_1
  - threadpoolctl=3.6.0=pyhecae5ae_0
  - tk=8.6.13=noxft_hd72426e_102
  - urllib3=2.5.0=pyhd8ed1ab_0
  - wheel=0.45.1=pyhd8ed1ab_1
  - wrapt=1.17.3=py311h49ec1c0_0
  - yaml=0.2.5=h280c20c_3
  - yarl=1.20.1=py311h2dc5d0c_0
"""
_BASE_EXPORT = (
    "git show $(git log --format=%h --diff-filter=A -- environment.yml | tail -1):environment.yml > environment.yml"
)
_MANY = (
    "pandas==3.1.1\nPyYAML==6.0.3\ns3fs==2026.9.0\nscikit-learn==1.9.1\n"
    "tensorflow==2.20.0\njupyterlab==4.4.0\nflask==3.1.0\ndjango==5.2\nxgboost==3.0.0\nlightgbm==4.6.0\nspacy==3.8.0\n"
)
_ENGINE = '''"""Reading of the passenger lists."""

import pandas as pd


def import_data(bucket, folder, train_name, test_name, endpoint):
    """Return the training and the test table, two files in a folder of an S3 bucket."""
    options = {"client_kwargs": {"endpoint_url": f"https://{endpoint}"}}
    place = f"s3://{bucket}/{folder}"
    train = pd.read_csv(f"{place}/{train_name}", storage_options=options)
    return train, pd.read_csv(f"{place}/{test_name}", storage_options=options)
'''
_PARQUET = (
    Replace("src/data/import_data.py", "train = pd.read_csv(file)", "train = pd.read_parquet(file)"),
    Replace("config.yaml", "train.csv", "train.parquet"),
)

MUTANTS = (
    _ENVIRONMENT_FILE.mutant(
        "UTF-16 of PowerShell",
        Shell("iconv -f utf-8 -t utf-16 environment.yml > x && mv x environment.yml"),
        where="environment.yml:1",
        says="UTF-16",
    ),
    _ENVIRONMENT_FILE.mutant(
        "requirements with versions",
        Remove("environment.yml"),
        Write("requirements.txt", _PINNED),
        where="requirements.txt",
        says="conda env export --file environment.yml",
        credit=Fraction(1, 2),
    ),
    _ENVIRONMENT_FILE.mutant(
        "requirements without versions",
        Remove("environment.yml"),
        Write("requirements.txt", _LOOSE),
        says="not all with a version",
        credit=Fraction(1, 4),
        charged_too={
            "environment-pinned": "the course takes requirements only with versions",
            "environment-portable": "the course takes requirements only with versions",
        },
    ),
    _ENVIRONMENT_FILE.mutant(
        "a tab",
        Write("environment.yml", "name: monenv\ndependencies:\n\t- pandas=3.1\n"),
        where="environment.yml:3",
        says="a tab stands where only spaces may",
    ),
    _ENVIRONMENT_FILE.mutant(
        "another name",
        Move("environment.yml", "env.yml"),
        where="env.yml",
        says="git mv env.yml environment.yml",
        credit=Fraction(1, 2),
    ),
    _ENVIRONMENT_FILE.mutant(
        "a name with two suffixes",
        Move("environment.yml", "environment.yml.txt"),
        where="environment.yml.txt",
        says="git mv environment.yml.txt environment.yml",
        credit=Fraction(1, 2),
    ),
    _ENVIRONMENT_FILE.mutant(
        "what it includes is missing",
        Remove("requirements.txt"),
        base="2.2",
        where="environment.yml:8",
        says="is not in the repository",
    ),
    _ENVIRONMENT_FILE.mutant(
        "what it includes is misspelt",
        Move("requirements.txt", "requirement.txt"),
        base="2.2",
        where="environment.yml:8",
        says="Did you mean requirement.txt?",
    ),
    _ENVIRONMENT_FILE.mutant(
        "one equals sign for pip",
        Replace("requirements.txt", "pandas==", "pandas="),
        base="2.2",
        where="requirements.txt:1",
        says="pandas==3.1.1",
    ),
    _ENVIRONMENT_FILE.mutant(
        "the list for pip without its sign",
        Replace("environment.yml", "-r requirements.txt", "requirements.txt"),
        base="2.2",
        where="environment.yml:8",
        says="pip wants -r requirements.txt",
    ),
    _ENVIRONMENT_FILE.mutant(
        "a package that begins further to the right",
        Write("environment.yml", _SHORT.replace("  - scikit-learn", "     - scikit-learn")),
        where="environment.yml:6",
        says="the second begins further to the right",
    ),
    _ENVIRONMENT_COMPLETE.mutant(
        "no scikit-learn",
        Shell("sed -i '/scikit-learn/d' environment.yml"),
        base="1.6",
        where="src/data/train_test_split.py:3",
        says="does not declare scikit-learn",
    ),
    _ENVIRONMENT_COMPLETE.mutant(
        "no s3fs",
        Shell("sed -i '/s3fs/d' requirements.txt"),
        where="src/data/import_data.py:4",
        says="s3fs",
        charged_too={"environment-sufficient": "1.6 asks for what is imported, 2.2 for a run with it alone"},
    ),
    _ENVIRONMENT_COMPLETE.mutant(
        "the import name instead",
        Replace("requirements.txt", "PyYAML==6.0.3", "yaml==6.0.3"),
        where="main.py:5",
        says="PyYAML (for import yaml)",
        charged_too={"environment-sufficient": "1.6 asks for what is imported, 2.2 for a run with it alone"},
    ),
    _ENVIRONMENT_COMPLETE.mutant(
        "a file that cannot be read",
        Write("environment.yml", "name: monenv\ndependencies:\n\t- pandas=3.1\n"),
        base="1.6",
        verdict=Blocked,
    ),
    _ENVIRONMENT_PINNED.mutant(
        "no version for pip",
        Replace("requirements.txt", "pandas==3.1.1", "pandas"),
        where="requirements.txt:1",
        says="There is no version for pandas",
    ),
    _ENVIRONMENT_PINNED.mutant(
        "no version for conda",
        Shell("sed -i 's/- scikit-learn=.*/- scikit-learn/' environment.yml"),
        base="1.6",
        says="scikit-learn=…",
    ),
    _ENVIRONMENT_MINIMAL.mutant(
        "the whole base",
        Shell(_BASE_EXPORT),
        base="2.3",
        says="of its 276 packages",
        charged_too={"environment-portable": "an export of base has both: needless packages, and a prefix"},
    ),
    _ENVIRONMENT_MINIMAL.mutant(
        "seven that nobody needs", Write("requirements.txt", _MANY), where="requirements.txt:5", says="tensorflow"
    ),
    _ENVIRONMENT_PORTABLE.mutant(
        "a prefix",
        Shell("echo 'prefix: /opt/mamba/envs/monenv' >> environment.yml"),
        where="environment.yml:9",
        says="Delete the line prefix",
    ),
    _ENVIRONMENT_PORTABLE.mutant(
        "called base",
        Replace("environment.yml", "name: monenv", "name: base"),
        where="environment.yml:1",
        says="base is a name that conda keeps for itself",
    ),
    _ENVIRONMENT_PORTABLE.mutant(
        "any Python",
        Replace("environment.yml", "python=3.11", "python"),
        where="environment.yml:5",
        says="python has no version",
    ),
    _ENVIRONMENT_PORTABLE.mutant(
        "a Python that nobody has",
        Replace("environment.yml", "python=3.11", "python=3.1"),
        where="environment.yml:5",
        says="no Python 3 that conda has is a python3.1.*",
    ),
    _ENVIRONMENT_PORTABLE.mutant(
        "a name that conda does not know",
        Write("environment.yml", _SHORT.replace("scikit-learn", "scikit_learn")),
        Remove("requirements.txt"),
        where="environment.yml:7",
        says="For conda it is called scikit-learn",
    ),
    _ENVIRONMENT_SUFFICIENT.mutant(
        "the engine of s3 addresses",
        Write("src/data/import_data.py", _ENGINE),
        Shell("sed -i '/s3fs/d' requirements.txt"),
        says="s3fs",
    ),
    _ENVIRONMENT_SUFFICIENT.mutant(
        "the engine of parquet files", *_PARQUET, where="src/data/import_data.py:14", says="pyarrow"
    ),
    _ENVIRONMENT_SUFFICIENT.mutant(
        "an import that is not declared",
        Shell("sed -i '/scikit-learn/d' requirements.txt"),
        says="The scripts import sklearn",
        charged_too={"environment-complete": "1.6 asks for what is imported, 2.2 for a run with it alone"},
    ),
)

VARIANTS = (
    _ENVIRONMENT_FILE.variant(
        "the other suffix",
        Move("environment.yml", "environment.yaml"),
        base="1.7",
        advises="Conda looks for environment.yml first",
    ),
    _ENVIRONMENT_FILE.variant(
        "nothing for pip", Write("environment.yml", _SHORT + "  - pip:\n"), advises="Nothing stands under pip"
    ),
    _ENVIRONMENT_FILE.variant("Windows line ends", Shell(r"sed -i 's/$/\r/' environment.yml")),
    _ENVIRONMENT_FILE.variant(
        "a byte-order mark and a list for pip beside it",
        Shell(r"sed -i '1s/^/\xef\xbb\xbf/' environment.yml"),
        Write("requirements.txt", "pandas==2.0.3\nscikit-learn\n"),
        advises="declared twice",
    ),
    _ENVIRONMENT_COMPLETE.variant(
        "numpy comes along",
        Replace("src/features/build_features.py", "from sklearn", "import numpy as np\nfrom sklearn"),
        advises="comes only along with",
    ),
    _ENVIRONMENT_COMPLETE.variant(
        "other spellings, in a file in a folder",
        Write("requirements/base.txt", "pandas==3.1.1\npyyaml==6.0.3\nS3fs==2026.9.0\nscikit_learn==1.9.1\n"),
        Write("requirements.txt", "-r requirements/base.txt\n"),
    ),
    _ENVIRONMENT_COMPLETE.variant(
        "only the notebook",
        Shell("sed -i '/seaborn/d' environment.yml"),
        base="1.6",
        advises="Only the notebook imports seaborn",
    ),
    _ENVIRONMENT_PINNED.variant(
        "bounds of all kinds",
        Write("requirements.txt", "pandas>=3,<4\nPyYAML~=6.0\ns3fs==2026.*\nscikit-learn<=1.9.1  # enough\n"),
    ),
    _ENVIRONMENT_PINNED.variant(
        "a lower bound", Replace("requirements.txt", "pandas==3.1.1", "pandas>=3.1"), advises="sets no upper bound"
    ),
    _ENVIRONMENT_MINIMAL.variant(
        "a fresh environment exported", Write("environment.yml", _FRESH), Remove("requirements.txt")
    ),
    _ENVIRONMENT_MINIMAL.variant("a short list by hand", Write("environment.yml", _SHORT), Remove("requirements.txt")),
    _ENVIRONMENT_MINIMAL.variant(
        "a few too many, and the checker",
        Shell("printf 'black==25.9\\nflask==3.1.0\\ntitanic-checker==0.1.0\\n' >> requirements.txt"),
        advises="Nothing in the project seems to need black, flask",
    ),
    _ENVIRONMENT_PORTABLE.variant(
        "a fresh environment exported",
        Write("environment.yml", _FRESH),
        Remove("requirements.txt"),
        advises="--no-builds",
    ),
    _ENVIRONMENT_PORTABLE.variant(
        "a name of their own and a lower bound",
        Replace("environment.yml", "name: monenv", "name: titanic"),
        Replace("environment.yml", "python=3.11", "python>=3.11"),
        advises="allows several minor versions",
    ),
    _ENVIRONMENT_PORTABLE.variant("no conda at all", Remove("environment.yml"), base="2.3"),
    _ENVIRONMENT_SUFFICIENT.variant(
        "a short list by hand", Write("environment.yml", _SHORT), Remove("requirements.txt")
    ),
    _ENVIRONMENT_SUFFICIENT.variant(
        "the engine of parquet files declared", *_PARQUET, Shell("echo 'pyarrow==26.0.1' >> requirements.txt")
    ),
)
