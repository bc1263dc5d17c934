"""What an index is given: the package with its template, its types, and no answer."""

from __future__ import annotations

import email
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from checker import __version__
from tests.processes import ended
from tests.release.conftest import ROOT

pytestmark = pytest.mark.slow  # building takes seconds

TEMPLATE = "{{cookiecutter.project_slug}}"
LINK = re.compile(r"\]\(([^)\s]+)\)")
TOP_OF_SDIST = {
    "CHANGELOG.md",
    "LICENSE",
    "PKG-INFO",
    "README.md",
    "cookiecutter.json",
    "hatch_build.py",
    "pyproject.toml",
}


def tracked(*paths: str) -> set[str]:
    """Files that git knows in these folders, and those that it would take with the next commit."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *paths]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {name for name in listed.split("\0") if name and (ROOT / name).is_file()}


@pytest.fixture(scope="module")
def wheel(distributions: tuple[Path, Path]) -> zipfile.ZipFile:
    return zipfile.ZipFile(distributions[0])


def test_wheel__holds_the_package_the_template_and_nothing_else(wheel):
    record = f"titanic_checker-{__version__}.dist-info"
    beside = {f"{record}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")}
    template = {f"checker/template/{name}" for name in tracked("cookiecutter.json", "hooks", TEMPLATE)}
    assert set(wheel.namelist()) == tracked("checker") | template | beside


def test_wheel__is_typed_and_says_what_it_is(wheel):
    assert "checker/py.typed" in wheel.namelist()
    said = email.message_from_bytes(wheel.read(f"titanic_checker-{__version__}.dist-info/METADATA"))
    assert (said["Name"], said["Version"], said["Requires-Python"]) == ("titanic-checker", __version__, ">=3.11")
    assert "Typing :: Typed" in said.get_all("Classifier", [])
    assert {"class", "environments", "images"} == set(said.get_all("Provides-Extra", []))


def test_sdist__builds_the_wheel_and_holds_no_answer(distributions):
    with tarfile.open(distributions[1]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()} - {".gitignore"}
    assert names == TOP_OF_SDIST | tracked("checker", "hooks", TEMPLATE)


def links(wheel: Path) -> list[str]:
    """The links of what an index shows."""
    with zipfile.ZipFile(wheel) as opened:
        said = email.message_from_bytes(opened.read(f"titanic_checker-{__version__}.dist-info/METADATA"))
    assert said["Description-Content-Type"] == "text/markdown"
    return LINK.findall(str(said.get_payload()))


def test_index__no_link_leads_to_a_file_that_it_does_not_have(distributions):
    assert [link for link in links(distributions[0]) if not link.startswith("https://")] == []


def test_index__links_lead_to_the_files_of_the_release(uv, tmp_path):
    address = "https://example.org/school/titanic-checker/blob/v0.2.0"
    command = [uv, "build", "--quiet", "--out-dir", tmp_path, ROOT]
    subprocess.run(command, check=True, timeout=120, env=os.environ | {"CHECKER_FILES_AT": address})
    (wheel,) = tmp_path.glob("*.whl")
    places = [link.removeprefix(f"{address}/") for link in links(wheel) if link.startswith(address)]
    assert {"docs/feedback.md", "docs/report.md", "SECURITY.md", "LICENSE", "CHANGELOG.md"} <= set(places)
    assert [place for place in places if not (ROOT / place.partition("#")[0]).exists()] == []
    assert len(links(wheel)) == len(LINK.findall((ROOT / "README.md").read_text(encoding="utf-8")))


def test_twine__shows_the_description(distributions):
    done = ended([sys.executable, "-m", "twine", "--no-color", "check", "--strict", *distributions])
    assert (done.returncode, done.stdout.count("PASSED")) == (0, 2), done.stdout + done.stderr
