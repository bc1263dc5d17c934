"""All checks, by id."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from checker.checks.base import Check


def checks() -> Mapping[str, Check]:
    """Every check there is; the course says which of them count, and where."""
    from checker.checks import (
        configuration,
        data_access,
        environment,
        functions,
        history,
        hygiene,
        image,
        layout,
        lint,
        notebook,
        program,
        request,
    )

    families = (
        configuration,
        data_access,
        environment,
        functions,
        history,
        hygiene,
        image,
        layout,
        lint,
        notebook,
        program,
        request,
    )
    return MappingProxyType({check.id: check for family in families for check in family.CHECKS})
