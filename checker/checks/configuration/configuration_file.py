"""A configuration file that holds the place of the data."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.base import check
from checker.checks.command_programs import here_document
from checker.course import Course
from checker.facts.configuration import Configuration, ConfigurationFile
from checker.model import Advice, Failed, Json, Location, Passed, Verdict, advice, text

ANY_CONFIGURATION = (
    "git ls-files -co --exclude-standard | grep -qiE '(^|/)[^/]*(conf|settings|param)[^/]*[.](ya?ml|json|toml|ini)$'"
)


@check("config-file")
def config_file(configuration: Configuration, course: Course) -> Verdict:
    """A configuration file holds the place of the data

    ## What it checks

    There is a file `{=names.configuration}` at the root; it is valid YAML, a mapping of names to values, and holds the place
    of the data. Another name or another folder passes with advice, and so does another format that your code reads.

    ## Why it matters

    What differs from one person to the next (a bucket, a folder, a link) has its own place, which can be read and
    changed without knowing Python.

    ## How to do it

    Write one line per value: a name, a colon, a space, the value. Indent with spaces, never with tabs. Keep secrets
    and signed links out of it: the file is in the repository, and such links expire.

    ## Example

    ```yaml
    # Before: not a mapping, and the colons lack their space
    bucket:jdupont
    folder:titanic/raw

    # After
    bucket: jdupont
    folder: titanic/raw
    train_name: train.csv
    test_name: test.csv
    ```

    ## Known limits

    When a secret is recognised in the file there is advice, with the line; its value is never shown. Whether the
    place exists is not verified.
    """  # noqa: E501  wrapped as it is printed
    wanted = course.names.configuration
    expected = text("{file} at the root is a YAML mapping that holds the place of the data.", file=wanted)
    file = configuration.main
    if file is None:
        return absent_file_failure(configuration)
    details: dict[str, Json] = {
        "files": [one.path for one in configuration.files],
        "values": [leaf.key for leaf in file.leaves[:50]],
    }
    if file.problem is not None:
        return Failed(
            expected=expected,
            actual=file.problem,
            hint=text("Save the file as UTF-8: in the editor, Save with encoding.")
            if file.can_be_read
            else text("Write one line per value: a name, a colon, a space, the value; indent with spaces."),
            reproduce=_loads(file),
            where=file.problem_where,
            details=details,
        )
    if not any(leaf.is_place for leaf in file.leaves):
        return Failed(
            expected=expected,
            actual=text("{file} holds no bucket, folder, name of a file or link.", file=file.path),
            hint=text("Move bucket, folder and names of the data from the code to {file}.", file=file.path),
            reproduce=here_document("configured_place"),
            where=(Location(file.path),),
            details=details,
        )
    return Passed(
        message=text("{file} holds the place of the data.", file=file.path),
        advice=tuple(_advice(configuration, file, wanted)),
        details=details,
    )


def _advice(configuration: Configuration, file: ConfigurationFile, wanted: str) -> Iterator[Advice]:
    if file.path != wanted:
        yield advice("The usual name and place is {wanted}.", wanted=wanted)
    for secret in file.secrets[:5]:
        if secret.presigned:
            yield advice(
                "A signed link expires: share the file, or read it with your credentials.", where=(secret.where,)
            )
        else:
            yield advice(
                "This looks like a secret: take it out of the repository, and renew it.", where=(secret.where,)
            )
    dead = [one.path for one in configuration.files[1:] if one.path not in configuration.opened]
    if dead:
        yield advice("Nothing opens {files}: delete it, so that nobody changes it in vain.", files=tuple(dead))
    if configuration.left_out:
        yield advice("There are {count} more such files.", count=configuration.left_out)


def absent_file_failure(configuration: Configuration) -> Failed:
    """The same for both checks that it fails, so that a report says it once."""
    path, places = configuration.absent[0]
    expected = text("The repository holds the configuration that the code opens.")
    if configuration.ignored is not None:
        places = (configuration.ignored,)
        actual = text("{file} is ignored by git, so the repository does not hold it.", file=path)
        hint = text("Take it out of .gitignore, and git add {file}; keep secrets elsewhere.", file=path)
    else:
        actual = text("The code opens {file}, which was never committed.", file=path)
        hint = text("git add {file}, and commit it.", file=path)
    return Failed(expected=expected, actual=actual, hint=hint, reproduce=ANY_CONFIGURATION, where=places)


def _loads(file: ConfigurationFile) -> str:
    load = {
        "json": "import json; content = json.load(file)",
        "toml": "import tomllib; content = tomllib.loads(file.read())",
        "ini": "content = dict(file=file.read())",
    }.get(file.format, "import yaml; content = yaml.safe_load(file)")
    return here_document("configuration_loaded", PATH=repr(file.path), LOAD=load)
