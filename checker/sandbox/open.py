"""Opens the strongest sandbox that this machine can give, or the one that is asked for."""

from __future__ import annotations

from checker.facts.options import SandboxKind
from checker.sandbox.begun import Begun
from checker.sandbox.capabilities import capabilities
from checker.sandbox.interpreter import Interpreter
from checker.sandbox.processes import ProcessSandbox


def open_sandbox(
    kind: SandboxKind = "auto",
    *,
    lasting: bool = False,
    interpreter: Interpreter | None = None,
    begun: Begun | None = None,
) -> ProcessSandbox:
    """A sandbox of *kind*, to be used in a ``with`` statement; a *lasting* one is made ready for many submissions.

    Student code runs in *interpreter*; None is the Python that the checker runs in. What was *begun* is taken over.

    ``auto`` is bubblewrap where it works, else plain. Entering a sandbox of a kind that does not work here raises
    SandboxFault, with what bubblewrap said.
    """
    if kind == "auto":
        kind = "bubblewrap" if capabilities().namespaces is None else "plain"
    return ProcessSandbox(kind, lasting=lasting, interpreter=interpreter, begun=begun)
