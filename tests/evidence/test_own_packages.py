"""Which packages an installation of the project puts within reach, and where the repository asks for it."""

from __future__ import annotations

import pytest

from checker.evidence.packages.own_packages import asks_for_project, own_packages
from checker.facts.tree import Tree

BACKEND = '[build-system]\nrequires = ["hatchling"]\n[project]\nname = "naufrage"\n'
PLAIN = '[project]\nname = "naufrage"\n'
SOURCES = {"src/naufrage/__init__.py": "", "src/naufrage/data.py": ""}


@pytest.mark.parametrize(
    ("line", "listed", "syncs"),
    [
        ("pip install -e .", False, False),
        ("    !pip3 install --upgrade -e '.[dev]'", False, False),
        ("`uv pip install .`", False, False),
        ("RUN pip install --no-cache-dir -e. && rm -rf /root/.cache", False, False),
        ("      - -e .", True, False),
        ('      - "-e ./"', True, False),
        ("--editable=.", True, False),
        (".", True, False),
        ("$ uv sync --locked", False, True),
        ("python setup.py develop", False, False),
    ],
)
def test_an_installation_is_asked_for(line: str, *, listed: bool, syncs: bool) -> None:
    assert asks_for_project(line, listed=listed, syncs=syncs)


@pytest.mark.parametrize(
    ("line", "listed", "syncs"),
    [
        ("pip install -r requirements.txt", False, False),
        ("pip install pandas. Then start it from the root: .", False, False),
        ("uv sync", False, False),
        ("-e git+https://example.org/x.git#egg=x", True, False),
        ("  - pandas=2.2", True, False),
        ("# -e .", True, False),
    ],
)
def test_no_installation_is_asked_for(line: str, *, listed: bool, syncs: bool) -> None:
    assert not asks_for_project(line, listed=listed, syncs=syncs)


@pytest.mark.parametrize(
    ("files", "folders"),
    [
        ({"pyproject.toml": BACKEND, **SOURCES}, ("src",)),
        ({"pyproject.toml": PLAIN, **SOURCES}, ()),
        ({"pyproject.toml": PLAIN, "README.md": "pip install -e .\n", **SOURCES}, ("src",)),
        (
            {"setup.cfg": "[options]\npackage_dir =\n    = code\n", "requirements.txt": "-e .\n", "code/a.py": ""},
            ("code",),
        ),
        (
            {"pyproject.toml": BACKEND + '[tool.setuptools.packages.find]\nwhere = ["lib"]\n', "lib/a/b.py": ""},
            ("lib",),
        ),
        ({"pyproject.toml": BACKEND + '[tool.setuptools.packages.find]\nwhere = ["../out"]\n', "out/b.py": ""}, ()),
        ({"pyproject.toml": BACKEND, "naufrage/a.py": "", "README.md": "uv sync\n"}, ("",)),
        ({"pyproject.toml": BACKEND, "naufrage/a.py": ""}, ()),
        (SOURCES, ()),
    ],
)
def test_the_folders_of_the_packages(files: dict[str, str], folders: tuple[str, ...]) -> None:
    assert own_packages(Tree.of(files)).folders == folders


def test_broken_settings_install_nothing() -> None:
    assert own_packages(Tree.of({"pyproject.toml": "[project", "setup.py": "def (", **SOURCES})).folders == ("src",)
    assert own_packages(Tree.of({"pyproject.toml": "[project", **SOURCES})).folders == ()
