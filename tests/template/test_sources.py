"""The starter runs the checker of the source that was asked for, wherever it names it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from checker import __version__, template
from tests.template.conftest import ROOT

PACKAGES = [
    f"titanic-checker=={__version__}",
    "git+https://example.org:8443/school/checker.git@v0.2.0",
    "https://example.org/files/titanic_checker-0.2.0-py3-none-any.whl#sha256=" + "a" * 64,
]
IMAGE = "docker://example.org:5000/school/titanic-checker:0.2.0@sha256:" + "0" * 64


def made(folder: Path, source: str, language: str) -> Path:
    answers = {"checker_source": source, "language": language}
    return template.generate(folder / "titanic", answers, no_input=True, with_hooks=False)


def commands(readme: str) -> list[str]:
    """What the fenced blocks say that a student should type, up to the checker's first question."""
    blocks = re.findall(r"^```bash\n(.*?)^```$", readme, flags=re.MULTILINE | re.DOTALL)
    return [line for block in blocks[:2] for line in block.splitlines()]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("source", PACKAGES)
def test_package__is_what_readme_defaults_and_workflow_name(tmp_path, source, language):
    folder = made(tmp_path, source, language)
    assert commands((folder / "README.md").read_text(encoding="utf-8")) == [
        f"uvx --from {source} checker check",
        f"pipx run --spec {source} checker check",
        f"uv tool install {source}",
    ]
    assert yaml.safe_load((folder / ".checker.yml").read_text(encoding="utf-8"))["checker"] == source
    assert f'run: pipx install "{source}"\n' in workflows(folder)
    (comments,) = re.findall(r'run: pipx install "(.*class.*)"', workflows(folder))
    wanted = Requirement(comments)
    assert (wanted.name, wanted.extras) == ("titanic-checker", {"class"})
    assert wanted.url == (None if source.startswith("titanic") else source)
    assert "docker" not in workflows(folder)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_image__is_what_readme_defaults_and_workflow_name(tmp_path, language):
    folder, image = made(tmp_path, IMAGE, language), IMAGE.removeprefix("docker://")
    alias, check = commands((folder / "README.md").read_text(encoding="utf-8"))
    said = subprocess.run(
        ["bash", "-c", f"shopt -s expand_aliases\ndocker() {{ printf '%s\\n' \"$@\"; }}\n{alias}\n{check}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    words = said.stdout.splitlines()
    assert words[0] == "run"
    assert words[-4:] == ["-v", f"{folder}:/submission:ro", image, "check"]
    assert yaml.safe_load((folder / ".checker.yml").read_text(encoding="utf-8"))["checker"] == IMAGE
    assert f"{image} check --format json" in workflows(folder)
    assert f'{image} render - --format "$1"' in workflows(folder)
    assert [f"shown {name}" in workflows(folder) for name in ("terminal", "github", "markdown >>")] == [True] * 3
    assert f"{image} feedback comment" in workflows(folder)
    assert "pipx" not in workflows(folder)


def workflows(folder: Path) -> str:
    found = sorted((folder / ".github" / "workflows").glob("*.yml"))
    for path in found:
        yaml.safe_load(path.read_text(encoding="utf-8"))
    return "".join(path.read_text(encoding="utf-8") for path in found)


def test_default__is_this_version_from_the_index(tmp_path):
    folder = template.generate(tmp_path / "titanic", {}, no_input=True, with_hooks=False)
    said = yaml.safe_load((folder / ".checker.yml").read_text(encoding="utf-8"))
    assert said["checker"] == f"titanic-checker=={__version__}"


def test_command_line__takes_the_source_as_an_answer(tmp_path):
    command = [sys.executable, "-m", "checker", "new", "--no-input", str(tmp_path / "made"), f"checker_source={IMAGE}"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert f'checker: "{IMAGE}"' in (tmp_path / "made" / ".checker.yml").read_text(encoding="utf-8")
