"""Shutting down on a signal: the program closes what it opened, then leaves."""

from __future__ import annotations

import signal
from types import FrameType

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


def leave_in_order() -> None:
    """From now on Ctrl-C, a request to end and a closed terminal unwind the program, once.

    A second signal would interrupt the closing and leave processes and folders behind; the third is obeyed at once.
    """
    signals = 0

    def stop(number: int, _frame: FrameType | None) -> None:
        nonlocal signals
        signals += 1
        if signals == 1:
            raise SystemExit(128 + number)
        if signals > 2:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    for name in _SIGNALS:
        if number := getattr(signal, name, None):
            signal.signal(number, stop)
