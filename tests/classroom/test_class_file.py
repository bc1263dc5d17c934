"""The file of a class is read, and a mistake in it is named with its line."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checker.classroom.class_file import ClassFile, load
from checker.classroom.folder import ClassFolder, opened
from checker.classroom.new_class import new_class_file
from checker.errors import ClassError, UsageError


def written(folder: Path, content: str) -> Path:
    path = folder / "class.toml"
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_new_one_says_what_is_assumed_anyway(tmp_path: Path, language: str) -> None:
    path = written(tmp_path, new_class_file("ensae-2022", language))
    loaded = load(path)
    zone = {"fr": "Europe/Paris", "en": "UTC"}[language]
    assert loaded == ClassFile(language=language, deadline={"timezone": zone})


def test_each_entry_stands_in_a_new_one() -> None:
    content = new_class_file("ensae-2022", "en")
    for name, field in ClassFile.model_fields.items():
        assert f"\n{name} = " in content or f"[{name}]" in content
        for inner in getattr(field.annotation, "model_fields", {}):
            assert f"{inner} = " in content, inner


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        ('course = "ensae-2022"\nenvironement = "embedded"\n', 2, "Did you mean environment?"),
        ("[deadline]\n\n# due\natt = 2026-12-01T12:00:00\n", 4, "Did you mean at?"),
        ('[late]\npolicy = "penality"\n', 2, "Did you mean penalty?"),
        ('[late]\npolicy = "x"\n', 2, "'cut', 'penalty' or 'accept'"),
        ('[forge]\n# mine\nkind = "githubb"\n', 3, "Did you mean github?"),
        ('[deadline]\ntimezone = "Europe/Pari"\n', 2, "no time zone Europe/Pari"),
        ("[deadline]\ngrace_minutes = -5\n", 2, "greater than or equal to 0"),
        ('[late]\npoints_per_day = "much"\n', 2, "points_per_day"),
        ('[latte]\npolicy = "cut"\n', 1, "Did you mean late?"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, content: str, line: int, says: str) -> None:
    with pytest.raises(ClassError) as caught:
        load(written(tmp_path, content))
    assert f"line {line}:" in str(caught.value)
    assert says in str(caught.value)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("content", ["course = \n", "\x00", "[" * 5000])
def test_what_is_no_toml_is_said(tmp_path: Path, content: str) -> None:
    with pytest.raises(ClassError, match=r"class\.toml is not TOML"):
        load(written(tmp_path, content))


def test_a_deadline_without_offset_is_that_of_its_zone(tmp_path: Path) -> None:
    loaded = load(written(tmp_path, '[deadline]\nat = 2026-12-01T23:59:00\ntimezone = "Europe/Paris"\n'))
    assert loaded.deadline.moment == datetime(2026, 12, 1, 22, 59, tzinfo=UTC)
    loaded = load(written(tmp_path, '[deadline]\nat = 2026-12-01T23:59:00-05:00\ntimezone = "Europe/Paris"\n'))
    assert loaded.deadline.moment == datetime(2026, 12, 2, 4, 59, tzinfo=UTC)


def test_a_class_is_made_once(tmp_path: Path) -> None:
    folder = ClassFolder(tmp_path / "class")
    folder.make("")
    with pytest.raises(UsageError, match="is there already"):
        folder.make("")
    assert opened(tmp_path / "class") == ClassFolder((tmp_path / "class").resolve())
    with pytest.raises(UsageError, match="checker class init"):
        opened(tmp_path)


def test_a_colleague_who_clones_it_gets_no_names(tmp_path: Path) -> None:
    folder = ClassFolder(tmp_path / "class")
    folder.make(new_class_file("ensae-2022", "en"))
    private = ("gradebook.sqlite", "gradebook.sqlite-wal", "roster.csv", "notes.xlsx", "repositories/x", "reports/y")
    for name in private:
        (folder.root / name).write_text("Ada", encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=folder.root, check=True)
    subprocess.run(["git", "add", "-A"], cwd=folder.root, check=True)
    done = subprocess.run(["git", "ls-files"], cwd=folder.root, check=True, capture_output=True, text=True)
    assert done.stdout.split() == [".gitignore", "class.toml"]
