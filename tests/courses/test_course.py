"""The course file is validated: a mistake is named with its line, and the closest right word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.checks.registry import checks
from checker.course import Model, load
from checker.course_files import editions
from checker.errors import CourseError

SOURCE = load().path.read_text(encoding="utf-8")


def refused(tmp_path: Path, content: str) -> CourseError:
    path = tmp_path / "course.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CourseError) as caught:
        load(str(path), frozenset(checks()))
    assert caught.value.exit_code == 3
    return caught.value


def line_of(fragment: str, content: str) -> int:
    return next(n for n, line in enumerate(content.splitlines(), 1) if fragment in line)


def test_the_edition_has_twenty_points_and_every_check_exists() -> None:
    course = load("ensae-2022", frozenset(checks())).course
    assert sum(step.points for step in course.steps if not step.bonus) == 20
    assert {entry.id for _, entry in course.checks()} <= set(checks())


def test_a_misspelt_field_is_named_with_its_line_and_the_right_one(tmp_path: Path) -> None:
    content = SOURCE.replace("unneeded_as_advice", "uneeded_as_advice")
    error = refused(tmp_path, content)
    assert f"line {line_of('uneeded_as_advice', content)}" in str(error.cause)
    assert "unneeded_as_advice" in str(error.remedy)


def test_an_unknown_check_is_named_with_its_line_and_the_closest_one(tmp_path: Path) -> None:
    content = SOURCE.replace("id: lint-main,", "id: lint-mian,")
    error = refused(tmp_path, content)
    assert f"line {line_of('lint-mian', content)}" in str(error.cause)
    assert "lint-main" in str(error.remedy)


def test_a_check_that_is_there_twice(tmp_path: Path) -> None:
    assert "twice" in str(refused(tmp_path, SOURCE.replace("id: layout-data", "id: layout-notebook")).cause)


def test_a_value_of_the_wrong_kind(tmp_path: Path) -> None:
    content = SOURCE.replace("main: 300", "main: soon")
    assert f"line {line_of('main: soon', content)}" in str(refused(tmp_path, content).cause)


def test_what_is_not_yaml(tmp_path: Path) -> None:
    assert "line 2" in str(refused(tmp_path, "id: x\nsteps: ]\n").cause)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="cannot be read"):
        load(str(tmp_path / "none.yaml"))


def test_a_misspelt_edition() -> None:
    with pytest.raises(CourseError, match="Did you mean ensae-2022"):
        load("ensae-2202")
    assert editions() == ("ensae-2022",)


def test_an_instructor_changes_a_bar_without_python(tmp_path: Path) -> None:
    path = tmp_path / "course.yaml"
    path.write_text(SOURCE.replace("main: 9,", "main: 7.5,"), encoding="utf-8")
    pylint = load(str(path)).course.pylint
    assert pylint is not None
    assert pylint.main == 7.5


def test_a_copy_of_the_first_form_has_the_model_of_its_edition(tmp_path: Path) -> None:
    path = tmp_path / "course.yaml"
    path.write_text(re.sub(r"^model:\n(?:[ ].*\n)+", "", SOURCE, flags=re.MULTILINE), encoding="utf-8")
    loaded = load(str(path))
    assert loaded.course.model == load().course.model
    assert loaded.hash != load().hash
    path.write_text(path.read_text().replace("edition: ensae-2022", "edition: penguins"), encoding="utf-8")
    with pytest.raises(CourseError, match="model"):
        load(str(path))


@pytest.mark.parametrize(
    ("right", "wrong", "remedy"),
    [
        ("  counted_by:", "  counted_bye:", "counted_by"),
        ("_forest.BaseForest]", "_forest.BaseForrest]", "BaseForest"),
        ("[sklearn.ensemble._forest.", "[sklearn.ensemble._forrest.", "_forest"),
        ("name: RandomForestClassifier", "name: RandomForestClasifier", "RandomForestClassifier"),
        ("module: sklearn.ensemble", "module: sklearn.ensembles", "ensemble"),
        ("  others: [7, 11, 13]", "  others: []", "checker course show"),
        ("  others: [7, 11, 13]", "  others: [0]", "checker course show"),
        ("  name: RandomForestClassifier", "  name: Random Forest", "checker course show"),
    ],
)
def test_a_mistake_in_the_model_is_named_with_its_line(tmp_path: Path, right: str, wrong: str, remedy: str) -> None:
    assert right in SOURCE
    content = SOURCE.replace(right, wrong, 1)
    error = refused(tmp_path, content)
    named = "name: RandomForestClassifier" if right.startswith("module") else wrong
    assert f"line {line_of(named, content)}" in str(error.cause)
    assert remedy in str(error.remedy)


def test_a_model_says_by_itself_what_it_leaves_out() -> None:
    model = Model(name="KNeighborsClassifier", module="sklearn.neighbors", parameter="n_neighbors")
    assert model.classes == ("sklearn.neighbors.KNeighborsClassifier",)
    assert model.value == "model.n_neighbors"
    assert load().course.model.value == "len(model.estimators_)"
    assert model.is_named("m = KNeighborsClassifier(3)")
    assert not model.is_named("kneighborsclassifier")
    assert model.is_spoken_of(b"# a kneighborsclassifier")
    assert load().course.model.is_spoken_of(b"ExtraTREES")
    assert not load().course.model.is_spoken_of(b"logit")


@pytest.mark.parametrize(
    ("right", "wrong", "remedy"),
    [
        ("  notebooks: [matplotlib.", "  notebook: [matplotlib.", "notebooks"),
        ("    - sklearn.impute", "    - sklearn.imput", "impute"),
        ("[matplotlib.pyplot, ", "[matplotlib.pyplott, ", "pyplot"),
        ("  where_named: {s3fs: s3}", "  where_named: {s3fs.cor: s3}", "core"),
    ],
)
def test_a_mistake_in_what_is_preloaded_is_named_with_its_line(
    tmp_path: Path, right: str, wrong: str, remedy: str
) -> None:
    assert right in SOURCE
    content = SOURCE.replace(right, wrong, 1)
    error = refused(tmp_path, content)
    assert f"line {line_of(wrong, content)}" in str(error.cause)
    assert remedy in str(error.remedy)


def test_classes_are_sorted_as_a_classifier_sorts_them() -> None:
    data = load().course.data
    assert data.target_classes.number == 2
    assert data.target_classes.place == 1
    birds = data.model_copy(update={"classes": ("Gentoo", "Adelie", "Chinstrap"), "positive": "Adelie"})
    assert birds.target_classes.labels == ("Adelie", "Chinstrap", "Gentoo")
    assert birds.target_classes.place == 0
    grades = data.model_copy(update={"classes": ("10", "9", "8.5"), "positive": "10"})
    assert grades.target_classes.labels == ("8.5", "9", "10")


@pytest.mark.parametrize(
    ("classes", "line", "remedy"),
    [
        ("[Adelie, Gentoo]", "positive: 1", "Write one of Adelie, Gentoo"),
        ("[Adelie, '10']", "positive: 1", "Did you mean 10?"),
        ("[1]", "data:", "checker course show"),
        ("[1, 2, 1]", "data:", "checker course show"),
        ("1", "classes: 1", "checker course show"),
    ],
)
def test_classes_that_cannot_be_are_refused(tmp_path: Path, classes: str, line: str, remedy: str) -> None:
    content = SOURCE.replace("  positive: 1\n", f"  positive: 1\n  classes: {classes}\n")
    error = refused(tmp_path, content)
    assert f"line {line_of(line, content)}" in str(error.cause)
    assert remedy in str(error.remedy)
