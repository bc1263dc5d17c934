"""The indexes that this machine is told to use: what of them a build is told, and what a report hides."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from checker.evidence.image.package_indexes import MachineIndexes, machine_indexes
from checker.sandbox.images.proxy import Origin

DEVPI = "http://localhost:3141/root/pypi/+simple/"
MIRROR = "https://mirror.example/simple"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine that is told nothing."""
    for name in os.environ:
        if name.startswith(("PIP_", "UV_", "CONDA_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setattr("checker.evidence.image.package_indexes._UV_FILES", ("~/.config/uv/uv.toml",))


def test_a_machine_that_is_told_nothing_tells_nothing() -> None:
    assert machine_indexes() == MachineIndexes(frozenset(), {})


@pytest.mark.parametrize(
    ("variables", "told", "origins"),
    [
        (
            {"PIP_INDEX_URL": DEVPI},
            {"PIP_INDEX_URL": DEVPI, "UV_DEFAULT_INDEX": DEVPI},
            {Origin("http", "localhost", 3141)},
        ),
        (
            {"UV_DEFAULT_INDEX": f"class={MIRROR}"},
            {"PIP_INDEX_URL": MIRROR, "UV_DEFAULT_INDEX": MIRROR},
            {Origin("https", "mirror.example", 443)},
        ),
        (
            {"PIP_EXTRA_INDEX_URL": f"file:///opt/simple {MIRROR}", "PIP_FIND_LINKS": "/opt/wheels"},
            {"PIP_EXTRA_INDEX_URL": MIRROR, "UV_INDEX": MIRROR, "UV_INDEX_STRATEGY": "unsafe-best-match"},
            {Origin("https", "mirror.example", 443)},
        ),
        (
            {"PIP_INDEX_URL": "http://mirror.example/simple", "PIP_TRUSTED_HOST": "mirror.example"},
            {
                "PIP_INDEX_URL": "http://mirror.example/simple",
                "PIP_TRUSTED_HOST": "mirror.example",
                "UV_DEFAULT_INDEX": "http://mirror.example/simple",
                "UV_INSECURE_HOST": "mirror.example",
            },
            {Origin("http", "mirror.example", 80)},
        ),
        ({"PIP_INDEX_URL": "https://me:word@mirror.example/simple"}, {}, {Origin("https", "mirror.example", 443)}),
        (
            {"CONDA_CHANNEL_ALIAS": "https://conda.example/"},
            {"CONDA_CHANNEL_ALIAS": "https://conda.example/", "MAMBA_CHANNEL_ALIAS": "https://conda.example/"},
            {Origin("https", "conda.example", 443)},
        ),
        ({"PIP_INDEX_URL": "file:///opt/simple"}, {}, set()),
        ({"PIP_INDEX_URL": "http://[::1]:3141/simple http://x:port/"}, {}, set()),
    ],
    ids=["pip", "uv", "extra", "trusted", "with a password", "conda", "a folder", "none"],
)
def test_what_a_build_is_told(
    variables: dict[str, str], told: dict[str, str], origins: set[Origin], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = machine_indexes()
    assert found.build_arguments(here=True, locked=False) == told
    assert found.origins == origins


def test_pips_configuration_counts_like_its_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / ".config" / "pip"
    folder.mkdir(parents=True)
    (folder / "pip.conf").write_text(f"[global]\nindex-url = {DEVPI}\n")
    monkeypatch.delenv("PIP_CONFIG_FILE")
    found = machine_indexes()
    assert found.build_arguments(here=True, locked=False)["PIP_INDEX_URL"] == DEVPI
    assert found.origins >= {Origin("http", "localhost", 3141)}


def test_uvs_own_file_counts_too(tmp_path: Path) -> None:
    folder = tmp_path / ".config" / "uv"
    folder.mkdir(parents=True)
    (folder / "uv.toml").write_text(f'[[index]]\nurl = "{MIRROR}"\ndefault = true\n')
    found = machine_indexes()
    assert found.build_arguments(here=True, locked=False)["UV_DEFAULT_INDEX"] == MIRROR
    assert found.origins == {Origin("https", "mirror.example", 443)}


def test_a_build_that_does_not_reach_this_machine_is_not_led_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", DEVPI)
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", MIRROR)
    assert set(machine_indexes().build_arguments(here=True, locked=False)) > {"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"}
    assert machine_indexes().build_arguments(here=False, locked=True) == {"PIP_EXTRA_INDEX_URL": MIRROR}


def test_a_lock_of_uv_keeps_its_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", MIRROR)
    assert machine_indexes().build_arguments(here=True, locked=True) == {"PIP_INDEX_URL": MIRROR}


def test_the_names_of_a_machines_indexes_are_in_no_report() -> None:
    own = (Origin("https", "mirror.example", 8443), Origin("https", "pypi.org", 443), Origin("http", "localhost", 3141))
    said = "Looking in indexes: https://Mirror.example:8443/simple, https://pypi.org/simple, http://localhost:3141/x"
    hidden = MachineIndexes(frozenset(own), {}).hidden(said, ["pypi.org"])
    assert hidden == "Looking in indexes: https://…:8443/simple, https://pypi.org/simple, http://localhost:3141/x"
