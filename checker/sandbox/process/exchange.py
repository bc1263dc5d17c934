"""The messages of an ordinary run: its order, its reports, and nothing in between."""

from __future__ import annotations

from collections.abc import Mapping

from checker.facts.job import Finished, Job
from checker.model import Json, Location
from checker.sandbox.process import run_result
from checker.sandbox.process.run_processes import RunProcesses
from checker.sandbox.process.supervisor import Supervised
from checker.sandbox.process.workspace import WorkspacePaths


class RunExchange:
    """The messages between the checker and one run of *job* in the workspace *setting*.

    A kind of run that exchanges more than an order and reports has a subclass. *empty* is an empty folder for processes
    of ours that are to see no files; None in a workspace without namespaces.
    """

    def __init__(self, job: Job, setting: WorkspacePaths, empty: str | None) -> None:
        del job, setting, empty

    def content(self) -> Mapping[str, Json]:
        """Additions to the content of the order."""
        return {}

    def variables(self) -> Mapping[str, str]:
        """Additions to the environment of the run."""
        return {}

    def files(self) -> Mapping[str, str]:
        """Files that the run needs beside its tree: content by path inside."""
        return {}

    def run(self, processes: RunProcesses) -> Supervised:
        """Start the run, and follow it until all its *processes* have ended.

        Raises SandboxFault where a process of ours fails.
        """
        return processes.start().run()

    def place(self, path: str, line: int) -> Location | None:
        """The place in the submission of a frame; None where it is elsewhere."""
        return run_result.in_tree(path, line)

    def finish(self, finished: Finished, report: bytes) -> Finished:
        """*finished* with what the messages say of the run; *report* are its reports."""
        del report
        return finished
