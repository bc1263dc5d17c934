"""Steps 1.7 and 1.8: what a repository should not hold, and what its ignore rules do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from types import MappingProxyType

from checker.checks.base import check
from checker.checks.shell import all_quoted, quoted
from checker.course import Course
from checker.facts.code import Code, ImportedName
from checker.facts.hygiene import Clutter, DataFile, DataFiles, IgnoreRules, Rule, Swallowed, Unclean
from checker.model import Advice, Basis, Failed, Json, Location, Passed, Text, ToDo, Value, Verdict, advice, text

_SHOWN = 10
_ABOUT_BYTECODE = re.compile(r"cache|\.py", re.IGNORECASE)
"""What a rule is written for: one on another folder may hold a sample of byte-code by chance."""

_FORMS: Mapping[str, Text] = MappingProxyType(
    {
        "HDF5": text("HDF5"),
        "Excel": text("Excel"),
        "R data": text("R data"),
        "SAS": text("SAS"),
        "Stata": text("Stata"),
        "csv": text("csv"),
        "database": text("database"),
        "feather": text("feather"),
        "json": text("json table"),
        "list of passengers": text("list of passengers"),
        "parquet": text("parquet"),
        "pickle": text("pickled table"),
        "spreadsheet": text("spreadsheet"),
        "table": text("table"),
    },
)
_MADE_BY_PROGRAMS: Mapping[str, Text] = MappingProxyType(
    {
        "build output": text("build output"),
        "byte-code": text("byte-code"),
        "caches": text("caches"),
        "files of Windows": text("files of Windows"),
        "files of macOS": text("files of macOS"),
        "notebook checkpoints": text("notebook checkpoints"),
        "virtual environment": text("virtual environment"),
    },
)
"""What the course file calls what programs make. Another word is shown as it is."""


@check("data-untracked")
def data_untracked(data: DataFiles) -> Verdict:
    """No data are tracked by git

    ## What it checks

    Git tracks no data file: csv, parquet, xlsx, json, feather, pickled tables, compressed ones. They are recognised
    by name and by content, so that a passenger list under another name is still found. A fitted model is not data.
    The outputs of notebooks and earlier commits are not judged; for the latter there is advice.

    A data file that is both in `.gitignore` and tracked fails here: `.gitignore` does not act on a file that git
    already follows.

    ## Why it matters

    Git keeps every version of every file for ever: data make a repository heavy, and a public repository publishes
    them.

    ## How to do it

    Put the data on S3 and verify that they can be read. Then remove them from git's index with `--cached`, which
    leaves the copy on your disk, and commit.

    ## Example

    ```bash
    # Before
    git ls-files data        # data/raw/test.csv, data/raw/train.csv

    # After
    git rm -r --cached data
    git commit -m "Read the data from S3"
    ```

    ## Known limits

    Models are told apart from pickled tables without ever being loaded. Data in earlier commits remain in the
    history: removing a file does not erase it there.
    """
    tracked = [file for file in data.tracked if not file.fixture]
    details: dict[str, Json] = {
        "tracked": [{"path": file.path, "form": file.what, "passengers": file.passengers} for file in data.tracked],
        "models": list(data.models),
    }
    if not tracked:
        return Passed(
            message=text("Git follows no data file."),
            advice=(*_about_samples(data), *_about_waiting(data), *_about_past(data)),
            basis=Basis.READ,
            details=details,
        )
    paths = [file.path for file in tracked]
    return Failed(
        expected=text("Data are on S3, and git follows none of them."),
        actual=text("Git follows {files}.", files=_listed([_described(file) for file in tracked])),
        hint=_remedy_for_data(tracked),
        reproduce=f'test -z "$(git --literal-pathspecs ls-files -- {all_quoted(paths)})"',
        where=tuple(Location(path) for path in paths[:_SHOWN]),
        advice=_about_waiting(data),
        basis=Basis.READ,
        details=details,
    )


def _described(file: DataFile) -> Text:
    if file.pointer:
        return text("{path} (Git LFS pointer)", path=file.path)
    if file.passengers and not file.path.lower().endswith(".csv"):
        return text("{path} (the list of passengers)", path=file.path)
    return text("{path} ({form})", path=file.path, form=_FORMS.get(file.what, file.what))


def _remedy_for_data(tracked: list[DataFile]) -> Text:
    ruled = next((file for file in tracked if file.rule is not None), None)
    command = f"git rm --cached {all_quoted([file.path for file in tracked], most=3)}"
    if len(tracked) > 3:
        command += " …"
    if ruled is not None and ruled.rule is not None:
        return text(
            "The rule {pattern} ({place}) ignores {path}, but a rule has no effect on what git follows already: "
            "{command}, then commit.",
            pattern=ruled.rule.pattern,
            place=_place(ruled.rule),
            path=ruled.path,
            command=command,
        )
    if any(file.pointer for file in tracked):
        return text(
            "Git LFS is still in the repository: put the data on S3, then {command} (the file on your disk stays), "
            "and commit.",
            command=command,
        )
    return text(
        "Put the data on S3 and check that they can be read there; then {command} (the files on your disk stay), "
        "and commit.",
        command=command,
    )


def _about_samples(data: DataFiles) -> tuple[Advice, ...]:
    samples = [file.path for file in data.tracked if file.fixture]
    if not samples:
        return ()
    return (
        advice(
            "A small sample beside the tests is accepted: {paths}.",
            paths=tuple(samples[:_SHOWN]),
            where=tuple(Location(path) for path in samples[:_SHOWN]),
        ),
    )


def _about_waiting(data: DataFiles) -> tuple[Advice, ...]:
    waiting = [file.path for file in data.waiting]
    if not waiting:
        return ()
    return (
        advice(
            "Git does not follow {paths} yet, but git add -A would: ignore the folder of the data (step 1.8).",
            paths=tuple(waiting[:_SHOWN]),
            where=tuple(Location(path) for path in waiting[:_SHOWN]),
        ),
    )


def _about_past(data: DataFiles) -> tuple[Advice, ...]:
    if not data.past:
        return ()
    return (
        advice(
            "Earlier commits still hold {paths} (the last of them: {commit}). For public data that is no harm; "
            "confidential data would have to be erased from the history.",
            paths=data.past[:3],
            commit=data.past_commit or "",
        ),
    )


@check("clean-tree")
def clean_tree(clutter: Clutter) -> Verdict:
    """Nothing made by a program is tracked

    ## What it checks

    Git tracks no byte-code (`__pycache__`, `.pyc`), no `.ipynb_checkpoints`, no `.DS_Store`, no virtual environment
    and no build output. A tracked `.vscode/` is advice only.

    ## Why it matters

    Such files change with every run and every computer. They hide what you really changed, and a virtual
    environment alone is tens of thousands of files.

    ## How to do it

    Take them out of git's index; they stay on your disk. Then list them in `.gitignore`, so that they do not come
    back.

    ## Example

    ```bash
    # Before
    git ls-files | grep -E "pycache|checkpoints|DS_Store"

    # After: the command above prints nothing
    git rm -r --cached __pycache__ .ipynb_checkpoints
    git commit -m "Stop tracking files made by programs"
    ```

    ## Known limits

    Only the present state is judged, not earlier commits. Virtual environments are recognised by their content
    (`pyvenv.cfg`, `site-packages`), not by their name.
    """
    said = tuple(
        advice(
            "{folder} holds the settings of your editor: others have other ones.",
            folder=folder,
            where=(Location(folder),),
        )
        for folder in clutter.editors
    )
    details: dict[str, Json] = {
        "tracked": [{"path": item.path, "what": item.what, "files": item.count} for item in clutter.tracked],
    }
    if not clutter.tracked:
        return Passed(
            message=text("Git follows nothing that a program made."), advice=said, basis=Basis.READ, details=details
        )
    folders = [item.path for item in clutter.tracked]
    return Failed(
        expected=text("Git follows what people wrote, and nothing that a program made."),
        actual=text("Git follows {items}.", items=_listed([_made(item) for item in clutter.tracked])),
        hint=text(
            "{command} takes them out of git and leaves them on your disk. Commit, and ignore them: {patterns}.",
            command=f"git rm -r -q --cached {all_quoted(folders, most=5)}" + (" …" if len(folders) > 5 else ""),
            patterns=tuple(dict.fromkeys(item.pattern for item in clutter.tracked)),
        ),
        reproduce=f'test -z "$(git --literal-pathspecs ls-files -- {all_quoted(folders)})"',
        where=tuple(Location(path) for path in folders[:_SHOWN]),
        advice=said,
        basis=Basis.READ,
        details=details,
    )


def _made(item: Unclean) -> Text:
    what = _MADE_BY_PROGRAMS.get(item.what, item.what)
    if item.count > 1:
        return text("{path} ({what}, {count} files)", path=item.path, what=what, count=item.count)
    return text("{path} ({what})", path=item.path, what=what)


@check("gitignore-python")
def gitignore_python(rules: IgnoreRules, course: Course) -> Verdict:
    """Byte-code is ignored at any depth

    ## What it checks

    Git's own rules are asked about sample paths: compiled Python files must be ignored at the root and in every
    sub-folder. The other usual patterns (`.ipynb_checkpoints/`, virtual environments, build output, `.env`) are
    advice.

    A misspelt pattern, or a misspelt name of the file itself (`gitignore`, `.gitignore.txt`), gets a message of its
    own.

    ## Why it matters

    Python writes byte-code next to each module that is imported. If git does not ignore it, the next `git add -A`
    commits it.

    ## How to do it

    Take GitHub's *Python* template, or write the lines below into a file named exactly `.gitignore`, with the dot,
    at the root.

    ## Example

    ```text
    # Before: only the folder at the root
    /__pycache__/

    # After: at any depth
    __pycache__/
    *.py[cod]
    ```

    ## Known limits

    Your personal rules (`~/.gitignore`, `.git/info/exclude`) do not count: others do not have them.
    """
    samples = course.samples.bytecode
    open_ = [path for path in samples if rules.answers.get(path) is None]
    details = _details(rules, samples)
    if not open_:
        missing = [pattern for pattern, sample in course.samples.advised.items() if rules.answers.get(sample) is None]
        said = (
            (advice("Other usual patterns are missing from .gitignore: {patterns}.", patterns=tuple(missing)),)
            if missing
            else ()
        )
        return Passed(
            message=text("Byte-code is ignored at any depth."), advice=said, basis=Basis.READ, details=details
        )
    expected = text("Compiled files are ignored in every folder: for example {path}.", path=open_[0])
    no_file = _without_file(rules, expected, open_, details)
    if no_file is not None:
        return no_file
    deciding = [rule for path in samples if (rule := rules.answers.get(path)) is not None]
    held = next((rule for rule in deciding if _ABOUT_BYTECODE.search(rule.pattern)), None)
    close = _misspelt(rules, ("__pycache__/", "*.py[cod]", "*.pyc"))
    if held is not None:
        actual = text(
            "{place} says {pattern}, which ignores byte-code in some folders only: not {path}.",
            place=_place(held),
            pattern=held.pattern,
            path=open_[0],
        )
        hint = text("Write __pycache__/ without a folder in front: it then holds at any depth.")
        where: tuple[Location, ...] = (Location(held.path, line=held.line),)
    elif close is not None:
        rule, meant = close
        actual = text(
            "{place} says {pattern}, which matches nothing that Python makes.",
            place=_place(rule),
            pattern=rule.pattern,
        )
        hint = text("Write {meant} there.", meant=meant)
        where = (Location(rule.path, line=rule.line),)
    else:
        actual = text("No rule of .gitignore ignores {path}.", path=open_[0])
        hint = text("Add the lines __pycache__/ and *.py[cod] to the file .gitignore at the root.")
        where = tuple(Location(path) for path in rules.files[:1])
    return Failed(
        expected=expected,
        actual=actual,
        hint=hint,
        reproduce=_ignored(samples),
        where=where,
        basis=Basis.READ,
        details=details,
    )


@check("gitignore-data")
def gitignore_data(rules: IgnoreRules, course: Course) -> Verdict:
    """The data folder is ignored

    ## What it checks

    Git's own rules ignore what lies in the folder `data/` at the root of the repository.

    Both `data/` and `/data/` pass. The first one gets advice: it also ignores `src/data/`.

    ## Why it matters

    The data are on S3; a local copy on your disk is handy. One absent-minded `git add -A` would put it back into
    the repository, for good.

    ## How to do it

    Add `/data/` to `.gitignore`: with a slash at the beginning, which means *at the root*, and at the end, which
    means *a folder*.

    ## Example

    ```text
    # Before: also ignores src/data/
    data/

    # After: only the folder at the root
    /data/
    ```

    ## Known limits

    A data file that was tracked before remains tracked, whatever `.gitignore` says: that is judged in
    `data-untracked`.
    """
    samples = course.samples.data
    open_ = [path for path in samples if rules.answers.get(path) is None]
    details = _details(rules, samples)
    folder = samples[0].partition("/")[0] if samples else ""
    if not open_:
        deciding = [rule for path in samples if (rule := rules.answers.get(path)) is not None]
        said: tuple[Advice, ...] = ()
        loose = next((rule for rule in deciding if rule.pattern.strip() in (folder, f"{folder}/")), None)
        if loose is not None and "/" not in loose.path:
            said = (
                advice(
                    "{pattern} also ignores src/{folder}/: write /{folder}/, which means the folder at the root alone.",
                    pattern=loose.pattern,
                    folder=folder,
                    where=(Location(loose.path, line=loose.line),),
                ),
            )
        return Passed(
            message=text("The folder of the data is ignored."), advice=said, basis=Basis.READ, details=details
        )
    expected = text("The folder {folder}/ is ignored: for example {path}.", folder=folder, path=open_[0])
    no_file = _without_file(rules, expected, open_, details)
    if no_file is not None:
        return no_file
    back = next((rule for rule in rules.rules if rule.pattern.startswith("!") and folder in rule.pattern), None)
    close = _misspelt(rules, (f"/{folder}/", f"{folder}/"))
    if back is not None:
        actual = text(
            "{place} says {pattern}, which takes {path} back in.",
            place=_place(back),
            pattern=back.pattern,
            path=open_[0],
        )
        where: tuple[Location, ...] = (Location(back.path, line=back.line),)
    elif close is not None:
        rule, _ = close
        actual = text(
            "{place} says {pattern}, which does not ignore {path}.",
            place=_place(rule),
            pattern=rule.pattern,
            path=open_[0],
        )
        where = (Location(rule.path, line=rule.line),)
    else:
        actual = text("No rule of .gitignore ignores {path}.", path=open_[0])
        where = tuple(Location(path) for path in rules.files[:1])
    return Failed(
        expected=expected,
        actual=actual,
        hint=text(
            "Write the line /{folder}/ into .gitignore: the first slash means the root, the last one a folder.",
            folder=folder,
        ),
        reproduce=_ignored(samples),
        where=where,
        basis=Basis.READ,
        details=details,
    )


@check("gitignore-sources")
def gitignore_sources(rules: IgnoreRules, swallowed: Swallowed, code: Code, course: Course) -> Verdict:
    """No file of the project is ignored

    ## What it checks

    The rules of `.gitignore` swallow no file that the project needs. It fails when a module that the code imports
    is missing from the repository because a pattern ignores it; the message names the module and the pattern. The
    pattern `data/`, which would ignore a module in `src/data/`, is advice as long as nothing is missing.

    ## Why it matters

    An ignored file is never committed, and git says nothing. The code works on your computer, where the file is,
    and fails everywhere else.

    ## How to do it

    Ask git which rule ignores the file, make that rule narrower, then add the file.

    ## Example

    ```bash
    # Before: src/data/import_data.py is ignored by "data/"
    git check-ignore -v --no-index src/data/import_data.py

    # After: .gitignore says /data/, and the command above prints nothing
    git add src/data/import_data.py
    git commit -m "Add the module that reads the data"
    ```

    ## Known limits

    A file that nobody imports, and that exists on your disk only, cannot be seen in a commit.
    """
    details: dict[str, Json] = {
        "missing": [
            {"module": name.module, "path": path, "rule": rule.pattern} for name, path, rule in swallowed.modules
        ],
        "absent": [{"path": path, "rule": rule.pattern} for path, rule in swallowed.named],
    }
    if not rules.files:
        return ToDo(what=text("There is no .gitignore yet."), details=details)
    if swallowed.modules:
        name, path, rule = swallowed.modules[0]
        return Failed(
            expected=text("Every module that the code imports is in the repository."),
            actual=text(
                "{place} imports {module}, but {path} is not in the repository: the rule {pattern} ({rule_place}) "
                "ignores it, and git says nothing.",
                place=name.where,
                module=name.module,
                path=path,
                pattern=rule.pattern,
                rule_place=_place(rule),
            ),
            hint=text(
                "Write {better} instead, which means the folder at the root alone; then git add {path}, and commit.",
                better=_narrower(rule),
                path=path,
            )
            if _narrower(rule)
            else text("Remove that rule or make it narrower, then git add {path}, and commit.", path=path),
            reproduce=_module_taken(name, path),
            where=(Location(rule.path, line=rule.line), name.where),
            basis=Basis.READ,
            details=details,
        )
    if swallowed.named:
        path, rule = swallowed.named[0]
        return Failed(
            expected=text("The rules let every file of the project into the repository."),
            actual=text(
                "The rule {pattern} ({rule_place}) ignores {path}: git never takes it.",
                pattern=rule.pattern,
                rule_place=_place(rule),
                path=path,
            ),
            hint=text("Remove that rule or make it narrower, then git add {path}, and commit.", path=path),
            reproduce=_taken(path),
            where=(Location(rule.path, line=rule.line),),
            basis=Basis.READ,
            details=details,
        )
    by_rule: dict[Rule, list[str]] = {}
    folder = course.samples.data[0].partition("/")[0] if course.samples.data else ""
    for path, rule in swallowed.threatened:
        # Of modules that are still to come, the check of the data folder has spoken.
        if path in code.files or rule.pattern.strip().rstrip("/") != folder:
            by_rule.setdefault(rule, []).append(path)
    said = tuple(_about_threat(rule, paths) for rule, paths in by_rule.items())
    return Passed(
        message=text("The rules swallow no file of the project."), advice=said, basis=Basis.READ, details=details
    )


def _about_threat(rule: Rule, paths: list[str]) -> Advice:
    where = (Location(rule.path, line=rule.line),)
    better = _narrower(rule)
    if better:
        return advice(
            "{pattern} would also keep {path} out of the repository, silently: write {better}.",
            pattern=rule.pattern,
            path=paths[0],
            better=better,
            where=where,
        )
    return advice(
        "{pattern} would keep {path} out of the repository, silently: make that rule narrower.",
        pattern=rule.pattern,
        path=paths[0],
        where=where,
    )


def _narrower(rule: Rule) -> str:
    """The rule with a slash in front, where that mends it: a plain folder's name at the root's ignore file."""
    name = rule.pattern.strip().rstrip("/")
    plain = name and not set(name) & set("/*?[]!\\")
    return f"/{name}/" if plain and "/" not in rule.path else ""


def _without_file(rules: IgnoreRules, expected: Text, open_: list[str], details: dict[str, Json]) -> Failed | None:
    """The failure where git reads no ignore file at all, or one that it cannot understand."""
    if rules.unreadable:
        path = rules.unreadable[0]
        return Failed(
            expected=expected,
            actual=text("{path} is saved as UTF-16, which git cannot read: none of its rules holds.", path=path),
            hint=text("Save it as UTF-8 (in VS Code: Save with Encoding); PowerShell's > writes UTF-16."),
            reproduce=_ignored(open_),
            where=(Location(path),),
            basis=Basis.READ,
            details=details,
        )
    if rules.files:
        return None
    if rules.misspelt:
        path = rules.misspelt[0]
        return Failed(
            expected=expected,
            actual=text("{path} is not a name that git knows: none of its rules holds.", path=path),
            hint=text(
                "Rename the file to .gitignore, with the dot and without an ending: {command}.",
                command=f"git mv {quoted(path)} .gitignore",
            ),
            reproduce=_ignored(open_),
            where=(Location(path),),
            basis=Basis.READ,
            details=details,
        )
    return Failed(
        expected=expected,
        actual=text("There is no .gitignore."),
        hint=text("Make a file .gitignore at the root; GitHub's Python template is a good start."),
        reproduce=_ignored(open_),
        basis=Basis.READ,
        details=details,
    )


def _misspelt(rules: IgnoreRules, meant: tuple[str, ...]) -> tuple[Rule, str] | None:
    """The rule that comes closest to one of *meant* without being it, and which one."""
    best: tuple[float, Rule, str] | None = None
    for rule in rules.rules:
        pattern = rule.pattern.strip()
        for wanted in meant:
            likeness = SequenceMatcher(None, pattern.lower(), wanted).ratio()
            if pattern != wanted and likeness > 0.75 and (best is None or likeness > best[0]):
                best = (likeness, rule, wanted)
    return (best[1], best[2]) if best else None


def _details(rules: IgnoreRules, samples: Iterable[str]) -> dict[str, Json]:
    ignored: dict[str, Json] = {}
    for path in samples:
        rule = rules.answers.get(path)
        ignored[path] = f"{rule.path}:{rule.line}: {rule.pattern}" if rule else None
    return {"files": list(rules.files), "ignored": ignored}


def _ignored(paths: Iterable[str]) -> str:
    """A line that fails unless git ignores every one of *paths*, whatever the user's personal rules say."""
    checks = (f"{_ASK} {quoted(path)}" for path in paths)
    return " && ".join(checks)


def _taken(path: str) -> str:
    """A line that fails while git has no such file, and would not take it."""
    return f"git ls-files --error-unmatch -- {quoted(path)} 2>/dev/null || ! {_ASK} {quoted(path)}"


def _module_taken(name: ImportedName, path: str) -> str:
    """A line that fails while a file imports a module that git has not, and would not take."""
    parent, _, last = name.module.rpartition(".")
    escaped, above = re.escape(name.module), re.escape(parent)
    pattern = (
        rf"{escaped}|from +{above} +import .*{last}|from +[.].*{last}" if parent else rf"import .*{last}|from +{last}"
    )
    return f"{_taken(path)} || ! grep -qE {quoted(pattern)} {quoted(name.where.path)}"


_ASK = "git -c core.excludesFile=/dev/null check-ignore -q --no-index"


def _place(rule: Rule) -> Location:
    return Location(rule.path, line=rule.line)


def _listed(items: list[Text]) -> Value:
    shown: list[Value] = list(items[:_SHOWN])
    if len(items) > _SHOWN:
        shown.append(text("{count} more", count=len(items) - _SHOWN))
    return tuple(shown)


CHECKS = (data_untracked, clean_tree, gitignore_python, gitignore_data, gitignore_sources)
