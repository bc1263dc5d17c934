"""The check of data files, on facts made by hand."""

from __future__ import annotations

from checker.facts.hygiene import DataFile, DataFiles, Rule
from checker.model import Location
from checker.testing import verdict_of
from tests.verdicts import advised, failed, passed

# data-untracked

CSV = DataFile("data/raw/train.csv", "csv", passengers=True)


def test_no_data_passes() -> None:
    assert passed(verdict_of("data-untracked", DataFiles(()))).advice == ()


def test_tracked_data_fail__with_the_files_and_the_command() -> None:
    verdict = failed(
        verdict_of("data-untracked", DataFiles((CSV, DataFile("notes.bin", "list of passengers", passengers=True))))
    )
    assert str(verdict.actual) == "Git follows data/raw/train.csv (csv), notes.bin (the list of passengers)."
    assert "git rm --cached data/raw/train.csv notes.bin" in str(verdict.hint)
    assert verdict.where == (Location("data/raw/train.csv"), Location("notes.bin"))
    assert verdict.reproduce == 'test -z "$(git --literal-pathspecs ls-files -- data/raw/train.csv notes.bin)"'


def test_a_rule_on_tracked_data_is_explained() -> None:
    ruled = DataFile("data/raw/train.csv", "csv", rule=Rule(".gitignore", 3, "/data/"))
    verdict = failed(verdict_of("data-untracked", DataFiles((ruled,))))
    assert "The rule /data/ (.gitignore:3) ignores data/raw/train.csv, but" in str(verdict.hint)


def test_a_pointer_is_called_one() -> None:
    verdict = failed(verdict_of("data-untracked", DataFiles((DataFile("train.csv", "csv", pointer=True),))))
    assert "Git LFS pointer" in str(verdict.actual)
    assert "Git LFS" in str(verdict.hint)


def test_a_name_cannot_leave_its_place_in_the_command() -> None:
    verdict = failed(verdict_of("data-untracked", DataFiles((DataFile("$(touch x)'\n.csv", "csv"),))))
    assert "$'$(touch x)\\x27\\x0a.csv'" in verdict.reproduce


def test_a_sample_what_waits_and_what_was_are_advice() -> None:
    facts = DataFiles(
        tracked=(DataFile("tests/three.csv", "csv", fixture=True),),
        waiting=(CSV,),
        past=("train.csv",),
        past_commit="abcd1234",
    )
    verdict = passed(verdict_of("data-untracked", facts))
    said = advised(verdict)
    assert "sample beside the tests is accepted: tests/three.csv" in said
    assert "does not follow data/raw/train.csv yet" in said
    assert "still hold train.csv (the last of them: abcd1234)" in said
