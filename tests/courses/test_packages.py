"""What is known of packages is shared by the editions, and a course file changes single entries of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from checker.course import Course, load
from checker.errors import CourseError

SHIPPED = load()
TABLES: dict[str, Any] = yaml.safe_load(
    (SHIPPED.path.parents[1] / "packages.yaml").read_text(encoding="utf-8"),
)


def with_entries(folder: Path, **entries: object) -> str:
    """The path of a copy of the course with these *entries* under ``environment``."""
    content = yaml.safe_load(SHIPPED.path.read_text(encoding="utf-8"))
    content["environment"] |= entries
    path = folder / "course.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return str(path)


def course(folder: Path, **entries: object) -> Course:
    return load(with_entries(folder, **entries)).course


def test_the_edition_has_the_shared_tables_and_none_of_its_own() -> None:
    own = yaml.safe_load(SHIPPED.path.read_text(encoding="utf-8"))["environment"]
    assert set(own) == {"allowed_unneeded", "unneeded_as_advice"}
    loaded = SHIPPED.course.environment.model_dump()
    assert set(loaded) == {*own, *TABLES}
    for name, entries in TABLES.items():
        assert loaded[name], name
        if isinstance(entries, list):
            assert loaded[name] == frozenset(entries)
        else:
            assert {key: list(value) if isinstance(value, tuple) else value for key, value in loaded[name].items()} == (
                entries
            )


def test_a_course_file_from_before_that_holds_all_tables_is_the_same_course(tmp_path: Path) -> None:
    assert course(tmp_path, **TABLES).environment == SHIPPED.course.environment


def test_a_course_adds_an_entry_and_changes_another(tmp_path: Path) -> None:
    changed = course(
        tmp_path,
        distributions={"palmerpenguins": "palmer-penguins", "yaml": "ruamel.yaml"},
        conda_dependencies={"numpy": ["libblas"]},
        platform_packages=["penguin-os"],
    ).environment
    assert changed.distributions["palmerpenguins"] == "palmer-penguins"
    assert changed.distributions["yaml"] == "ruamel.yaml"
    assert changed.distributions["sklearn"] == "scikit-learn"
    assert changed.conda_dependencies["numpy"] == ("libblas",)
    assert changed.conda_dependencies["pandas"] == SHIPPED.course.environment.conda_dependencies["pandas"]
    assert changed.platform_packages == SHIPPED.course.environment.platform_packages | {"penguin-os"}
    assert changed.pip_names == SHIPPED.course.environment.pip_names


def test_a_course_takes_an_entry_out(tmp_path: Path) -> None:
    heavy = course(tmp_path, heavy={"torch": None}).environment.heavy
    assert heavy == {name: size for name, size in SHIPPED.course.environment.heavy.items() if name != "torch"}
    assert "torch" in SHIPPED.course.environment.heavy


@pytest.mark.parametrize(
    ("entries", "place"),
    [
        ({"heavy": {"unheard-of": None}}, "environment.heavy.unheard-of"),
        ({"heavy": {"torch": "much"}}, "environment.heavy.torch"),
        ({"distributions": ["sklearn"]}, "environment.distributions"),
        ({"distribution": {"cv2": "opencv-python"}}, "environment.distribution is not known"),
    ],
)
def test_a_mistake_in_an_entry_is_named_with_its_line(tmp_path: Path, entries: dict[str, object], place: str) -> None:
    path = with_entries(tmp_path, **entries)
    key = place.partition(" ")[0].rpartition(".")[2]
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    within = lines.index("environment:")
    line = next(n for n, words in enumerate(lines[within:], within + 1) if words.strip().startswith(f"{key}:"))
    with pytest.raises(CourseError) as caught:
        load(path)
    assert place in str(caught.value.cause)
    assert f"line {line}:" in str(caught.value.cause)


def test_the_hash_covers_the_course_file_and_the_shared_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = Path(with_entries(tmp_path))
    first = load(str(written)).hash
    assert load(str(written)).hash == first
    written.write_text(written.read_text(encoding="utf-8") + "# a word\n", encoding="utf-8")
    second = load(str(written)).hash
    assert second != first
    courses = tmp_path / "courses"
    courses.mkdir()
    tables = (SHIPPED.path.parents[1] / "packages.yaml").read_text(encoding="utf-8")
    (courses / "packages.yaml").write_text(tables.replace("  torch: 800\n", "  torch: 900\n"), encoding="utf-8")
    monkeypatch.setattr("checker.course_files.resources.files", lambda _package: tmp_path)
    changed = load(str(written))
    assert changed.course.environment.heavy["torch"] == 900
    assert changed.hash not in (first, second)
