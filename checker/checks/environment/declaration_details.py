"""Declared and imported packages as details of a report."""

from __future__ import annotations

from collections.abc import Iterable

from checker.facts.environment import Bound, Declared, EnvironmentFile, EnvironmentUse, Package, Required
from checker.model import Json, Location

MOST_TOLD = 500


def bound_of(package: Package, declared: Declared) -> Bound:
    """How far the version is fixed by any of the files: a lock beside a loose list fixes it, too."""
    bounds = {other.bound for other in declared.packages if other.key == package.key} | {package.bound}
    return next(bound for bound in (Bound.UPPER, Bound.LOWER, Bound.NONE) if bound in bounds)


def file_details(file: EnvironmentFile) -> dict[str, Json]:
    return {
        "path": file.path,
        "form": file.form.value,
        "packages": file.packages,
        "included": [*file.included],
        "encoding": file.encoding,
    }


def use_details(use: EnvironmentUse, declared: Declared) -> dict[str, Json]:
    direct = {file.path: file.direct for file in declared.files}
    packages: list[Json] = [
        _package(one, direct.get(one.where.path)) for one in list(dict.fromkeys(declared.packages))[:MOST_TOLD]
    ]
    missing = [one for one in use.required if one.declared is None and one.via is None]
    kept = [one.declared for one in use.required if one.declared and bound_of(one.declared, declared) is not Bound.NONE]
    return {
        "declared": packages,
        "imported": [_one(one) for one in use.required],
        "missing": _placed((one.distribution, place) for one in missing for place in one.where),
        "unused": _placed((one.package.name, one.package.where) for one in use.unneeded[:MOST_TOLD]),
        "pinned": _placed((one.name, one.where) for one in kept),
    }


def _placed(found: Iterable[tuple[str, Location]]) -> list[Json]:
    """Names, each once, with the places where they stand."""
    places: dict[str, list[Json]] = {}
    for name, where in found:
        places.setdefault(name, []).append(str(where))
    return [{"name": name, "where": list(dict.fromkeys(there))} for name, there in places.items()]


def _package(package: Package, direct: frozenset[str] | None) -> Json:
    """One declared package. ``transitive`` is null where its file does not tell what was asked for."""
    return {
        "name": package.name,
        "version": package.spec,
        "bound": package.bound.value,
        "conda": package.conda,
        "transitive": None if direct is None else package.key not in direct,
        "where": str(package.where),
    }


def _one(one: Required) -> Json:
    return {
        "package": one.package,
        "distribution": one.distribution,
        "where": [str(place) for place in one.where],
        "declared": f"{one.declared.name}{one.declared.spec}" if one.declared else None,
        "declared_at": str(one.declared.where) if one.declared else None,
        "via": one.via,
    }
