"""Step 2.1: what differs from one person to the next lives in a configuration file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checker.checks.base import check
from checker.course import Course
from checker.facts.code import Code
from checker.facts.configuration import Configuration, ConfigurationFile, Following, Leaf
from checker.facts.program import MainRun
from checker.model import (
    Advice,
    Basis,
    Blocked,
    Failed,
    Json,
    Location,
    Passed,
    Text,
    Verdict,
    advice,
    text,
)

_ANY_FILE = (
    "git ls-files -co --exclude-standard | grep -qiE '(^|/)[^/]*(conf|settings|param)[^/]*[.](ya?ml|json|toml|ini)$'"
)
_PLACE_NAMES = re.compile(
    r"bucket|path|url|uri|link|lien|endpoint|folder|dossier|chemin|file|fichier|key|train|test|data|donn|s3|source|adress",
    re.IGNORECASE,
)
_PLACE = re.compile(r"^[a-z0-9]+://|/|\.(csv|parquet)(\.gz)?$", re.IGNORECASE)


def is_place(leaf: Leaf) -> bool:
    """Whether a value looks like a part of where data is."""
    return _PLACE.search(leaf.value) is not None or any(_PLACE_NAMES.search(name) for name in leaf.names)


@check("config-file")
def config_file(configuration: Configuration, course: Course) -> Verdict:
    """A configuration file holds the place of the data

    ## What it checks

    There is a file `config.yaml` at the root; it is valid YAML, a mapping of names to values, and holds the place
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
    """
    wanted = course.names.configuration
    expected = text("{file} at the root is a YAML mapping that holds the place of the data.", file=wanted)
    file = configuration.main
    if file is None:
        return _absent(configuration)
    details: dict[str, Json] = {
        "files": [one.path for one in configuration.files],
        "values": [leaf.key for leaf in file.leaves[:50]],
    }
    if file.problem is not None:
        return Failed(
            expected=expected,
            actual=file.problem,
            hint=text("Write one line per value: a name, a colon, a space, the value; indent with spaces."),
            reproduce=_loads(file),
            where=file.problem_where,
            details=details,
        )
    if not any(is_place(leaf) for leaf in file.leaves):
        return Failed(
            expected=expected,
            actual=text("{file} holds no bucket, folder, name of a file or link.", file=file.path),
            hint=text("Move bucket, folder and names of the data from the code to {file}.", file=file.path),
            reproduce=_holds_a_place(),
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


def _absent(configuration: Configuration) -> Failed:
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
    return Failed(expected=expected, actual=actual, hint=hint, reproduce=_ANY_FILE, where=places)


def _loads(file: ConfigurationFile) -> str:
    load = {
        "json": "import json; content = json.load(file)",
        "toml": "import tomllib; content = tomllib.loads(file.read())",
        "ini": "content = dict(file=file.read())",
    }.get(file.format, "import yaml; content = yaml.safe_load(file)")
    return f"""python - <<'EOF'
import glob, os
for path in filter(os.path.exists, [{file.path!r}]):
    with open(path, encoding="utf-8") as file:
        {load}
    assert isinstance(content, dict) and content, "no mapping of names to values"
EOF"""


def _holds_a_place() -> str:
    return """python - <<'EOF'
import glob, re, sys
paths = [p for p in glob.glob("**/*.y*ml", recursive=True) if re.search("conf|settings|param", p)]
names = "bucket|path|url|uri|lien|endpoint|folder|dossier|chemin|file|fichier|train|test|data|donn|s3"
lines = [line for path in paths for line in open(path, encoding="utf-8") if not line.lstrip().startswith("#")]
sys.exit(0 if re.search(names + "|://|[.]csv", "".join(lines), re.I) else "no place of data")
EOF"""


@check("config-read")
def config_read(configuration: Configuration, run: MainRun, course: Course) -> Verdict:
    """The main script reads the configuration

    ## What it checks

    While `main.py` runs, it opens the configuration file. A file that the code opens and that is not in the
    repository fails: it was never committed. A configuration that is ignored by git, with default values in the
    code, is accepted in part.

    ## Why it matters

    A configuration that nobody reads misleads: one changes it, and nothing happens.

    ## How to do it

    Open the file at the beginning of `main.py` with `yaml.safe_load`, by a path relative to the root, and commit
    it. The notebook, which is started from its own folder, reads `../config.yaml`.

    ## Example

    ```python
    # Before: the values are copied
    bucket = "jdupont"

    # After
    with open("config.yaml", encoding="utf-8") as file:
        config = yaml.safe_load(file)
    bucket = config["bucket"]
    ```

    ## Known limits

    When `main.py` stops before it reads anything, the answer is read from the source and marked *read, not run*.
    """
    wanted = course.names.configuration
    expected = text("{main} opens {file} when it runs.", main=run.path, file=wanted)
    file = configuration.main
    if file is None:
        return _never_there(configuration, run, course, expected)
    opened = [one for one in configuration.files if one.path in configuration.opened]
    basis = Basis.RUN if configuration.observed else Basis.READ
    details: dict[str, Json] = {"opened": [one.path for one in opened]}
    if twice := _overlapping(opened):
        return Failed(
            expected=text("One configuration file holds the place of the data."),
            actual=text("Two files are read for the same values: {files}.", files=tuple(one.path for one in twice)),
            hint=text("Keep one of them, {file}, and delete the other one.", file=wanted),
            reproduce=_opens_one(run.path),
            where=tuple(Location(one.path) for one in twice),
            basis=basis,
            details=details,
        )
    if opened:
        said = (
            text("{main} opens {file}.", main=run.path, file=opened[0].path)
            if configuration.observed
            else text("The code names {file}, as far as reading it tells.", file=opened[0].path)
        )
        return Passed(message=said, basis=basis, details=details)
    actual = (
        text("{main} runs without opening {file}.", main=run.path, file=file.path)
        if configuration.observed
        else text("Nothing in the code names {file}.", file=file.path)
    )
    return Failed(
        expected=expected,
        actual=actual,
        hint=text("Open it at the beginning of {main} with yaml.safe_load, and use its values.", main=run.path),
        reproduce=_opens(run.path),
        where=(Location(run.path),),
        basis=basis,
        details=details,
    )


def _never_there(configuration: Configuration, run: MainRun, course: Course, expected: Text) -> Verdict:
    path, _ = configuration.absent[0]
    if run.succeeded and configuration.ignored is not None:
        return Failed(
            expected=expected,
            actual=text("{file} is ignored by git; {main} runs on the defaults in its code.", file=path, main=run.path),
            hint=text("Commit {file} without secrets, so that everybody reads the same.", file=path),
            reproduce=_ANY_FILE,
            where=(configuration.ignored,),
            credit=course.credit.share("ignored_configuration"),
            credits=("ignored_configuration",),
        )
    return _absent(configuration)


def _overlapping(opened: list[ConfigurationFile]) -> tuple[ConfigurationFile, ...]:
    """Two files that are both opened and hold the same names, or both the place of the data."""
    for number, one in enumerate(opened):
        for other in opened[number + 1 :]:
            names = {leaf.names for leaf in one.leaves} & {leaf.names for leaf in other.leaves}
            places = [any(is_link_or_bucket(leaf) for leaf in file.leaves) for file in (one, other)]
            if names or all(places):
                return one, other
    return ()


def is_link_or_bucket(leaf: Leaf) -> bool:
    """Whether a value can only be the place of data."""
    return "://" in leaf.value or "bucket" in leaf.names[-1].lower() or leaf.value.lower().endswith(".csv")


def _opens(main: str) -> str:
    return f"""python - <<'EOF'
import os, runpy, sys
seen = []
sys.addaudithook(lambda event, given: seen.append(str(given[0])) if event == "open" else None)
runpy.run_path({main!r}, run_name="__main__")
ours = [path for path in seen if os.path.exists(path) and os.path.abspath(path).startswith(os.getcwd())]
sys.exit(0 if any(p.endswith((".yaml", ".yml", ".toml", ".json", ".ini")) for p in ours) else "never opened")
EOF"""


def _opens_one(main: str) -> str:
    return f"""python - <<'EOF'
import os, runpy, sys
seen = set()
sys.addaudithook(lambda event, given: seen.add(str(given[0])) if event == "open" else None)
runpy.run_path({main!r}, run_name="__main__")
ours = [path for path in seen if os.path.exists(path) and os.path.abspath(path).startswith(os.getcwd())]
read = [path for path in ours if path.endswith((".yaml", ".yml", ".toml", ".json", ".ini"))]
same = lambda path: open(path, encoding="utf-8").read()
sys.exit(f"opened: {{read}}" if sum("bucket" in same(p) or "csv" in same(p) for p in read) > 1 else 0)
EOF"""


@check("config-followed")
def config_followed(configuration: Configuration, following: Following | None, run: MainRun, code: Code) -> Verdict:
    """The data follow the configuration

    ## What it checks

    Each text value of the configuration is changed in turn, in a copy, and `main.py` is run: the request for the
    training data must move with one of the values, and so must the request for the test data. A value that moves
    nothing is advice.

    If two configuration files are both opened, the check fails; if one of them is dead, it is advice.

    ## Why it matters

    This is what a configuration is for. One that is read and then overruled by a value in the code is worse than
    none.

    ## How to do it

    Hand the values of the configuration to the reading function, and use them there to build the path of *both*
    files. Try it: change a value and see `main.py` look in the other place.

    ## Example

    ```python
    # Before: the test data stay where they are
    train = import_data(config["bucket"], config["folder"], "train.csv")
    test = import_data("jdupont", "titanic/raw", "test.csv")

    # After
    train = import_data(config["bucket"], config["folder"], config["train_name"])
    test = import_data(config["bucket"], config["folder"], config["test_name"])
    ```

    ## Known limits

    Only text values are changed, not numbers. What is observed is the request that leaves the program, whatever the
    names of the values.
    """
    expected = text("A change in the configuration moves the requests for train and test data.")
    if following is None:
        return Blocked(by=("config-file",))
    if not following.wanted:
        if run.succeeded:
            return Blocked(by=("data-remote",))
        return _followed_by_source(configuration, code)
    details: dict[str, Json] = {
        "moved": {trial.leaf.key: [*sorted(trial.moved)] for trial in following.trials},
        "unused": [leaf.key for leaf in following.dead],
    }
    lacking = sorted(following.wanted - following.moved)
    if lacking:
        return Failed(
            expected=expected,
            actual=text(
                "Whatever value of {file} is changed, the request for {tables} stays the same.",
                file=following.file,
                tables=tuple(lacking),
            ),
            hint=text(
                "Build the path of train and test data from the values that were read from {file}.", file=following.file
            ),
            reproduce=_moves(run.path),
            where=(Location(following.file),),
            details=details,
        )
    said = [advice("Nothing uses {key}.", key=leaf.key, where=(leaf.where,)) for leaf in following.dead[:5]]
    said += [
        advice("Changing {key} moves nothing.", key=trial.leaf.key, where=(trial.leaf.where,))
        for trial in following.trials
        if not trial.moved
    ]
    return Passed(
        message=text("The requests follow {keys}.", keys=tuple(dict.fromkeys(leaf.key for leaf in following.used))),
        advice=tuple(said),
        details=details,
    )


def _followed_by_source(configuration: Configuration, code: Code) -> Verdict:
    """Main stops before it asks for data, for which another check is there."""
    names = {
        leaf.names[-1]
        for file in configuration.files
        for leaf in file.leaves
        if leaf.names and file.path in configuration.opened and is_place(leaf)
    }
    used = {
        node.value if isinstance(node, ast.Constant) else node.attr
        for file in code.project
        for node in (ast.walk(file.tree) if file.tree else ())
        if (isinstance(node, ast.Constant) and isinstance(node.value, str)) or isinstance(node, ast.Attribute)
    }
    if names & used:
        return Passed(
            message=text("The code uses {keys}, as far as reading it tells.", keys=tuple(sorted(names & used))),
            basis=Basis.READ,
        )
    return Blocked(by=("main-runs",))


def _moves(main: str) -> str:
    """Runs the script with every text value of the YAML it loads changed, and looks where it asks."""
    return rf"""python - <<'EOF'
import re, runpy, sys, aiohttp, http.client, yaml
plain, session = http.client.HTTPConnection, aiohttp.ClientSession
asked, load, put, ask = [], yaml.load, plain.putrequest, session._request
def moved(value):
    if isinstance(value, dict): return {{name: moved(inner) for name, inner in value.items()}}
    kept = not isinstance(value, str) or re.fullmatch(r"[^/]+[.](csv|gz|parquet)|(https?://)?[\w.-]+[.]\w+/?", value)
    return value if kept else re.sub(r"^(\w+://[^/]+/)?", r"\1moved-", value)
plain.putrequest = lambda self, verb, url, *a, **k: (asked.append(url), put(self, verb, url, *a, **k))[1]
session._request = lambda self, verb, url, **k: (asked.append(str(url)), ask(self, verb, url, **k))[1]
yaml.load = lambda *given, **named: moved(load(*given, **named))
runpy.run_path({main!r}, run_name="__main__")
sys.exit(" ".join(u for u in asked if re.search(r"/(train|test|data)[^/?]*([?]|$)", u) and "moved-" not in u) or 0)
EOF"""


@check("config-not-hardcoded")
def config_not_hardcoded(
    configuration: Configuration, following: Following | None, code: Code, course: Course, run: MainRun
) -> Verdict:
    """No configured value is left in the code

    ## What it checks

    No text constant that the code of the project executes is equal to a value of the configuration that is used,
    and no request goes to the old place. Values of fewer than four letters, docstrings, tests, notebooks and names
    that mean nothing in particular (`train.csv`, for instance) are set aside.

    ## Why it matters

    As long as a copy is left in the code, nobody knows which of the two counts, and a default value may hide a
    configuration that is not read.

    ## How to do it

    Search your Python files for each value of `config.yaml`, and replace it by the value read from the file. Delete
    the default values of the parameters as well.

    ## Example

    ```python
    # Before: the old bucket is still there
    def import_data(bucket="jdupont", folder="titanic/raw"):
        ...

    # After
    def import_data(bucket, folder):
        \"\"\"Return the training and test tables, read from a folder of a bucket.\"\"\"
        ...
    ```

    ## Known limits

    A value cut into pieces and put together again is not seen in the text, but in the requests.
    """
    if configuration.main is None or configuration.main.problem is not None:
        return Blocked(by=("config-file",))
    ran = following is not None and bool(following.used)
    # A value that stands in a request and moves nothing counts: a copy in the code may be what overrules it.
    tried = tuple(trial.leaf for trial in following.trials) if following is not None and ran else ()
    leaves = tried or tuple(_places(configuration))
    basis = Basis.RUN if ran else Basis.READ
    generic = {name.lower() for name in course.samples.generic_names}
    wanted = {
        leaf.value.strip("/"): leaf for leaf in leaves if len(leaf.value) >= 4 and not _is_generic(leaf.value, generic)
    }
    expected = text("The values of the configuration stand nowhere else.")
    found = list(_constants(code, wanted))
    details: dict[str, Json] = {"values": [leaf.key for leaf in leaves]}
    if found:
        keys = tuple(dict.fromkeys(leaf.key for leaf, _ in found))
        return Failed(
            expected=expected,
            actual=text("The code still holds the value of {keys}.", keys=keys),
            hint=text("Use the value that was read instead, and delete the default values of parameters."),
            reproduce=_still_there([leaf for leaf, _ in found]),
            where=tuple(dict.fromkeys(place for _, place in found)),
            basis=basis,
            details=details,
        )
    if ran and following is not None:
        for trial in following.trials:
            if stayed := trial.stayed & trial.moved:
                return Failed(
                    expected=expected,
                    actual=text(
                        "With another {key}, {tables} is still asked for at the old place, too.",
                        key=trial.leaf.key,
                        tables=tuple(sorted(stayed)),
                    ),
                    hint=text("Search the code for what puts the old place together, and remove it."),
                    reproduce=_moves(run.path),
                    where=(trial.leaf.where,),
                    details=details,
                )
    return Passed(message=text("No value of the configuration is written in the code."), basis=basis, details=details)


def _places(configuration: Configuration) -> Iterator[Leaf]:
    """The values that look like a place, where no run told which are used."""
    for file in configuration.files:
        if file.path in configuration.opened:
            yield from (leaf for leaf in file.leaves if is_place(leaf))


def _is_generic(value: str, generic: set[str]) -> bool:
    """Whether a value means nothing in particular: ``train.csv``, ``data``."""
    steps = [step for step in re.split(r"[/.]", value.lower()) if step]
    return all(step in generic or step in {"csv", "gz", "parquet"} for step in steps)


def _constants(code: Code, wanted: dict[str, Leaf]) -> Iterator[tuple[Leaf, Location]]:
    for file in code.project:
        documents = {
            id(node.value) for node in (ast.walk(file.tree) if file.tree else ()) if isinstance(node, ast.Expr)
        }
        for node in ast.walk(file.tree) if file.tree else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
                leaf = wanted.get(node.value.strip("/"))
                if leaf is not None:
                    yield leaf, Location(file.path, line=node.lineno)


def _still_there(leaves: list[Leaf]) -> str:
    """Looks for the values by their names, so that no value stands in the command."""
    keys = sorted({leaf.names[-1] for leaf in leaves})
    return f"""python - <<'EOF'
import ast, glob, re, sys
keys, text = {keys!r}, ""
for path in glob.glob("**/*.y*ml", recursive=True) + glob.glob("*.toml") + glob.glob("*.json"):
    text += open(path, encoding="utf-8").read() + "\\n" if re.search("conf|settings|param", path) else ""
lines = [re.match(r"\\W*([\\w.-]+)\\W*?[:=]\\s*[\\"']?(.*?)[\\"',]*\\s*$", line) for line in text.split("\\n")]
values = {{line[2].strip("/") for line in lines if line and line[1] in keys}}
for path in set(glob.glob("**/*.py", recursive=True)) - set(glob.glob("tests/**", recursive=True)):
    for node in ast.walk(ast.parse(open(path, "rb").read())):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = ""
        if isinstance(node, ast.Constant) and str(node.value).strip("/") in values - {{""}}:
            sys.exit(f"{{path}}:{{node.lineno}} holds a value of the configuration")
EOF"""


CHECKS = (config_file, config_read, config_followed, config_not_hardcoded)
