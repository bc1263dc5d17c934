"""Opens the strongest sandbox that works on this machine, or a sandbox of a given kind."""

from __future__ import annotations

from checker.facts.options import SandboxKind
from checker.facts.preloading import NO_LIBRARIES, PreloadedLibraries
from checker.sandbox.capabilities import capabilities
from checker.sandbox.interpreter import Interpreter
from checker.sandbox.process.prestart import Prestarted
from checker.sandbox.process.process_sandbox import ProcessSandbox


def open_sandbox(
    kind: SandboxKind = "auto",
    *,
    lasting: bool = False,
    interpreter: Interpreter | None = None,
    libraries: PreloadedLibraries = NO_LIBRARIES,
    begun: Prestarted | None = None,
) -> ProcessSandbox:
    """A sandbox of *kind*, to be used in a ``with`` statement.

    ``auto`` is bubblewrap where it works, else plain. A *lasting* sandbox is prepared for many submissions. Student
    code runs in *interpreter*; None is the Python that the checker runs in. *libraries* are preloaded. The processes of
    *begun* are taken over.

    Entering a sandbox of a kind that does not work here raises SandboxFault with bubblewrap's message.
    """
    if kind == "auto":
        kind = "bubblewrap" if capabilities().namespaces is None else "plain"
    return ProcessSandbox(kind, lasting=lasting, interpreter=interpreter, libraries=libraries, begun=begun)
