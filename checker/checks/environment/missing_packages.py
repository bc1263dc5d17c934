"""Packages that the project imports and does not declare."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from packaging.utils import canonicalize_name

from checker.checks.base import check
from checker.checks.environment.declaration_commands import declaration_test
from checker.checks.environment.declaration_details import MOST_TOLD, use_details
from checker.facts.code import Code
from checker.facts.environment import Declared, EnvironmentUse, Package, Required
from checker.model import Advice, Basis, Blocked, Failed, Location, Passed, Text, ToDo, Verdict, advice, text


@check("environment-complete")
def environment_complete(declared: Declared, use: EnvironmentUse, code: Code) -> Verdict:
    """Each imported library is declared

    ## What it checks

    Each third-party library that the Python files of the project import is declared in the environment file, by the
    name under which it is distributed: `sklearn` is `scikit-learn`, `yaml` is `PyYAML`. Hyphens and underscores are
    the same here. A `pip:` section counts, also `-r requirements.txt` in it, read relative to the file.

    Three cases are advice only: a library that comes along as a dependency of a declared one (numpy with pandas), one
    that only the notebook imports, and one that is only imported in a `try`, for types, or for another system. An
    import of a name that no known library has ends the script, which `main-runs` judges.

    ## Why it matters

    A library that is installed on your computer but not declared is missing on all others, and the first `import`
    fails.

    ## How to do it

    List the `import` lines of your scripts and look up each name in the file. Add those that are missing, with the
    version you use (`conda list` shows it).

    ## Example

    ```yaml
    # Before: {=names.main} imports sklearn
    dependencies:
      - python=3.11
      - pandas=2.2

    # After
    dependencies:
      - python=3.11
      - pandas=2.2
      - scikit-learn=1.5
    ```

    ## Known limits

    Libraries that are needed without being imported, such as the engine of a file format, are not seen here but in
    `environment-sufficient`.
    """
    if declared.main.is_unknown:
        return Blocked(by=("environment-file",))
    of_scripts = [one for one in use.required if one.scripts]
    if not code.project:
        return ToDo(what=text("No script imports anything yet."))
    missing = [one for one in of_scripts if one.is_undeclared]
    notes = tuple(_complete_notes(use, declared))
    details = use_details(use, declared)
    if missing:
        first = missing[0]
        misnamed = _misnamed(first, declared)
        return Failed(
            expected=text("{path} declares what the scripts import.", path=declared.main.path),
            actual=text(
                "{path} does not declare {names}.",
                path=declared.main.path,
                names=tuple(dict.fromkeys(one.distribution for one in missing)),
            ),
            hint=_adding(first, use)
            if misnamed is None
            else text(
                "In {where}, write {distribution} (for import {package}) instead of {name}.",
                where=str(misnamed.where),
                distribution=first.distribution,
                package=first.package,
                name=misnamed.name,
            ),
            reproduce=" && ".join(
                f"{{ {declaration_test(one.package, one.distribution, declared)}; }}" for one in missing
            ),
            where=tuple(dict.fromkeys(one.where[0] for one in missing)),
            advice=notes,
            details=details,
            basis=Basis.READ,
        )
    own = sum(one.declared is not None and one.elsewhere is None for one in of_scripts)
    said = text("{path} declares the {count} libraries that the scripts import.", path=declared.main.path, count=own)
    if own < len(of_scripts):
        said = text(
            "{path} declares {count} of the {all} libraries that the scripts import.",
            path=declared.main.path,
            count=own,
            all=len(of_scripts),
        )
    return Passed(message=said, advice=notes, details=details, basis=Basis.READ)


def _adding(lacking: Required, use: EnvironmentUse) -> Text:
    names = {"distribution": lacking.distribution, "package": lacking.package}
    if lacking.package in use.unknown and lacking.distribution == canonicalize_name(lacking.package):
        return text(
            "Add {distribution} (for import {package}) with the version that conda list shows. If {package} is a module"
            " of yours, commit its file instead.",
            **names,
        )
    return text("Add {distribution} (for import {package}) with the version that conda list shows.", **names)


def _misnamed(lacking: Required, declared: Declared) -> Package | None:
    """The declaration that was meant for it: under its import name, or nearly under its own. No export is misnamed."""
    by_key = {package.key: package for package in declared.main.declared[:MOST_TOLD] if not package.build}
    name = canonicalize_name(lacking.package)
    close = get_close_matches(canonicalize_name(lacking.distribution), by_key, n=1, cutoff=0.85)
    return by_key.get(name) or (by_key[close[0]] if close else None)


def _complete_notes(use: EnvironmentUse, declared: Declared) -> Iterable[Advice]:
    for package in use.standard:
        yield advice("{name} comes along with Python: delete its line.", where=(package.where,), name=package.name)
    for one in use.required:
        if one.declared is None and one.nowhere:
            yield advice(
                "No library known here is called {package}: the run of the script judges that import.",
                where=one.where[:1],
                package=one.package,
            )
        elif one.declared is None and one.via is not None and one.scripts:
            yield advice(
                "{name} is imported and comes only along with {via}: declare it, too.",
                where=one.where[:1],
                name=one.distribution,
                via=one.via,
            )
        elif one.scripts and one.declared is not None and _came_along(one.declared, declared):
            yield advice(
                "{name} is imported, and is in {path} only because another package needs it: declare it, too.",
                where=one.where[:1],
                name=one.distribution,
                path=one.declared.where.path,
            )
        elif one.declared is None and one.via is None and not one.scripts:
            yield advice(
                "Only the notebook imports {name}, which is not declared.", where=one.where[:1], name=one.distribution
            )
        elif one.declared is None and one.via is None and one.optional:
            yield advice(
                "{name} is imported in a try or under a condition only, and not declared.",
                where=one.where[:1],
                name=one.distribution,
            )
        elif one.elsewhere is not None:
            yield advice(
                "{name} is declared in {other} only, which {path} does not include.",
                where=(Location(one.elsewhere),),
                name=one.distribution,
                other=one.elsewhere,
                path=declared.main.path,
            )


def _came_along(package: Package, declared: Declared) -> bool:
    """Whether it stands in a lock that tells what was asked for, and was not."""
    file = next((file for file in declared.files if file.path == package.where.path), None)
    return file is not None and file.direct is not None and package.key not in file.direct
