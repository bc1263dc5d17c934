"""The checks of images, on facts that were read from small trees or made by hand."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from checker.course import load
from checker.evidence.image.simulated_build import dockerfile
from checker.evidence.project.code import read_code
from checker.facts.code import Code
from checker.facts.configuration import Configuration, ConfigurationFile
from checker.facts.image import Build, Contents, Dockerfile, Engine, ImageTrial, LayerFinding, Rehearsal, Stop
from checker.facts.job import End, Finished, StudentError
from checker.facts.main_script import Matrix, Printed
from checker.facts.tree import Tree
from checker.model import Basis, Blocked, Errored, Failed, Location, Passed, Text, Unavailable, Verdict, text
from checker.testing import verdict_of
from tests.verdicts import advised, failed, passed

COURSE = load().course
NO_ENGINE = Engine(None, text("No Docker engine answers on this machine."), text("Start it."))
PROJECT = {
    "main.py": "import src.a\nfrom src import b\n\nopen('config.yaml')\n",
    "config.yaml": "train_url: https://example.org/train.csv\n",
    "requirements.txt": "pandas\n",
    "src/__init__.py": "",
    "src/a.py": "",
    "src/b.py": "",
    "notes/columns.txt": "a\n",
}
SETTINGS = Configuration((ConfigurationFile("config.yaml", "yaml", ""),), frozenset({"config.yaml"}), observed=True)
HEAD = "FROM python:3.11-slim\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
BODY = "COPY main.py config.yaml ./\nCOPY src ./src\n"
CMD = 'CMD ["python", "main.py"]\n'
GOOD = HEAD + BODY + CMD


def facts(content: str | bytes, **files: str) -> tuple[Dockerfile, Code, Tree]:
    tree = Tree.of({**PROJECT, **files, "Dockerfile": content})
    return dockerfile(tree), read_code(tree, COURSE, None), tree


def judged(check: str, content: str | bytes, *more: object, engine: Engine = NO_ENGINE, **files: str) -> Verdict:
    return verdict_of(check, *facts(content, **files), COURSE, SETTINGS, engine, *more)


def proven(verdict: Verdict, folder: Path, content: str, **files: str) -> int:
    """The exit status of the verdict's command in a folder that holds the project."""
    assert isinstance(verdict, Failed)
    for path, body in {**PROJECT, **files, "Dockerfile": content}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(body)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    return subprocess.run(["bash", "-c", verdict.reproduce], cwd=folder, capture_output=True, check=False).returncode


# dockerfile


def test_a_complete_file_passes() -> None:
    verdict = passed(judged("dockerfile", GOOD))
    assert verdict.advice == ()
    assert verdict.details["base"] == "python:3.11-slim"


WRONG = [
    (b"", "is empty", 1),
    (GOOD.replace("FROM python:3.11-slim\n", ""), "No FROM names", 1),
    ("WORKDIR /app\n" + GOOD, "WORKDIR stands in line 1, before any FROM.", 1),
    (GOOD.replace("COPY src", "COPIER src"), "begins with COPIER", 6),
    (GOOD.replace("COPY src ./src", "COPY src"), "COPY in line 6 says too little.", 6),
    (GOOD.replace("RUN pip install", "RUN <<EOF pip install"), "begins with <<EOF in line 4", 4),
    (GOOD.replace("-r requirements.txt", "pandas"), "does not install what the environment file declares", 4),
    (GOOD.replace("COPY requirements.txt .\n", ""), "requirements.txt is used in line 3", 3),
    (GOOD.replace("RUN pip", "RUN bash /tmp/miniconda.sh -p /m && pip"), "miniconda.sh is run without -b", 4),
    (GOOD.replace("RUN pip", "RUN conda create -n x -f environment.yml && pip"), "conda create does not read", 4),
    (GOOD.replace("RUN pip", 'ENV PATH="~/m/bin:$PATH"\nRUN pip'), "The ~ in ENV PATH", 4),
    (GOOD.replace("main.py config.yaml", "config.yaml"), "main.py is not copied", 6),
    (GOOD.replace("main.py config.yaml", "main.py"), "config.yaml is not copied", 6),
    (GOOD.replace("COPY src ./src\n", ""), "src is not copied", 5),
    (GOOD.replace("COPY src ./src", "COPY src/a.py src/__init__.py ./src/"), "src/b.py is not copied", 6),
    (GOOD.replace("COPY src ./src", "COPY src ."), "src/__init__.py lands at /app/__init__.py in the image", 6),
    (HEAD + BODY, "No CMD says what the image runs.", 6),
    (HEAD + BODY + "CMD ['python', 'main.py']\n", "it needs double quotes", 7),
    (HEAD + BODY + 'CMD ["python main.py"]\n', "one program called “python main.py”", 7),
    (HEAD + BODY + "CMD python /main.py\n", "starts /main.py, which is not there: the script lies at /app/main.py", 7),
    (HEAD + BODY + "CMD python app.py\n", "starts /app/app.py, which is not there", 7),
    (HEAD + BODY + "CMD python src/a.py\n", "The image starts src/a.py, not main.py.", 7),
]


@pytest.mark.parametrize(("content", "says", "line"), WRONG, ids=[says for _, says, _ in WRONG])
def test_each_fault_has_its_sentence_its_line_and_its_proof(
    content: str | bytes, says: str, line: int, tmp_path: Path
) -> None:
    verdict = failed(judged("dockerfile", content, **{"environment.yml": "dependencies: [pandas]\n"}))
    assert says in str(verdict.actual)
    assert verdict.where[0] == Location("Dockerfile", line=line)
    written = content if isinstance(content, str) else content.decode()
    assert proven(verdict, tmp_path / "wrong", written) != 0, verdict.reproduce
    assert proven(verdict, tmp_path / "right", GOOD) == 0, verdict.reproduce


def test_a_wrong_place_comes_first() -> None:
    tree = Tree.of({**PROJECT, "docker/Dockerfile": GOOD})
    verdict = failed(verdict_of("dockerfile", dockerfile(tree), read_code(tree, COURSE, None), COURSE))
    assert str(verdict.actual).endswith("here it is docker/Dockerfile.")
    assert str(verdict.hint) == "Move it: git mv docker/Dockerfile Dockerfile."


def test_an_image_without_a_script_is_not_complete() -> None:
    tree = Tree.of({"requirements.txt": "pandas\n", "Dockerfile": HEAD + CMD})
    verdict = failed(verdict_of("dockerfile", dockerfile(tree), read_code(tree, COURSE, None), COURSE))
    assert str(verdict.actual) == "There is no main.py that the image could start."
    assert verdict.reproduce == "test -e main.py"


def test_further_faults_are_told_as_advice() -> None:
    verdict = failed(judged("dockerfile", HEAD + "COPY config.yaml src ./\n"))
    assert "main.py is not copied" in str(verdict.actual)
    assert "No CMD says" in advised(verdict)


def test_a_rule_that_leaves_out_what_is_needed_is_named(tmp_path: Path) -> None:
    content = HEAD + "COPY . .\n" + CMD
    verdict = failed(judged("dockerfile", content, **{".dockerignore": ".git\n*.yaml\n"}))
    assert "config.yaml is not in the image: the rule *.yaml of .dockerignore" in str(verdict.actual)
    assert proven(verdict, tmp_path / "a", content, **{".dockerignore": ".git\n*.yaml\n"}) != 0
    assert proven(verdict, tmp_path / "b", content, **{".dockerignore": ".git\n"}) == 0


@pytest.mark.parametrize(
    "content",
    [
        HEAD + "RUN git clone https://example.org/x . \nCMD python main.py\n",
        HEAD + BODY.replace("COPY src ./src", "COPY src /tmp/src\nRUN mv /tmp/src /app/src") + CMD,
        HEAD + BODY + "RUN yes | bash miniconda.sh\n" + CMD,
        HEAD + BODY + 'RUN mamba create -y -f environment.yml\nENTRYPOINT ["./run.sh"]\n',
        HEAD.replace("pip install -r requirements.txt", "bash install.sh") + "COPY install.sh .\n" + BODY + CMD,
        HEAD.replace("-r requirements.txt", "uv && uv sync --frozen") + BODY + CMD,
        HEAD.replace("-r requirements.txt", "--no-cache-dir .") + BODY + CMD,
        HEAD + BODY.replace("COPY src ./src", "COPY src .\nENV PYTHONPATH=/app") + CMD,
        HEAD + BODY + "CMD exec python run.py\nCOPY run.py .\n",
    ],
)
def test_what_may_well_work_passes(content: str) -> None:
    files = {
        "install.sh": "pip install -r requirements.txt\n",
        "run.py": "import main\n",
        "environment.yml": "name: a\n",
    }
    content = "FROM a AS b\nCOPY environment.yml .\n" + content if "mamba" in content else content
    passed(judged("dockerfile", content.replace("RUN mamba", "COPY environment.yml .\nRUN mamba"), **files))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (GOOD.replace(":3.11-slim", ""), "python is another image each month"),
        (GOOD.replace("3.11-slim", "latest"), "python:latest is another image each month"),
        (GOOD.replace("COPY src ./src", "COPY . ."), "COPY . brings everything"),
        (GOOD.replace("RUN pip", "RUN conda create -n a python && pip"), "nothing puts it on the PATH"),
        (GOOD.replace("RUN pip", "RUN git clone https://example.org/a b && pip"), "brings files from elsewhere"),
    ],
)
def test_what_is_worth_a_word(content: str, says: str) -> None:
    assert says in advised(passed(judged("dockerfile", content)))


@pytest.mark.parametrize("base", ["python:3.11", "python@sha256:" + "a" * 64, "localhost:5000/team/x:2", "$BASE"])
def test_bases_that_need_no_word(base: str) -> None:
    assert judged("dockerfile", GOOD.replace("python:3.11-slim", base)).advice == ()


def test_small_letters_and_a_second_file_are_worth_a_word() -> None:
    assert dockerfile(Tree.of({**PROJECT, "dockerfile": GOOD, "Dockerfile.dev": GOOD})).path == "Dockerfile.dev"
    tree = Tree.of({**PROJECT, "dockerfile": GOOD})
    verdict = passed(verdict_of("dockerfile", dockerfile(tree), read_code(tree, COURSE, None), COURSE))
    assert "capital letter" in advised(verdict)


# image-builds


STOPPED = [
    (GOOD.replace("COPY src", "COPY data ./data\nCOPY src"), "copies data, which is not in the repository"),
    (GOOD.replace("FROM python", "FROM Python"), "Python:3.11-slim cannot be the name of an image."),
    (GOOD.replace("COPY src", "COPY --from=7 /a /b\nCOPY src"), "takes up a stage 7"),
    (GOOD.replace("COPY src", "COPY notes ./notes\nCOPY src"), "which .dockerignore leaves out by the rule /notes"),
]


@pytest.mark.parametrize(("content", "says"), STOPPED, ids=[says for _, says in STOPPED])
def test_a_build_that_is_certain_to_fail(content: str, says: str, tmp_path: Path) -> None:
    ignore = {".dockerignore": "/notes\n"}
    verdict = failed(judged("image-builds", content, **ignore))
    assert says in str(verdict.actual)
    assert proven(verdict, tmp_path / "wrong", content, **ignore) != 0, verdict.reproduce
    assert proven(verdict, tmp_path / "right", GOOD, **ignore) == 0, verdict.reproduce


@pytest.mark.parametrize("content", [b"", "RUN x\n", GOOD.replace("COPY requirements.txt .\n", ""), GOOD + "FRO M\n"])
def test_a_build_waits_for_a_file_that_can_be_built(content: str | bytes) -> None:
    assert judged("image-builds", content) == Blocked(by=("dockerfile",))


def test_a_build_does_not_wait_for_what_only_the_start_needs() -> None:
    assert isinstance(judged("image-builds", HEAD + BODY), Unavailable)


def test_without_an_engine_the_reason_and_the_way_are_told() -> None:
    verdict = judged("image-builds", GOOD)
    assert isinstance(verdict, Unavailable)
    assert str(verdict.what).endswith("by building it. No Docker engine answers on this machine.")
    assert str(verdict.remedy) == "Start it. Then by hand: docker build -t titanic . && docker run --rm titanic"


def build(stop: Stop | None = None, output: str = "", line: int = 4, **more: object) -> ImageTrial:
    return ImageTrial(build=Build(seconds=3.0, stop=stop, line=line, output=output, **more))


def test_what_was_built_passes() -> None:
    note = text("RUN --mount=type=cache was left out: it changes the time only.")
    verdict = passed(judged("image-builds", GOOD, build(notes=(note,))))
    assert "3 s" in str(verdict.message)
    assert "left out" in advised(verdict)


def test_what_this_machine_cannot_build_is_unavailable() -> None:
    trial = ImageTrial(missing=text("There is no space left for images on this machine."), remedy=text("Make room."))
    for check in ("image-builds", "image-runs", "image-clean"):
        assert isinstance(judged(check, GOOD, trial), Unavailable)


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("COPY failed: file not found in build context or excluded: stat app.py: file does not exist", "copies app.py"),
        ("ERROR: No matching distribution found for sklern==1\nreturned a non-zero code: 1", "no package sklern==1"),
        ("ERROR: ResolutionImpossible: for help visit", "exclude each other"),
        (
            "ERROR: Could not open requirements file: [Errno 2] No such file or directory: 'requirements.txt'",
            "installs from requirements.txt",
        ),
        ("E: Unable to locate package wgett", "no package wgett"),
        (
            "No solution found when resolving\n╰─▶ Because scikit-lern was not found in the package registry",
            "uv finds no package scikit-lern",
        ),
        ("  ╰─▶ Because there is no version of pandas==99.1 and you require", "uv finds no package pandas==99.1"),
        (
            "  × No solution found when resolving dependencies:\n  ╰─▶ Because a depends on b and c, we can conclude",
            "exclude each other",
        ),
        ("error: File not found: requirements.txt", "installs from requirements.txt"),
        ("error: File not found: `requirements.txt`", "installs from requirements.txt"),
        (
            "error: No virtual environment found; run `uv venv` to create an environment, or pass `--system`",
            "there is none",
        ),
        ("EnvironmentFileNotFound: '/app/environment.yml' file not found", "installs from /app/environment.yml"),
        (
            "PackagesNotFoundError: The following packages are not available from current channels:\n\n  - pandsa=2\n",
            "conda finds no package pandsa=2",
        ),
        ("ResolvePackageNotFound: \n  - pandsa=2\n", "conda finds no package pandsa=2"),
        (
            "LibMambaUnsatisfiableError: Encountered problems:\n  - nothing provides requested pandsa 2.**",
            "conda finds no package pandsa.",
        ),
        (
            "libmamba Could not solve\n    └─ pandsa 2.**  does not exist (perhaps a typo or a missing channel).",
            "conda finds no package pandsa.",
        ),
        (
            "CondaToSNonInteractiveError: Terms of Service have not been accepted for the following channels.",
            "terms of service",
        ),
        ("CondaError: Run 'conda init' before 'conda activate'", "activates an environment"),
        ("error: externally-managed-environment\n\n× This environment is externally managed", "belongs to its system"),
        (
            "ERROR: Package 'networkx' requires a different Python: 3.8.10 not in '>=3.11'",
            "networkx is not made for Python 3.8.10",
        ),
        ("error: command 'gcc' failed: No such file or directory", "has to be compiled"),
        (
            "unable to execute 'x86_64-linux-gnu-gcc': No such file or directory\nerror: command 'x' failed",
            "has to be compiled",
        ),
        ("After this operation, 9 kB will be used.\nDo you want to continue? [Y/n] Abort.", "nobody answers"),
        ("Proceed ([y]/n)? \n\nCondaSystemExit: Exiting.", "nobody answers"),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/usr/local/lib/x'",
            "may not write /usr/local/lib/x",
        ),
        (
            "╰─▶ Because opentelemetry-instrumentation-sqlalchemyy\n      was not found in\n      the package registry",
            "uv finds",
        ),
        ("╰─▶ Because only pandas<=3.1.1 is available and you require pandas>=99.1", "uv finds no package pandas "),
        (
            "Because only the following versions of a are available:\nNo solution found when\nresolving dependencies",
            "exclude each other",
        ),
        ("╰─▶ Because the current Python version (3.9) does not satisfy Python>=3.11", "Python that the image has"),
        ("hint: x was found, and has no wheels with a matching Python ABI tag", "Python that the image has"),
        ("Proceed ([y]/n)? \ndone\nboom", "line 4: boom"),
        ("PermissionError: [Errno 13] Permission denied: './prepare.sh'", "line 4: PermissionError"),
        ("- nothing provides libssl.so.1.1 needed by x", "line 4: - nothing provides"),
        ("WARNING: command 'gcc' failed: No such file or directory\nboom", "line 4: boom"),
        (
            "/bin/sh: 1: conda: not found\nThe command '/bin/sh -c conda' returned a non-zero code: 127",
            "conda does not exist",
        ),
        ("/bin/bash: line 1: mamba: command not found", "mamba does not exist"),
        ("exec /bin/sh: exec format error", "another kind of processor"),
        ("Killed\nThe command '/bin/sh -c pip' returned a non-zero code: 137", "more than the 4000 MB"),
        ('OCI runtime create failed: exec: \\"blah\\": executable file not found in $PATH', "blah does not exist"),
        ("something else\nThe command '/bin/sh -c x' returned a non-zero code: 3", "line 4: something else"),
    ],
    ids=[
        "copy",
        "pip",
        "conflict",
        "requirements",
        "apt",
        *("uv name", "uv version", "uv conflict", "uv list", "older uv list", "uv environment"),
        *("conda list", "conda name", "older conda name", "conda by libmamba", "micromamba", "conda terms"),
        *("activate", "managed", "older Python", "compiler", "named compiler", "apt asks", "conda asks", "permission"),
        *("uv in 80 columns", "uv range", "uv versions", "uv Python", "uv wheels"),
        *("an answer was given", "not a program", "not conda", "an optional extension"),
        "sh",
        "bash",
        "platform",
        "memory",
        "program",
        "unknown",
    ],
)
def test_what_a_build_says_of_its_end(output: str, said: str) -> None:
    verdict = failed(judged("image-builds", GOOD, build(Stop.STEP, output)))
    assert said in str(verdict.actual)
    assert verdict.where == (Location("Dockerfile", line=4),)
    assert isinstance(judged("image-runs", GOOD, build(Stop.STEP, output)), Blocked)


@pytest.mark.parametrize(
    ("stop", "said"),
    [
        (Stop.TIME, "not done after 3 s"),
        (Stop.SIZE, "more than an image may hold"),
        (Stop.BASE, "No registry has an image nosuch:1"),
    ],
)
def test_what_ended_a_build(stop: Stop, said: str) -> None:
    assert said in str(failed(judged("image-builds", GOOD, build(stop, what="nosuch:1"))).actual)


MATRIX = Printed((0.8,), (Matrix(((5, 1), (2, 3)), 1),))


def ran(printed: Printed = MATRIX, **more: object) -> ImageTrial:
    finished = Finished(**{"end": End.EXIT, "status": 0, "seconds": 2.0, **more})
    return replace(build(), finished=finished, printed=printed)


def test_an_image_that_ran_passes_whatever_its_rehearsal_lacked() -> None:
    assert isinstance(judged("image-runs", GOOD, ran()), Passed)
    assert isinstance(judged("image-runs", GOOD, ran(), rehearsed("KeyError", "'AWS_S3_ENDPOINT'")), Passed)


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        ({"status": 1, "errors": "ModuleNotFoundError: No module named 'pandas'"}, "pandas cannot be imported"),
        (
            {"status": 2, "errors": "python: can't open file '/app/main.py': [Errno 2] No such file"},
            "starts /app/main.py",
        ),
        (
            {"status": 1, "errors": "FileNotFoundError: [Errno 2] No such file or directory: 'config.yaml'"},
            "config.yaml is not in",
        ),
        ({"status": 127, "errors": 'exec: "pyhton": executable file not found in $PATH'}, "cannot be started"),
        (
            {"status": 1, "errors": "PermissionError: [Errno 13] Permission denied: '/app/model.joblib'"},
            "may not use /app/model",
        ),
        ({"status": 1, "errors": "KeyError: 'AWS_S3_ENDPOINT'"}, "variables of S3"),
        ({"status": 3, "errors": "Boom\n"}, "status 3: Boom"),
        ({"end": End.TIME, "seconds": 300.0}, "still running after 300 s"),
        ({"end": End.MEMORY}, "more than the 4000 MB"),
        ({"end": End.OUTPUT}, "without an end"),
    ],
    ids=["library", "script", "file", "command", "rights", "variable", "unknown", "time", "memory", "output"],
)
def test_what_a_container_says_of_its_end(ended: dict[str, object], said: str) -> None:
    assert said in str(failed(judged("image-runs", GOOD, ran(**ended))).actual)


def test_an_image_that_prints_nothing_of_the_forest_fails() -> None:
    assert "lacks the performance" in str(failed(judged("image-runs", GOOD, ran(Printed((), ())))).actual)


def test_a_gateway_that_is_not_trusted_is_our_fault() -> None:
    assert isinstance(judged("image-runs", GOOD, replace(ran(status=1), fault="x")), Errored)


def test_an_image_that_could_not_be_run_here_is_unavailable() -> None:
    assert isinstance(judged("image-runs", GOOD, build()), Unavailable)


def test_a_second_build_decides_on_the_cache() -> None:
    early = HEAD.replace("COPY requirements.txt .", "COPY . .") + CMD
    assert advised(judged("image-cache", early, replace(build(), reinstalled=4)))
    assert not advised(judged("image-cache", early, replace(build(), reinstalled=0)))


def test_an_image_without_a_secret_is_clean() -> None:
    verdict = passed(judged("image-clean", GOOD, replace(build(), contents=Contents(files=7))))
    assert "nor a layer of the image" in str(verdict.message)
    assert verdict.basis is Basis.RUN
    assert verdict.details["files"] == 7
    assert isinstance(judged("image-clean", GOOD, build(Stop.STEP)), Blocked)


@pytest.mark.parametrize("contents", [None, Contents(complete=False)])
def test_no_more_is_claimed_than_was_looked_at(contents: Contents | None) -> None:
    verdict = passed(judged("image-clean", GOOD, replace(build(), contents=contents)))
    assert "what it copies" in str(verdict.message)
    assert verdict.basis is Basis.READ


@pytest.mark.parametrize(
    ("contents", "says"),
    [
        (Contents(secrets=(LayerFinding("/app/x/.env", 6),)), "/app/x/.env in the image holds a secret."),
        (Contents(secrets=(LayerFinding("/app/x", 6, removed=True),)), "/app/x holds a secret. It was removed later"),
        (Contents(keys=(6,)), "The history of the image shows"),
        (Contents(variables={"API_KEY": "abcdefgh", "A": "b"}), "ENV writes the value of API_KEY"),
    ],
    ids=["layer", "removed", "history", "variable"],
)
def test_what_only_the_image_shows(contents: Contents, says: str) -> None:
    content = GOOD.replace("COPY src", "ENV API_KEY=$WORD\nCOPY src")
    verdict = failed(judged("image-clean", content, replace(build(), contents=contents)))
    assert says in str(verdict.actual)
    assert verdict.where == (Location("Dockerfile", line=6),)
    assert verdict.basis is Basis.RUN
    assert "abcdefgh" not in f"{verdict.actual} {verdict.hint} {verdict.details} {verdict.reproduce}"


@pytest.mark.parametrize(
    ("contents", "says"),
    [
        (Contents(git=(LayerFinding("/app/.git", 6),)), "/app/.git came into the image: all that was ever committed"),
        (Contents(data=(LayerFinding("/app/train.csv", 6),)), "/app/train.csv came into the image, and is data"),
        (
            Contents(secrets=(LayerFinding("/root/.ssh/id_rsa", 4, sure=False),)),
            "/root/.ssh/id_rsa came into the image, and looks",
        ),
        (Contents(variables={"GPG_KEY": "abcdefgh", "TOKEN": "", "API_KEY": "changeme"}), ""),
    ],
    ids=["git", "data", "key", "harmless"],
)
def test_what_an_image_should_not_hold_costs_nothing(contents: Contents, says: str) -> None:
    verdict = passed(judged("image-clean", GOOD, replace(build(), contents=contents)))
    assert advised(verdict).startswith(says)
    assert len(verdict.advice) == bool(says)


# image-runs


def rehearsed(name: str, message: str, line: str = "main()", end: End = End.EXIT) -> Rehearsal:
    error = StudentError(name, message, ((Location("main.py", line=4), line),))
    return Rehearsal(Finished(end=end, status=1, seconds=1.0, error=error))


def test_a_rehearsal_that_succeeds_proves_nothing() -> None:
    assert isinstance(judged("image-runs", GOOD, Rehearsal(Finished(end=End.EXIT, status=0, seconds=1))), Unavailable)
    assert isinstance(judged("image-runs", GOOD), Unavailable)


@pytest.mark.parametrize(
    ("rehearsal", "says"),
    [
        (rehearsed("KeyError", "'AWS_S3_ENDPOINT'"), "the script stops with KeyError"),
        (rehearsed("TypeError", "must be str", '"https://" + os.getenv("AWS_S3_ENDPOINT")'), "stops with TypeError"),
        (rehearsed("botocore.exceptions.NoCredentialsError", "Unable to locate"), "stops with NoCredentialsError"),
    ],
)
def test_the_variables_of_s3_do_not_exist(rehearsal: Rehearsal, says: str) -> None:
    verdict = failed(judged("image-runs", GOOD, rehearsal))
    assert says in str(verdict.actual)
    assert "https links" in str(verdict.hint)
    assert verdict.where == (Location("main.py", line=4),)
    assert verdict.reproduce.startswith("unset ${!AWS_@}; ")
    assert verdict.reproduce.endswith("Dockerfile); python main.py")


def test_a_file_that_was_not_copied() -> None:
    gone = rehearsed("FileNotFoundError", "[Errno 2] No such file or directory: 'notes/columns.txt'")
    verdict = failed(judged("image-runs", GOOD, gone))
    assert str(verdict.actual) == "notes/columns.txt is not in the image, and the script opens it."
    assert "rm -rf notes/columns.txt" in verdict.reproduce


def test_a_folder_to_write_into_that_was_not_copied() -> None:
    verdict = judged("image-runs", GOOD, rehearsed("FileNotFoundError", "[Errno 2] No such file: 'notes/new.txt'"))
    assert isinstance(verdict, Failed)
    assert str(verdict.actual).startswith("notes is not in the image")


@pytest.mark.parametrize(
    "rehearsal",
    [
        rehearsed("ModuleNotFoundError", "No module named 'prophet'"),
        rehearsed("FileNotFoundError", "[Errno 2] No such file or directory: '/app/config.yaml'"),
        rehearsed("FileNotFoundError", "[Errno 2] No such file or directory: 'nowhere/x.csv'"),
        rehearsed("FileNotFoundError", "titanic-project/titanic/raw/train.csv"),
        rehearsed("KeyError", "'Survived'"),
        rehearsed("AttributeError", "a new version of pandas"),
        rehearsed("KeyError", "'AWS_S3_ENDPOINT'", end=End.TIME),
    ],
)
def test_what_a_rehearsal_cannot_know_is_left_to_the_engine(rehearsal: Rehearsal) -> None:
    assert isinstance(judged("image-runs", GOOD, rehearsal), Unavailable)


def test_a_run_waits_for_a_file_and_for_a_build() -> None:
    assert judged("image-runs", HEAD + BODY) == Blocked(by=("dockerfile",))
    assert judged("image-runs", GOOD.replace("COPY src", "COPY data .\nCOPY src")) == Blocked(by=("image-builds",))


# image-clean


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("ENV AWS_SECRET_ACCESS_KEY=abcd", "ENV writes the value of AWS_SECRET_ACCESS_KEY into the image."),
        ("ENV AWS_ACCESS_KEY_ID abcd", "AWS_ACCESS_KEY_ID"),
        ("ENV A=b API_KEY='abcd efgh'", "API_KEY"),
        ("ARG DB_PASSWORD=abcd", "ARG writes the value of DB_PASSWORD"),
        ("RUN export GITHUB_TOKEN=abcd && git fetch", "RUN writes the value of GITHUB_TOKEN"),
        ("LABEL x=ghp_" + "a1" * 20, "Line 7 of the Dockerfile holds something of the shape of a key."),
        ("COPY .git /app/.git", "Line 7 copies .git"),
        ("COPY .env .", "Line 7 copies .env, which holds a secret."),
    ],
)
def test_secrets_are_seen(line: str, says: str, tmp_path: Path) -> None:
    content, files = HEAD + BODY + line + "\n" + CMD, {".env": "TOKEN=abcdefgh\n"}
    verdict = failed(judged("image-clean", content, **files))
    assert says in str(verdict.actual)
    assert verdict.where[0] == Location("Dockerfile", line=7)
    assert proven(verdict, tmp_path / "wrong", content, **files) != 0, verdict.reproduce
    assert proven(verdict, tmp_path / "right", GOOD) == 0, verdict.reproduce


@pytest.mark.parametrize(
    "line",
    [
        "ENV TOKENIZERS_PARALLELISM=false",
        "ENV TOKEN= A=1",
        "ARG GITHUB_TOKEN",
        "ENV TOKEN=$GITHUB_TOKEN",
        "ENV PASSWORD_FILE=/run/secrets/password",
        "ENV API_KEY=changeme",
        "ENV API_KEY=<your key>",
        "RUN --mount=type=secret,id=token TOKEN=$(cat /run/secrets/token) true",
        "ENV AWS_S3_ENDPOINT=minio.lab.sspcloud.fr",
    ],
)
def test_what_is_no_secret(line: str) -> None:
    assert isinstance(judged("image-clean", HEAD + BODY + line + "\n" + CMD), Unavailable), line


def test_no_value_of_a_secret_is_told() -> None:
    verdict = failed(judged("image-clean", HEAD + BODY + "ENV DB_PASSWORD=hunter22hunter22\n" + CMD))
    assert "hunter22" not in f"{verdict.actual} {verdict.hint} {verdict.details} {verdict.reproduce}"


def test_everything_copied_is_worth_a_word() -> None:
    assert ".git and data too" in advised(judged("image-clean", HEAD + "COPY . .\n" + CMD))
    assert judged("image-clean", HEAD + "COPY . .\n" + CMD, **{".dockerignore": ".git\n"}).advice == ()


# image-cache


def test_the_environment_before_the_code() -> None:
    assert passed(judged("image-cache", GOOD)).advice == ()


@pytest.mark.parametrize(
    "copy", ["COPY . .", "COPY main.py requirements.txt ./", 'COPY ["src", "./src"]', "ADD src ./src"]
)
def test_the_code_before_the_environment_is_advice(copy: str) -> None:
    verdict = passed(judged("image-cache", GOOD.replace("COPY requirements.txt .", copy)))
    assert "Line 3 copies the code before line 4 installs" in advised(verdict)


def test_another_stage_does_not_count() -> None:
    assert passed(judged("image-cache", "FROM a AS code\nCOPY . /c\n" + GOOD)).advice == ()


# hostile words


def test_words_of_the_file_are_no_commands(tmp_path: Path) -> None:
    evil = "$(touch${IFS}x);'\"`touch y`"
    content = f"FROM a\n{evil} z\nCOPY {evil} .\nENV TOKEN=\"a{evil}\"\nCMD ['{evil}']\n"
    for check in ("dockerfile", "image-clean"):
        verdict = failed(judged(check, content))
        proven(verdict, tmp_path / check, content)
        assert not (tmp_path / check / "x").exists()
        assert not (tmp_path / check / "y").exists()


def test_a_template_of_the_student_is_none_of_ours() -> None:
    verdict = failed(judged("dockerfile", "FROM a\n{word} {line.__class__}\n"))
    assert isinstance(verdict.actual, Text)
    assert "begins with {word}" in str(verdict.actual)


def test_facts_can_be_made_by_hand() -> None:
    image, *_ = facts(GOOD)
    assert isinstance(
        verdict_of("image-clean", replace(image, copied_secrets=(), keys=(2,)), NO_ENGINE, COURSE), Failed
    )
