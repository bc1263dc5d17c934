"""The sandbox itself: each job gets a workspace, a process forked from a zygote into it, and a supervisor."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import IO, Literal, Self

from checker.absences import UnavailableHere
from checker.facts.actions import Exchange, Preloaded
from checker.facts.job import Finished, Job
from checker.facts.preloading import NO_LIBRARIES, PreloadedLibraries
from checker.facts.tree import Tree
from checker.model import text
from checker.sandbox.base import RunScope, SandboxFault
from checker.sandbox.gateway import Gateway, Serving
from checker.sandbox.inside import redirect
from checker.sandbox.inside.order import BindOrder, Order
from checker.sandbox.interpreter import Interpreter
from checker.sandbox.process import import_filter, prestart, run_result
from checker.sandbox.process.bubblewrap import PACKAGES, NamespaceFactory, NamespaceWorkspace
from checker.sandbox.process.cgroups import machine_kills
from checker.sandbox.process.collecting import collected, opened_folder
from checker.sandbox.process.command_sequence import CommandSequence
from checker.sandbox.process.exchange import RunExchange
from checker.sandbox.process.kernel_session import KernelSession
from checker.sandbox.process.packing import pack
from checker.sandbox.process.plain_cells import PlainCells
from checker.sandbox.process.prestart import Prestarted
from checker.sandbox.process.run_processes import RunProcesses
from checker.sandbox.process.service_session import ServiceSession
from checker.sandbox.process.supervisor import Supervisor
from checker.sandbox.process.workspace import FolderWorkspace, Workspace
from checker.sandbox.process.zygote import ChildZygote, Zygote, clean_environment, own_sources
from checker.sandbox.shutdown import InFlight

_EXCHANGES: Mapping[Exchange, type[RunExchange]] = MappingProxyType(
    {
        Exchange.NONE: RunExchange,
        Exchange.KERNEL: KernelSession,
        Exchange.MARKS: PlainCells,
        Exchange.COMMANDS: CommandSequence,
        Exchange.SERVICE: ServiceSession,
    }
)
_UNDER_KERNEL = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell")
_CLIENT = ("jupyter_client.manager", "jupyter_client.asynchronous", "nbclient", "nbformat.v4")
_DRAWS = re.compile(rb"matplotlib|seaborn|pylab|plot|hist")
"""Words of a program that draws: it runs in the zygote of notebooks, which has the libraries for that."""
_TEXT_SUFFIXES = (".py", ".ipynb", ".yaml", ".yml", ".toml", ".json", ".env", ".ini", ".cfg")
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
    """The network of a run. ``redirect`` are the two ports, http and https, to which plain mode leads connections."""

    serving: Serving | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    redirect: tuple[int, int] | None = None


class ProcessSandbox:
    """Runs jobs in children of preloaded zygotes, each in a workspace of its own. *kind* is bubblewrap or plain.

    - *network*: False for no gateway; no request is answered then.
    - *lasting*: the sandbox will run many submissions, so that all that may be preloaded is preloaded.
    - *interpreter*: the Python of scripts, imports and notebooks; None is the checker's own. Tools, the linter among
      them, and the clients of kernels always run in the checker's own.
    - *libraries*: modules to preload.
    - *begun*: processes to take over, where they were not taken over before.
    """

    def __init__(
        self,
        kind: Literal["bubblewrap", "plain"],
        *,
        network: bool = True,
        lasting: bool = False,
        interpreter: Interpreter | None = None,
        libraries: PreloadedLibraries = NO_LIBRARIES,
        begun: Prestarted | None = None,
    ) -> None:
        self.kind: Literal["bubblewrap", "plain"] = kind
        own = Interpreter.own()
        self._interpreter = interpreter or own
        self._prefixes = (self._interpreter.prefix, own.prefix)
        self._lasting = lasting
        self._libraries = libraries
        self._begun = begun if self._interpreter.is_own else None
        self._with_network = network
        self._lock = threading.RLock()
        self._in_flight = InFlight("the sandbox is closed")
        self._stack = contextlib.ExitStack()
        self._folder = ""
        self._empty = ""
        self._count = 0
        self._zygotes: dict[str, Zygote] = {}
        self._spared: frozenset[str] | None = None
        self._complete = False
        self._given_up = False
        self._package_folders: dict[frozenset[str], str] = {}
        self._packs: OrderedDict[str, IO[bytes]] = OrderedDict()
        self._factory: NamespaceFactory | None = None
        self._gateway: Gateway | None = None

    def __enter__(self) -> Self:
        try:
            if self._begun is not None:
                self._folder, self._zygotes = self._begun.take()
            if not self._zygotes:
                self._folder = os.path.realpath(tempfile.mkdtemp(prefix="run"))
            self._stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
            self._stack.callback(self._close_zygotes)
            self._empty = os.path.join(self._folder, "empty")
            os.mkdir(self._empty, 0o555)
            self._zygote("launcher")
            bundle = None
            if self._with_network:
                self._gateway = self._stack.enter_context(Gateway())
                bundle = self._bundle()  # before the zygotes import libraries that read it
            if self.kind == "bubblewrap":
                self._factory = NamespaceFactory(self._folder, bundle, self._interpreter)
            self._stack.callback(self._in_flight.close, _CLOSING_SECONDS)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.give_up()
        self._stack.close()

    def warm(self) -> None:
        """Let the zygotes of notebooks and of the linter load their libraries in the background."""
        self._zygote("notebooks")
        self._zygote("lint")

    def give_up(self) -> None:
        """End all runs and loading, and begin nothing more: the sandbox is about to be closed."""
        self._in_flight.close(0)
        with self._lock:
            self._given_up = True
            zygotes = tuple(self._zygotes.values())
        for zygote in zygotes:
            zygote.give_up()

    def run(self, job: Job, scope: RunScope | None = None) -> Finished:
        """The result of *job*, which *scope* may end early.

        Raises SandboxFault where the sandbox failed, UnavailableHere where the machine ran out of memory.
        """
        killed = machine_kills()
        with self._in_flight.counted():
            try:
                return self._run_job(job, scope)
            except SandboxFault as fault:
                if machine_kills() > killed:
                    raise UnavailableHere(*NO_MEMORY) from fault
                raise

    def _run_job(self, job: Job, scope: RunScope | None) -> Finished:
        if job.action.traits.starts_in_root:
            job = replace(job, folder="")
        if job.served_data.held:  # the time for which the gateway holds an answer is not the student's
            job = replace(job, limits=replace(job.limits, seconds=job.limits.seconds + job.served_data.held))
        zygote, interpreter = self._choose(job)
        packages = self._packages(job)
        with (
            self._packed(job.tree) as packed,
            self._workspace(job, packages) as workspace,
            self._network(job, workspace) as network,
        ):
            return self._run(job, workspace, network, packed, zygote, interpreter, packages, scope)

    def _run(
        self,
        job: Job,
        workspace: Workspace,
        network: Network,
        packed: int,
        zygote: Zygote,
        interpreter: tuple[str, ...] | None,
        packages: str | None,
        scope: RunScope | None,
    ) -> Finished:
        action, setting = job.action, workspace.setting
        isolated = isinstance(workspace, NamespaceWorkspace)
        exchange = _EXCHANGES[action.traits.exchange](job, setting, self._empty if isolated else None)
        if packages is not None and isolated:
            packages = PACKAGES
        order = Order(
            inside=action.traits.inside,
            content={**action.content(), **exchange.content()},
            executed=action.executed(),
            root=setting.root,
            folder=job.folder,
            paths=job.paths,
            variables={
                **clean_environment(self._prefixes, setting.home),
                **setting.variables,
                **network.variables,
                **job.variables,
                **exchange.variables(),
            },
            limits=workspace.limits(job),
            observe=None if job.observe is None else dict(job.observe),
            interpreter=interpreter,
            identity=setting.identity,
            owned=setting.owned,
            files=exchange.files(),
            not_importable=own_sources(),
            overlaid=self._interpreter.overlaid,
            redirect=network.redirect,
            site=packages,
            packages=() if self._interpreter.is_own else self._interpreter.site,
            shadowed=() if interpreter is None else shadowed(job.tree, self._zygote("launcher").names),
        )
        with contextlib.ExitStack() as stack:
            # Opened before student code can put anything else in its place, and kept when the namespaces are gone.
            root = (
                None
                if job.collect is None
                else stack.enter_context(opened_folder(workspace.from_outside(setting.root)))
            )
            processes = stack.enter_context(
                RunProcesses(
                    order,
                    job.limits,
                    packed=packed,
                    zygote=zygote,
                    workspace=workspace,
                    watched=lambda supervisor: self._watched(supervisor, scope),
                    clients=lambda: self._zygote(self._clients),
                )
            )
            killed = machine_kills()
            supervised = exchange.run(processes)
            files = None if root is None or job.collect is None else collected(root, job.collect)
        if isolated and run_result.was_killed(supervised) and not zygote.alive:
            # The zygote is out of reach of student code: the machine ends processes.
            raise SandboxFault("the run was killed, and so was the process that had started it")
        requests = network.serving.requests() if network.serving is not None else ()
        lacked = workspace.groups.ran_out_of_memory
        finished = run_result.finished(supervised, setting.root, requests, lacked, exchange.place)
        if network.redirect is not None and not requests:
            finished = replace(finished, unseen=run_result.unseen(supervised))
        finished = replace(exchange.finish(finished, bytes(supervised.report)), collected=files)
        if not finished.succeeded:
            lost = workspace.groups.lost_to_the_machine
            if lost or (lost is None and run_result.was_killed(supervised) and machine_kills() > killed):
                raise UnavailableHere(*NO_MEMORY)
        return finished

    @contextlib.contextmanager
    def _watched(self, supervisor: Supervisor, scope: RunScope | None) -> Iterator[None]:
        """A context in which *supervisor* is ended with this sandbox, and with *scope*."""
        with (
            self._in_flight.watched(supervisor),
            scope.watched(supervisor) if scope is not None else contextlib.nullcontext(),
        ):
            yield

    def _choose(self, job: Job) -> tuple[Zygote, tuple[str, ...] | None]:
        """The zygote for *job*, and the command of the interpreter to exec; None: the forked child runs the job."""
        traits = job.action.traits
        has_kernel = traits.exchange is Exchange.KERNEL
        if not traits.is_student_code:
            warm = traits.preloaded is Preloaded.LINTER and self._lasting and self._interpreter.is_own
            return self._zygote(Preloaded.LINTER if warm else Preloaded.NOTHING), None
        if job.distributions is not None:
            return self._zygote("launcher"), (self._interpreter.executable, "-S")
        if has_kernel and not self._interpreter.kernel:
            raise UnavailableHere(
                text("No notebook can be run with these packages: no kernel of Jupyter runs with them."),
                text(
                    "Declare an ipykernel that goes with the others, as pip freeze prints it where the notebook runs."
                ),
            )
        if not self._interpreter.vouched:
            return self._zygote("launcher"), (self._interpreter.executable,)
        self._spare(job.tree)
        may_draw = traits.preloaded is Preloaded.PROGRAMS and bool(self._libraries.notebooks)
        draws = may_draw and _mentions(_DRAWS.search, job.tree, (".py",))
        runs = self._zygote(Preloaded.NOTEBOOKS if draws else traits.preloaded)
        missing = tuple(name for name in runs.missing if self._interpreter.is_own or name in _UNDER_KERNEL)
        if missing and has_kernel:
            raise UnavailableHere(
                text("Notebooks cannot be run here: {modules} cannot be imported.", modules=missing),
                text("Install the checker again, with all that it needs."),
            )
        if shadowed(job.tree, runs.names) or any(entry.name == "matplotlibrc" for entry in job.tree.files("rc")):
            return self._zygote("launcher"), (self._interpreter.executable,)
        return runs, None

    def _spare(self, tree: Tree) -> None:
        """Before the first run, choose the modules that *tree* hardly needs: they are not preloaded."""
        if self._lasting or self._spared is not None:
            return
        named = self._libraries.where_named.items()
        spared = frozenset(name for name, word in named if not _mentions(partial(_has, word.encode()), tree))
        with self._lock:
            if self._spared is None:
                self._spared = spared

    def _packages(self, job: Job) -> str | None:
        """The only folder from which *job* may import packages; None where it may import all."""
        traits = job.action.traits
        if job.distributions is None or not traits.is_student_code:
            return None
        names = job.distributions | set(import_filter.UNDER_KERNEL if traits.exchange is Exchange.KERNEL else ())
        with self._lock:
            if names not in self._package_folders:
                folder = os.path.join(self._folder, f"packages{len(self._package_folders)}")
                import_filter.build(names, folder, [*self._interpreter.site, *self._interpreter.overlaid])
                self._package_folders[names] = folder
            return self._package_folders[names]

    def _workspace(self, job: Job, packages: str | None) -> Workspace:
        with self._lock:
            self._count += 1
            number = self._count
        name = f"{os.path.basename(self._folder)}-{number}"
        if self._factory is not None:
            return self._factory.workspace(job, name, packages)
        return FolderWorkspace(os.path.join(self._folder, str(number)), job, name)

    @contextlib.contextmanager
    def _network(self, job: Job, workspace: Workspace) -> Iterator[Network]:
        if not job.action.traits.has_network or self._gateway is None:
            yield Network()
            return
        isolated = isinstance(workspace, NamespaceWorkspace)
        with contextlib.ExitStack() as stack:
            sockets = self._bound_inside(workspace) if isinstance(workspace, NamespaceWorkspace) else _bound_here()
            for bound in sockets:
                stack.enter_context(bound)
            ports = (sockets[0].getsockname()[1], sockets[1].getsockname()[1])
            dns = sockets[2] if isolated else None
            serving = self._gateway.serve(job.served_data, http=sockets[0], https=sockets[1], dns=dns)
        with serving:
            if isolated:
                yield Network(serving, dict.fromkeys(redirect.TRUST, "/etc/ssl/certs/ca-certificates.crt"))
            else:
                yield Network(serving, redirect.variables(ports[0], ports[1], self._bundle()), ports)

    def _bound_inside(self, workspace: NamespaceWorkspace) -> list[socket.socket]:
        """Sockets for http, https and DNS, bound in the network of *workspace*. Raises SandboxFault on failure."""
        with (
            workspace.open_network() as network,
            self._zygote("launcher").ask(BindOrder(), {"network": network.fileno()}) as control,
        ):
            control.settimeout(20)
            data, descriptors, _, _ = socket.recv_fds(control, 4096, 3)
        if data != b"b" or len(descriptors) != 3:
            raise SandboxFault(f"the network of the sandbox cannot be bound: {data.decode(errors='replace')}")
        return [socket.socket(fileno=descriptor) for descriptor in descriptors]

    def _bundle(self) -> str:
        """The path of the authority's certificate, which runs trust."""
        path = Path(self._folder, prestart.AUTHORITY)
        with self._lock:
            if not path.exists():
                assert self._gateway is not None
                redirect.write_authority(os.fspath(path), self._gateway.authority)
        return os.fspath(path)

    @contextlib.contextmanager
    def _packed(self, tree: Tree) -> Iterator[int]:
        """A descriptor of the packed *tree*. The last few packs are kept, since one state is run many times."""
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
                sizes = [os.fstat(kept.fileno()).st_size for kept in self._packs.values()]
                while len(sizes) > _PACKS_KEPT or (len(sizes) > 1 and sum(sizes) > _PACKED_BYTES):
                    self._packs.popitem(last=False)[1].close()
                    del sizes[0]
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _zygote(self, name: str) -> Zygote:
        """The zygote of that name, which is started where there is none."""
        with self._lock:
            if name in self._zygotes and not self._zygotes[name].alive:  # ended by the machine, for want of memory
                self._zygotes.pop(name).close()
                self._complete = self._complete and name != "runs"
            if name not in self._zygotes:
                self._zygotes[name] = self._start(name)
            if name == "runs" and not self._complete:
                self._complete = True
                named = [module for module in self._libraries.where_named if module not in (self._spared or ())]
                self._zygotes[name].complete(named, ["warmup.programs"])
            return self._zygotes[name]

    def _start(self, name: str) -> Zygote:
        if self._given_up:
            raise SandboxFault("the sandbox is closed")
        if name == "launcher":
            return prestart.launcher(self._folder, Interpreter.own(), self._prefixes)
        if name == "runs":
            return prestart.runs(self._folder, self._interpreter, self._prefixes, self._libraries)
        if name == "notebooks":
            modules = (*self._libraries.notebooks, *_UNDER_KERNEL, *(_CLIENT if self._interpreter.is_own else ()))
            return ChildZygote(self._zygote("runs"), modules=modules, prepare=("kernel.prepare", "warmup.notebooks"))
        modules, prepare = {"lint": ((), ("lint.prepare",)), "clients": (_CLIENT, ())}[name]
        return prestart.other(self._folder, name, modules, prepare)

    @property
    def _clients(self) -> str:
        """The name of the zygote for clients of kernels, which run in the checker's own interpreter."""
        return "notebooks" if self._interpreter.is_own else "clients"

    def _close_zygotes(self) -> None:
        for zygote in self._zygotes.values():
            zygote.leave()
        for zygote in self._zygotes.values():
            zygote.close()
        for file in self._packs.values():
            file.close()


def _bound_here() -> list[socket.socket]:
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(2)]
    for listener in sockets:
        listener.bind(("127.0.0.1", 0))
    return sockets


def _has(word: bytes, content: bytes) -> bool:
    return word in content


def _mentions(has_word: Callable[[bytes], object], tree: Tree, suffixes: Sequence[str] = _TEXT_SUFFIXES) -> bool:
    """Whether a source or a configuration has a word; True for a file that is too large to read."""
    entries = [entry for suffix in suffixes for entry in tree.files(suffix)]
    return any(entry.size > _LARGEST_READ or has_word(tree.read(entry.path)) for entry in entries)


def shadowed(tree: Tree, names: frozenset[str]) -> tuple[str, ...]:
    """The *names* that modules of *tree* have, too: a module already loaded by that name would hide the student's."""
    modules = set()
    for entry in tree.files(".py"):
        folder, _, name = entry.path.rpartition("/")
        modules.add(folder.rpartition("/")[2] if name == "__init__.py" else name[:-3])
    return tuple(sorted(modules & names))
