"""From checks to the probes they need, each run once, side by side.

A *probe* is a function that returns one type of fact; a *check* is a function that returns a verdict. Both say
what they need by annotating their parameters (:mod:`checker.needs`). Whose fault a failure is gets decided here.
"""

from __future__ import annotations

import queue
import threading
import time
import traceback
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, Protocol

from checker.absences import NoFact
from checker.model import Errored, Verdict
from checker.needs import Need, Probe, argument, needs

_LONGEST_WAIT = 0.5
"""Seconds after which a waiting thread looks at the clock again."""


class Clock(Protocol):
    """The time limit of gathering."""

    @property
    def over(self) -> bool:
        """True if no time is left, not even for an orderly end."""
        ...

    def too_late(self) -> NoFact:
        """The absence of a fact that was not gathered in time."""
        ...


class Evidence:
    """Facts by type, gathered when asked for and then kept, failures included.

    ``given`` are facts that need no probe (the tree, the course, the sandbox), by type. The *dearest* facts take the
    longest to gather: they, and their needs, are begun before others. ``on_probe`` is called with the type of fact of
    each probe that starts, from the thread that runs it. A second request for a fact in progress waits for the first.
    When the *clock* is over, its absence stands for each missing fact. Raises TypeError where a probe has no type of
    fact, where two give the same one, or where they form a circle.
    """

    def __init__(
        self,
        given: Mapping[type, object],
        probes: Iterable[Probe],
        *,
        jobs: int = 2,
        dearest: Iterable[type] = (),
        clock: Clock | None = None,
        on_probe: Callable[[type], None] = lambda _kind: None,
    ) -> None:
        self._jobs = jobs
        self._dearest = tuple(dearest)
        self._clock = clock
        self._on_probe = on_probe
        self._lock = threading.Lock()
        self._outcomes: dict[type, object] = dict(given)
        self._in_progress: dict[type, threading.Event] = {}
        self._needs: dict[Callable[..., object], tuple[Need, ...]] = {}
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
        try:
            TopologicalSorter(self._graph(self._probes)).prepare()
        except CycleError as circle:
            names = " → ".join(kind.__name__ for kind in circle.args[1])
            raise TypeError(f"probes wait for each other: {names}") from circle

    def require(self, function: Callable[..., object]) -> None:
        """Raises TypeError where *function* asks for a fact that nothing gives."""
        for need in self._needs_of(function):
            if need.kind not in self._probes and need.kind not in self._outcomes:
                raise TypeError(f"{function.__qualname__}: nothing gives {need.kind.__name__}")

    def knows(self, function: Callable[..., object]) -> bool:
        """True if every fact that *function* needs is known by now, or known to be absent."""
        return all(need.kind in self._outcomes for need in self._needs_of(function))

    def gathering(self, functions: Mapping[Callable[..., object], float]) -> Iterator[None]:
        """Run the probes that *functions* need, independent ones side by side; yields after each outcome.

        Each function comes with its worth: of the probes that could run next, those that most depends on are first.
        """
        order = TopologicalSorter(self._graph(need.kind for judge in functions for need in self._needs_of(judge)))
        worth: dict[type, float] = {}
        for function, points in functions.items():
            for kind in self._graph(need.kind for need in self._needs_of(function)):
                worth[kind] = worth.get(kind, 0.0) + points
        order.prepare()
        pressing = frozenset(self._graph(self._dearest))
        ended: queue.SimpleQueue[type] = queue.SimpleQueue()
        running: set[type] = set()
        waiting: list[type] = []
        while order.is_active():
            while ready := order.get_ready():
                order.done(*(kind for kind in ready if kind in self._outcomes))
                waiting += [kind for kind in ready if kind not in self._outcomes]
            waiting.sort(key=lambda kind: (kind not in pressing, -worth[kind]))
            while waiting and len(running) < self._jobs:
                kind = waiting.pop(0)
                running.add(kind)
                # Daemons: an interrupted grading does not wait for student code, which its sandbox ends next.
                threading.Thread(target=self._work, args=(kind, ended), name="probe", daemon=True).start()
            if running:
                kind = self._next(ended, running)
                running.remove(kind)
                order.done(kind)
            yield

    def gather(self, functions: Iterable[Callable[..., object]]) -> None:
        """Run the probes that *functions* need, directly or not, independent ones side by side."""
        for _ in self.gathering(dict.fromkeys(functions, 0.0)):
            pass

    def call(self, function: Callable[..., Any]) -> Any:
        """*function*, with the facts that it asks for. Raises what their probes raised."""
        needed = self._needs_of(function)
        if not self.knows(function):
            self.gather([function])
        return function(*(argument(need, self._outcomes[need.kind]) for need in needed))

    def judge_or(self, function: Callable[..., Any]) -> Any:
        """The result of *function*, or the verdict that stands in its place. Never raises."""
        try:
            return self.call(function)
        except NoFact as absence:
            return absence.verdict
        except Exception as fault:  # noqa: BLE001  a fault of ours, whatever it is, must not end the report
            return Errored(fault="".join(traceback.format_exception(fault)))

    def judge(self, function: Callable[..., Verdict]) -> Verdict:
        """The verdict of a check. Never raises: an exception becomes a verdict that names whose fault it is."""
        return typing.cast("Verdict", self.judge_or(function))

    def fact(self, kind: type) -> object | None:
        """The fact of that type, where it has been gathered; None where it has not, or is absent."""
        outcome = self._outcomes.get(kind)
        return None if isinstance(outcome, Exception) else outcome

    def _needs_of(self, function: Callable[..., object]) -> tuple[Need, ...]:
        if function not in self._needs:
            self._needs[function] = needs(function)
        return self._needs[function]

    def _graph(self, kinds: Iterable[type]) -> dict[type, set[type]]:
        """*kinds* and all their needs, each with its direct needs. Raises TypeError for a fact without a probe."""
        graph: dict[type, set[type]] = {}
        pending = list(kinds)
        while pending:
            kind = pending.pop()
            if kind in graph:
                continue
            if kind in self._probes:
                graph[kind] = {need.kind for need in self._needs_of(self._probes[kind])}
            elif kind in self._outcomes:
                graph[kind] = set()
            else:
                raise TypeError(f"nothing gives {kind.__name__}")
            pending += graph[kind]
        return graph

    def _work(self, kind: type, ended: queue.SimpleQueue[type]) -> None:
        try:
            self._obtain(kind)
        finally:
            ended.put(kind)

    def _next(self, ended: queue.SimpleQueue[type], running: set[type]) -> type:
        """A *running* probe that has ended, or that was given up when its time was over."""
        while True:
            try:
                kind = ended.get(timeout=None if self._clock is None else _LONGEST_WAIT)
            except queue.Empty:
                if self._clock is None or not self._clock.over:
                    continue
                kind = next(iter(running))
                self._keep(kind, self._clock.too_late())
            if kind in running:
                return kind

    def _obtain(self, kind: type) -> None:
        """Run the probe of *kind*; if another thread is running it, wait for its outcome."""
        with self._lock:
            if kind in self._outcomes:
                return
            event = self._in_progress.get(kind)
            is_first = event is None
            if event is None:
                event = self._in_progress[kind] = threading.Event()
        if not is_first:
            event.wait()
            return
        started = time.monotonic()
        self._on_probe(kind)
        try:
            outcome: object = self.call(self._probes[kind])
        except Exception as failure:  # noqa: BLE001  kept: whoever asks again gets the same answer, without a second run
            outcome = failure
        self._keep(kind, outcome)
        self.seconds[kind] = time.monotonic() - started

    def _keep(self, kind: type, outcome: object) -> None:
        """Keep the first outcome of a probe: a thread that was given up may come back later with another."""
        with self._lock:
            self._outcomes.setdefault(kind, outcome)
            event = self._in_progress.setdefault(kind, threading.Event())
        event.set()
