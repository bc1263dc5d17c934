"""Several commands in one workspace: what passes on, and what a hostile one cannot do to the others."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from checker.facts.actions import MOST_COMMANDS, Carried, Commands, Output, ShellCommand
from checker.facts.job import CommandResult, End, Finished
from checker.sandbox.process.carried_values import Malformed, folders_in, values_in
from tests.sandbox.conftest import Runner

CARRIED = Carried("GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT")
PYTHON = ("python", "{0}")
SH = ("sh", "-e", "{0}")


def run(runner: Runner, *commands: str | ShellCommand, references: Any = None, **options: Any) -> Finished:
    steps = tuple(ShellCommand(lines=one) if isinstance(one, str) else one for one in commands)
    action = Commands(steps, CARRIED, references or {}, path="ci.yaml")
    return runner.job(action, options.pop("files", {}), **options)


def outputs(finished: Finished) -> list[str | None]:
    return [None if one is None else one.output for one in finished.commands]


@pytest.mark.parametrize(
    ("body", "values"),
    [
        ("", {}),
        ("A=1\nB=x=y\r\n\nA=2\n", {"A": "2", "B": "x=y"}),
        ("A<<END\none\n\ntwo=2\nEND\nB=1", {"A": "one\n\ntwo=2", "B": "1"}),
        ("A<<E\nE\n", {"A": ""}),
        ("A=<<E\n", {"A": "<<E"}),
        ("A<<E=F\n1\nE=F\n", {"A": "1"}),
        ("\ufeffA=é\n", {"A": "é"}),
        ("A=\n", {"A": ""}),
    ],
)
def test_values_are_read(body: str, values: dict[str, str]) -> None:
    assert values_in(body.encode()) == values


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("A", "line 1: A"),
        ("A=1\n=2\n", "line 2: =2"),
        ("<<E\n", "line 1: <<E"),
        ("A<<\n", "line 1: A<<"),
        ("A<<E\n1\n", "line 1: no line E"),
        ("A=\0", "NUL"),
        ("x" * 1000, "line 1: " + "x" * 80),
    ],
)
def test_a_line_that_is_none_is_named(body: str, says: str) -> None:
    with pytest.raises(Malformed) as raised:
        values_in(body.encode())
    assert says in str(raised.value)
    assert len(str(raised.value)) < 120


def test_folders_are_read() -> None:
    assert folders_in(b"/a\n\n/b c\r\n") == ("/a", "/b c")


def test_a_later_command_finds_what_earlier_ones_left(either: Runner) -> None:
    finished = run(
        either,
        """
        echo one > made.txt
        echo "COLOUR=dark blue" >> "$GITHUB_ENV"
        printf 'ROWS<<END\\n1\\n2\\nEND\\n' >> "$GITHUB_ENV"
        echo "$PWD/tools" >> "$GITHUB_PATH"
        echo "number=42" >> "$GITHUB_OUTPUT"
        mkdir tools
        printf '#!/bin/sh\\necho a tool\\n' > tools/mine
        chmod +x tools/mine
        """,
        ShellCommand(
            lines="cat made.txt; echo $COLOUR, $ROWS; mine; echo <<1.number>> $OWN", variables={"OWN": "x<<1.number>>"}
        ),
        ShellCommand(
            lines="import os\nprint(os.getcwd()[-5:], os.environ['COLOUR'], 'OWN' in os.environ)",
            shell=PYTHON,
            folder="tools",
        ),
        ShellCommand(lines="echo $0 | tail -c 3; pwd | tail -c 9", shell=SH),
        references={"<<1.number>>": Output(0, "number"), "<<1.other>>": Output(0, "other")},
        variables={"GIVEN": "to all"},
    )
    assert finished.succeeded, finished
    first, second, third, fourth = finished.commands
    assert (first.variables, first.outputs) == ({"COLOUR": "dark blue", "ROWS": "1\n2"}, {"number": "42"})
    assert first.path[0].endswith("/project/tools")
    assert second.output == "one\ndark blue, 1 2\na tool\n42 x42\n"
    assert third.output == "tools dark blue False\n"
    assert fourth.output.endswith("/project\n")
    assert finished.output == first.output + second.output + third.output + fourth.output


def test_an_output_is_put_in_once(isolated: Runner) -> None:
    finished = run(
        isolated,
        """echo 'a={''b}' >> "$GITHUB_OUTPUT"; echo 'b=inner' >> "$GITHUB_OUTPUT" """,
        "echo '{a} {b} {c}'",
        references={"{a}": Output(0, "a"), "{b}": Output(0, "b"), "{c}": Output(7, "c")},
    )
    assert outputs(finished)[1] == "{b} inner \n"


def test_an_output_that_is_put_in_without_end_is_refused(isolated: Runner) -> None:
    finished = run(
        isolated,
        """(printf b=; head -c 100000 /dev/zero | tr '\\0' x) >> "$GITHUB_OUTPUT" """,
        "# " + "{b}" * 20_000,
        references={"{b}": Output(0, "b")},
    )
    assert len(finished.commands[0].outputs["b"]) == 100_000
    assert finished.commands[1].status == 126


@pytest.mark.slow
def test_as_many_commands_as_may_be_leave_no_descriptor(either: Runner) -> None:
    files = Path("/proc/self/fd")
    run(either, "true")
    before = len([*files.iterdir()])
    finished = run(either, *["sleep 100 &"] * MOST_COMMANDS, seconds=60, processes=300)
    assert finished.succeeded, finished.commands
    assert len([*files.iterdir()]) == before


def test_the_first_failure_ends_the_sequence(either: Runner) -> None:
    finished = run(either, "echo 1", "echo 2; false; echo 3", "echo 4", ShellCommand(lines="echo 5", always=True))
    assert outputs(finished) == ["1\n", "2\n", None, "5\n"]
    assert (finished.end, finished.status, finished.succeeded) == (End.EXIT, 1, False)
    assert [one and one.succeeded for one in finished.commands] == [True, False, None, True]


def test_a_command_may_fail_where_it_is_told_to_go_on(isolated: Runner) -> None:
    finished = run(isolated, ShellCommand(lines="exit 3", go_on=True), "echo 2", "exit 4", "echo 4")
    assert outputs(finished) == ["", "2\n", "", None]
    assert [one.status for one in finished.commands[:3]] == [3, 0, 4]
    assert finished.status == 3


@pytest.mark.parametrize(
    ("command", "status", "says"),
    [
        (ShellCommand(lines="", shell=("no-such-program",)), 127, "no-such-program"),
        (ShellCommand(lines="", folder="absent"), None, "absent"),
        (ShellCommand(lines="echo \0"), 126, "no program can be given"),
        (ShellCommand(lines="echo \ud800"), 126, "no program can be given"),
        (ShellCommand(lines="", variables={"A": "\0"}), 126, "no program can be given"),
        (ShellCommand(lines="", variables={"A=B": ""}), 126, "no program can be given"),
        (ShellCommand(lines="#" * 200_000), 126, "no program can be given"),
        (ShellCommand(lines="", variables={"A": "x" * 3_000_000}), 126, "no program can be given"),
        (ShellCommand(lines="", variables={"A": "x" * 200_000}), 70, ""),
    ],
    ids=["program", "folder", "nul", "half a letter", "variable", "name", "long", "longest", "longer"],
)
@pytest.mark.parametrize("place", [0, 1])
def test_a_command_that_cannot_be_started_has_failed(
    isolated: Runner, command: ShellCommand, status: int | None, says: str, place: int
) -> None:
    finished = run(isolated, *["true"] * place, command)
    assert finished.end is End.EXIT
    assert finished.status in ((1, 2) if status is None else (status,))
    assert says in finished.errors


def test_letters_that_are_not_utf_8_are_written_as_they_are(isolated: Runner) -> None:
    assert run(isolated, ShellCommand(lines="echo \udcff | od -An -tx1")).output == " ff 0a\n"


@pytest.mark.parametrize("number", [0, MOST_COMMANDS + 1])
def test_the_number_of_commands_is_bounded(number: int) -> None:
    with pytest.raises(ValueError, match=f"{number} commands"):
        Commands((ShellCommand(lines=""),) * number)


def test_commands_reach_the_gateway_and_nothing_else(isolated: Runner) -> None:
    fetch = "import urllib.request as r\nprint(len(r.urlopen('{}', timeout=2).read()))"
    finished = run(
        isolated,
        ShellCommand(lines=fetch.format("http://example.org/train.csv"), shell=PYTHON),
        ShellCommand(lines=fetch.format("https://example.org/train.csv"), shell=PYTHON),
        ShellCommand(lines=fetch.format("http://example.org:8080/train.csv"), shell=PYTHON),
    )
    assert [one.succeeded for one in finished.commands] == [True, True, False]
    assert [request.url for request in finished.requests] == [
        f"{scheme}://example.org/train.csv" for scheme in ("http", "https")
    ]


@pytest.mark.slow
def test_all_together_have_one_time(either: Runner) -> None:
    started = time.monotonic()
    finished = run(either, "sleep 0.8", "sleep 0.8", ShellCommand(lines="echo 3", always=True), seconds=1.2)
    assert time.monotonic() - started < 5
    assert [one and one.end for one in finished.commands] == [End.EXIT, End.TIME, None]
    assert finished.end is End.TIME


def test_all_together_have_one_limit_on_output(isolated: Runner) -> None:
    finished = run(isolated, "head -c 6000 /dev/zero", "head -c 6000 /dev/zero >&2", output=10_000)
    assert [one.end for one in finished.commands] == [End.EXIT, End.OUTPUT]
    assert len(finished.output) + len(finished.errors) == 10_000


LEFT = """
(trap '' HUP TERM; echo started; while [ ! -e stop ]; do sleep 0.02; done; echo seen; exec sleep 1000) &
echo "NUMBER=$!" >> "$GITHUB_ENV"
"""


def test_what_a_command_leaves_behind_lives_until_the_end(either: Runner) -> None:
    finished = run(either, LEFT, "kill -0 $NUMBER; touch stop; sleep 0.5", "kill -0 $NUMBER; echo third")
    assert finished.succeeded, finished
    assert outputs(finished) == ["started\nseen\n", "", "third\n"]
    if either.kind == "plain":
        number = int(finished.commands[0].variables["NUMBER"])
        assert not psutil.pid_exists(number) or psutil.Process(number).status() == psutil.STATUS_ZOMBIE


def test_a_flood_from_behind_ends_the_run(isolated: Runner) -> None:
    finished = run(isolated, "(sleep 0.5; yes) &", "sleep 100", output=1_000_000, seconds=20)
    assert [one.end for one in finished.commands] == [End.EXIT, End.OUTPUT]
    assert len(finished.output) <= 1_000_000


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("echo no-value >> $GITHUB_ENV", "GITHUB_ENV: line 1: no-value"),
        ("printf 'A<<E\\n' >> $GITHUB_OUTPUT", "GITHUB_OUTPUT: line 1: no line E ends this value"),
        ("rm $GITHUB_ENV; ln -s /etc/passwd $GITHUB_ENV", "GITHUB_ENV: no ordinary file (link)"),
        ("rm $GITHUB_ENV; mkfifo $GITHUB_ENV", "GITHUB_ENV: no ordinary file (special)"),
        ("rm $GITHUB_PATH; mkdir $GITHUB_PATH", "GITHUB_PATH: no ordinary file (special)"),
        ("truncate -s 900M $GITHUB_ENV", "GITHUB_ENV: more than 131072 bytes"),
        ("head -c 10 /dev/zero > $GITHUB_OUTPUT", "GITHUB_OUTPUT: a NUL character"),
    ],
)
def test_values_that_cannot_be_read_are_the_failure_of_their_command(isolated: Runner, line: str, says: str) -> None:
    finished = run(isolated, line, "echo 2")
    assert finished.commands[0].malformed == says
    assert finished.commands[1] is None
    assert (finished.end, finished.status) == (End.EXIT, 1)


def test_values_that_were_thrown_away_are_none(isolated: Runner) -> None:
    finished = run(isolated, "rm $GITHUB_ENV $GITHUB_PATH $GITHUB_OUTPUT", "echo 2")
    assert finished.succeeded
    assert finished.commands[0] == CommandResult(end=End.EXIT, status=0, seconds=finished.commands[0].seconds)


HOSTILE = {
    "kills all that begins": "(sleep 0.1; while :; do kill -9 -1; done) 2>/dev/null &",
    "takes away the tree": "rm -rf ~/project; ln -s /etc ~/project",
    "fills the place of the lines": "head -c 2M /dev/zero > /run/user/1000/x || true",
    "locks the place of the lines": "chmod 000 /run/user/1000",
}


@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE)
def test_what_is_done_to_later_commands_is_their_failure(isolated: Runner, line: str) -> None:
    """None of it is taken for a fault of the sandbox, which would count for nobody."""
    finished = run(isolated, line, "cat mine.txt", files={"mine.txt": "mine"}, seconds=5, processes=40)
    assert finished.commands[0].end is End.EXIT
    assert not finished.succeeded
    assert not finished.commands[1].succeeded


def test_processes_without_end_are_no_fault_of_the_sandbox(isolated: Runner) -> None:
    bomb = ":(){ :|:& };: 2>/dev/null & sleep 0.2"
    finished = run(isolated, bomb, "sleep 0.1", seconds=3, processes=40)
    assert finished.commands[0].end in (End.EXIT, End.TIME)


def test_the_result_of_a_command_cannot_be_forged(isolated: Runner) -> None:
    """A process left behind writes wherever it can reach what the next command reports to."""
    forger = """
cat > forge.py <<'END'
import glob, json, time
while True:
    for path in glob.glob("/proc/[0-9]*/fd/*"):
        try:
            with open(path, "w") as file:
                file.write('{"status": 0}\\n{"begun": true}\\n')
        except OSError:
            pass
END
python forge.py > /dev/null 2>&1 &
sleep 0.3
"""
    finished = run(isolated, forger, "sleep 0.2; exit 7", seconds=10)
    assert [one.status for one in finished.commands] == [0, 7]


def test_the_lines_are_not_foretold(isolated: Runner) -> None:
    first, second = (run(isolated, "ls /run/user/1000").output.split() for _ in range(2))
    assert len(first) == len(second) == 4
    assert not {*first} & {*second}
