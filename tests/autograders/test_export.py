"""What ``checker course export`` writes."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest

from checker import __version__, template
from checker.course import load
from checker.course_files import DEFAULT_EDITION
from tests.command_line import Checker


def members(archive: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and content of each file of an archive."""
    with zipfile.ZipFile(archive) as opened:
        return {one.filename: (one.external_attr >> 16, opened.read(one)) for one in opened.infolist()}


def settings(path: Path, *names: str) -> list[str]:
    """The values that a shell reads from ``settings.sh``."""
    line = f'. "{path}"; ' + "; ".join(f'printf "%s\\n" "${name}"' for name in names)
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True).stdout.splitlines()


def test_gradescope__both_programs_lie_at_the_root_and_can_be_executed(checker: Checker, tmp_path: Path):
    said = checker("course", "export", "gradescope", tmp_path / "new" / "a.zip", "--language", "en")
    assert said.code == 0
    assert "Upload it" in said.out
    found = members(tmp_path / "new" / "a.zip")
    assert set(found) == {"setup.sh", "run_autograder", "settings.sh"}
    modes = {name: stat.filemode(mode) for name, (mode, _) in found.items()}
    assert modes == {"setup.sh": "-rwxr-xr-x", "run_autograder": "-rwxr-xr-x", "settings.sh": "-rw-r--r--"}
    for name, (_, content) in found.items():
        assert b"\r" not in content, name
        subprocess.run(["bash", "-n"], input=content, check=True)


def test_the_same_bundle_has_the_same_bytes(checker: Checker, tmp_path: Path):
    for name in ("a.zip", "b.zip"):
        assert checker("course", "export", "gradescope", tmp_path / name).code == 0
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_it_installs_this_version_and_grades_the_default_edition(checker: Checker, tmp_path: Path):
    assert checker("course", "export", "gradescope", tmp_path / "a").code == 0
    said = settings(tmp_path / "a/settings.sh", "CHECKER_SOURCE", "CHECKER_COURSE", "CHECKER_LANGUAGE")
    assert said == [f"titanic-checker=={__version__}", DEFAULT_EDITION, ""]
    assert checker("course", "export", "classroom50", tmp_path / "b", "--language", "fr").code == 0
    assert json.loads((tmp_path / "b/settings.json").read_text()) == {
        "source": f"titanic-checker=={__version__}", "course": DEFAULT_EDITION, "language": "fr",
    }  # fmt: skip


@pytest.mark.parametrize("below", [".", "src/data"])
def test_in_the_folder_of_a_starter_it_installs_what_the_starter_names(
    checker: Checker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str
):
    source = "git+https://example.org/school/checker@v0.2.0"
    starter = template.generate(tmp_path / "titanic", {"checker_source": source}, no_input=True, with_hooks=False)
    (starter / below).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(starter / below)
    said = checker("course", "export", "gradescope", tmp_path / "a", "--language", "en")
    assert settings(tmp_path / "a/settings.sh", "CHECKER_SOURCE") == [source]
    assert source in "".join(said.out.split())
    assert checker("course", "export", "classroom50", tmp_path / "b", "--source", "titanic-checker==9").code == 0
    assert json.loads((tmp_path / "b/settings.json").read_text())["source"] == "titanic-checker==9"


def test_an_image_is_no_source_of_an_autograder(checker: Checker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / ".checker.yml").write_text("checker: docker://ghcr.io/school/titanic-checker:1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    said = checker("course", "export", "gradescope", tmp_path / "a", "--language", "en")
    assert said.code == 2
    assert f"with --source: titanic-checker=={__version__}" in " ".join(said.err.split())
    assert not (tmp_path / "a").exists()


def test_a_source_is_one_word_of_the_shell(checker: Checker, tmp_path: Path):
    source = "titanic-checker @ git+https://example.org/x@v1; touch '$HOME'/pwned `id`"
    assert checker("course", "export", "gradescope", tmp_path / "a", "--source", source).code == 0
    assert settings(tmp_path / "a/settings.sh", "CHECKER_SOURCE") == [source]


@pytest.mark.parametrize("source", ["", "-r evil.txt", "a\nb", "x" * 600, "/tmp/a folder"])
def test_what_is_no_source_is_refused(checker: Checker, tmp_path: Path, source: str):
    said = checker("course", "export", "gradescope", tmp_path / "a", f"--source={source}", "--language", "en")
    assert (said.code, said.out) == (2, "") if source else said.code == 0
    assert not source or "nothing that pip could install" in said.err


def test_a_wheel_is_part_of_the_bundle(checker: Checker, tmp_path: Path):
    wheel = tmp_path / "dist" / "titanic_checker-9-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.write_bytes(b"a wheel")
    assert checker("course", "export", "classroom50", tmp_path / "a", "--source", wheel).code == 0
    assert (tmp_path / "a" / wheel.name).read_bytes() == b"a wheel"
    assert json.loads((tmp_path / "a/settings.json").read_text())["source"] == wheel.name


def test_a_course_of_ones_own_comes_with_its_data(checker: Checker, tmp_path: Path):
    own = tmp_path / "own"
    shutil.copytree(load().path.parent, own)
    assert checker("course", "export", "gradescope", tmp_path / "a", "--course", own / "course.yaml").code == 0
    assert (tmp_path / "a/course/course.yaml").read_bytes() == (own / "course.yaml").read_bytes()
    assert sorted(path.name for path in (tmp_path / "a/course/data").iterdir()) == ["test.csv", "train.csv"]
    assert settings(tmp_path / "a/settings.sh", "CHECKER_COURSE") == ["course/course.yaml"]


def test_a_course_that_is_wrong_is_not_exported(checker: Checker, tmp_path: Path):
    (tmp_path / "course.yaml").write_text("id: titanic\n", encoding="utf-8")
    assert checker("course", "export", "gradescope", tmp_path / "a", "--course", tmp_path / "course.yaml").code == 3
    assert not (tmp_path / "a").exists()


def test_a_folder_that_holds_something_is_left_alone(checker: Checker, tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/setup.sh").write_text("mine")
    said = checker("course", "export", "gradescope", tmp_path / "a", "--language", "en")
    assert said.code == 2
    assert "is there already" in said.err
    assert [path.read_text() for path in (tmp_path / "a").iterdir()] == ["mine"]


def test_a_place_that_cannot_be_written_is_a_sentence(checker: Checker, tmp_path: Path):
    (tmp_path / "file").write_text("")
    said = checker("course", "export", "gradescope", tmp_path / "file" / "a.zip", "--language", "en")
    assert said.code == 2
    assert "cannot be written" in said.err
