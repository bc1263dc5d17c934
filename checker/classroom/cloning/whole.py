"""Fetching all repositories of a class, side by side; each result is told as soon as it is there."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Protocol

from checker.classroom.cloning.address import BadAddress, address_of
from checker.classroom.cloning.copying import copy
from checker.classroom.cloning.failures import NotFetched
from checker.classroom.cloning.fetching import Cloned, CloneOrder, Unfetched, fetch, kept_or_not
from checker.classroom.cloning.lock import FetchedElsewhere
from checker.classroom.records import ClassRepository, Fetched, Forked
from checker.errors import CheckerFault, UsageError
from checker.model import text


class CloneListener(Protocol):
    """Hears how the fetching of a class gets on, from several threads."""

    def begun(self, repository: ClassRepository) -> None:
        """A repository is being fetched now."""
        ...

    def ended(self, repository: ClassRepository, cloned: Cloned | None) -> None:
        """A repository was fetched, or not, and that is kept; None: another process is fetching it."""
        ...

    def fault(self, repository: ClassRepository, fault: str) -> None:
        """The checker failed, with this traceback for its log."""
        ...


def clone_class(
    order: CloneOrder,
    repositories: Collection[ClassRepository],
    forked: Mapping[str, Forked],
    before: Mapping[str, Fetched],
    *,
    at_once: int,
    keep: Callable[[ClassRepository, Fetched], None],
    listener: CloneListener,
) -> None:
    """Fetch these *repositories*, *at_once* side by side, and *keep* what came of each, in the thread that calls.

    *forked* and *before* are what the forge and the last fetch told of each, by its key. What goes wrong with one is
    in its result. Raises UsageError where there is no git, and what *keep* raises; what still runs is ended then.
    """
    order.repositories.mkdir(exist_ok=True)
    with ThreadPoolExecutor(max_workers=max(1, at_once), thread_name_prefix="clone") as threads:
        waiting: dict[Future[Cloned | None], ClassRepository] = {}
        try:
            for one in repositories:
                given = (order, one, forked.get(one.key, Forked()), before.get(one.key), listener)
                waiting[threads.submit(_cloned, *given)] = one
            for done in as_completed(waiting):
                cloned = done.result()
                if cloned is not None:
                    keep(waiting[done], cloned.fetched)
                listener.ended(waiting[done], cloned)
        except BaseException:
            order.cancelled.set()
            threads.shutdown(wait=False, cancel_futures=True)
            raise


def _cloned(
    order: CloneOrder, repository: ClassRepository, forked: Forked, before: Fetched | None, listener: CloneListener
) -> Cloned | None:
    """What came of one repository; None where another process is fetching it."""
    if order.cancelled.is_set():
        return None
    listener.begun(repository)
    try:
        if os.path.isabs(repository.source):  # noqa: PTH117  no path yet, and not to be made one
            return copy(order, repository, before)
        return fetch(order, repository, address_of(repository.source), forked, before)
    except FetchedElsewhere:
        return None
    except BadAddress as bad:
        why = NotFetched(bad.problem, passing=False)
    except Unfetched as failure:
        why = failure.why
    except CheckerFault as fault:
        why = NotFetched(text("{cause} {remedy}", cause=fault.cause, remedy=fault.remedy), passing=True)
    except UsageError:
        raise  # there is no git: the same for all of them
    except OSError as error:
        problem = text(
            "It cannot be written ({reason}). Mend that, then: checker class clone", reason=str(error.strerror)
        )
        why = NotFetched(problem, passing=True)
    except Exception as fault:  # noqa: BLE001  one bad repository never stops the class
        listener.fault(repository, "".join(traceback.format_exception(fault)))
        why = NotFetched(text("The checker itself failed."), passing=True)
    return kept_or_not(before, why, repository.branch)
