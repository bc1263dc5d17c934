"""The errors of giving feedback on a request."""

from __future__ import annotations

from checker.errors import ForgeError, UsageError
from checker.model import Text, text


class NotOnARunner(UsageError):
    """The command belongs into continuous integration, which sets *variable*."""

    def __init__(self, variable: str) -> None:
        super().__init__(
            text("This command runs in continuous integration only: {variable} is not set.", variable=variable),
            text("On your own machine, see the same report by: checker check"),
        )


class UnfitEvent(UsageError):
    """The event file of a run is missing, or is about another event than a run that has ended."""

    def __init__(self, what: str) -> None:
        super().__init__(
            text("The event of this run cannot be used ({what}).", what=what),
            text("Start this command in a workflow that runs on workflow_run, as the starter's does."),
        )


class UntrustedArtifact(ForgeError):
    """The artifact of a run, which its student could have made, is none of the checker's: *cause* says why."""

    def __init__(self, cause: Text) -> None:
        super().__init__(
            cause, text("Nothing was written. Compare the workflow in the request with that of the starter.")
        )


class NoArtifact(ForgeError):
    """The run has left no report: it was stopped, failed before the grading, or its report has expired."""

    def __init__(self, run: int) -> None:
        super().__init__(
            text("Run {run} has left no report.", run=str(run)),
            text("Open that run on the forge: its log says how far it came. Then start it again."),
        )


class CommentNotPermitted(ForgeError):
    """The token may read, but not write a comment."""

    def __init__(self, project: str, remedy: Text) -> None:
        super().__init__(text("The token of this run may not write a comment in {project}.", project=project), remedy)
