"""The version that the starter pins is read in each form of ``checker_source``, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from checker import __version__
from checker.absences import NotDoneYet
from checker.checks.remarks import another_version
from checker.evidence.repository.pinned_checker import pinned_checker, pinned_version
from checker.facts.pinned_checker import PinnedChecker
from checker.facts.tree import Tree
from checker.submission_defaults import Defaults, defaults

DIGEST = "@sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("source", "version"),
    [
        ("titanic-checker==0.2.0", "0.2.0"),
        ("titanic-checker==0.2", "0.2"),
        ("git+https://example.org/school/checker@v1.2.3rc1", "1.2.3rc1"),
        ("git+https://example.org/school/checker.git@1.2.3", "1.2.3"),
        ("https://example.org/v9.9/titanic_checker-0.3.1-py3-none-any.whl", "0.3.1"),
        (f"https://example.org/titanic_checker-0.3.1-py3-none-any.whl#sha256={'a' * 64}", "0.3.1"),
        ("docker://example.org:5000/school/checker:0.2.0", "0.2.0"),
        (f"docker://school/checker:0.2.0{DIGEST}", "0.2.0"),
    ],
)
def test_pinned_version__of_each_form(source, version):
    assert str(pinned_version(source)) == version


@pytest.mark.parametrize(
    "source",
    [
        "titanic-checker",
        "titanic-checker~=0.2",
        "titanic-checker==0.2.*",
        "titanic-checker==0.2.0==",
        "git+https://example.org/v1.2/checker",
        "git+https://me@1.2.3/checker",
        "git+https://example.org/checker@main",
        "git+https://example.org/checker@2025",
        "git+https://example.org/checker@0123456789012345678901234567890123456789",
        "https://example.org/checker.whl",
        "https://example.org/checker-1.0.tar.gz",
        "docker://example.org:5000/checker",
        f"docker://school/checker{DIGEST}",
        "docker://school/checker:latest",
        "=" * 500,
        "@1.0" * 100,
        "",
    ],
)
def test_pinned_version__where_none_is_named(source):
    assert pinned_version(source) is None


def said(line: str) -> Defaults:
    return defaults(Tree.of({".checker.yml": line}))


def test_remark__names_both_versions_where_they_differ():
    fact = pinned_checker(said('checker: "titanic-checker==99.1"\n'))
    assert fact == PinnedChecker("99.1", __version__)
    (advice,) = another_version(fact)
    assert str(advice.message).startswith(
        f"This course was made with version 99.1 of the checker; you run {__version__}, which"
    )


def test_no_remark__for_the_same_version_however_it_is_written():
    assert another_version(pinned_checker(said(f"checker: titanic-checker=={__version__}.0\n"))) == ()
    assert another_version(pinned_checker(said(f"checker: git+https://example.org/c@v{__version__}\n"))) == ()


@pytest.mark.parametrize("line", ["", "checker: null", "checker: [1.0]", "checker: titanic-checker", "checker: é==1.0"])
def test_no_fact__where_no_version_is_pinned(line):
    with pytest.raises(NotDoneYet):
        pinned_checker(said(line))
