"""The sandbox itself: for each job a room, a child of a parent in it, and an eye on that child."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Literal, Self

from checker.absences import UnavailableHere
from checker.facts.running import Cells, Command, Finished, Import, Job, Notebook, Script, Tool
from checker.facts.tree import Tree
from checker.model import text
from checker.sandbox import begun, farm, notebook, outcome, plain_cells
from checker.sandbox.base import RunScope, SandboxFault
from checker.sandbox.begun import Begun
from checker.sandbox.bubblewrap import PACKAGES, Building, Namespaces
from checker.sandbox.closing import GoingOn
from checker.sandbox.gateway import Gateway, Serving
from checker.sandbox.groups import machine_kills
from checker.sandbox.inside import redirect
from checker.sandbox.interpreter import Interpreter
from checker.sandbox.packing import pack
from checker.sandbox.parents import Offspring, Parent, clean_environment, own_sources
from checker.sandbox.rooms import Folder, Room
from checker.sandbox.watching import Pipe, Watch

_UNDER_KERNEL = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
)
_CLIENT = (
    "jupyter_client.manager",
    "jupyter_client.asynchronous",
    "nbclient",
    "nbformat.v4",
)
_NOTEBOOKS = (
    "matplotlib.pyplot",
    "seaborn",
    *_UNDER_KERNEL,
    "matplotlib_inline.backend_inline",
)
"""What notebooks use beside what programs do. A program that draws runs where they do."""
_DRAWS = re.compile(rb"matplotlib|seaborn|pylab|plot|hist")
_SELDOM = {"s3fs": re.compile(rb"s3")}
"""What is loaded for one submission only if a file of it has this word: it takes as long as a run of main."""
_SPEAKING = (".py", ".ipynb", ".yaml", ".yml", ".toml", ".json", ".env", ".ini", ".cfg")
_LARGEST_READ = 2_000_000
_PACKS_KEPT = 8
_PACKED_BYTES = 1 << 30
_CLOSING_SECONDS = 20


NO_MEMORY = (
    text("This machine ran out of memory, and ended what was running."),
    text("Run it again with more memory free, or with less at the same time (--jobs 1)."),
)


@dataclass(frozen=True, slots=True)
class Network:
    """What a run needs to know of its network. ``redirect`` are the ports to which connections have to be led."""

    serving: Serving | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    redirect: list[int] | None = None


class ProcessSandbox:
    """Runs jobs in children of preloaded parents, each in a room of its own. *kind* is bubblewrap or plain.

    Scripts, imports and notebooks run in *interpreter* (None: the one that the checker runs in); tools, linting among
    them, and the clients of kernels are ours in any case. Without a *network* there is no gateway: nobody answers. One
    that is *lasting* will see many submissions: what each of them would do at its start is done once before. What was
    *begun* before is taken over, if it is still there.
    """

    def __init__(
        self,
        kind: Literal["bubblewrap", "plain"],
        *,
        network: bool = True,
        lasting: bool = False,
        interpreter: Interpreter | None = None,
        begun: Begun | None = None,
    ) -> None:
        self.kind: Literal["bubblewrap", "plain"] = kind
        own = Interpreter.own()
        self._interpreter = interpreter or own
        self._prefixes = (self._interpreter.prefix, own.prefix)
        self._lasting = lasting
        self._begun = begun if self._interpreter.is_own else None
        self._with_network = network
        self._lock = threading.Lock()
        self._going_on = GoingOn("the sandbox is closed")
        self._stack = contextlib.ExitStack()
        self._folder = ""
        self._empty = ""
        self._count = 0
        self._parents: dict[str, Parent] = {}
        self._spared: frozenset[str] | None = None
        self._complete = False
        self._given_up = False
        self._farms: dict[frozenset[str], str] = {}
        self._packs: OrderedDict[str, IO[bytes]] = OrderedDict()
        self._building: Building | None = None
        self._gateway: Gateway | None = None

    def __enter__(self) -> Self:
        try:
            if self._begun is not None:
                self._folder, self._parents = self._begun.take()
            if not self._parents:
                self._folder = os.path.realpath(tempfile.mkdtemp(prefix="run"))
            self._stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
            self._stack.callback(self._close_parents)
            self._empty = os.path.join(self._folder, "empty")
            os.mkdir(self._empty, 0o555)
            self._parent("launcher")
            bundle = None
            if self._with_network:
                self._gateway = self._stack.enter_context(Gateway())
                bundle = self._bundle()  # before the parents import what reads it
            if self.kind == "bubblewrap":
                self._building = Building(self._folder, bundle, self._interpreter)
            self._stack.callback(self._going_on.close, _CLOSING_SECONDS)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.give_up()
        self._stack.close()

    def warm(self) -> None:
        """Let the parents of runs and of the linter load what they need, beside what goes on."""
        self._parent("notebooks")
        self._parent("lint")

    def give_up(self) -> None:
        """End what is run and what is loaded for it, and begin nothing any more: this is about to be closed."""
        self._going_on.close(0)
        with self._lock:
            self._given_up = True
            parents = tuple(self._parents.values())
        for parent in parents:
            parent.give_up()

    def run(self, job: Job, scope: RunScope | None = None) -> Finished:
        """What came of *job*, which *scope* may end. Raises SandboxFault, and UnavailableHere for want of memory."""
        killed = machine_kills()
        with self._going_on.counted():
            try:
                return self._run_job(job, scope)
            except SandboxFault as fault:
                if machine_kills() > killed:
                    raise UnavailableHere(*NO_MEMORY) from fault
                raise

    def _run_job(self, job: Job, scope: RunScope | None) -> Finished:
        if isinstance(job.action, Tool):
            job = replace(job, folder="")
        if job.world.held:  # nobody is charged for what the network made them wait
            job = replace(job, limits=replace(job.limits, seconds=job.limits.seconds + job.world.held))
        parent, interpreter = self._choose(job)
        packages = self._packages(job)
        with contextlib.ExitStack() as stack:
            packed = stack.enter_context(self._packed(job.tree))
            room = stack.enter_context(self._room(job, packages))
            network = stack.enter_context(self._network(job, room))
            return self._run(job, room, network, packed, parent, interpreter, packages, scope)

    def _run(
        self,
        job: Job,
        room: Room,
        network: Network,
        packed: int,
        parent: Parent,
        interpreter: list[str] | None,
        packages: str | None,
        scope: RunScope | None,
    ) -> Finished:
        session: notebook.Session | None = None
        script: plain_cells.Plain | None = None
        action = action_of(job)
        if isinstance(job.action, Tool) and not self._interpreter.is_own:
            action["payload"]["packages"] = list(self._interpreter.site)
        files: dict[str, str] = {}
        if isinstance(job.action, Notebook):
            empty = self._empty if isinstance(room, Namespaces) else None
            session = notebook.Session(job, room.setting.kernel_seen, empty)
            action |= {"connection": os.path.join(room.setting.kernel, "kernel.json"), "numbers": session.numbers}
            files[action["connection"]] = session.connection_file(room.setting.kernel)
        if isinstance(job.action, Cells):
            script = plain_cells.Plain(job.action)
            action |= {"cells": script.cells}
        setting = room.setting
        if packages is not None and isinstance(room, Namespaces):
            packages = PACKAGES
        order = {
            "action": action,
            "root": setting.root,
            "folder": job.folder,
            "variables": {**self._variables(room), **network.variables, **job.variables},
            "limits": room.limits(job),
            "observe": None if job.observe is None else dict(job.observe),
            "interpreter": interpreter,
            "identity": setting.identity,
            "owned": list(setting.owned),
            "files": files,
            "not_importable": own_sources(),
            "overlaid": list(self._interpreter.overlaid),
            "redirect": network.redirect,
            "site": packages,
            "shadowed": [] if interpreter is None else shadowed(job.tree, self._parent("launcher").names),
        }
        with _pipes() as pipes, Path(os.devnull).open("rb") as nothing:
            descriptors = {name: pipe.theirs for name, pipe in pipes.items()}
            control = parent.ask(
                order, {"input": nothing.fileno(), "pack": packed, **descriptors, **room.descriptors()}
            )
            killed = machine_kills()
            with control:
                watch = Watch(control, pipes, job.limits, room.end)
                ended_early = scope.watched(watch) if scope is not None else contextlib.nullcontext()
                with self._going_on.watched(watch), ended_early:
                    seen = watch.run() if session is None else session.run(watch, self._parent(self._clients))
        if isinstance(room, Namespaces) and outcome.was_killed(seen) and not parent.alive:
            # Something ends processes here that no student can reach.
            raise SandboxFault("the run was killed, and so was the process that had started it")
        requests = network.serving.requests() if network.serving is not None else ()
        named = session or script
        place = outcome.in_tree if named is None else named.place
        finished = outcome.finished(seen, setting.root, requests, room.ran_out_of_memory(), place)
        if network.redirect is not None and not requests:
            finished = replace(finished, unseen=outcome.unseen(seen))
        if script is not None:
            finished = script.finish(finished, bytes(seen.report))
        if session is not None:
            finished = session.finish(finished)
        if not finished.succeeded:
            lost = room.lost_to_the_machine()
            if lost or (lost is None and outcome.was_killed(seen) and machine_kills() > killed):
                raise UnavailableHere(*NO_MEMORY)
        return finished

    def _choose(self, job: Job) -> tuple[Parent, list[str] | None]:
        """The parent for *job*, and the interpreter to start if the child cannot go on as it is."""
        if isinstance(job.action, Command):
            return self._parent("launcher"), None
        if isinstance(job.action, Tool):
            warm = job.action.name == "lint" and self._lasting and self._interpreter.is_own
            return self._parent("lint" if warm else "launcher"), None
        if job.distributions is not None:
            return self._parent("launcher"), [self._interpreter.executable, "-S"]
        if isinstance(job.action, Notebook) and not self._interpreter.kernel:
            raise UnavailableHere(
                text("No notebook can be run with these packages: no kernel of Jupyter runs with them."),
                text(
                    "Declare an ipykernel that goes with the others, as pip freeze prints it where the notebook runs."
                ),
            )
        if not self._interpreter.vouched:
            return self._parent("launcher"), [self._interpreter.executable]
        self._spare(job.tree)
        runs = self._parent(self._of_runs(job))
        missing = tuple(name for name in runs.missing if self._interpreter.is_own or name in _UNDER_KERNEL)
        if missing and isinstance(job.action, Notebook):
            raise UnavailableHere(
                text("Notebooks cannot be run here: {modules} cannot be imported.", modules=missing),
                text("Install the checker again, with all that it needs."),
            )
        if shadowed(job.tree, runs.names) or any(entry.name == "matplotlibrc" for entry in job.tree.files("rc")):
            return self._parent("launcher"), [self._interpreter.executable]
        return runs, None

    def _of_runs(self, job: Job) -> str:
        """The parent for *job*: that of programs, or that of notebooks, which has loaded more."""
        if isinstance(job.action, Notebook | Cells) or _speaks_of(_DRAWS, job.tree, (".py",)):
            return "notebooks"
        return "runs"

    def _spare(self, tree: Tree) -> None:
        """Before the first run: what *tree* will hardly need is not loaded for it. Its children still can."""
        with self._lock:
            if self._lasting or self._spared is not None:
                return
        spared = frozenset(name for name, word in _SELDOM.items() if not _speaks_of(word, tree))
        with self._lock:
            if self._spared is None:
                self._spared = spared

    def _packages(self, job: Job) -> str | None:
        """The folder from which alone packages are imported, if *job* asks for that."""
        if job.distributions is None or isinstance(job.action, Command | Tool):
            return None
        names = job.distributions | set(farm.UNDER_KERNEL if isinstance(job.action, Notebook) else ())
        with self._lock:
            if names not in self._farms:
                folder = os.path.join(self._folder, f"packages{len(self._farms)}")
                farm.build(names, folder, [*self._interpreter.site, *self._interpreter.overlaid])
                self._farms[names] = folder
            return self._farms[names]

    def _variables(self, room: Room) -> dict[str, str]:
        return {**clean_environment(self._prefixes, room.setting.home), **room.setting.variables}

    @contextlib.contextmanager
    def _room(self, job: Job, packages: str | None) -> Iterator[Room]:
        with self._lock:
            self._count += 1
            number = self._count
        name = f"{os.path.basename(self._folder)}-{number}"
        room: Room
        if self._building is None:
            room = Folder(os.path.join(self._folder, str(number)), job, name)
        else:
            room = self._building.room(job, name, packages)
        with room:
            yield room

    @contextlib.contextmanager
    def _network(self, job: Job, room: Room) -> Iterator[Network]:
        if isinstance(job.action, Tool) or self._gateway is None:
            yield Network()
            return
        isolated = isinstance(room, Namespaces)
        with contextlib.ExitStack() as stack:
            sockets = self._bound_inside(room) if isinstance(room, Namespaces) else _bound_here()
            for one in sockets:
                stack.enter_context(one)
            ports = [one.getsockname()[1] for one in sockets[:2]]
            dns = sockets[2] if isolated else None
            serving = self._gateway.serve(job.world, http=sockets[0], https=sockets[1], dns=dns)
        with serving:
            if isolated:
                yield Network(serving, dict.fromkeys(begun.TRUST, "/etc/ssl/certs/ca-certificates.crt"))
            else:
                yield Network(serving, redirect.variables(ports[0], ports[1], self._bundle()), ports)

    def _bound_inside(self, room: Namespaces) -> list[socket.socket]:
        """Sockets for http, https and names, bound in the network of *room*."""
        with (
            room.open_network() as network,
            self._parent("launcher").ask({"action": {"kind": "bind"}}, {"network": network.fileno()}) as control,
        ):
            control.settimeout(20)
            data, descriptors, _, _ = socket.recv_fds(control, 4096, 3)
        if data != b"b" or len(descriptors) != 3:
            raise SandboxFault(f"the network of the sandbox cannot be bound: {data.decode(errors='replace')}")
        return [socket.socket(fileno=descriptor) for descriptor in descriptors]

    def _bundle(self) -> str:
        """The path of the authority that runs have to trust."""
        path = Path(self._folder, begun.AUTHORITY)
        with self._lock:
            if not path.exists():
                assert self._gateway is not None
                redirect.write_authority(os.fspath(path), self._gateway.authority)
        return os.fspath(path)

    @contextlib.contextmanager
    def _packed(self, tree: Tree) -> Iterator[int]:
        """A descriptor of the packed *tree*. The last few are kept: one state is run many times."""
        with self._lock:
            file = self._packs.get(tree.id)
            descriptor = os.dup(file.fileno()) if file is not None else -1
        if descriptor < 0:
            file = pack(tree)
            descriptor = os.dup(file.fileno())
            with self._lock:
                file, previous = self._packs.pop(tree.id, file), file
                if file is not previous:
                    previous.close()
                self._packs[tree.id] = file
                while len(self._packs) > _PACKS_KEPT or (len(self._packs) > 1 and self._packed_bytes() > _PACKED_BYTES):
                    self._packs.popitem(last=False)[1].close()
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _packed_bytes(self) -> int:
        return sum(os.fstat(file.fileno()).st_size for file in self._packs.values())

    def _parent(self, name: str) -> Parent:
        with self._lock:
            return self._parent_of(name)

    def _parent_of(self, name: str) -> Parent:
        """The parent of that name, which is started where there is none. The lock is held."""
        if name in self._parents and not self._parents[name].alive:  # the machine ended it, for want of memory
            self._parents.pop(name).close()
            self._complete = self._complete and name != "runs"
        if name not in self._parents:
            self._parents[name] = self._start(name)
        if name == "runs" and not self._complete:
            self._complete = True
            seldom = (module for module in _SELDOM if module not in (self._spared or ()))
            self._parents[name].complete([*seldom], ["exercise.programs"])
        return self._parents[name]

    def _start(self, name: str) -> Parent:
        if self._given_up:
            raise SandboxFault("the sandbox is closed")
        if name == "launcher":
            return begun.launcher(self._folder, Interpreter.own(), self._prefixes)
        if name == "runs":
            return begun.runs(self._folder, self._interpreter, self._prefixes)
        if name == "notebooks":
            modules = (*_NOTEBOOKS, *(_CLIENT if self._interpreter.is_own else ()))
            return Offspring(self._parent_of("runs"), modules=modules, prepare=("kernel.prepare", "exercise.notebooks"))
        modules, prepare = {"lint": ((), ("lint.prepare",)), "clients": (_CLIENT, ())}[name]
        return begun.other(self._folder, name, modules, prepare)

    @property
    def _clients(self) -> str:
        """The parent of the clients of kernels, which are ours wherever the kernel runs."""
        return "notebooks" if self._interpreter.is_own else "clients"

    def _close_parents(self) -> None:
        for parent in self._parents.values():
            parent.leave()
        for parent in self._parents.values():
            parent.close()
        for file in self._packs.values():
            file.close()


def _bound_here() -> list[socket.socket]:
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(2)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    return sockets


@contextlib.contextmanager
def _pipes() -> Iterator[dict[str, Pipe]]:
    pipes: dict[str, Pipe] = {}
    try:
        for name in ("output", "errors", "report", "trace"):
            pipes[name] = Pipe()
        yield pipes
    finally:
        for pipe in pipes.values():
            pipe.close()


def action_of(job: Job) -> dict[str, Any]:
    """The action of *job* as JSON."""
    match job.action:
        case Script(path, arguments):
            return {"kind": "script", "path": path, "arguments": list(arguments)}
        case Import(module):
            return {"kind": "import", "module": module}
        case Command(line):
            return {"kind": "command", "line": line}
        case Tool(name, payload):
            return {"kind": "tool", "name": name, "payload": dict(payload)}
        case Notebook():
            return {"kind": "notebook"}
        case Cells():
            return {"kind": "cells"}


def _speaks_of(words: re.Pattern[bytes], tree: Tree, suffixes: Sequence[str] = _SPEAKING) -> bool:
    """Whether a source or a configuration has one of *words* in it; one that is too large to tell may have."""
    entries = [entry for suffix in suffixes for entry in tree.files(suffix)]
    return any(entry.size > _LARGEST_READ or words.search(tree.read(entry.path)) for entry in entries)


def shadowed(tree: Tree, names: frozenset[str]) -> list[str]:
    """Those of *names* that a module of *tree* has: what is loaded already would be taken for it."""
    found = set()
    for entry in tree.files(".py"):
        folder, _, name = entry.path.rpartition("/")
        found.add(folder.rpartition("/")[2] if name == "__init__.py" else name[:-3])
    return sorted(found & names)
