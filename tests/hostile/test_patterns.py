"""No pattern of the program takes more than linear time, whatever it reads."""

from __future__ import annotations

import re

import pytest

from checker.checks.image import image_failures
from checker.evidence.image import dockerignore
from tests.hostile.patterns import Use, slow, uses

USES, UNKNOWN = uses()
OWN_TEXT = ("solution_overlay.py", "sandbox/inside/redirect.py")
"""Modules whose patterns read files of the program alone, the template and its solutions, or run in the student's own
process, in its time.
"""
ELSEWHERE = {
    "checks/image/image_failures.py: pattern": "the table below",
    "submission_defaults.py: pattern": "bounded words, each used as a whole",
    "evidence/image/dockerignore.py: first + middle + (f'.*{rest[-1]}' if rest else '')": "a student's rule: below",
    "evidence/image/dockerignore.py: re.escape(pattern)": "letters alone",
    "ignore_patterns.py: expression": "a set of bytes, for one byte",
}
TYPICAL = [
    Use(re.compile(pattern), frozenset({"search"}), f"a build's end: {pattern:.40}")
    for pattern, *_ in image_failures._typical(1, 1_000_000)
]
READING = [use for use in (*USES, *TYPICAL) if not use.place.startswith(OWN_TEXT)]


def test_every_pattern_is_known():
    assert set(UNKNOWN) == ELSEWHERE.keys()
    assert len(READING) > 300


@pytest.mark.slow
@pytest.mark.parametrize("use", READING, ids=[f"{number} {use.place:.60}" for number, use in enumerate(READING)])
def test_a_pattern_takes_linear_time(use: Use):
    assert slow(use) is None, use.pattern.pattern


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"\s*\(", "search"),
        (r"(a|a)*b", "match"),
        (r"(?m)^\s*%run", "finditer"),
        (r"from[ \t]+(\.*[\w.]*)[ \t]+import\b", "search"),
        (r"\[\s*(\d+)\s*[,\s]\s*(\d+)\]", "search"),
        (r"#.*$", "sub"),
        (rb"\beyJ[\w-]{15,}\.", "finditer"),
        (r"a(.*b)?", "findall"),
    ],
)
def test_a_pattern_that_takes_longer_is_found(pattern: str | bytes, method: str):
    assert slow(Use(re.compile(pattern), frozenset({method}), "here")) is not None


@pytest.mark.parametrize(
    ("pattern", "method"),
    [(r"(?<!\s)\s*+\(", "search"), (r"(?m)^[^\S\n]*%run", "finditer"), (r"#.*", "sub"), (r"x{0,200}y", "search")],
)
def test_a_pattern_in_linear_time_is_let_pass(pattern: str, method: str):
    assert slow(Use(re.compile(pattern), frozenset({method}), "here")) is None


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["*a" * 100, "*[a-c]" * 60 + "d", "?*" * 120, "*" * 250 + "b", "[a-" * 80])
def test_a_rule_of_a_dockerignore_takes_a_name_at_once(rule: str):
    found = slow(Use(dockerignore._expression(rule), frozenset({"fullmatch"}), rule))
    assert found is None or (found.length > 255 and found.milliseconds < 1_000)
