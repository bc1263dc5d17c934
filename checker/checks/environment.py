"""Steps 1.6 and 2.2: the environment is written down, then minimal, portable and sufficient."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from difflib import get_close_matches

from checker.checks.base import check
from checker.checks.shell import all_quoted, quoted
from checker.course import Course
from checker.facts.code import Code
from checker.facts.environment import (
    Bound,
    Declared,
    EnvironmentFile,
    EnvironmentUse,
    FilteredRun,
    Form,
    Package,
    Required,
    normal,
)
from checker.model import (
    Advice,
    Basis,
    Blocked,
    Failed,
    Json,
    Location,
    Passed,
    Text,
    ToDo,
    Verdict,
    advice,
    text,
)

_WITHOUT = """import runpy, sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == package:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
package, main = sys.argv[1:]
sys.argv = [main]
sys.meta_path.insert(0, Without())
runpy.run_path(main, run_name="__main__")"""
"""A script run as if one package were not installed."""
_HEAVIEST = 10
_MOST_TOLD = 500
_LISTED = 60
_MORE_BY_UNKNOWN = 10
"""What a package that is unknown here may bring along, and would count as unneeded."""
_OURS = "titanic-checker"
CONDA_READS = """import re, sys, yaml
source = open(sys.argv[1], encoding="utf-8").read()
data = yaml.safe_load(source)
items = data["dependencies"]
names = [item for item in items if isinstance(item, str)]
lists = [item for item in items if not isinstance(item, str)]
pip = [line for item in lists for line in item["pip"] or []]
files = [line[2:].strip() for line in pip if line.startswith("-r")]
pip += [line for path in files for line in open(path, encoding="utf-8-sig")]
right = r"\\w[^\\s=<>!~]* *([=<>!~](?![<>]).*[^,<>=!~]|[ ][\\w.*]+)?$"
wrong = [name for name in names if " - " in name or not re.match(right, name.strip())]
wrong += [line for line in pip if re.match(r"(python *[=<>]|[\\w.-]+ *=[^=]|[\\w./-]+[.](txt|in) *$)", line)]
wrong += [line for line in pip if re.match(r"[\\w.-]+( +v?[\\d.]+| *[=<>!~]+| +install .*) *$", line)]
wrong += re.findall("(?m)^dependencies *:", source)[1:]
sys.exit(bool(wrong or not items or any(list(item) != ["pip"] for item in lists)))"""
"""What conda does first with a file, without conda."""


@check("environment-file")
def environment_file(declared: Declared, course: Course) -> Verdict:
    """The environment is written in a file

    ## What it checks

    There is a file `environment.yml` at the root that conda would read (the suffix `.yaml` passes with advice). A
    full `conda env export` of three hundred lines is right at this step, with `prefix:` and builds. Files with a
    byte-order mark, Windows line ends or in UTF-16 are recognised, and the message says what conda makes of them.

    A `requirements.txt` with versions, or a lock file, is accepted in part instead; a `requirements.txt` without
    versions counts for less.

    ## Why it matters

    Without a list of libraries, nobody can set up what your code needs, except by guessing.

    ## How to do it

    Activate the environment in which `main.py` works, and export it with the option `--file`.

    ## Example

    ```bash
    # Before: on Windows, PowerShell may write UTF-16, which conda cannot read
    conda env export > environment.yml

    # After
    conda env export --file environment.yml
    ```

    ## Known limits

    The environment is not installed here; what it contains is judged by `environment-complete` and
    `environment-pinned`.
    """
    file, wanted = declared.main, course.names.environment_file
    if file.form is not Form.CONDA:
        return _instead(file, declared, course)
    details = _file_details(file)
    reads = f"python -c {shlex.quote(CONDA_READS)} {quoted(wanted)}"
    if file.fatal or not (file.declared or file.python):
        problems = [problem.what for problem in file.fatal] or [text("{path} lists no package.", path=file.path)]
        return Failed(
            expected=text("Conda can read {path}.", path=file.path),
            actual=problems[0],
            hint=_mending(file, wanted),
            reproduce=_exceeds(file) or f"python -c {shlex.quote(CONDA_READS)} {quoted(file.path)}",
            where=tuple(problem.where for problem in file.fatal) or (Location(file.path),),
            details=details,
        )
    if "/" in file.path or file.path not in (wanted, wanted.replace(".yml", ".yaml")):
        return Failed(
            expected=text("The environment is in {wanted}, at the root.", wanted=wanted),
            actual=text("The environment is in {path}.", path=file.path),
            hint=text("Move it: git mv {path} {wanted}.", path=file.path, wanted=wanted),
            reproduce=reads,
            where=(Location(file.path),),
            credit=course.credit.share("pinned_requirements"),
            credits=("pinned_requirements",),
            details=details,
        )
    return Passed(
        message=text("{path} declares {count} packages.", path=file.path, count=file.packages),
        advice=_file_notes(file, declared, wanted),
        details=details,
    )


def _instead(file: EnvironmentFile, declared: Declared, course: Course) -> Verdict:
    """The verdict where pip's files stand in for conda's."""
    wanted = course.names.environment_file
    if file.fatal or not file.declared:
        shares: tuple[str, ...] = ()
        actual = file.fatal[0].what if file.fatal else text("{path} lists no package.", path=file.path)
    elif file.form is Form.LOCK or any(other.form is Form.LOCK for other in declared.files):
        shares = ("pinned_requirements",)
        actual = text("{path} fixes {count} packages instead.", path=file.path, count=file.packages)
    elif pinned(file):
        shares = ("pinned_requirements",)
        actual = text("{path} declares {count} packages with versions instead.", path=file.path, count=file.packages)
    else:
        shares = ("unpinned_requirements",)
        actual = text("{path} declares {count} packages, not all with a version.", path=file.path, count=file.packages)
    return Failed(
        expected=text("The environment is in {wanted}, at the root.", wanted=wanted),
        actual=actual,
        hint=text("Write the environment out: conda env export --file {wanted}.", wanted=wanted),
        reproduce=f"python -c {shlex.quote(CONDA_READS)} {quoted(wanted)}",
        where=tuple(problem.where for problem in file.fatal) or (Location(file.path),),
        credit=course.credit.share(*shares),
        credits=shares,
        details=_file_details(file),
    )


def _exceeds(file: EnvironmentFile) -> str | None:
    """A command that fails while the file is too large, where that is what is wrong with it."""
    excess = file.fatal[0].excess if file.fatal else None
    if excess is None:
        return None
    count = "wc -c <" if excess.counted == "bytes" else "grep -c '[[:alnum:]]'"
    return f'test "$({count} {quoted(excess.path)})" -le {excess.most}'


def pinned(file: EnvironmentFile) -> bool:
    """Whether all packages of a file carry a version, be it a lower bound."""
    return bool(file.declared) and all(package.bound is not Bound.NONE for package in file.declared)


def _mending(file: EnvironmentFile, wanted: str) -> Text:
    if file.encoding != "utf-8":
        return text("Write it once more, and let conda do it: conda env export --file {wanted}.", wanted=wanted)
    if not file.fatal or file.fatal[0].excess is not None:
        return text("Write the environment out: conda env export --file {wanted}.", wanted=wanted)
    return text("Mend that line; conda installs nothing before.")


def _file_notes(file: EnvironmentFile, declared: Declared, wanted: str) -> tuple[Advice, ...]:
    place = (Location(file.path),)
    notes = [Advice(problem.what, (problem.where,)) for problem in file.problems if not problem.fatal]
    if file.path != wanted:
        notes.append(advice("Conda looks for {wanted} first.", where=place, wanted=wanted))
    if file.bom:
        notes.append(advice("{path} begins with a byte-order mark; save it without.", where=place, path=file.path))
    for name, first, second in _two_versions(declared):
        notes.append(
            advice(
                "{name} is declared twice, with different versions ({first} and {second}).",
                where=(first.where, second.where),
                name=name,
                first=first.spec,
                second=second.spec,
            ),
        )
    return tuple(notes)


def _two_versions(declared: Declared) -> Iterable[tuple[str, Package, Package]]:
    first: dict[str, Package] = {}
    for package in declared.packages:
        if package.marker:
            continue
        known = first.setdefault(package.key, package)
        if known is not package and known.spec and package.spec and _numbers(known) != _numbers(package):
            yield package.name, known, package


def _numbers(package: Package) -> tuple[str, ...]:
    """The digits of a version, by which ``=2.2`` of conda and ``==2.2.0`` of pip are nearly the same."""
    found = re.findall(r"\d+", package.spec)
    return tuple(found[:2])


@check("environment-complete")
def environment_complete(declared: Declared, use: EnvironmentUse, code: Code) -> Verdict:
    """Each imported library is declared

    ## What it checks

    Each third-party library that the Python files of the project import is declared in the environment file, by the
    name under which it is distributed: `sklearn` is `scikit-learn`, `yaml` is `PyYAML`. Hyphens and underscores are
    the same here. A `pip:` section counts, also `-r requirements.txt` in it, read relative to the file.

    Three cases are advice only: a library that comes along as a dependency of a declared one (numpy with pandas), one
    that only the notebook imports, and one that is only imported in a `try`, for types, or for another system.

    ## Why it matters

    A library that is installed on your computer but not declared is missing on all others, and the first `import`
    fails.

    ## How to do it

    List the `import` lines of your scripts and look up each name in the file. Add those that are missing, with the
    version you use (`conda list` shows it).

    ## Example

    ```yaml
    # Before: main.py imports sklearn
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
    if declared.main.fatal and not declared.main.declared:
        return Blocked(by=("environment-file",))
    of_scripts = [one for one in use.required if one.scripts]
    if not code.project:
        return ToDo(what=text("No script imports anything yet."))
    missing = [one for one in of_scripts if one.declared is None and one.via is None and not one.optional]
    notes = tuple(_complete_notes(use, declared))
    details = _use_details(use, declared)
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
            reproduce=" && ".join(f"{{ {_is_declared(one.package, one.distribution, declared)}; }}" for one in missing),
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
    if lacking.package in use.unknown and lacking.distribution == normal(lacking.package):
        return text(
            "Add {distribution} (for import {package}) with the version that conda list shows. If {package} is a module"
            " of yours, commit its file instead.",
            distribution=lacking.distribution,
            package=lacking.package,
        )
    return text(
        "Add {distribution} (for import {package}) with the version that conda list shows.",
        distribution=lacking.distribution,
        package=lacking.package,
    )


def _misnamed(lacking: Required, declared: Declared) -> Package | None:
    """The declaration that was meant for it: under its import name, or nearly under its own. No export is misnamed."""
    by_key = {package.key: package for package in declared.main.declared[:_MOST_TOLD] if not package.build}
    name = normal(lacking.package)
    close = get_close_matches(normal(lacking.distribution), by_key, n=1, cutoff=0.85)
    return by_key.get(name) or (by_key[close[0]] if close else None)


def _complete_notes(use: EnvironmentUse, declared: Declared) -> Iterable[Advice]:
    for package in use.standard:
        yield advice("{name} comes along with Python: delete its line.", where=(package.where,), name=package.name)
    for one in use.required:
        if one.declared is None and one.via is not None and one.scripts:
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


def _is_declared(package: str, distribution: str, declared: Declared) -> str:
    """A command that fails while the scripts import a package and no file declares its distribution."""
    pattern = _pattern(distribution)
    imports = shlex.quote(rf"^[[:space:]]*(import|from)[[:space:]]+{package}([[:space:].,;]|$)")
    declares = shlex.quote(rf"(^|[^a-z0-9_.-]){pattern}($|[^a-z0-9_.])")
    return f"! git grep -qE {imports} -- '*.py' || {_declarations(declared)} | grep -iqE {declares}"


def _pattern(name: str) -> str:
    """A name in any of its spellings, for grep."""
    return "[-_.]".join(re.escape(part) for part in normal(name).split("-"))


def _declarations(declared: Declared) -> str:
    paths = dict.fromkeys(path for file in declared.files for path in (file.path, *file.included))
    usual = "environment.y*ml requirements*.txt requirements*/*.txt"
    others = [
        path for path in paths if not re.fullmatch(r"environment\.ya?ml|requirements[\w.-]*(/[\w.-]+)?\.txt", path)
    ]
    return f"cat {usual} {all_quoted(others)}".rstrip() + " 2>/dev/null"


@check("environment-pinned")
def environment_pinned(declared: Declared, use: EnvironmentUse) -> Verdict:
    """The imported libraries have a version

    ## What it checks

    Each library that the project imports is declared with an exact version or with an upper bound: `=2.2`,
    `==2.2.1`, `2.2.*`, `~=2.2`, `>=2,<3`. A lower bound alone (`>=2`) passes with advice. No version at all fails.

    ## Why it matters

    Libraries change. Without a version, the same file gives another environment next year, and code that worked may
    stop or, worse, give other results.

    ## How to do it

    Write down the versions with which `main.py` works today. An export by conda contains them already.

    ## Example

    ```yaml
    # Before
    dependencies:
      - pandas
      - scikit-learn>=1.5

    # After
    dependencies:
      - pandas=2.2
      - scikit-learn=1.5
    ```

    ## Known limits

    Only what the project imports is looked at, not the whole list. Whether these versions exist is not verified
    here.
    """
    if declared.main.fatal and not declared.main.declared:
        return Blocked(by=("environment-file",))
    found = [(one, one.declared) for one in use.required if one.declared is not None]
    if not found:
        if any(one.scripts and not one.optional and one.via is None for one in use.required):
            return Blocked(by=("environment-complete",))
        if not use.required:
            return ToDo(what=text("No script imports anything yet."))
    loose = [(one, package) for one, package in found if _bound(package, declared) is Bound.NONE]
    open_ended = [(one, package) for one, package in found if _bound(package, declared) is Bound.LOWER]
    notes = tuple(
        advice(
            "{name}{spec} sets no upper bound: another year brings another version.",
            where=(package.where,),
            name=package.name,
            spec=package.spec,
        )
        for _, package in open_ended
    )
    versions: dict[str, Json] = {package.name: package.spec for _, package in found}
    if loose:
        first = loose[0][1]
        example = f"{first.name}={'' if first.conda else '='}…"
        return Failed(
            expected=text("Each library that is imported has a version in {path}.", path=declared.main.path),
            actual=text("There is no version for {names}.", names=tuple(package.name for _, package in loose)),
            hint=text("Write the versions that you use now, as conda list shows them: {example}.", example=example),
            reproduce=" && ".join(_has_version(package, declared) for _, package in loose),
            where=tuple(package.where for _, package in loose),
            advice=notes,
            details={"versions": versions},
            basis=Basis.READ,
        )
    return Passed(
        message=text("The {count} libraries that are imported have a version.", count=len(found)),
        advice=notes,
        details={"versions": versions},
        basis=Basis.READ,
    )


def _bound(package: Package, declared: Declared) -> Bound:
    """How far the version is fixed by any of the files: a lock beside a loose list fixes it, too."""
    bounds = {other.bound for other in declared.packages if other.key == package.key} | {package.bound}
    return next(bound for bound in (Bound.UPPER, Bound.LOWER, Bound.NONE) if bound in bounds)


def _has_version(package: Package, declared: Declared) -> str:
    """A command that fails while a package stands in a line of its own, without a version."""
    name = _pattern(package.name)
    bare = shlex.quote(rf"^[[:space:]\"'-]*([a-z0-9_.-]+::)?{name}(\[[a-z0-9,_-]*\])?[[:space:]\"',]*(#.*)?$")
    return f"! {_declarations(declared)} | tr -d '\\r' | grep -iqE {bare}"


@check("environment-minimal")
def environment_minimal(declared: Declared, use: EnvironmentUse, course: Course) -> Verdict:
    """The environment holds only what is needed

    ## What it checks

    A declared library is unneeded when neither the scripts, the notebooks nor the reports (`.qmd`, `.Rmd`) import
    it, no needed library depends on it, it is not one of those with which conda runs Python, and it is not on the
    course's list of tools that are always welcome (pip, jupyter, pylint, pytest, s3fs, pyarrow…). Up to five
    unneeded ones are advice; with more, the check fails and names the ten heaviest.

    Both ways pass: a fresh environment exported (some forty lines, with builds), and a short list written by hand.

    ## Why it matters

    A short environment is installed in a minute rather than twenty, has fewer conflicts and can be read by a
    person.

    ## How to do it

    Create a fresh environment, install only what your files import, verify that `main.py` works, and export it. Or
    write the list yourself.

    ## Example

    ```yaml
    # Before: the whole base environment, some 270 lines
    name: basesspcloud

    # After
    name: monenv
    channels: [conda-forge]
    dependencies:
      - python=3.11
      - pandas=2.2
      - scikit-learn=1.5
      - s3fs=2024.6
    ```

    ## Known limits

    Dependencies are known for the libraries that the grading environment has; the checker itself in your file is
    advice.
    """
    if declared.main.fatal and not declared.main.declared:
        return Blocked(by=("environment-file",))
    most = course.environment.unneeded_as_advice
    allowed = most + _MORE_BY_UNKNOWN * len(use.unknown)
    names = [one.package.name for one in use.unneeded]
    details: dict[str, Json] = _use_details(use, declared)
    ours = tuple(
        advice(
            "The checker itself has no place in the environment of the project.",
            where=(package.where,),
        )
        for package in declared.main.declared
        if package.key == _OURS
    )
    others = [one for one in use.unneeded if one.package.key != _OURS]
    if len(others) > allowed:
        heaviest = others[:_HEAVIEST]
        return Failed(
            expected=text("{path} holds what the project needs, and little more.", path=declared.main.path),
            actual=text(
                "Nothing needs {count} of its {all} packages; the heaviest: {names}.",
                count=len(others),
                all=declared.main.packages,
                names=tuple(one.package.name for one in heaviest),
            ),
            hint=text(
                "Create a fresh environment, install only what the project imports, run {main}, and export it.",
                main=course.names.main,
            ),
            reproduce=_few_of([one.package.name for one in others], most, declared),
            where=tuple(one.package.where for one in heaviest),
            advice=ours,
            details=details,
            basis=Basis.READ,
        )
    notes = ours
    if names and others:
        notes = (
            advice(
                "Nothing in the project seems to need {names}.",
                where=tuple(one.package.where for one in others[:3]),
                names=tuple(one.package.name for one in others),
            ),
            *ours,
        )
    return Passed(
        message=text(
            "{path} declares {count} packages, and the project needs them.",
            path=declared.main.path,
            count=declared.main.packages,
        ),
        advice=notes,
        details=details,
        basis=Basis.READ,
    )


def _few_of(names: list[str], most: int, declared: Declared) -> str:
    """A command that fails while more than *most* of some packages are declared."""
    choice = "|".join(_pattern(name) for name in names[:_LISTED])
    lines = shlex.quote(rf"^[[:space:]\"'-]*([a-z0-9_.-]+::)?({choice})([[:space:]=<>~!;\"',[]|$)")
    return f"test $({_declarations(declared)} | tr -d '\\r' | grep -icE {lines}) -le {most}"


@check("environment-portable")
def environment_portable(declared: Declared, course: Course) -> Verdict:
    """The environment can be created elsewhere

    ## What it checks

    The file has no line `prefix:`; it has a name other than `base` (the expected one is `monenv`, another is
    advice); Python is given with its minor version (`=3.10`, `3.10.*`, `>=3.10,<3.11` or `3.10.0` pass, a bare `>=`
    is advice, no version fails); and the conda dependencies have the names that conda knows. Builds, and packages
    of one system only, are advice.

    A lock file, or a `requirements.txt` with versions, instead of conda passes.

    ## Why it matters

    A path of your computer, or a name that conda cannot find, stops the installation on every other computer.

    ## How to do it

    Delete the line `prefix:`, name the environment, and write `python=3.11`. Use the names that a search on
    conda-forge shows. Export with `--no-builds` to leave out what depends on your system.

    ## Example

    ```yaml
    # Before
    name: base
    dependencies:
      - python
      - scikit_learn=1.5
    prefix: /home/jdupont/miniconda3

    # After
    name: monenv
    dependencies:
      - python=3.11
      - scikit-learn=1.5
    ```

    ## Known limits

    No channel is asked: names are compared with a list of frequent mistakes, and versions are read, not looked up.
    """
    file = declared.main
    if file.fatal and not file.declared:
        return Blocked(by=("environment-file",))
    if file.form is not Form.CONDA:
        return _portable_pip(file, declared)
    faults, where, hints = _portable_faults(file, course)
    notes = _portable_notes(file, course)
    details: dict[str, Json] = {
        "name": file.name,
        "prefix": file.prefix is not None,
        "python": file.python.spec if file.python else None,
        "channels": [*file.channels],
        "builds": sum(1 for package in file.declared if package.build),
    }
    if faults:
        return Failed(
            expected=text("Conda can create the environment of {path} on another computer.", path=file.path),
            actual=text("In {path}: {faults}.", path=file.path, faults=tuple(faults)),
            hint=hints[0],
            reproduce=_portable_command(file.path, course),
            where=tuple(where),
            advice=notes,
            details=details,
            basis=Basis.READ,
        )
    return Passed(
        message=text("Nothing in {path} is bound to one computer.", path=file.path),
        advice=notes,
        details=details,
        basis=Basis.READ,
    )


def _portable_faults(file: EnvironmentFile, course: Course) -> tuple[list[Text], list[Location], list[Text]]:
    faults: list[Text] = []
    where: list[Location] = []
    hints: list[Text] = []
    if file.prefix is not None:
        faults.append(text("the line prefix names a folder of your computer"))
        where.append(file.prefix)
        hints.append(text("Delete the line prefix."))
    if file.name is None or not file.name.strip():
        faults.append(text("the environment has no name"))
        where.append(Location(file.path))
        hints.append(text("Write a first line: name: {name}.", name=course.names.environment))
    elif file.name.strip().lower() in ("base", "root"):
        faults.append(text("{name} is a name that conda keeps for itself", name=file.name))
        where.append(file.name_line or Location(file.path))
        hints.append(text("Give it a name of its own: name: {name}.", name=course.names.environment))
    if file.python is None or file.python.bound is Bound.NONE:
        faults.append(
            text("python has no version") if file.python is not None else text("python is not among the dependencies")
        )
        where.append(file.python.where if file.python is not None else Location(file.path))
        hints.append(text("Write the minor version of Python: python=3.11."))
    elif file.no_python:
        faults.append(text("no Python 3 that conda has is a python{spec}", spec=file.python.spec))
        where.append(file.python.where)
        hints.append(text("Write the minor version of Python: python=3.11."))
    for package in file.declared:
        right = course.environment.conda_names.get(package.name.lower())
        if package.conda and right is not None:
            faults.append(text("{name} is no package that conda knows", name=package.name))
            where.append(package.where)
            hints.append(text("For conda it is called {name}.", name=right))
    return faults, where, hints


def _portable_notes(file: EnvironmentFile, course: Course) -> tuple[Advice, ...]:
    notes: list[Advice] = []
    expected = course.names.environment
    if file.name is not None and file.name.strip() not in (expected, "base", "root", ""):
        place = (file.name_line or Location(file.path),)
        notes.append(
            advice("The statement calls it {expected}, and not {name}.", where=place, expected=expected, name=file.name)
        )
    if file.python is not None and file.python.bound is not Bound.NONE and not (file.one_python or file.no_python):
        notes.append(
            advice(
                "python{spec} allows several minor versions; choose one: python=3.11.",
                where=(file.python.where,),
                spec=file.python.spec,
            )
        )
    built = [package for package in file.declared if package.build]
    if built:
        notes.append(
            advice(
                "{count} packages carry a build, which other systems lack: conda env export --no-builds.",
                where=(built[0].where,),
                count=len(built),
            )
        )
    bound = [package for package in file.declared if package.name.lower() in course.environment.platform_packages]
    if bound:
        notes.append(
            advice(
                "One operating system only has {names}.",
                where=(bound[0].where,),
                names=tuple(package.name for package in bound[:5]),
            )
        )
    return tuple(notes)


def _portable_pip(file: EnvironmentFile, declared: Declared) -> Verdict:
    """Pip's files: a lock, or versions in all lines, and no path of one computer."""
    local = [package for package in file.declared if package.spec.startswith("file:")]
    locked = any(other.form is Form.LOCK for other in declared.files)
    if not local and (locked or pinned(file)):
        return Passed(
            message=text("{path} can be installed on any computer.", path=file.path),
            basis=Basis.READ,
            details={"python": file.python.spec if file.python else None},
        )
    if local:
        actual = text("It asks for files of one computer: {names}.", names=tuple(package.name for package in local[:5]))
        where = tuple(package.where for package in local[:5])
        command = f"! {_declarations(declared)} | grep -q 'file:'"
    else:
        loose = [package for package in file.declared if package.bound is Bound.NONE]
        actual = text("There is no version for {names}.", names=tuple(package.name for package in loose[:10]))
        where = tuple(package.where for package in loose[:10])
        command = " && ".join(_has_version(package, declared) for package in loose[:10]) or "false"
    return Failed(
        expected=text("{path} gives the same environment on another computer.", path=file.path),
        actual=actual,
        hint=text("Write each line as name==version: pip list --format=freeze does."),
        reproduce=command,
        where=where or (Location(file.path),),
        basis=Basis.READ,
    )


def _portable_command(path: str, course: Course) -> str:
    wrong = sorted(course.environment.conda_names)
    script = (
        "import re, sys, yaml\n"
        f"data = yaml.safe_load(open({path!r}, encoding='utf-8-sig'))\n"
        "names = [item for item in data['dependencies'] if isinstance(item, str)]\n"
        "python = [name for name in names if re.match(r'python *([=<>~ ]|$)', name)]\n"
        "bare = [re.split(r'[ =<>~!]', name)[0] for name in names]\n"
        "sys.exit('prefix' in data or str(data.get('name') or 'base') in ('base', 'root')\n"
        "    or not any(re.search(r'[0-9]', name) for name in python)\n"
        f"    or any(name.lower() in {wrong!r} for name in bare)\n"
        "    or any(re.search(r'^python *=* *(2|3,|3[.][0-3]([^0-9]|$)|3[.][3-9][0-9])', name) for name in python))\n"
    )
    return f"python -c {shlex.quote(script)}"


@check("environment-sufficient")
def environment_sufficient(declared: Declared, run: FilteredRun) -> Verdict:
    """The declared libraries are enough

    ## What it checks

    `main.py` is run while only the declared libraries and their dependencies can be imported. It fails only when a
    library that is not declared is asked for, including those your code never names: the engine of a file format
    (pyarrow, openpyxl) or of an address (`s3://` needs s3fs).

    When `main.py` cannot run for another reason, the answer is that of `environment-complete`. A lock file, or a
    `requirements.txt` with versions, passes in the same way.

    ## Why it matters

    This is the question that matters: could somebody else, with this file and nothing more, run the project?

    ## How to do it

    Create the environment from the file under another name, and run `main.py` in it. Declare what it says is
    missing.

    ## Example

    ```yaml
    # Before: main.py calls pd.read_parquet("s3://…"), and both engines are missing
    dependencies:
      - python=3.11
      - pandas=2.2

    # After
    dependencies:
      - python=3.11
      - pandas=2.2
      - pyarrow=16.1
      - s3fs=2024.6
    ```

    ## Known limits

    Libraries are filtered by name: the versions that run are those of the grading environment, not yours. With
    `--environment declared`, an environment is made from your file, and `main.py` runs in it.
    """
    if declared.main.fatal and not declared.main.declared:
        return Blocked(by=("environment-file",))
    basis = Basis.RUN if run.ran else Basis.READ
    details: dict[str, Json] = {"ran": run.ran, "lacking": run.lacking, "importable": dict(run.distributions)}
    main = run.path
    if run.made is not None:
        details["environment"] = {
            "python": run.made.python,
            "versions": dict(run.made.versions),
            "left_out": [*run.made.left_out],
        }
        if run.made.unmade is not None:
            return Failed(
                expected=text("An environment can be made from {path}.", path=declared.main.path),
                actual=run.made.unmade,
                hint=run.made.remedy or text("Correct the names and versions that are declared."),
                reproduce=_installs(declared),
                where=_blamed(run.made.unmade, declared),
                details=details,
                basis=Basis.RUN,
            )
    if run.lacking is not None:
        blocked = f"python -c {shlex.quote(_WITHOUT)} {quoted(run.package)} {quoted(main)}"
        names = _is_declared(run.package, run.lacking, declared).partition(" || ")[2]
        return Failed(
            expected=text("{main} finds all it needs in {path}.", main=main, path=declared.main.path),
            actual=_lacking(run, main),
            hint=text(
                "Add {name}, with its version, and run {main} in an environment made from the file.",
                name=run.lacking,
                main=main,
            ),
            reproduce=f"{blocked} || {names}",
            where=run.where,
            details=details,
            basis=basis,
        )
    notes: tuple[Advice, ...] = ()
    if run.made is not None and run.made.asked:
        notes = (
            advice(
                "Python {asked} is not on this machine: it was run with {python}.",
                asked=run.made.asked,
                python=run.made.python,
            ),
        )
    if run.ran and run.message:
        notes = (
            *notes,
            advice(
                "With the declared packages alone, {main} stops for another reason: {reason}.",
                main=main,
                reason=run.message,
            ),
        )
    return Passed(
        message=text("{main} runs with the declared libraries alone.", main=main)
        if run.ran and not run.message
        else text("{path} declares what the scripts import; {main} was not run.", path=declared.main.path, main=main),
        advice=notes,
        details=details,
        basis=basis,
    )


def _installs(declared: Declared) -> str:
    """A command that fails while pip can find no set of versions for what is declared for it."""
    packages = [package for package in declared.main.declared if not package.conda]
    lines = [f"{package.name}{package.spec}" for package in packages]
    return f"python -m pip install --quiet --dry-run --ignore-installed {all_quoted(lines)}"


def _blamed(reason: Text, declared: Declared) -> tuple[Location, ...]:
    """The declared packages that a sentence names."""
    words = {normal(word) for _, value in reason.values for word in re.findall(r"[A-Za-z0-9][\w.-]*", str(value))}
    found = tuple(package.where for package in declared.main.declared if package.key in words)
    return found[:5] or (Location(declared.main.path),)


def _lacking(run: FilteredRun, main: str) -> Text:
    if run.ran:
        return text(
            "With the declared packages alone, {main} stops: {name} is missing ({reason}).",
            main=main,
            name=run.lacking or "",
            reason=run.message,
        )
    return text(
        "The scripts import {package}, and {name} is not declared.", package=run.package, name=run.lacking or ""
    )


def _file_details(file: EnvironmentFile) -> dict[str, Json]:
    return {
        "path": file.path,
        "form": file.form.value,
        "packages": file.packages,
        "included": [*file.included],
        "encoding": file.encoding,
    }


def _use_details(use: EnvironmentUse, declared: Declared) -> dict[str, Json]:
    direct = {file.path: file.direct for file in declared.files}
    packages: list[Json] = [
        _package(one, direct.get(one.where.path)) for one in list(dict.fromkeys(declared.packages))[:_MOST_TOLD]
    ]
    missing = [one for one in use.required if one.declared is None and one.via is None]
    kept = [one.declared for one in use.required if one.declared and _bound(one.declared, declared) is not Bound.NONE]
    return {
        "declared": packages,
        "imported": [_one(one) for one in use.required],
        "missing": _placed((one.distribution, place) for one in missing for place in one.where),
        "unused": _placed((one.package.name, one.package.where) for one in use.unneeded[:_MOST_TOLD]),
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


CHECKS = (
    environment_file,
    environment_complete,
    environment_pinned,
    environment_minimal,
    environment_portable,
    environment_sufficient,
)
