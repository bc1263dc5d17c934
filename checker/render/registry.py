"""The formats of a report, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
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
        "github": "checker.render.github",
        "gitlab": "checker.render.gitlab",
        "sarif": "checker.render.sarif",
        "gradescope": "checker.render.gradescope",
        "classroom50": "checker.render.classroom50",
        "check50": "checker.render.check50",
    },
)

_WITH_VARIABLES = frozenset({"classroom50"})
"""The formats that say more than the report does: whose submission it is, by variables of the service."""

_NO_VARIABLES: Mapping[str, str] = MappingProxyType({})

FORMATS = tuple(_MODULES)


def renderer(name: str, variables: Mapping[str, str] = _NO_VARIABLES) -> Renderer:
    """The renderer of that name, imported only now; *variables* are those of a service. Raises KeyError."""
    module = import_module(_MODULES[name])
    render: Renderer = module.render
    return partial(module.render, variables=variables) if name in _WITH_VARIABLES else render
