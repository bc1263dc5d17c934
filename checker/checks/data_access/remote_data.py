"""The data comes over the network."""

from __future__ import annotations

from collections.abc import Iterator

from checker.checks.base import check
from checker.checks.command_programs import here_document, replacing_methods
from checker.checks.environment.environment_excuse import past_the_gateway, undecided
from checker.checks.runs.absent_files import why
from checker.checks.runs.ending_text import ending
from checker.checks.runs.forgotten_module import blocked_by_absence
from checker.checks.runs.main_report import learns_elsewhere
from checker.course import Course, Model
from checker.facts.code import Code
from checker.facts.data_access import DataAccess
from checker.facts.environment import Declared, EnvironmentUse
from checker.facts.main_script import MainRun, Reporting
from checker.facts.table_roles import TEST, TRAIN
from checker.facts.tree import Tree
from checker.model import Basis, Failed, Json, Location, Passed, Text, Unavailable, Verdict, advice, known, text
from checker.quoting import all_quoted, quoted

_MOST = 20


def _requests(access: DataAccess) -> list[Json]:
    return [
        {"table": role, "method": request.method, "url": request.url, "status": request.status}
        for role, request in access.requested[:_MOST]
    ]


@check("data-remote")
def data_remote(
    access: DataAccess,
    run: MainRun,
    reporting: Reporting | Unavailable | None,
    tree: Tree,
    code: Code,
    course: Course,
    declared: Declared | None,
    use: EnvironmentUse | None,
) -> Verdict:
    """The main script reads the data over the network

    ## What it checks

    `{=names.main}` is run, and its requests are observed: the data must be read over the network, from S3 or by `https`,
    not from the disk. Any client will do: s3fs, boto3, `pd.read_csv("s3://…")`, a direct link. A link to a file on
    your own forge fails only if that file is still tracked by git. The forest must learn from these data: where other
    passengers are served, it has to learn from those.

    A crash before the data are read is not charged here, but in `main-runs`; a crash while they are read is.

    ## Why it matters

    Code that reads `{=names.data_folder}/train.csv` works only where somebody put that file. Read from S3, the data are the
    same for everybody.

    ## How to do it

    Keep the names `train.csv` and `test.csv` on S3. On SSP Cloud, the address of the server is in
    `AWS_S3_ENDPOINT`, without `https://`, and the keys are in the environment.

    ## Example

    ```python
    # Before
    train = pd.read_csv("{=names.data_folder}/train.csv")

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
    """  # noqa: E501  wrapped as it is printed
    expected = (
        text("When {main} runs, the data is read from S3 or by https.", main=run.path)
        if course.data.test is None
        else text("When {main} runs, train and test data are read from S3 or by https.", main=run.path)
    )
    details: dict[str, Json] = {"requests": _requests(access), "disk": [path for _, path, _ in access.disk]}
    if access.tracked:
        url, path = access.tracked[0]
        return Failed(
            expected=expected,
            actual=text("The link {url} leads to {path}, which is still in the repository.", url=url, path=path),
            hint=text("Put the file into your bucket, read it from there, and git rm --cached {path}.", path=path),
            reproduce=f"! git ls-files | grep -qxF {quoted(path)} || "
            + here_document("host_unasked", MAIN=repr(run.path), HOST=repr(url.partition("/")[0])),
            where=(Location(path),),
            details=details,
        )
    if from_disk := list(_from_disk(access, tree, run, course)):
        paths = tuple(dict.fromkeys(path for path, _ in from_disk))
        return Failed(
            expected=expected,
            actual=text("Read from the disk: {paths}.", paths=paths),
            hint=_remedy_for_disk(run, paths),
            reproduce=here_document("files_unopened", MAIN=repr(run.path), OPENED=repr({*paths})),
            where=tuple(dict.fromkeys(where for _, where in from_disk if where is not None)),
            details=details,
        )
    strange = [request for role in course.data.roles for request in access.asked(role) if "." not in request.host]
    if strange:
        return Failed(
            expected=expected,
            actual=text("The address is {url}: there is no host of that name.", url=strange[0].url),
            hint=text(
                "Write the scheme once, and the whole name of the server: https://{endpoint}.",
                endpoint=course.data.endpoint,
            ),
            reproduce=here_document("host_names", MAIN=repr(run.path)),
            where=(Location(run.path),),
            details=details,
        )
    if access.remote(TRAIN) and (access.remote(TEST) or not access.refused):
        if (seen := known(reporting)) and learns_elsewhere(seen, access):
            return _thrown_away(access, run, course.model, expected, details)
        return _read_remotely(access, course, details)
    if access.refused and (access.broke or access.succeeded):
        refused = access.refused[-1]
        return Failed(
            expected=expected,
            actual=text("{url} was answered by {status}.", url=refused.url, status=refused.status),
            hint=_served_names(course),
            reproduce=f"python {quoted(run.path)}",
            where=access.broke_at,
            details=details,
        )
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
    if not access.asked(TRAIN) and (unseen := past_the_gateway(run.finished)):
        return unseen
    if not access.succeeded and not access.asked(TRAIN):
        by_source = _by_source(access, run, course, expected, details)
        return by_source if access.places else blocked_by_absence(code) or by_source
    return Failed(
        expected=expected,
        actual=text("{main} asked for no training data over the network.", main=run.path),
        hint=text("Read {files} from your bucket, by s3fs or by a link.", files=course.data.files),
        reproduce=here_document("network_request", PATH=repr(run.path)),
        where=(Location(run.path),),
        details=details,
    )


def _served_names(course: Course) -> Text:
    """The remedy for a name that is not served, with the beginnings of those that are."""
    *others, last = (Text(f"{stem}…") for stem in course.data.beginnings)
    if not others:
        return text("Only files called {name} (csv, csv.gz, parquet) are served: check the last part.", name=last)
    return text(
        "Only files called {names} or {last} (csv, csv.gz, parquet) are served: check the last part.",
        names=tuple(others),
        last=last,
    )


def _remedy_for_disk(run: MainRun, paths: tuple[str, ...]) -> Text:
    if lacking := next((file for file in run.absent if file.lent and file.path in paths), None):
        return text("{why} Read the table from your bucket instead.", why=why(lacking))
    return text("Read the table from your bucket instead, and remove the file from the repository.")


def _from_disk(access: DataAccess, tree: Tree, run: MainRun, course: Course) -> Iterator[tuple[str, Location | None]]:
    """The tables that came from the disk: tracked files, or files that no request brought before."""
    for role in course.data.roles:
        for path, where in access.from_disk(role):
            if path in tree or not access.remote(role):
                yield path, where
    seen = {path for _, path, _ in access.disk}
    yield from ((file.path, None) for file in run.absent if file.lent and file.path not in seen)


def _read_remotely(access: DataAccess, course: Course, details: dict[str, Json]) -> Verdict:
    brought = [access.remote(role)[-1] for role in course.data.roles if access.remote(role)]
    notes = [advice("Here every bucket answers: make sure yourself that {url} exists.", url=brought[0].url)]
    if course.data.test is not None and not access.remote(TEST):
        notes.append(advice("The test data was not read."))
    if all(request.scheme == "http" for request in brought):
        notes.append(advice("The data travels without encryption: write https."))
    return Passed(
        message=text("Read over the network: {urls}.", urls=tuple(dict.fromkeys(one.url for one in brought))),
        advice=tuple(notes),
        details=details,
    )


def _thrown_away(access: DataAccess, run: MainRun, model: Model, expected: Text, details: dict[str, Json]) -> Verdict:
    """The data were brought, and the model learned from others."""
    fits = run.observation.fits if run.observation else ()
    return Failed(
        expected=expected,
        actual=text(
            "{url} is read, but the forest learns from other data: with other passengers there, it stays the same.",
            url=access.remote(TRAIN)[-1].url,
        ),
        hint=text("Use the tables that were read, and remove the copy of the data that the project carries along."),
        reproduce=here_document("halved_rows", PATH=repr(run.path), MODELS=replacing_methods(model)),
        where=tuple(dict.fromkeys(fit.where for fit in fits if fit.where is not None))[:1] or (Location(run.path),),
        details=details,
    )


def _by_source(access: DataAccess, run: MainRun, course: Course, expected: Text, details: dict[str, Json]) -> Verdict:
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
    return Failed(
        expected=expected,
        actual=text("The code reads {names} from the disk.", names=names)
        if names
        else text("Nothing in the code reads the data over the network."),
        hint=text("Read {files} from your bucket, by s3fs or by a link.", files=course.data.files),
        reproduce=f"! grep -nF -e {quoted(names[0])} {all_quoted(files)}" if names else f"python {quoted(run.path)}",
        where=tuple(place.where for place in local) or (Location(run.path),),
        basis=Basis.READ,
        details=details,
    )
