"""What a student gets, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

from checker import __version__
from checker.submission_defaults import defaults
from tests.conftest import tree_of_folder
from tests.processes import ended
from tests.template.conftest import ROOT, git

MANIFEST = [
    ".checker.yml",
    ".github/dependabot.yml",
    ".github/workflows/checker-comment.yml",
    ".github/workflows/checker.yml",
    "README.md",
    "test.csv",
    "titanic.ipynb",
    "train.csv",
]


def files_of(folder: Path) -> list[str]:
    paths = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)
    return sorted(path.relative_to(folder).as_posix() for path in paths)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_starter__holds_these_files_and_only_these(starter, language):
    folder = starter(language=language)
    assert files_of(folder) == MANIFEST
    for name in MANIFEST:
        content = (folder / name).read_text(encoding="utf-8")
        assert "cookiecutter." not in content, name
        assert "{%" not in content, name
        assert "{{" not in content.replace("${{", ""), name


def test_starter__is_a_repository_with_one_commit_on_main(starter):
    folder = starter(author_name="Zoé Lefèvre")
    assert git(folder, "log", "--format=%an <%ae> %s", "--all") == (
        "Zoé Lefèvre <author@example.org> Point de départ de l'exercice"
    )
    assert git(folder, "branch", "--format=%(refname:short)") == "main"
    assert git(folder, "status", "--porcelain", "--ignored") == ""
    assert git(folder, "ls-files").splitlines() == MANIFEST


def test_starter__author_is_whom_git_knows(cookiecutter, tmp_path):
    (tmp_path / "home" / ".gitconfig").write_text(
        "[user]\nname = Known\nemail = known@example.org\n[core]\nexcludesFile = ~/.ignore\n"
        "[commit]\ngpgsign = true\n[gpg]\nprogram = /bin/false\n"
    )
    (tmp_path / "home" / ".ignore").write_text("*.csv\n.*.yml\n")  # one's own rules must not thin the starter out
    assert cookiecutter().returncode == 0
    folder = tmp_path / "out" / "titanic"
    assert git(folder, "log", "--format=%an %ae") == "Known known@example.org"
    assert git(folder, "ls-files").splitlines() == MANIFEST


def test_starter__its_defaults_name_the_tree_of_its_commit(starter):
    folder = starter(language="en", upstream="teacher/titanic")
    said = yaml.safe_load((folder / ".checker.yml").read_text())
    assert said.pop("starter_tree") == tree_without_defaults(folder)
    assert said == {
        "checker": f"titanic-checker=={__version__}",
        "course": "titanic",
        "edition": "ensae-2022",
        "language": "en",
        "upstream": "teacher/titanic",
    }
    read = defaults(tree_of_folder(folder))
    assert (read.edition, read.language, read.upstream) == ("ensae-2022", "en", "teacher/titanic")
    assert read.starter_tree is not None


def tree_without_defaults(folder: Path) -> str:
    """What git itself says."""
    environment = os.environ | {"GIT_INDEX_FILE": str(folder / ".git" / "other-index")}
    for command in (["read-tree", "HEAD"], ["rm", "-q", "--cached", ".checker.yml"]):
        subprocess.run(["git", *command], cwd=folder, env=environment, check=True)
    written = subprocess.run(["git", "write-tree"], cwd=folder, env=environment, capture_output=True, check=True)
    return written.stdout.decode().strip()


def test_starter__no_upstream_is_said_as_such(starter):
    assert yaml.safe_load((starter() / ".checker.yml").read_text())["upstream"] is None


def test_starter__data_is_byte_for_byte_that_of_the_template(starter):
    folder = starter()
    for name, rows in (("train.csv", 892), ("test.csv", 419)):
        content = (folder / name).read_bytes()
        assert content == (ROOT / "{{cookiecutter.project_slug}}" / name).read_bytes()
        assert len(content.splitlines()) == rows


def test_notebook__is_valid_in_both_languages_with_the_same_code(cookiecutter, tmp_path):
    notebooks = {}
    for language in ("fr", "en"):
        assert cookiecutter(language=language, project_slug=language).returncode == 0
        notebooks[language] = nbformat.read(tmp_path / "out" / language / "titanic.ipynb", as_version=4)
        nbformat.validate(notebooks[language])
    french, english = (
        {cell.id: (cell.cell_type, cell.source) for cell in notebook.cells} for notebook in notebooks.values()
    )
    assert len(french) == len(notebooks["fr"].cells) >= 40
    assert list(french) == list(english)
    for name, (kind, source) in french.items():
        if kind == "code":
            assert english[name] == (kind, source)
        elif name != "title":
            assert english[name][1] != source, name
    assert not any(cell.get("outputs") for notebook in notebooks.values() for cell in notebook.cells)


def test_notebook__stops_where_its_author_changed_the_folder(starter):
    notebook = nbformat.read(starter() / "titanic.ipynb", as_version=4)
    guilty = [cell.id for cell in notebook.cells if cell.cell_type == "code" and "chdir" in cell.source]
    assert guilty == ["working-directory"]
    assert "/home/" in next(cell.source for cell in notebook.cells if cell.id == "working-directory")


@pytest.mark.parametrize(("language", "title"), [("fr", "## L'exercice"), ("en", "## The exercise")])
def test_readme__is_the_statement_in_the_language_asked_for(starter, language, title):
    text = (starter(language=language, project_name="Mon été") / "README.md").read_text(encoding="utf-8")
    assert text.startswith(f"# Mon été\n\n{title}\n")
    steps = [line.split()[1] for line in text.splitlines() if line.startswith("## ") and line[3].isdigit()]
    statement = ROOT / "checker" / "courses" / "ensae-2022" / "statement" / language
    assert sorted(steps) == sorted(path.stem for path in statement.glob("?.?*.md"))
    last = (statement / "outro.md").read_text(encoding="utf-8").strip().splitlines()[-1]
    assert text.rstrip().endswith(last)


def test_readme__is_up_to_date():
    done = ended([sys.executable, ROOT / "tools" / "starter_readme.py", "--check"])
    assert done.returncode == 0, done.stderr


def test_without_git__the_folder_is_ready_and_one_sentence_says_so(cookiecutter, tmp_path):
    (tmp_path / "bin").mkdir()
    done = cookiecutter(language="en", variables={"PATH": str(tmp_path / "bin")})
    assert done.returncode == 0
    assert done.stderr == (
        "There is no git: the folder is ready, but is no repository; install git, then run “git init” in it.\n"
    )
    assert files_of(tmp_path / "out" / "titanic") == MANIFEST


def test_inside_another_repository__the_starter_is_its_own(cookiecutter, tmp_path):
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    variables = {"GIT_DIR": str(tmp_path / ".git"), "GIT_WORK_TREE": str(tmp_path)}  # as in one of its hooks
    assert cookiecutter(variables=variables).returncode == 0
    assert git(tmp_path / "out" / "titanic", "rev-parse", "--show-toplevel") == str(tmp_path / "out" / "titanic")
    assert git(tmp_path, "status", "--porcelain", "--untracked-files=no") == ""


def test_from_the_folder_itself__plain_cookiecutter_dot_works(tmp_path):
    template = tmp_path / "template"
    for name in ("cookiecutter.json", "hooks", "{{cookiecutter.project_slug}}", "solutions"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, _parent(template) / name)
    (template / "checker").mkdir()
    for name in ("__init__.py", "solution_overlay.py"):
        shutil.copy(ROOT / "checker" / name, template / "checker")
    command = [sys.executable, "-m", "cookiecutter", "--no-input", ".", "-o", "..", "start_at=1.3"]
    done = ended(command, cwd=template, env=os.environ | {"HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert len(git(tmp_path / "titanic", "log", "--format=%h").splitlines()) == 5


def _parent(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def test_questions__each_is_asked_in_words():
    asked = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
    assert set(asked["__prompts__"]) == {name for name in asked if not name.startswith("_")}
