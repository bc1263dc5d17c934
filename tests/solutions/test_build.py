"""The repositories of the solutions, as a good student would have them."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from checker import solutions, template
from checker import solution_overlay
from checker.course import load
from checker.errors import CheckerFault, UsageError
from tests.template.conftest import ROOT, git
from tests.every import every

STEPS = ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "1.8", "1.9", "2.1", "2.2", "2.3")


def test_steps__each_of_the_course_has_a_solution():
    assert solutions.steps() == STEPS
    assert tuple(step.id for step in load().course.steps if not step.bonus) == STEPS


def test_faults__there_are_none():
    assert [str(fault) for fault in solutions.faults()] == []


@every(STEPS)
def test_description__reads_as_any_yaml_reader_reads_it(step):
    source = (ROOT / "solutions" / step / "step.yaml").read_text(encoding="utf-8")
    assert solution_overlay.parse_description(source) == yaml.safe_load(source)


@every(STEPS)
def test_description__says_what_and_why_in_both_languages(step):
    (found,) = (one for one in solutions.overlays() if one.step == step)
    for sentence in (found.message, found.why):
        assert sentence["fr"] != sentence["en"]
    assert all(len(message) <= 72 and not message.endswith(".") for message in found.message.values())
    assert found.files()


def test_build__starter_on_main_then_a_commit_for_each_step(tmp_path):
    solutions.build("2.3", tmp_path / "made", language="fr")
    made = tmp_path / "made"
    messages = git(made, "log", "--reverse", "--format=%s", "nettoyage").splitlines()
    assert messages == ["Point de départ de l'exercice", *(one.message["fr"] for one in solutions.overlays())]
    assert git(made, "rev-list", "--count", "main") == "1"
    assert git(made, "branch", "--show-current") == "nettoyage"
    assert git(made, "status", "--porcelain", "--ignored") == ""
    assert git(made, "ls-files").splitlines() == [
        ".checker.yml",
        ".dockerignore",
        ".github/dependabot.yml",
        ".github/workflows/checker-comment.yml",
        ".github/workflows/checker.yml",
        ".gitignore",
        "AUTHORS.md",
        "Dockerfile",
        "README.md",
        "config.yaml",
        "environment.yml",
        "main.py",
        "notebooks/titanic.ipynb",
        "requirements.txt",
        "src/data/import_data.py",
        "src/data/train_test_split.py",
        "src/features/build_features.py",
        "src/models/train_evaluate.py",
    ]
    for name in git(made, "ls-files").splitlines():
        if not name.startswith(".github/workflows/"):
            assert "{{" not in (made / name).read_text(encoding="utf-8"), name


def test_build__moved_data_is_the_same_blob(solution):
    blobs = {name: git(solution("1.5"), "rev-parse", f"HEAD:data/raw/{name}") for name in ("train.csv", "test.csv")}
    assert blobs == {name: git(solution("1.5"), "rev-parse", f"main:{name}") for name in blobs}


def test_build__same_commits_whatever_the_machine(tmp_path, monkeypatch):
    solutions.build("1.2", tmp_path / "a", language="en")
    (tmp_path / "config").write_text("[user]\nname = X\nemail = x@y.z\n[core]\nautocrlf = true\nhooksPath = /nowhere\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    solutions.build("1.2", tmp_path / "elsewhere" / "b", language="en")
    first, second = (git(folder, "rev-parse", "HEAD") for folder in (tmp_path / "a", tmp_path / "elsewhere" / "b"))
    assert first == second
    solutions.build("1.2", tmp_path / "c", language="en", begun=datetime(2027, 1, 4, 9, tzinfo=UTC))
    assert git(tmp_path / "c", "rev-parse", "HEAD") != first
    assert git(tmp_path / "c", "log", "--reverse", "--format=%aI").splitlines()[0] == "2027-01-04T09:00:00+00:00"


def test_build__same_trees_as_a_starter_that_begins_there(tmp_path):
    answers = {"upstream": "course/titanic", "s3_bucket": "other-bucket", "s3_path": "some/where"}
    solutions.build("2.3", tmp_path / "built", language="en", answers=answers)
    started = template.new(tmp_path / "titanic", start_at="2.3", language="en", answers=answers, no_input=True)
    trees = [git(folder, "log", "--format=%T %s") for folder in (tmp_path / "built", started)]
    assert trees[0] == trees[1]
    assert "https://minio.lab.sspcloud.fr/other-bucket/some/where/train.csv" in (started / "config.yaml").read_text()


@pytest.mark.parametrize(("step", "expected"), [("1.8", []), ("1.9", ["nettoyage"]), ("2.1", ["nettoyage"])])
def test_build__the_request_is_open_from_its_step_on(solution, step, expected):
    record = json.loads((solution(step) / ".git" / "local-forge.json").read_text())
    assert [request["source_branch"] for request in record["requests"]] == expected
    for request in record["requests"]:
        assert request["target_repository"] == "course/titanic" != request["source_repository"]


def test_build__unknown_step_names_those_there_are(tmp_path):
    with pytest.raises(UsageError, match=r"no solution of step 1\.11.*1\.0, 1\.1"):
        solutions.build("1.11", tmp_path / "made")
    assert list(tmp_path.iterdir()) == []


def test_build__a_taken_folder_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        solutions.build("1.0", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_build__without_git_says_so_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CheckerFault, match="no git"):
        solutions.build("1.0", tmp_path / "made")
    assert list(tmp_path.iterdir()) == []


def overlay_of(folder: Path, **changes: object) -> solution_overlay.Overlay:
    both = {"fr": "a", "en": "b"}
    return solution_overlay.Overlay(step="9.9", folder=folder, message=both, why=both, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"removed": ("gone.py",)}, "9.9: there is no gone.py to remove"),
        ({"moved": {"gone.csv": "data/gone.csv"}}, "9.9: there is no gone.csv to move"),
        ({"removed": ("../outside",)}, "../outside does not lie inside the project"),
        ({"moved": {"a": ".git/hooks/post-commit"}}, "does not lie inside the project"),
    ],
)
def test_lay__a_solution_that_does_not_fit(tmp_path, changes, said):
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "a").write_text("a")
    (tmp_path / "outside").write_text("kept")
    with pytest.raises(solution_overlay.OverlayError) as error:
        solution_overlay.lay(overlay_of(tmp_path / "9.9", **changes), tmp_path / "project", {"language": "fr"})
    assert said in str(error.value)
    assert (tmp_path / "outside").read_text() == "kept"


@pytest.mark.parametrize("source", ["{{ cookiecutter.unknown }}", "{% if x %}", "{{cookiecutter.a|upper}}"])
def test_render__what_the_starter_would_not_render_alike_is_refused(source):
    with pytest.raises(solution_overlay.OverlayError):
        solution_overlay.render(source, {"language": "fr", "a": "b"})


def test_render__an_answer_is_never_rendered_again():
    assert solution_overlay.render("{{cookiecutter.a}}", {"a": "{{cookiecutter.b}}", "b": "no"}) == "{{cookiecutter.b}}"


@pytest.mark.parametrize(
    "source", ["message: flow", "removed:\n  - a\n  b: c", "unknown:\n  - a", "why:\n  fr: a\nwhy:\n"]
)
def test_description__the_rest_of_yaml_is_refused(source):
    with pytest.raises(solution_overlay.OverlayError, match="line "):
        solution_overlay.parse_description(source)


def test_faults__are_found(tmp_path, monkeypatch):
    for step, files in {"1.0": {"a.txt": "a"}, "1.1": {"a.txt": "a", "b.txt": "b"}}.items():
        (tmp_path / step).mkdir()
        (tmp_path / step / "step.yaml").write_text("message:\n  fr: a\n  en: b\nwhy:\n  fr: a\n  en: b\n")
        for name, content in files.items():
            (tmp_path / step / name).write_text(content)
    monkeypatch.setattr(solutions, "folder", lambda: tmp_path)
    assert [str(fault) for fault in solutions.faults()] == ["1.1: a.txt is as it was before."]
    with (tmp_path / "1.1" / "step.yaml").open("a") as description:
        description.write("removed:\n  - c.txt\n")
    assert str(solutions.faults()[-1]) == "1.1: there is no c.txt to remove."


def test_overlay__uses_the_standard_library_only(tmp_path):
    """The hook loads it where nothing but cookiecutter is installed."""
    program = f"import runpy; runpy.run_path({str(ROOT / 'checker' / 'solution_overlay.py')!r})"
    environment = {"PATH": os.environ["PATH"]}
    python = [os.path.realpath("/proc/self/exe"), "-I", "-S", "-c", program]
    subprocess.run(python, cwd=tmp_path, env=environment, check=True)
