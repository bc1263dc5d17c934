"""The sentence on how a run ended."""

from __future__ import annotations

from checker.checks.runs.run_endings import last_line
from checker.facts.job import End, Finished
from checker.model import Text, text


def ending(finished: Finished, limit: float) -> Text:
    """How a run that did not succeed ended, in a sentence."""
    error = finished.error
    if finished.end is End.TIME:
        if finished.where:
            return text(
                "Too slow: stopped after {limit} s, at {where}.", limit=round(limit), where=tuple(finished.where[:1])
            )
        return text("Too slow: stopped after {limit} s.", limit=round(limit))
    if finished.end is End.MEMORY:
        return text("It needed more memory than it may have, and was stopped.")
    if finished.end is End.OUTPUT:
        return text("It wrote far too much output, and was stopped.")
    if error is not None:
        return text("{error}: {message}", error=error.name, message=short_message(error.message))
    said = last_line(finished.errors)
    if finished.end is End.SIGNAL:
        if said:
            return text("It was killed by signal {number}: {said}", number=finished.status, said=said)
        return text("It was killed by signal {number}.", number=finished.status)
    if said:
        return text("It ended with status {status}: {said}", status=finished.status, said=said)
    return text("It ended with status {status}.", status=finished.status)


def short_message(message: str, most: int = 300) -> str:
    first = " ".join(message.split())
    return first if len(first) <= most else first[: most - 1] + "…"
