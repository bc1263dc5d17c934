"""One case for what has to hold of each of many things."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable


def every(things: Iterable[object]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Makes of a test one case for all of *things*, each its argument or arguments; it lists all that is wrong."""

    def decorate(test: Callable[..., None]) -> Callable[[], None]:
        def case() -> None:
            wrong: dict[object, str] = {}
            for thing in things:
                try:
                    test(*(thing if isinstance(thing, tuple) else (thing,)))
                except Exception as error:  # noqa: BLE001  whatever it is, the others are tried, too
                    wrong[thing] = f"{type(error).__name__}: {error}"
            assert not wrong, "\n".join(f"{thing}: {said}" for thing, said in wrong.items())

        functools.update_wrapper(case, test, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
        del case.__wrapped__  # type: ignore[attr-defined]  whose parameters pytest would take for fixtures
        return case

    return decorate
