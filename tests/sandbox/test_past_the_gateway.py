"""Plain mode does not contain everything, and knows it: what may have gone past the gateway is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader
from checker.model import Failed, Passed, Unavailable
from checker.sandbox.base import Sandbox
from tests.mutants.model import Replace, apply
from tests.sandbox.conftest import Runner

URL = "https://minio.example.org/bucket/train.csv"
ARROW = """
import pyarrow.fs
once = pyarrow.fs.AwsStandardS3RetryStrategy(max_attempts=1)
store = pyarrow.fs.S3FileSystem(endpoint_override="minio.example.org", anonymous=True, retry_strategy=once)
print(store.open_input_file("bucket/train.csv").read(11))
"""


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (ARROW, ("pyarrow",)),
        ("import subprocess\nsubprocess.run(['curl', '--noproxy', '*', '-sS', 'http://127.0.0.1:9/'])", ("curl",)),
        ("import os\nos.system('cd /tmp && aws s3 cp s3://bucket/train.csv . 2>/dev/null')", ("aws",)),
        ("import subprocess\nsubprocess.run('mc cp x y; true', shell=True, stderr=subprocess.DEVNULL)", ("mc",)),
        ("import os\nif os.fork() == 0:\n    os.execvp('wget', ['wget', '--version'])\nos.wait()", ()),
        ("import os\nos.wait4(os.posix_spawn('/usr/bin/wget', ['wget', '--version'], {}), 0)", ("wget",)),
        ("import subprocess, sys\nsubprocess.run([sys.executable, '-c', '1'])", ("python",)),
    ],
    ids=["pyarrow", "curl", "aws", "mc", "exec", "spawn", "python"],
)
def test_a_client_of_its_own_is_told(plain: Runner, source: str, names: tuple[str, ...]) -> None:
    seen = plain.script(source)
    assert seen.requests == ()
    assert tuple(name.rstrip(".0123456789") for name in seen.unseen) == names


@pytest.mark.parametrize("name", ["duckdb", "uvloop", "pycurl", "polars"])
def test_libraries_with_connections_of_their_own(plain: Runner, name: str) -> None:
    assert plain.script(f"import {name}", {f"{name}.py": ""}).unseen == (name,)


@pytest.mark.parametrize("client", ["curl -sSf", "wget -qO-"])
def test_programs_that_obey_the_variables_are_seen(either: Runner, client: str) -> None:
    seen = either.script(f"import os\nassert os.system('{client} {URL}') == 0")
    assert seen.succeeded, seen.errors
    assert seen.output.startswith("PassengerId,Survived")
    assert (seen.requests[0].url, seen.unseen) == (URL, ())


def test_a_line_of_a_notebook_for_the_shell(plain: Runner) -> None:
    assert plain.cells("!curl --noproxy '*' -sS http://127.0.0.1:9/", "!ls").unseen == ("curl",)


@pytest.mark.parametrize(
    "source",
    [
        "import pandas as pd\npd.DataFrame({'a': ['x']}).to_csv('a.csv')\nprint(pd.read_csv('a.csv'))",
        "import subprocess\nsubprocess.run(['ls', '-l'])\nsubprocess.run('ls | wc -l', shell=True)",
        "import matplotlib.pyplot, seaborn, sklearn.ensemble, s3fs",
        "from multiprocessing import Pool\nwith Pool(2) as pool:\n    print(pool.map(abs, [1]))",
        "import platform, uuid, getpass\nprint(platform.platform(), uuid.getnode(), getpass.getuser())",
    ],
    ids=["table", "files", "libraries", "pool", "machine"],
)
def test_what_honest_programs_do_is_no_suspicion(plain: Runner, source: str) -> None:
    seen = plain.script(source)
    assert seen.succeeded, seen.errors
    assert seen.unseen == ()


def test_with_namespaces_nothing_is_unseen_whatever_the_program_says(isolated: Runner) -> None:
    said = '{"unseen": "pyarrow"}\\n'
    source = f"""
        import os
        for number in range(3, 64):
            try:
                os.write(number, b'{said}')
            except OSError:
                pass
    """
    assert isolated.script(source).unseen == ()
    assert isolated.script(ARROW).requests[0].url == URL


ONCE = "retry_strategy=pyarrow.fs.AwsStandardS3RetryStrategy(max_attempts=1)"
BY_ARROW = (
    Replace("src/data/import_data.py", "import s3fs", "import pyarrow.fs"),
    Replace(
        "src/data/import_data.py",
        's3fs.S3FileSystem(client_kwargs={"endpoint_url": f"https://{endpoint}"})',
        f"pyarrow.fs.S3FileSystem(endpoint_override=endpoint, {ONCE})",
    ),
    Replace("src/data/import_data.py", "storage.open(", "storage.open_input_file("),
)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["1.7", "2.2"])
def test_who_reads_past_the_gateway_fails_nowhere(
    step: str, copy_of: Callable[[str], Path], plain: Runner, isolated: Runner
) -> None:
    def verdicts(sandbox: Sandbox) -> dict[str, object]:
        with Grader(GradingOptions(), sandbox=sandbox) as grader:
            report = grader.grade(Submission(path=folder)).report
        return {result.id: result.verdict for one in report.steps for result in one.checks}

    folder = copy_of(step)
    apply(BY_ARROW, folder)
    there, here = verdicts(isolated.sandbox), verdicts(plain.sandbox)
    assert isinstance(there["data-remote"], Passed)
    assert isinstance(there["main-runs"], Passed)
    assert isinstance(here["data-remote"], Unavailable)
    assert isinstance(here["main-runs"], Unavailable)
    failed = {name for name, verdict in here.items() if isinstance(verdict, Failed)}
    assert failed <= {name for name, verdict in there.items() if isinstance(verdict, Failed)}
