"""From checks to the probes they need, each run once, side by side.

A *probe* is a function that returns one type of fact; a *check* is a function that returns a verdict. Both say
what they need by annotating their parameters. ``Kind | None`` asks for a fact that may be absent: where its probe
found nothing, or this machine cannot tell, the parameter is None. Whose fault a failure is gets decided here.
"""

from __future__ import annotations

import time
import traceback
import typing
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import CycleError, TopologicalSorter
from typing import Any, TypeAlias

from checker.absences import NoFact
from checker.model import Errored, Verdict
from checker.needs import argument, needs

Probe: TypeAlias = Callable[..., object]


class Evidence:
    """Facts by type, gathered when asked for and then kept, failures included.

    ``given`` are facts that need no probe (the tree, the course, the sandbox), by the type that probes ask for.
    What takes the longest to get are the *dearest*: they, and what they need, are begun before others.
    ``on_probe`` is told the type of fact of each probe that starts, from the thread that runs it.
    Raises TypeError where a probe has no type of fact, where two give the same one, or where they form a circle.
    """

    def __init__(
        self,
        given: Mapping[type, object],
        probes: Iterable[Probe],
        *,
        jobs: int = 2,
        dearest: Iterable[type] = (),
        on_probe: Callable[[type], None] = lambda _kind: None,
    ) -> None:
        self._jobs = jobs
        self._dearest = tuple(dearest)
        self._on_probe = on_probe
        self._outcomes: dict[type, object] = dict(given)
        self.seconds: dict[type, float] = {}
        """Wall clock of each probe that ran."""
        self._probes: dict[type, Probe] = {}
        for probe in probes:
            kind = typing.get_type_hints(probe).get("return")
            if not isinstance(kind, type):
                raise TypeError(f"{probe.__qualname__}: a probe returns one type of fact")
            if kind in self._probes or kind in given:
                raise TypeError(f"{probe.__qualname__}: {kind.__name__} is given twice")
            self._probes[kind] = probe
        self._needs = {kind: needs(probe) for kind, probe in self._probes.items()}
        graph: dict[type, set[type]] = {}
        for kind in self._probes:
            self._demand(kind, graph)
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as circle:
            names = " → ".join(kind.__name__ for kind in circle.args[1])
            raise TypeError(f"probes wait for each other: {names}") from circle

    def require(self, function: Callable[..., object]) -> None:
        """Raises TypeError where *function* asks for a fact that nothing gives."""
        for need in needs(function):
            if need.kind not in self._probes and need.kind not in self._outcomes:
                raise TypeError(f"{function.__qualname__}: nothing gives {need.kind.__name__}")

    def knows(self, function: Callable[..., object]) -> bool:
        """Whether all that *function* asks for is known by now, or known to be absent."""
        return all(need.kind in self._outcomes for need in needs(function))

    def gather(
        self, functions: Iterable[Callable[..., object]], *, on_facts: Callable[[], None] = lambda: None
    ) -> None:
        """Run the probes that *functions* need, directly or not, independent ones side by side.

        ``on_facts`` is called, from the thread that called this, whenever more is known.
        """
        graph: dict[type, set[type]] = {}
        for function in functions:
            for need in needs(function):
                self._demand(need.kind, graph)
        order = TopologicalSorter(graph)
        order.prepare()
        pressing = self._with_needs(self._dearest)
        pool = ThreadPoolExecutor(max_workers=self._jobs, thread_name_prefix="probe")
        running: dict[Future[None], type] = {}
        waiting: list[type] = []
        try:
            while order.is_active():
                while ready := order.get_ready():
                    order.done(*(kind for kind in ready if kind in self._outcomes))
                    waiting += [kind for kind in ready if kind not in self._outcomes]
                waiting.sort(key=lambda kind: kind not in pressing)
                while waiting and len(running) < self._jobs:
                    kind = waiting.pop(0)
                    running[pool.submit(self._run, kind)] = kind
                for future in wait(running, return_when=FIRST_COMPLETED).done if running else ():
                    order.done(running.pop(future))
                on_facts()
        finally:
            # whoever interrupts us does not wait for student code: its sandbox is closed next, which ends it
            pool.shutdown(wait=not running, cancel_futures=True)

    def call(self, function: Callable[..., Any]) -> Any:
        """*function*, with the facts that it asks for. Raises what their probes raised."""
        arguments: list[object] = []
        for need in needs(function):
            if need.kind not in self._outcomes:
                self.gather([function])
            arguments.append(argument(need, self._outcomes[need.kind]))
        return function(*arguments)

    def judge_or(self, function: Callable[..., Any]) -> Any:
        """What *function* gives, or the verdict that stands in its place. Never raises."""
        try:
            return self.call(function)
        except NoFact as absence:
            return absence.verdict
        except Exception as fault:  # noqa: BLE001  a fault of ours, whatever it is, must not end the report
            return Errored(fault="".join(traceback.format_exception(fault)))

    def judge(self, function: Callable[..., Verdict]) -> Verdict:
        """The verdict of a check. Never raises: what goes wrong has an owner, and becomes a verdict."""
        return typing.cast("Verdict", self.judge_or(function))

    def _with_needs(self, kinds: Iterable[type]) -> set[type]:
        """*kinds*, and all that they need."""
        graph: dict[type, set[type]] = {}
        for kind in kinds:
            self._demand(kind, graph)
        return set(graph)

    def _demand(self, kind: type, graph: dict[type, set[type]]) -> None:
        if kind in graph:
            return
        if kind not in self._probes and kind not in self._outcomes:
            raise TypeError(f"nothing gives {kind.__name__}")
        wanted = {need.kind for need in self._needs.get(kind, ())} if kind in self._probes else set()
        graph[kind] = wanted
        for other in wanted:
            self._demand(other, graph)

    def _run(self, kind: type) -> None:
        started = time.monotonic()
        self._on_probe(kind)
        try:
            self._outcomes[kind] = self.call(self._probes[kind])
        except Exception as failure:  # noqa: BLE001  kept: whoever asks again gets the same answer, without a second run
            self._outcomes[kind] = failure
        self.seconds[kind] = time.monotonic() - started
