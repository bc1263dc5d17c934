"""Several commands in one workspace: each is a process of its own, started when the one before has ended.

The grader starts each and learns of its end from the guard, so that student code has no way to forge a result. It reads
the values that a command carries on from outside, without following anything, since others may still run.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from checker.facts.actions import SCRIPT, Commands, Output, ShellCommand
from checker.facts.collected import LeftOut
from checker.facts.job import CommandResult, End, Finished, Job
from checker.sandbox.inside.order import Order
from checker.sandbox.process import run_result
from checker.sandbox.process.carried_values import Malformed, folders_in, values_in
from checker.sandbox.process.collecting import opened_folder, read_file
from checker.sandbox.process.exchange import RunExchange
from checker.sandbox.process.run_processes import RunProcesses
from checker.sandbox.process.supervisor import Supervised
from checker.sandbox.process.workspace import WorkspacePaths

_CARRIED_BYTES = 128 << 10
_SCRIPT_LENGTH = 128 << 10
_TOLD_LENGTH = 1 << 20
"""Characters of the lines, words and variables of one command together, with the outputs that they refer to."""
_REFUSAL = ("/bin/sh", "-c", "echo 'sh: no program can be given these lines or variables' >&2; exit 126")
"""In the place of a command that cannot be started: it is too long, or holds a NUL character or half of a letter."""


@dataclass
class _Ran:
    """A command that was run: its process as it was seen, its end, and its values."""

    seen: Supervised
    end: End
    status: int
    values: CommandResult

    @property
    def failed(self) -> bool:
        return self.end is not End.EXIT or self.status != 0 or bool(self.values.malformed)

    @property
    def result(self) -> CommandResult:
        """The result; complete when no process of the run is left."""
        return replace(
            self.values,
            end=self.end,
            status=self.status,
            seconds=self.seen.seconds,
            output=bytes(self.seen.output).decode("utf-8", "replace"),
            errors=bytes(self.seen.errors).decode("utf-8", "replace"),
        )


class CommandSequence(RunExchange):
    """One run of several commands. Their lines and values are files in the folder ``kernel`` of the workspace."""

    def __init__(self, job: Job, setting: WorkspacePaths, empty: str | None) -> None:
        super().__init__(job, setting, empty)
        assert isinstance(job.action, Commands)
        self._action = job.action
        self._start = posixpath.join(setting.root, job.folder)
        self._place = setting.kernel
        self._seen = setting.kernel_seen
        self._left = job.limits
        self._ran: dict[int, _Ran] = {}
        self._variables: dict[str, str] = {}
        self._path: tuple[str, ...] = ()
        self._background: dict[int, bytearray] = {}
        """By the descriptor of a pipe that a process left behind holds open: the output that it adds to."""

    def run(self, processes: RunProcesses) -> Supervised:
        """Run the commands; the reports are those of the first, and the end is that of the last one that ran."""
        with opened_folder(self._seen) as place:
            for number, command in enumerate(self._action.commands):
                if command.always or not self._has_failed:
                    ran = self._ran[number] = self._run_command(command, processes, place)
                    if ran.seen.out_of_time or ran.seen.too_much or ran.seen.abandoned:
                        break
        processes.end()
        self._read_the_rest()
        return self._together()

    def finish(self, finished: Finished, report: bytes) -> Finished:
        """*finished* with the result of each command, and the end of the first one that failed."""
        del report
        results = tuple(
            self._ran[number].result if number in self._ran else None for number in range(len(self._action.commands))
        )
        failed = next((result for result in results if result is not None and not result.succeeded), None)
        if failed is not None:
            finished = replace(finished, end=failed.end, status=failed.status or 1)
        return replace(finished, commands=results)

    @property
    def _has_failed(self) -> bool:
        commands = self._action.commands
        return any(ran.failed and not commands[number].go_on for number, ran in self._ran.items())

    def _run_command(self, command: ShellCommand, processes: RunProcesses, place: int) -> _Ran:
        is_first = not self._ran
        name = secrets.token_hex(16)  # a process left behind cannot foresee it
        groups = processes.workspace.groups
        killed = groups.memory_kills()
        started = time.monotonic()
        supervisor = processes.start(self._order(command, processes.order, name), self._left, kills=False)
        for descriptor, sink in self._background.items():
            supervisor.add(descriptor, partial(supervisor.keep, sink), gone=partial(self._forget, descriptor))
        seen = supervisor.run()
        for kind, pipe in supervisor.pipes.items():
            if kind in supervisor.open_pipes and kind in ("output", "errors"):
                self._background[pipe.ours] = seen.output if kind == "output" else seen.errors
            else:
                pipe.close()  # as many commands as may be would use up the descriptors
        spent = seen.seconds if is_first else time.monotonic() - started
        self._left = replace(self._left, seconds=self._left.seconds - spent, output=supervisor.output_left)
        lacked = groups.memory_kills() > killed and groups.ran_out_of_memory
        end, status = run_result.ending(seen, None, lacked)
        if not is_first:
            # Student code runs here already, and may have ended the process before its own first line.
            seen.fault = None
        return _Ran(seen, end, status, self._carry_on(place, name))

    def _forget(self, descriptor: int) -> None:
        self._background.pop(descriptor, None)

    def _order(self, command: ShellCommand, first: Order, name: str) -> Order:
        """The order for *command*, whose files are called *name*; *first* is that of the run."""
        path = posixpath.join(self._place, name)
        carried = self._action.carried
        named = {"variables": carried.variables, "path": carried.path, "outputs": carried.outputs}
        files = {variable: f"{path}-{kind}" for kind, variable in named.items() if variable}
        words = (posixpath.join(self._start, command.folder), *(word.replace(SCRIPT, path) for word in command.shell))
        pieces = [self._pieces(text) for text in (command.lines, *command.variables.values())]
        lines, variables = "", self._variables
        length = sum(map(len, (*words, *variables, *variables.values(), *(part for text in pieces for part in text))))
        if length <= _TOLD_LENGTH:
            lines, *values = ("".join(text) for text in pieces)
            variables = {**variables, **dict(zip(command.variables, values, strict=True))}
        if length > _TOLD_LENGTH or len(lines) > _SCRIPT_LENGTH or not _can_be_told((lines, *words), variables):
            lines, words, variables = "", (self._start, *_REFUSAL), {}
        variables = {**first.variables, **variables}
        variables["PATH"] = os.pathsep.join((*self._path, variables["PATH"]))
        order = replace(
            first,
            executed=(*first.executed, *words),
            variables={**variables, **files},
            files={path: f"{lines}\n", **dict.fromkeys(files.values(), "")},
            lasting=True,
        )
        if not self._ran:
            return order
        # The tree is there, and student code may have put anything in the place of its folders.
        return replace(order, root="/", folder="", owned=(self._place,) if first.owned else ())

    def _pieces(self, text: str) -> list[str]:
        """*text* in pieces, with the outputs that it refers to. What stands in an output is no reference."""
        pieces = [(text, True)]
        for reference, output in self._action.references.items():
            pieces = [part for piece in pieces for part in _around(piece, reference, self._output(output))]
        return [piece for piece, _ in pieces]

    def _output(self, output: Output) -> str:
        ran = self._ran.get(output.command)
        return ran.values.outputs.get(output.name, "") if ran is not None else ""

    def _carry_on(self, place: int, name: str) -> CommandResult:
        """The values of the command whose files are called *name*, in a result without an end; they are kept."""
        carried = self._action.carried
        values = CommandResult(end=End.EXIT, status=0, seconds=0)
        variable = carried.variables
        try:
            if variable:
                variables = values_in(_content(place, f"{name}-variables"))
                self._variables |= variables
                values = replace(values, variables=MappingProxyType(variables))
            variable = carried.path
            if variable:
                values = replace(values, path=folders_in(_content(place, f"{name}-path")))
                self._path = (*reversed(values.path), *self._path)
            variable = carried.outputs
            if variable:
                outputs = values_in(_content(place, f"{name}-outputs"))
                values = replace(values, outputs=MappingProxyType(outputs))
        except Malformed as malformed:
            return replace(values, malformed=f"{variable}: {malformed}")
        return values

    def _read_the_rest(self) -> None:
        """Read what processes left behind had written last. All of them have ended."""
        for descriptor, sink in self._background.items():
            with contextlib.suppress(BlockingIOError):
                while self._left.output and (data := os.read(descriptor, min(1 << 16, self._left.output))):
                    sink.extend(data)
                    self._left = replace(self._left, output=self._left.output - len(data))

    def _together(self) -> Supervised:
        every = [ran.seen for ran in self._ran.values()]
        first, last = every[0], every[-1]
        return replace(
            last,
            output=bytearray(b"".join(seen.output for seen in every)),
            errors=bytearray(b"".join(seen.errors for seen in every)),
            report=first.report,
            fault=first.fault,
            seconds=sum(seen.seconds for seen in every),
        )


def _around(piece: tuple[str, bool], reference: str, value: str) -> Iterable[tuple[str, bool]]:
    """*piece*, divided at *reference*, with *value* in its place; a piece that is a value stays as it is."""
    text, is_written = piece
    if not is_written or reference not in text:
        return (piece,)
    first, *others = text.split(reference)
    return ((first, True), *(part for other in others for part in ((value, False), (other, True))))


def _can_be_told(words: Iterable[str], variables: Mapping[str, str]) -> bool:
    """Whether a program can be given these *words* and *variables*."""
    if any(not name or "=" in name for name in variables):
        return False
    try:
        return not any(b"\0" in os.fsencode(word) for word in (*words, *variables, *variables.values()))
    except UnicodeEncodeError:
        return False


def _content(place: int, name: str) -> bytes:
    """The content of the file *name* in the open folder *place*, empty where it is gone. Raises Malformed."""
    body = read_file(place, name, _CARRIED_BYTES)
    if body is LeftOut.FILE_BYTES:
        raise Malformed(f"more than {_CARRIED_BYTES} bytes")
    if isinstance(body, LeftOut):
        if body is LeftOut.UNREADABLE:
            return b""
        raise Malformed(f"no ordinary file ({body})")
    return body
