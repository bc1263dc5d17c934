"""Ignore rules on byte-code and on data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from checker.checks.base import check
from checker.course import Course
from checker.facts.hygiene import IgnoreRules, Rule
from checker.model import Basis, Failed, Json, Location, Passed, Text, Verdict, advice, text
from checker.quoting import quoted

_ABOUT_BYTECODE = re.compile(r"cache|\.py", re.IGNORECASE)
"""What a rule is written for: one on another folder may hold a sample of byte-code by chance."""


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
        missing = tuple(pattern for pattern, path in course.samples.advised.items() if rules.answers.get(path) is None)
        note = advice("Other usual patterns are missing from .gitignore: {patterns}.", patterns=missing)
        return Passed(
            message=text("Byte-code is ignored at any depth."),
            advice=(note,) if missing else (),
            basis=Basis.READ,
            details=details,
        )
    expected = text("Compiled files are ignored in every folder: for example {path}.", path=open_[0])
    if no_file := _without_file(rules, expected, open_, details):
        return no_file
    deciding = [rule for path in samples if (rule := rules.answers.get(path)) is not None]
    held = next((rule for rule in deciding if _ABOUT_BYTECODE.search(rule.pattern)), None)
    close = _misspelt(rules, ("__pycache__/", "*.py[cod]", "*.pyc"))
    if held is not None:
        actual = text(
            "{place} says {pattern}, which ignores byte-code in some folders only: not {path}.",
            place=rule_location(held),
            pattern=held.pattern,
            path=open_[0],
        )
        hint = text("Write __pycache__/ without a folder in front: it then holds at any depth.")
        where: tuple[Location, ...] = (rule_location(held),)
    elif close is not None:
        rule, meant = close
        actual = text(
            "{place} says {pattern}, which matches nothing that Python makes.",
            place=rule_location(rule),
            pattern=rule.pattern,
        )
        hint = text("Write {meant} there.", meant=meant)
        where = (rule_location(rule),)
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

    Git's own rules ignore what lies in the folder `{=samples.data_folder}/` at the root of the repository.

    Both `{=samples.data_folder}/` and `/{=samples.data_folder}/` pass. The first one gets advice: it also ignores `{=names.source_folder}/{=samples.data_folder}/`.

    ## Why it matters

    The data are on S3; a local copy on your disk is handy. One absent-minded `git add -A` would put it back into
    the repository, for good.

    ## How to do it

    Add `/{=samples.data_folder}/` to `.gitignore`: with a slash at the beginning, which means *at the root*, and at the end, which
    means *a folder*.

    ## Example

    ```text
    # Before: also ignores {=names.source_folder}/{=samples.data_folder}/
    {=samples.data_folder}/

    # After: only the folder at the root
    /{=samples.data_folder}/
    ```

    ## Known limits

    A data file that was tracked before remains tracked, whatever `.gitignore` says: that is judged in
    `data-untracked`. A `.gitignore` under another name, or in an encoding that git cannot read, is judged in
    `gitignore-python` alone: here its lines count as they are meant.
    """  # noqa: E501  wrapped as it is printed
    samples = course.samples.data
    open_ = [path for path in samples if rules.answers.get(path) is None]
    details = _details(rules, samples)
    folder = course.samples.data_folder
    if not open_:
        deciding = [rule for path in samples if (rule := rules.answers.get(path)) is not None]
        loose = [rule for rule in deciding if rule.pattern.strip() in (folder, f"{folder}/")][:1]
        notes = tuple(
            advice(
                "{pattern} also ignores {source}/{folder}/: write /{folder}/, which means the folder at the root "
                "alone.",
                pattern=rule.pattern,
                source=course.names.source_folder,
                folder=folder,
                where=(rule_location(rule),),
            )
            for rule in loose
            if "/" not in rule.path
        )
        return Passed(
            message=text("The folder of the data is ignored."), advice=notes, basis=Basis.READ, details=details
        )
    if rules.ignored_once_mended.issuperset(samples):
        path = (*rules.unreadable, *rules.misspelt)[0]
        return Passed(
            message=text("{path} holds the rule for the data: git follows it once it can read the file.", path=path),
            basis=Basis.READ,
            details=details,
        )
    expected = text("The folder {folder}/ is ignored: for example {path}.", folder=folder, path=open_[0])
    if no_file := _without_file(rules, expected, open_, details):
        return no_file
    back = next((rule for rule in rules.rules if rule.pattern.startswith("!") and folder in rule.pattern), None)
    close = _misspelt(rules, (f"/{folder}/", f"{folder}/"))
    if back is not None:
        actual = text(
            "{place} says {pattern}, which takes {path} back in.",
            place=rule_location(back),
            pattern=back.pattern,
            path=open_[0],
        )
        where: tuple[Location, ...] = (rule_location(back),)
    elif close is not None:
        rule, _ = close
        actual = text(
            "{place} says {pattern}, which does not ignore {path}.",
            place=rule_location(rule),
            pattern=rule.pattern,
            path=open_[0],
        )
        where = (rule_location(rule),)
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


def _without_file(rules: IgnoreRules, expected: Text, open_: list[str], details: dict[str, Json]) -> Failed | None:
    """The failure where git reads no ignore file at all, or one that it cannot understand."""
    path = next(iter((*rules.unreadable, *rules.misspelt)), None)
    if rules.unreadable:
        actual = text("{path} is saved as UTF-16, which git cannot read: none of its rules holds.", path=path or "")
        hint = text("Save it as UTF-8 (in VS Code: Save with Encoding); PowerShell's > writes UTF-16.")
    elif rules.files:
        return None
    elif path:
        actual = text("{path} is not a name that git knows: none of its rules holds.", path=path)
        hint = text(
            "Rename the file to .gitignore, with the dot and without an ending: {command}.",
            command=f"git mv {quoted(path)} .gitignore",
        )
    else:
        actual = text("There is no .gitignore.")
        hint = text("Make a file .gitignore at the root; GitHub's Python template is a good start.")
    return Failed(
        expected=expected,
        actual=actual,
        hint=hint,
        reproduce=_ignored(open_),
        where=(Location(path),) if path else (),
        basis=Basis.READ,
        details=details,
    )


def _misspelt(rules: IgnoreRules, meant: tuple[str, ...]) -> tuple[Rule, str] | None:
    """The rule that comes closest to one of *meant* without being it, and which one."""
    pairs = [(rule, wanted) for rule in rules.rules for wanted in meant if rule.pattern.strip() != wanted]
    likeness = {pair: SequenceMatcher(None, pair[0].pattern.strip().lower(), pair[1]).ratio() for pair in pairs}
    best = max(likeness, key=likeness.__getitem__, default=None)
    return best if best is not None and likeness[best] > 0.75 else None


def _details(rules: IgnoreRules, samples: Iterable[str]) -> dict[str, Json]:
    answers = {path: rules.answers.get(path) for path in samples}
    ignored: dict[str, Json] = {
        path: f"{rule_location(rule)}: {rule.pattern}" if rule else None for path, rule in answers.items()
    }
    return {"files": list(rules.files), "ignored": ignored}


def _ignored(paths: Iterable[str]) -> str:
    """A line that fails unless git ignores every one of *paths*, whatever the user's personal rules say."""
    return " && ".join(f"{ASK_GIT} {quoted(path)}" for path in paths)


ASK_GIT = "git -c core.excludesFile=/dev/null check-ignore -q --no-index"


def rule_location(rule: Rule) -> Location:
    return Location(rule.path, line=rule.line)
