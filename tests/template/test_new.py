"""``checker new`` makes what plain cookiecutter makes, from a checkout as from an installation."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from checker import template
from checker.errors import UsageError
from tests.processes import ended
from tests.template.conftest import ROOT, git
from tests.template.test_starter import MANIFEST, files_of

CONDITION = re.compile(r"\{% if .*? %\}(.*?)\{% endif %\}")
"""The name of a file that only some answers ask for."""


def test_new__same_tree_as_plain_cookiecutter(cookiecutter, tmp_path):
    assert cookiecutter(language="en", s3_bucket="mine-2026").returncode == 0
    made = template.new(tmp_path / "titanic", language="en", answers={"s3_bucket": "mine-2026"}, no_input=True)
    assert made == (tmp_path / "titanic").resolve()
    assert git(made, "rev-parse", "HEAD^{tree}") == git(tmp_path / "out" / "titanic", "rev-parse", "HEAD^{tree}")


def test_new__start_at__a_commit_for_each_step(tmp_path):
    made = template.new(tmp_path / "later", start_at="1.4", language="fr", no_input=True)
    assert len(git(made, "log", "--format=%h").splitlines()) == 6
    assert git(made, "branch", "--show-current") == "nettoyage"


def test_new__an_empty_folder_is_filled(tmp_path):
    (tmp_path / "empty").mkdir()
    assert files_of(template.new(tmp_path / "empty", no_input=True)) == MANIFEST


def test_new__a_taken_folder_is_left_alone(tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        template.new(tmp_path / "taken", no_input=True)
    assert files_of(tmp_path / "taken") == ["mine.txt"]


@pytest.mark.parametrize(
    ("folder", "asked", "said"),
    [
        ("a", {"answers": {"upstrem": "a/b"}}, "no question upstrem. Did you mean upstream?"),
        ("a", {"answers": {"colour": "blue"}}, "no question colour. It asks for: project_name"),
        ("a", {"answers": {"s3_bucket": "No"}, "language": "en"}, "s3_bucket: 'No' cannot name a bucket"),
        ("a", {"start_at": "7.1", "language": "en"}, "start_at: '7.1' is no step to start at here"),
        ("not a name", {"language": "en"}, "project_slug: 'not a name' will not do"),
    ],
)
def test_new__refuses_and_leaves_nothing_behind(tmp_path, folder, asked, said):
    with pytest.raises(UsageError) as refusal:
        template.new(tmp_path / folder, no_input=True, **asked)
    assert said in str(refusal.value)
    assert refusal.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("language", ["en", "xx"])
def test_new__leaves_no_temporary_file(tmp_path, monkeypatch, language):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    with contextlib.suppress(UsageError):
        template.new(tmp_path / "made", language=language, no_input=True)
    assert list((tmp_path / "temporary").iterdir()) == []
    assert tempfile.gettempdir() == str(tmp_path / "temporary")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what is installed: the unpacked wheel."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(ROOT / ".tools" / "bin"))
    if uv is None:
        pytest.skip("uv builds the wheel")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([uv, "build", "--wheel", "--quiet", "--out-dir", folder, ROOT], check=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_wheel__holds_the_template_and_no_solution(installed):
    inside = installed / "checker" / "template"
    named = [CONDITION.sub(r"\1", path) for path in files_of(inside / "{{cookiecutter.project_slug}}")]
    assert sorted(named) == sorted([*MANIFEST, ".gitlab-ci.yml"])
    assert (inside / "hooks" / "post_gen_project.py").is_file()
    names = [path.relative_to(installed).as_posix() for path in installed.rglob("*")]
    assert "checker/solution_overlay.py" in names
    assert not [name for name in names if "step.yaml" in name or "train_evaluate" in name or "solutions/" in name]


def test_installed__makes_a_starter_and_says_where_the_solutions_are(installed, tmp_path):
    program = """
from pathlib import Path
from checker import solutions, template
from checker.errors import UsageError
made = template.new(Path("made"), language="fr", no_input=True)
print(made.name, template.root().name)
for attempt in (lambda: template.new(Path("later"), start_at="1.4", no_input=True), solutions.steps):
    try:
        attempt()
    except UsageError as error:
        print(error)
"""
    done = ended([sys.executable, "-P", "-c", program], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(installed)})
    assert done.stdout.splitlines() == [
        "made template",
        (
            "A starter that begins at step 1.4 needs the solutions, and they are not installed. "
            "Use a checkout of the checker's repository, where the folder solutions/ is."
        ),
        (
            "The solutions are not here: they are not installed with the checker. "
            "Use a checkout of the checker's repository, where the folder solutions/ is."
        ),
    ], done.stderr
    assert files_of(tmp_path / "made") == MANIFEST


def test_student_edition__has_no_answer_in_it_nor_in_its_history(tmp_path, cookiecutter):
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT / "hooks", checkout / "hooks", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("solutions", "{{cookiecutter.project_slug}}"):
        shutil.copytree(ROOT / name, checkout / name)
    for name in ("LICENSE", "cookiecutter.json", "checker/__init__.py", "checker/solution_overlay.py"):
        (checkout / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, checkout / name)
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "All"]):
        git(checkout, *command)
    tool = [sys.executable, ROOT / "tools" / "student_edition.py", "--repository", checkout]
    said = [subprocess.run(tool, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert said[0] == said[1]  # nothing has changed, so nothing was added

    subprocess.run(["git", "clone", "-q", "-b", "student-edition", checkout, tmp_path / "class"], check=True)
    assert git(tmp_path / "class", "log", "--format=%s") == "The template, for students"
    assert not (tmp_path / "class" / "solutions").exists()
    refused = cookiecutter(template=tmp_path / "class", start_at="1.1", language="en")
    assert refused.stdout == "start_at: '1.1' is no step to start at here; choose among: 1.0.\n"
    assert cookiecutter(template=tmp_path / "class").returncode == 0
    assert files_of(tmp_path / "out" / "titanic") == MANIFEST
