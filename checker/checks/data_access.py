"""Step 1.7: the data comes over the network, from a place that can be changed."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.base import check
from checker.checks.declared import past_the_gateway, undecided
from checker.checks.lacking import blocked_by_absence
from checker.checks.program import ending
from checker.checks.shell import all_quoted, quoted
from checker.course import Course
from checker.facts.code import Code
from checker.facts.data_access import DataAccess, Parameters, Part
from checker.facts.environment import Declared, EnvironmentUse
from checker.facts.program import MainRun
from checker.facts.running import Request
from checker.facts.tree import Tree
from checker.model import Basis, Blocked, Failed, Json, Location, Passed, Text, Verdict, advice, text

_MOST = 20


def shown(request: Request) -> str:
    """A request as it is told to people. Its query, which may hold a signature, is left out."""
    return request.url


def _requests(access: DataAccess) -> list[Json]:
    return [
        {"table": role, "method": request.method, "url": shown(request), "status": request.status}
        for role, request in access.requested[:_MOST]
    ]


@check("data-remote")
def data_remote(
    access: DataAccess,
    run: MainRun,
    tree: Tree,
    code: Code,
    course: Course,
    declared: Declared | None,
    use: EnvironmentUse | None,
) -> Verdict:
    """The main script reads the data over the network

    ## What it checks

    `main.py` is run, and its requests are observed: the data must be read over the network, from S3 or by `https`,
    not from the disk. Any client will do: s3fs, boto3, `pd.read_csv("s3://…")`, a direct link. A link to a file on
    your own forge fails only if that file is still tracked by git.

    A crash before the data are read is not charged here, but in `main-runs`; a crash while they are read is.

    ## Why it matters

    Code that reads `data/raw/train.csv` works only where somebody put that file. Read from S3, the data are the
    same for everybody.

    ## How to do it

    Keep the names `train.csv` and `test.csv` on S3. On SSP Cloud, the address of the server is in
    `AWS_S3_ENDPOINT`, without `https://`, and the keys are in the environment.

    ## Example

    ```python
    # Before
    train = pd.read_csv("data/raw/train.csv")

    # After
    endpoint = "https://" + os.environ["AWS_S3_ENDPOINT"]
    storage = s3fs.S3FileSystem(client_kwargs={"endpoint_url": endpoint})
    with storage.open(f"{bucket}/{folder}/train.csv") as file:
        train = pd.read_csv(file)
    ```

    ## Known limits

    The checker answers the requests itself, for files called `train…`, `test…` or `data.…`, as csv, csv.gz or
    parquet. It does not see whether your file really is in your bucket: verify that yourself. In plain mode, what
    pyarrow, duckdb or another program asks for past Python cannot be seen: the answer is then *unavailable*.
    """
    expected = text("When {main} runs, train and test data are read from S3 or by https.", main=run.path)
    details: dict[str, Json] = {"requests": _requests(access), "disk": [path for _, path, _ in access.disk]}
    if access.tracked:
        url, path = access.tracked[0]
        return Failed(
            expected=expected,
            actual=text("The link {url} leads to {path}, which is still in the repository.", url=url, path=path),
            hint=text("Put the file into your bucket, read it from there, and git rm --cached {path}.", path=path),
            reproduce=f"! git ls-files | grep -qxF {quoted(path)} || {_avoids(run.path, url.partition('/')[0])}",
            where=(Location(path),),
            details=details,
        )
    if from_disk := list(_from_disk(access, tree)):
        paths = tuple(dict.fromkeys(path for path, _ in from_disk))
        return Failed(
            expected=expected,
            actual=text("Read from the disk: {paths}.", paths=paths),
            hint=text("Read the table from your bucket instead, and remove the file from the repository."),
            reproduce=_opens(run.path, paths),
            where=tuple(dict.fromkeys(where for _, where in from_disk if where is not None)),
            details=details,
        )
    strange = [request for role in ("train", "test") for request in access.asked(role) if "." not in request.host]
    if strange:
        return _strange(strange[0], run, course.data.endpoint, expected, details)
    if access.remote("train") and (access.remote("test") or not access.refused):
        return _read_remotely(access, details)
    if access.refused and (access.broke or access.succeeded):
        return _refused(access, run, expected, details)
    if access.broke:
        if other := undecided(run.finished, course, declared, use):
            return other
        return Failed(
            expected=expected,
            actual=text("The reading stops: {ending}", ending=ending(run.finished, run.limit)),
            hint=text("Check the address of the server (AWS_S3_ENDPOINT has no https://), the bucket and the folder."),
            reproduce=f"python {quoted(run.path)}",
            where=access.broke_at,
            details=details,
        )
    if not access.asked("train") and (unseen := past_the_gateway(run.finished)):
        return unseen
    if not access.succeeded and not access.asked("train"):
        by_source = _by_source(access, run, expected, details)
        return by_source if access.places else blocked_by_absence(code) or by_source
    return Failed(
        expected=expected,
        actual=text("{main} asked for no training data over the network.", main=run.path),
        hint=text("Read train.csv and test.csv from your bucket, by s3fs or by a link."),
        reproduce=_no_request(run.path),
        where=(Location(run.path),),
        details=details,
    )


def _from_disk(access: DataAccess, tree: Tree) -> Iterator[tuple[str, Location | None]]:
    """The tables that came from the disk: tracked files, or files that no request brought before."""
    for role in ("train", "test"):
        for path, where in access.from_disk(role):
            if path in tree or not access.remote(role):
                yield path, where


def _read_remotely(access: DataAccess, details: dict[str, Json]) -> Verdict:
    brought = [access.remote(role)[-1] for role in ("train", "test") if access.remote(role)]
    said = [
        advice("Here every bucket answers: make sure yourself that {url} exists.", url=shown(brought[0])),
    ]
    if not access.remote("test"):
        said.append(advice("The test data was not read."))
    hosts = {request.host for request in brought}
    if all(request.scheme == "http" for request in brought) and hosts:
        said.append(advice("The data travels without encryption: write https."))
    return Passed(
        message=text("Read over the network: {urls}.", urls=tuple(dict.fromkeys(shown(one) for one in brought))),
        advice=tuple(said),
        details=details,
    )


def _strange(request: Request, run: MainRun, endpoint: str, expected: Text, details: dict[str, Json]) -> Verdict:
    """A host that no network but a grader's knows."""
    return Failed(
        expected=expected,
        actual=text("The address is {url}: there is no host of that name.", url=shown(request)),
        hint=text("Write the scheme once, and the whole name of the server: https://{endpoint}.", endpoint=endpoint),
        reproduce=_looks_up(run.path),
        where=(Location(run.path),),
        details=details,
    )


def _refused(access: DataAccess, run: MainRun, expected: Text, details: dict[str, Json]) -> Verdict:
    request = access.refused[-1]
    return Failed(
        expected=expected,
        actual=text("{url} was answered by {status}.", url=shown(request), status=request.status),
        hint=text("Only files called train…, test… or data… (csv, csv.gz, parquet) are served: check the last part."),
        reproduce=f"python {quoted(run.path)}",
        where=access.broke_at,
        details=details,
    )


def _by_source(access: DataAccess, run: MainRun, expected: Text, details: dict[str, Json]) -> Verdict:
    """Main stopped before it read anything, for which another check is there."""
    local = [place for place in access.places if not place.remote]
    if access.places and not local:
        return Passed(
            message=text("The code reads the data over the network, as far as reading it tells."),
            basis=Basis.READ,
            details=details,
        )
    names = tuple(dict.fromkeys(place.local for place in local if place.local))
    files = tuple(dict.fromkeys(place.where.path for place in local)) or (run.path,)
    pattern = names[0] if names else "read_csv"
    actual = (
        text("The code reads {names} from the disk.", names=names)
        if names
        else text("Nothing in the code reads the data over the network.")
    )
    return Failed(
        expected=expected,
        actual=actual,
        hint=text("Read train.csv and test.csv from your bucket, by s3fs or by a link."),
        reproduce=f"! grep -nF -e {quoted(pattern)} {all_quoted(files)}" if names else f"python {quoted(run.path)}",
        where=tuple(place.where for place in local) or (Location(run.path),),
        basis=Basis.READ,
        details=details,
    )


def _opens(main: str, paths: tuple[str, ...]) -> str:
    """Runs the script, and wants none of *paths* to be opened."""
    return f"""python - <<'EOF'
import os, runpy, sys
seen = []
sys.addaudithook(lambda event, given: seen.append(str(given[0])) if event == "open" else None)
runpy.run_path({main!r}, run_name="__main__")
found = {{os.path.relpath(path) for path in seen}} & {set(paths)!r}
sys.exit(f"read from the disk: {{sorted(found)}}" if found else 0)
EOF"""


def _avoids(main: str, host: str) -> str:
    """Runs the script, and wants it not to look up *host*."""
    return f"""python - <<'EOF'
import runpy, socket, sys
seen, look = set(), socket.getaddrinfo
socket.getaddrinfo = lambda host, *more, **named: (seen.add(str(host)), look(host, *more, **named))[1]
runpy.run_path({main!r}, run_name="__main__")
sys.exit(0 if {host!r} not in seen else "read from the repository itself")
EOF"""


def _looks_up(main: str) -> str:
    """Runs the script, and wants every host that it looks up to have a point in its name."""
    return f"""python - <<'EOF'
import runpy, socket, sys
seen, look = set(), socket.getaddrinfo
socket.getaddrinfo = lambda host, *more, **named: (seen.add(str(host)), look(host, *more, **named))[1]
runpy.run_path({main!r}, run_name="__main__")
strange = [host for host in seen if "." not in host]
sys.exit(f"no such host: {{strange}}" if strange else 0)
EOF"""


def _no_request(path: str) -> str:
    """Runs the script without a network, and wants it to have tried."""
    return f"""python - <<'EOF'
import runpy, socket, sys
asked = []
def refuse(host, *more, **named):
    asked.append(host)
    raise OSError("there is no network here")
socket.getaddrinfo = refuse
try:
    runpy.run_path({path!r}, run_name="__main__")
except BaseException as error:
    print(error, file=sys.stderr)
sys.exit(0 if asked else "nothing was asked for over the network")
EOF"""


@check("data-parameters")
def data_parameters(parameters: Parameters, access: DataAccess, run: MainRun, code: Code) -> Verdict:
    """The place of the data is a parameter

    ## What it checks

    Bucket and folder, or the link, are arguments of the function that reads the data, or come from the
    configuration. The checker replaces the text arguments that appear in the request, at the call, and looks
    whether the request follows.

    ## Why it matters

    Another person has another bucket. If its name is written inside the function, that person must change your
    code, and every change of place is a change of code.

    ## How to do it

    Add parameters to the reading function, build the path from them, and give their values in `main.py` or, from
    step 2.1 on, in `config.yaml`.

    ## Example

    ```python
    # Before: the parameter is there, but not used
    def import_data(bucket):
        return pd.read_csv("s3://jdupont/titanic/raw/train.csv")

    # After
    def import_data(bucket, folder):
        \"\"\"Return the training table, read from a folder of a bucket.\"\"\"
        return pd.read_csv(f"s3://{bucket}/{folder}/train.csv")
    ```

    ## Known limits

    When `main.py` stops before the data are read, the answer is read from the source and marked *read, not run*.
    """
    expected = text("Bucket and folder, or the link, are arguments of the function that reads, or configured.")
    if not parameters.ran and (unseen := past_the_gateway(run.finished)):
        return unseen
    if not parameters.ran and run.succeeded:
        return Blocked(by=("data-remote",), details={"disk": [path for _, path, _ in access.disk]})
    if not parameters.ran:
        by_source = _parameters_by_source(parameters, run, expected)
        if isinstance(by_source, Passed) or parameters.written:
            return by_source
        return blocked_by_absence(code) or by_source
    details: dict[str, Json] = {
        role: [{"part": part.name, "kind": part.kind, "moved_by": part.moved_by} for part in parts]
        for role, parts in parameters.parts.items()
    }
    fixed = {part.name: part for parts in parameters.parts.values() for part in parts if part.moved_by is None}
    if not fixed:
        movers = (part.moved_by for parts in parameters.parts.values() for part in parts)
        return Passed(
            message=text("The place moves with {movers}.", movers=tuple(dict.fromkeys(one for one in movers if one))),
            details=details,
        )
    where = tuple(dict.fromkeys(place for part in fixed.values() for place in part.written))
    return Failed(
        expected=expected,
        actual=text("Whatever the functions are given, the request goes to {parts}.", parts=tuple(_named(fixed))),
        hint=text("Give the reading function a parameter for it, and build the path from the parameter alone."),
        reproduce=_written_in_functions(tuple(fixed), run.path) if where else _read_in_main(run.path),
        where=where or (Location(run.path),),
        details=details,
    )


def _named(parts: dict[str, Part]) -> Iterator[Text]:
    for name, part in parts.items():
        if part.kind == "bucket":
            yield text("the bucket {name}", name=name)
        elif part.kind == "folder":
            yield text("the folder {name}", name=name)
        else:
            yield text("the host {name}", name=name)


def _written_in_functions(names: tuple[str, ...], main: str) -> str:
    """Looks for constants that hold a part of the address in modules, defaults of parameters aside."""
    return f"""python - <<'EOF'
import ast, glob, sys
names, main, found = {set(names)!r}, {main!r}, []
for path in sorted(glob.glob("**/*.py", recursive=True), key=lambda path: path == main):
    tree = ast.parse(open(path, "rb").read())
    inside = [part for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for part in node.body]
    inside += [node for node in tree.body if isinstance(node, ast.Assign) and path != main]
    constants = [node for part in inside for node in ast.walk(part) if isinstance(node, ast.Constant)]
    if path != main or not found and "read_csv" in ast.unparse(tree):
        found += [f"{{path}}:{{node.lineno}}" for node in constants if names & set(str(node.value).split("/"))]
sys.exit("written in the code: " + ", ".join(found) if found else 0)
EOF"""


def _read_in_main(main: str) -> str:
    return f"! grep -nE 'read_(csv|parquet|table|excel)|[.]open[(]' {quoted(main)}"


def _parameters_by_source(parameters: Parameters, run: MainRun, expected: Text) -> Verdict:
    if parameters.loaders and not parameters.written:
        names = tuple(dict.fromkeys(name for name, _ in parameters.loaders))
        return Passed(
            message=text("No address is written inside {names}, as far as reading tells.", names=names),
            basis=Basis.READ,
        )
    if parameters.written:
        return Failed(
            expected=expected,
            actual=text("An address is written inside a function."),
            hint=text("Give the reading function a parameter for it, and build the path from the parameter alone."),
            reproduce=_addresses_in_functions(),
            where=parameters.written,
            basis=Basis.READ,
        )
    return Failed(
        expected=expected,
        actual=text("No function of the project reads the data."),
        hint=text("Put the reading into a function that is given bucket and folder, or the link."),
        reproduce=_read_in_main(run.path),
        where=(Location(run.path),),
        basis=Basis.READ,
    )


def _addresses_in_functions() -> str:
    return r"""python - <<'EOF'
import ast, glob, re, sys
address, found = re.compile(r"^s3://\w|^https?://[^/]+/\w|^[\w.-]+/[\w./-]*\.(csv|parquet)\b"), []
for path in glob.glob("**/*.py", recursive=True):
    tree = ast.parse(open(path, "rb").read())
    inside = [part for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for part in node.body]
    constants = [node for part in inside for node in ast.walk(part) if isinstance(node, ast.Constant)]
    found += [f"{path}:{node.lineno}" for node in constants if address.search(str(node.value))]
sys.exit("addresses in functions: " + ", ".join(found) if found else 0)
EOF"""


CHECKS = (data_remote, data_parameters)
