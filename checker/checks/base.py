"""What a check is: a pure function from facts to a verdict, with an id and an explanation."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from checker.model import Verdict

HEADINGS = ("What it checks", "Why it matters", "How to do it", "Example", "Known limits")
"""The fixed headings of a check's docstring, in their order."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check by its id. Its step and its points are the course's to say."""

    id: str
    judge: Callable[..., Verdict] = field(repr=False)

    def __call__(self, *facts: Any) -> Verdict:
        return self.judge(*facts)

    @property
    def explanation(self) -> str:
        """The docstring in English: a title that states the success, then the fixed headings, with placeholders."""
        return inspect.cleandoc(self.judge.__doc__ or "")


def check(identity: str) -> Callable[[Callable[..., Verdict]], Check]:
    """Decorate a function from facts to a verdict as the check of that id."""
    return functools.partial(Check, identity)
