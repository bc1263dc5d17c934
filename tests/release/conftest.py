"""The distributions as the release workflow builds them: the sdist from the checkout, the wheel from the sdist."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def uv() -> str:
    found = shutil.which("uv") or shutil.which("uv", path=str(ROOT / ".tools" / "bin"))
    if found is None:
        pytest.fail("uv builds the distributions: make install")
    return found


@pytest.fixture(scope="session")
def distributions(uv: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The paths of wheel and sdist: those that the release workflow has built, where it names their folder."""
    named = os.environ.get("CHECKER_DISTRIBUTIONS")
    folder = Path(named) if named else tmp_path_factory.mktemp("dist")
    if not named:
        subprocess.run([uv, "build", "--quiet", "--out-dir", folder, ROOT], check=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    return wheel, sdist
