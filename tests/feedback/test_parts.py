"""When a run is red, how Markdown is cut, what the runner is told, and the switch of AppArmor."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.errors import UsageError
from checker.feedback.fail_on import fail_on_of
from checker.feedback.namespaces import Namespaces, free_namespaces
from checker.feedback.runner import new_delimiter, output_lines, outputs, warning
from checker.feedback.shortening import shortened
from checker.model import Report, Status
from tests.render.reports import NOT_BEGUN, check, hostile, ordinary, passed, step


def report_of(*states: bool | None) -> Report:
    """A report of steps 1.1, 1.2, …: passed, not begun, or as the ordinary report's failure."""
    failure = next(
        one.verdict
        for part in ordinary().steps
        for one in part.checks
        if one.status is Status.FAILED and not one.points
    )
    verdicts = {True: passed(), None: NOT_BEGUN, False: failure}
    steps = [
        step(f"1.{number}", "Step", "Étape", check(f"check-{number}", "1", verdicts[state]))
        for number, state in enumerate(states, start=1)
    ]
    return replace(ordinary(), steps=tuple(steps))


@pytest.mark.parametrize(
    ("words", "states", "red"),
    [
        ("", (True, None), False),
        ("failed", (True, False), True),
        ("never", (False, False), False),
        ("1.1", (True, None), False),
        ("1.2", (True, None), True),
        ("1.2", (False, True), True),
        (" 1.1 ", (True, False), False),
    ],
)
def test_a_run_is_red_as_asked(words: str, states: tuple[bool | None, ...], red: bool) -> None:
    assert fail_on_of(words).is_red(report_of(*states)) is red


def test_a_run_cannot_fail_on_what_is_no_step() -> None:
    with pytest.raises(UsageError, match="cannot fail on always"):
        fail_on_of("always")
    with pytest.raises(UsageError, match=r"no step or check 1\.9"):
        fail_on_of("1.9").is_red(report_of(True, True))


WHOLE = "# Title\n\n| a |\n\n## One\n\n- é é é\n\n## Two\n\n- b\n"


def test_markdown_that_fits_stays() -> None:
    assert shortened(WHOLE, len(WHOLE.encode()), "*more*") == WHOLE


def test_whole_parts_are_left_out() -> None:
    assert shortened(WHOLE, len(WHOLE.encode()) - 1, "*m*") == "# Title\n\n| a |\n\n## One\n\n- é é é\n\n*m*\n"
    assert shortened(WHOLE, 10, "*m*") == "*m*\n"


@given(st.lists(st.text(max_size=40), max_size=6), st.integers(min_value=10, max_value=200))
def test_no_part_is_cut_in_the_middle(parts: list[str], most: int) -> None:
    whole = "\n## ".join(["head", *parts])
    found = shortened(whole, most, "*m*")
    assert len(found.encode("utf-8", "backslashreplace")) <= most
    assert found in {whole, "*m*\n"} or any(
        found == "\n## ".join(["head", *parts[:count]]).rstrip() + "\n\n*m*\n" for count in range(len(parts) + 1)
    )


def test_outputs_are_what_a_workflow_can_use() -> None:
    assert outputs(report_of(True, False, None), Path("/tmp/r")) == {
        "points": "1",
        "max-points": "3",
        "report": "/tmp/r/report.json",
        "failed-checks": '["check-2"]',
        "next-step": "1.2",
    }


def test_a_value_cannot_end_its_own_lines_in_the_file_of_outputs() -> None:
    delimiter, other = new_delimiter(), new_delimiter()
    assert delimiter != other
    lines = output_lines({"report": "a\nb\ncheck<<EOF"}, delimiter).splitlines()
    assert lines == [f"report<<{delimiter}", "a", "b", "check<<EOF", delimiter]
    for value in outputs(hostile(), Path("x")).values():
        assert "\n" not in value


def test_a_warning_is_one_command() -> None:
    assert warning("50 %\n::error::x") == "::warning::50 %25%0A::error::x"


@pytest.fixture
def sudo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sudo that notes what it is asked, and turns the switch off in this folder."""
    program = tmp_path / "bin" / "sudo"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nprintf "%s " "$@" >> {tmp_path}/asked\necho 0 > {tmp_path}/switch\n', encoding="ascii"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return tmp_path


HOSTED = {"RUNNER_ENVIRONMENT": "github-hosted"}


def test_the_switch_is_turned_off_on_a_rented_runner_only(sudo: Path) -> None:
    switch = sudo / "switch"
    assert free_namespaces(HOSTED, switch) is Namespaces.FREE
    switch.write_text("1\n", encoding="ascii")
    assert free_namespaces({"RUNNER_ENVIRONMENT": "self-hosted"}, switch) is Namespaces.KEPT
    assert not (sudo / "asked").exists()
    assert free_namespaces(HOSTED, switch) is Namespaces.FREED
    asked = (sudo / "asked").read_text(encoding="ascii")
    assert asked == "-n sysctl -q -w kernel.apparmor_restrict_unprivileged_userns=0 "


def test_where_sudo_cannot_help_it_is_said(sudo: Path) -> None:
    (sudo / "switch").write_text("1\n", encoding="ascii")
    (sudo / "bin" / "sudo").write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
    assert free_namespaces(HOSTED, sudo / "switch") is Namespaces.REFUSED
