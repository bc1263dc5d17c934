"""The formats of a report, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType

from checker.locale import Speech
from checker.model import Report

Renderer = Callable[[Report, Speech], str]

_MODULES: Mapping[str, str] = MappingProxyType(
    {
        "terminal": "checker.render.terminal",
        "json": "checker.render.json",
        "junit": "checker.render.junit",
        "markdown": "checker.render.markdown",
    },
)

FORMATS = tuple(_MODULES)


def renderer(name: str) -> Renderer:
    """The renderer of that name, imported only now. Raises KeyError."""
    render: Renderer = import_module(_MODULES[name]).render
    return render
