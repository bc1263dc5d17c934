"""The screen of ``checker watch``: as it was accepted, within any window, and harmless."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from checker.locale import LANGUAGES, Speech
from checker.model import Report, text
from checker.render.screen import Round, Screen, render_screen
from tests.render.reports import hostile, ordinary

SCREENS = Path(__file__).parent / "screens"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def screen(report: Report | None = None, **more: object) -> Screen:
    given: dict[str, object] = {"checked_at": "14:05:12", "seconds": 1.24, **more}
    return Screen(folder="~/titanic", report=report or ordinary(), **given)  # type: ignore[arg-type]


STATES: dict[str, Screen] = {
    "ready": screen(changes=(text("{name} passes now", name="1.4"), text("{name} fails now", name="main-runs"))),
    "going-on": screen(round=Round(judged=12, asked=49), changes=()),
    "trouble": screen(trouble=(text("There is no {path}.", path="x"), text("The next save is checked again."))),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", STATES)
def test_it_looks_as_accepted(name: str, language: str, request: pytest.FixtureRequest) -> None:
    shown = "\n".join(render_screen(STATES[name], Speech(language))) + "\n"
    path = SCREENS / f"{name}.{language}.txt"
    if request.config.getoption("--update-goldens", default=False):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8"), "look at the difference; `make goldens` accepts it"


def test_no_screen_is_left_over() -> None:
    assert {path.stem for path in SCREENS.iterdir()} == {
        f"{name}.{language}" for name in STATES for language in LANGUAGES
    }


@pytest.mark.slow
@pytest.mark.parametrize("report", [ordinary(), hostile()], ids=["ordinary", "hostile"])
@pytest.mark.parametrize("color", [False, True])
def test_it_fits_the_window(report: Report, color: bool) -> None:
    for width in (20, 40, 80, 100):
        for height in (4, 5, 8, 12, 24, 60):
            lines = render_screen(screen(report, changes=()), Speech("fr"), width=width, height=height, color=color)
            assert len(lines) <= height
            plain = [COLOURS.sub("", line) for line in lines]
            assert all("\x1b" not in line and "\n" not in line and "\r" not in line for line in plain)
            assert max(cell_len(line) for line in plain) <= width


def test_what_has_no_room_is_counted() -> None:
    low = render_screen(screen(), Speech("en"), height=14)
    assert sum("more: checker check" in line for line in low) == 1
    assert not any("more: checker check" in line for line in render_screen(screen(), Speech("en"), height=200))
    assert low[-1].endswith("Ctrl-C leaves.")


def test_without_colours_there_are_none() -> None:
    assert "\x1b" not in "".join(render_screen(screen(), Speech("en")))
    assert "\x1b" in "".join(render_screen(screen(), Speech("en"), color=True))


def test_before_the_first_report_there_is_a_note() -> None:
    empty = Screen(folder="~/titanic", round=Round())
    lines = render_screen(
        empty, Speech("en"), note=text("The place where your code runs is made ready; that takes some seconds.")
    )
    assert lines[0].endswith("checking…")
    assert "made ready" in lines[2]


def test_a_folder_with_a_hostile_name() -> None:
    lines = render_screen(replace(screen(), folder="x\x1b[2J\u202e" + "y" * 300), Speech("en"))
    assert "\x1b" not in lines[0]
    assert "\u202e" not in lines[0]
    assert cell_len(lines[0]) <= 80
