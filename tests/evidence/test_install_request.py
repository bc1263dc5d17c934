"""What has to be installed for a declaration, as pip would write it."""

from __future__ import annotations

import pytest

from checker.course import load
from checker.evidence.packages.install_request import environment_spec
from checker.evidence.project.code import read_code
from checker.evidence.runs.environment import declared, environment_use
from checker.facts.tree import Tree
from checker.sandbox.environments.spec import EnvironmentSpec, EnvironmentUnavailable

COURSE = load().course
EXPORT = """name: base
dependencies:
  - _libgcc_mutex=0.1=conda_forge
  - python=3.11.6=hab00c5b_0_cpython
  - pandas=2.2.1=py311h320fe9a_0
  - scikit-learn=1.4.1=py311hc009520_0
  - matplotlib-base=3.8.3=py311h54ef318_0
  - msgpack-python=1.0.7=py311h9547e67_0
  - opencv=4.9.0=py311_0
  - openpyxl=3.1.2=py311_0
  - qt-main=5.15.8=h5810be5_19
  - zlib=1.2.13=hd590300_5
  - numpy >=1.26,<2
  - scipy=1.12.*
  - pip:
      - s3fs==2024.3.1
      - duckdb
"""


def asked(main: str, **files: str) -> EnvironmentSpec:
    tree = Tree.of({"main.py": main, **{name.replace("_", "."): content for name, content in files.items()}})
    code, found = read_code(tree, COURSE, None), declared(tree, COURSE)
    return environment_spec(found, environment_use(tree, code, found, COURSE, None), COURSE)


def test_conda_names_and_versions_are_written_as_pip_writes_them():
    found = asked("import pandas, sklearn, cv2\n", environment_yml=EXPORT)
    assert found.lines == (
        "pandas==2.2.1",
        "scikit-learn==1.4.1",
        "matplotlib==3.8.3",
        "msgpack==1.0.7",
        "opencv-python==4.9.0",
        "openpyxl==3.1.2",
        "qt-main==5.15.8",
        "numpy>=1.26,<2",
        "scipy==1.12.*",
        "s3fs==2024.3.1",
        "duckdb",
    )
    assert found.python == "==3.11.6"


def test_what_is_imported_is_needed_and_what_that_can_use_is_useful():
    found = asked("import pandas, sklearn\n", environment_yml=EXPORT)
    assert found.needed == {"pandas==2.2.1", "scikit-learn==1.4.1"}
    assert {"openpyxl==3.1.2", "matplotlib==3.8.3", "scipy==1.12.*"} <= found.useful  # extras of pandas
    assert not {"msgpack==1.0.7", "qt-main==5.15.8"} & found.useful
    assert found.certain == {"s3fs==2024.3.1", "duckdb"}


def test_a_file_that_is_left_unread_is_not_made():
    with pytest.raises(EnvironmentUnavailable, match="declares more than 5000"):
        asked("import pandas\n", requirements_txt="".join(f"package-{n}\n" for n in range(6_000)))
