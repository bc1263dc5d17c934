"""Other passengers drawn from the given ones."""

from __future__ import annotations

import csv
import io
import random
import re
from collections import Counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.course import load
from checker.evidence.datasets.resampling import ColumnNames, resample
from checker.evidence.datasets.served import ordinary_data

COLUMNS = ColumnNames(target="Survived", identifier="PassengerId", name="Name")
WORLD = ordinary_data(load().course)
TRAIN, TEST = WORLD.tables["train"], WORLD.tables["test"]
CATEGORIES = ["Pclass", "Sex", "SibSp", "Parch", "Embarked"]

seeds = st.integers(0, 2**32 - 1)


def table(content: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content))


def titles(names: pd.Series) -> Counter[str]:
    """As the starter reads them: the word after the comma."""
    return Counter(name.split(",")[1].split()[0] for name in names)


@given(seeds)
@settings(max_examples=20)
def test_what_changes_and_what_stays(seed):
    train, test = (table(content) for content in resample(TRAIN, TEST, seed, COLUMNS))
    was_train, was_test = table(TRAIN), table(TEST)

    for new, was in ((train, was_train), (test, was_test)):
        assert list(new.columns) == list(was.columns)
        assert new.dtypes.to_dict() == was.dtypes.to_dict()
        assert 0.6 * len(was) < len(new) < 0.95 * len(was)
        assert (new.isna().any() == was.isna().any()).all()
        for column in CATEGORIES:
            assert set(new[column].dropna()) == set(was[column].dropna())
        assert set(titles(new.Name)) == set(titles(was.Name))
        assert titles(new.Name)["Dona."] == titles(was.Name)["Dona."]

    everybody = pd.concat([train, test])
    assert everybody.PassengerId.is_unique
    assert everybody.Name.is_unique
    assert not set(everybody.Name) & set(pd.concat([was_train, was_test]).Name)
    assert not set(everybody.PassengerId) & set(range(1310))

    assert 0.15 < train.Survived.mean() - was_train.Survived.mean() < 0.3


@given(seeds)
@settings(max_examples=10)
def test_a_tenth_of_it_has_other_row_sums(seed):
    """What the rows of a confusion matrix on a tenth of the passengers add up to: 55 and 35 with the given ones."""
    train = table(resample(TRAIN, TEST, seed, COLUMNS)[0])
    lived = round(len(train) * 0.1 * train.Survived.mean())
    died = round(len(train) * 0.1) - lived
    assert lived + died < 82
    assert died < 42


def test_rows_are_those_of_real_passengers():
    """But for identifier and name: ages, fares and cabins are not made up."""
    kept = [column for column in table(TRAIN).columns if column not in ("PassengerId", "Name")]
    was = {tuple(row) for row in table(TRAIN)[kept].astype(str).itertuples(index=False)}
    new = {tuple(row) for row in table(resample(TRAIN, TEST, 7, COLUMNS)[0])[kept].astype(str).itertuples(index=False)}
    assert new <= was


def test_a_seed_gives_the_same_passengers_and_another_one_others():
    assert resample(TRAIN, TEST, 3, COLUMNS) == resample(TRAIN, TEST, 3, COLUMNS)
    assert len({len(resample(TRAIN, TEST, seed, COLUMNS)[0].splitlines()) for seed in range(20)}) > 10


def test_the_global_generator_is_left_alone():
    random.seed(1)
    before = random.getstate()
    resample(TRAIN, TEST, 3, COLUMNS)
    assert random.getstate() == before


def test_titles_keep_their_passenger():
    """A Mr. stays a Mr.: name, sex and age still fit each other."""
    train = table(resample(TRAIN, TEST, 11, COLUMNS)[0])
    assert set(train[train.Name.str.contains(r", Mr\.")].Sex) == {"male"}
    assert set(train[train.Name.str.contains(r", (?:Mrs|Miss)\.")].Sex) == {"female"}


class TestOtherTables:
    """The course may bring its own data."""

    def make(self, rows: list[tuple[object, ...]]) -> bytes:
        target = io.StringIO()
        csv.writer(target, lineterminator="\n").writerows(rows)
        return target.getvalue().encode()

    @given(
        seed=seeds,
        ages=st.lists(st.sampled_from(["", "1", "2.5", "30", "4e1", "x"]), min_size=2, max_size=60),
        labels=st.lists(st.sampled_from(["yes", "no", "perhaps"]), min_size=60, max_size=60),
    )
    @settings(max_examples=60)
    def test_any_table_keeps_its_types_and_categories(self, seed, ages, labels):
        people = [(n, labels[n], f"Doe, Mr. John {n % 4}", age) for n, age in enumerate(ages)]
        train = self.make([("PassengerId", "Survived", "Name", "Age"), *people])
        test = self.make([("PassengerId", "Name", "Age"), *((n, name, age) for n, _, name, age in people)])
        for new, was in zip(resample(train, test, seed, COLUMNS), (train, test), strict=True):
            read, given_ = table(new), table(was)
            assert read.dtypes.to_dict() == given_.dtypes.to_dict()
            assert read.Name.is_unique
            assert all(re.fullmatch(r"[^,]+, Mr\. John \d", name) for name in read.Name)
            assert set(read.Age.dropna()) == set(given_.Age.dropna())
            assert len(read) <= len(given_)

    def test_names_without_families_become_unique_too(self):
        train = self.make([("PassengerId", "Survived", "Name"), *((n, n % 2, "x") for n in range(40))])
        test = self.make([("PassengerId", "Name"), *((n, "x") for n in range(40))])
        new = [table(one) for one in resample(train, test, 1, COLUMNS)]
        names = pd.concat(new).Name
        assert names.is_unique
        assert "x" not in set(names)

    def test_a_byte_order_mark_is_no_part_of_a_name(self):
        new, _ = resample(b"\xef\xbb\xbf" + TRAIN, TEST, 1, COLUMNS)
        assert table(new).columns[0] == "PassengerId"

    @pytest.mark.parametrize(
        ("train", "test", "said"),
        [
            (b"", TEST, "no rows"),
            (TRAIN.splitlines()[0], TEST, "no rows"),
            (TEST, TEST, "no column Survived"),
            (TRAIN, b"a,b\n1,2\n", "no column PassengerId, Name"),
            (b"PassengerId,Survived,Name\n1,0\n", TEST, "argument"),
            (b"\xff\xfe", TEST, "utf-8"),
        ],
    )
    def test_what_is_no_such_table_is_refused(self, train, test, said):
        with pytest.raises(ValueError, match=said):
            resample(train, test, 1, COLUMNS)


@given(seeds)
@settings(max_examples=15)
def test_what_is_drawn_by_lot_is_told_by_nothing(seed):
    told, lot = (table(resample(TRAIN, TEST, seed, COLUMNS, by_chance=by_chance)[0]) for by_chance in (False, True))
    assert told.drop(columns="Survived").equals(lot.drop(columns="Survived"))
    assert told["Survived"].sum() == lot["Survived"].sum()
    women = lot["Sex"] == "female"
    assert abs(lot["Survived"].corr(women)) * len(lot) ** 0.5 < 5
    assert told["Survived"].corr(women) > 0.3
