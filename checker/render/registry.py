"""The formats of a report, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from types import MappingProxyType

from checker.locale import Speech
from checker.model import Report

Renderer = Callable[[Report, Speech], str]

FORMATS = (
    "terminal", "json", "junit", "markdown", "github", "gitlab", "sarif", "gradescope", "classroom50", "check50",
)  # fmt: skip
"""Each is also the name of its module here."""

_WITH_VARIABLES = frozenset({"classroom50"})
"""Formats that also need the owner of the submission, from variables of the service."""

_NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


def renderer(name: str, variables: Mapping[str, str] = _NO_VARIABLES) -> Renderer:
    """The renderer of that name, imported on demand; *variables* are those of a service. Raises KeyError."""
    if name not in FORMATS:
        raise KeyError(name)
    module = import_module(f"checker.render.{name}")
    render: Renderer = module.render
    return partial(module.render, variables=variables) if name in _WITH_VARIABLES else render
