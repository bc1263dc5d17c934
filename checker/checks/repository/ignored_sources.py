"""Ignore rules that keep a module, or a file of the course, out of the repository."""

from __future__ import annotations

import re

from checker.checks.base import check
from checker.checks.repository.gitignore import ASK_GIT, rule_location
from checker.course import Course
from checker.facts.code import Code, ImportedName
from checker.facts.hygiene import IgnoredSources, IgnoreRules, Rule
from checker.model import Advice, Basis, Failed, Json, Passed, ToDo, Verdict, advice, text
from checker.quoting import quoted


@check("gitignore-sources")
def gitignore_sources(rules: IgnoreRules, ignored_sources: IgnoredSources, code: Code, course: Course) -> Verdict:
    """No file of the project is ignored

    ## What it checks

    The rules of `.gitignore` swallow no file that the project needs. It fails when a module that the code imports
    is missing from the repository because a pattern ignores it; the message names the module and the pattern. The
    pattern `{=samples.data_folder}/`, which would ignore a module in `{=names.source_folder}/{=samples.data_folder}/`, is advice as long as nothing is missing.

    ## Why it matters

    An ignored file is never committed, and git says nothing. The code works on your computer, where the file is,
    and fails everywhere else.

    ## How to do it

    Ask git which rule ignores the file, make that rule narrower, then add the file.

    ## Example

    ```bash
    # Before: {=names.source_folder}/{=samples.data_folder}/import_data.py is ignored by "{=samples.data_folder}/"
    git check-ignore -v --no-index {=names.source_folder}/{=samples.data_folder}/import_data.py

    # After: .gitignore says /{=samples.data_folder}/, and the command above prints nothing
    git add {=names.source_folder}/{=samples.data_folder}/import_data.py
    git commit -m "Add the module that reads the data"
    ```

    ## Known limits

    A file that nobody imports, and that exists on your disk only, cannot be seen in a commit.
    """  # noqa: E501  wrapped as it is printed
    details: dict[str, Json] = {
        "missing": [
            {"module": name.module, "path": path, "rule": rule.pattern} for name, path, rule in ignored_sources.modules
        ],
        "absent": [{"path": path, "rule": rule.pattern} for path, rule in ignored_sources.named],
    }
    if not rules.files:
        return ToDo(what=text("There is no .gitignore yet."), details=details)
    if ignored_sources.modules:
        name, path, rule = ignored_sources.modules[0]
        return Failed(
            expected=text("Every module that the code imports is in the repository."),
            actual=text(
                "{place} imports {module}, but {path} is not in the repository: the rule {pattern} ({rule_place}) "
                "ignores it, and git says nothing.",
                place=name.where,
                module=name.module,
                path=path,
                pattern=rule.pattern,
                rule_place=rule_location(rule),
            ),
            hint=text(
                "Write {better} instead, which means the folder at the root alone; then git add {path}, and commit.",
                better=_narrower(rule),
                path=path,
            )
            if _narrower(rule)
            else text("Remove that rule or make it narrower, then git add {path}, and commit.", path=path),
            reproduce=_module_taken(name, path),
            where=(rule_location(rule), name.where),
            basis=Basis.READ,
            details=details,
        )
    if ignored_sources.named:
        path, rule = ignored_sources.named[0]
        return Failed(
            expected=text("The rules let every file of the project into the repository."),
            actual=text(
                "The rule {pattern} ({rule_place}) ignores {path}: git never takes it.",
                pattern=rule.pattern,
                rule_place=rule_location(rule),
                path=path,
            ),
            hint=text("Remove that rule or make it narrower, then git add {path}, and commit.", path=path),
            reproduce=_taken(path),
            where=(rule_location(rule),),
            basis=Basis.READ,
            details=details,
        )
    by_rule: dict[Rule, list[str]] = {}
    folder = course.samples.data_folder
    for path, rule in ignored_sources.threatened:
        # Of modules that are still to come, the check of the data folder has spoken.
        if path in code.files or rule.pattern.strip().rstrip("/") != folder:
            by_rule.setdefault(rule, []).append(path)
    said = tuple(_about_threat(rule, paths) for rule, paths in by_rule.items())
    return Passed(
        message=text("The rules swallow no file of the project."), advice=said, basis=Basis.READ, details=details
    )


def _about_threat(rule: Rule, paths: list[str]) -> Advice:
    where = (rule_location(rule),)
    if better := _narrower(rule):
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


def _taken(path: str) -> str:
    """A line that fails while git has no such file, and would not take it."""
    return f"git ls-files --error-unmatch -- {quoted(path)} 2>/dev/null || ! {ASK_GIT} {quoted(path)}"


def _module_taken(name: ImportedName, path: str) -> str:
    """A line that fails while a file imports a module that git has not, and would not take."""
    parent, _, last = name.module.rpartition(".")
    escaped, above = re.escape(name.module), re.escape(parent)
    pattern = (
        rf"{escaped}|from +{above} +import .*{last}|from +[.].*{last}" if parent else rf"import .*{last}|from +{last}"
    )
    return f"{_taken(path)} || ! grep -qE {quoted(pattern)} {quoted(name.where.path)}"
