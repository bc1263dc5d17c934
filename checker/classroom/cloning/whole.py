"""Fetching all repositories of a class, side by side; each result is handed over as soon as it is there."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Protocol

from checker.classroom.cloning.address import BadAddress, address_of
from checker.classroom.cloning.copying import copy
from checker.classroom.cloning.failures import NotFetched
from checker.classroom.cloning.fetching import Cloned, CloneOrder, fetch, kept_or_not
from checker.classroom.cloning.lock import FetchedElsewhere
from checker.classroom.records import ClassRepository, Fetched, Forked
from checker.errors import CheckerFault, UsageError
from checker.model import text


class CloneListener(Protocol):
    """A listener to the fetching of a class; called from several threads."""

    def begun(self, repository: ClassRepository) -> None:
        """A repository is being fetched now."""
        ...

    def ended(self, repository: ClassRepository, cloned: Cloned | None) -> None:
        """A repository was fetched, or failed, and the result is kept; None: another process is fetching it."""
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
    """Fetch these *repositories*, *at_once* side by side; *keep* gets each result, in the calling thread.

    *forked* and *before* are what the forge and the last fetch told of each, by its key. A failure of one repository is
    in its result. Raises UsageError where there is no git, and any error of *keep*; running fetches are ended then.
    """
    order.repositories.mkdir(exist_ok=True)
    with ThreadPoolExecutor(max_workers=max(1, at_once), thread_name_prefix="clone") as threads:
        waiting: dict[Future[Cloned | None], ClassRepository] = {}
        try:
            for repository in repositories:
                record, last = forked.get(repository.key, Forked()), before.get(repository.key)
                waiting[threads.submit(_cloned, order, repository, record, last, listener)] = repository
            for future in as_completed(waiting):
                cloned = future.result()
                if cloned is not None:
                    keep(waiting[future], cloned.fetched)
                listener.ended(waiting[future], cloned)
        except BaseException:
            order.cancelled.set()
            threads.shutdown(wait=False, cancel_futures=True)
            raise


def _cloned(
    order: CloneOrder, repository: ClassRepository, forked: Forked, before: Fetched | None, listener: CloneListener
) -> Cloned | None:
    """The result of fetching one repository; None if another process is fetching it."""
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
        why = NotFetched(bad.problem)
    except NotFetched as failure:
        why = failure
    except CheckerFault as fault:
        why = NotFetched(text("{cause} {remedy}", cause=fault.cause, remedy=fault.remedy), passing=True)
    except UsageError:
        raise  # there is no git, for any of them
    except OSError as error:
        problem = text(
            "It cannot be written ({reason}). Mend that, then: checker class clone", reason=str(error.strerror)
        )
        why = NotFetched(problem, passing=True)
    except Exception as fault:  # noqa: BLE001  one bad repository never stops the class
        listener.fault(repository, "".join(traceback.format_exception(fault)))
        why = NotFetched(text("The checker itself failed."), passing=True)
    return kept_or_not(before, why, repository.branch)
