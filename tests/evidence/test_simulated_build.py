"""Dockerfiles as the builder reads them: what they say, what they copy, what they start."""

from __future__ import annotations

import io
import time

import pytest
from dockerfile_parse import DockerfileParser
from hypothesis import given
from hypothesis import strategies as st

from checker.absences import NotDoneYet, UnavailableHere
from checker.evidence.image import hadolint
from checker.evidence.image.dockerfile_parser import read_dockerfile, words_of
from checker.evidence.image.dockerignore import matches, rule_on
from checker.evidence.image.hadolint import linted
from checker.evidence.image.simulated_build import dockerfile, dockerfiles
from checker.facts.image import Dockerfile, Mistake, Wrong
from checker.facts.tree import Tree

PROJECT = {
    "main.py": "import src.a\n",
    "config.yaml": "a: 1\n",
    "requirements.txt": "pandas\n",
    "environment.yml": "dependencies: [pandas]\n",
    "src/a.py": "",
    "src/deep/b.py": "",
    "data/raw/train.csv": "x\n",
}
BASE = "FROM python:3.11-slim\n"


def read_image(content: str | bytes, **files: str) -> Dockerfile:
    return dockerfile(Tree.of({**PROJECT, **files, "Dockerfile": content}))


def files(content: str, **more: str) -> dict[str, str]:
    return dict(read_image(content, **more).files)


def mistakes(content: str, **more: str) -> list[tuple[Wrong, str, int]]:
    return [(one.kind, one.what, one.line) for one in read_image(content, **more).mistakes]


# the file


def test_no_dockerfile_is_not_there() -> None:
    with pytest.raises(NotDoneYet):
        dockerfile(Tree.of(PROJECT))


@pytest.mark.parametrize("path", ["Dockerfile.txt", "docker/Dockerfile", "Containerfile", "app.dockerfile"])
def test_another_name_or_place_is_found__and_said(path: str) -> None:
    image = dockerfile(Tree.of({path: BASE}))
    assert (image.path, image.misplaced) == (path, True)


@pytest.mark.parametrize(
    "path", [".devcontainer/Dockerfile", "Dockerfile.dockerignore", "venv/site-packages/x/Dockerfile", "dockerfiles.md"]
)
def test_what_is_no_dockerfile_of_the_project(path: str) -> None:
    assert dockerfiles(Tree.of({path: BASE})) == ()


def test_the_root_comes_first__and_small_letters_will_do() -> None:
    assert dockerfiles(Tree.of({"Dockerfile.dev": BASE, "a/Dockerfile": BASE, "Dockerfile": BASE})) == (
        "Dockerfile",
        "Dockerfile.dev",
        "a/Dockerfile",
    )
    assert not dockerfile(Tree.of({"dockerfile": BASE})).misplaced


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (BASE.encode("utf-16"), "UTF-16"),
        (b"\n \n", "empty"),
        (b"<<<<<<< HEAD\nFROM a\n=======\nFROM b\n>>>>>>> dev\n", "conflict"),
        (b"# " + b"x" * 200_000, "larger"),
        (b"RUN a\n" * 2_000, "larger"),
        (b"FROM a\n" * 50, "larger"),
    ],
)
def test_what_cannot_be_read_has_a_reason(content: bytes, says: str) -> None:
    image = read_image(content)
    assert says in str(image.problem)
    assert image.instructions == ()


# the instructions


def test_continuations_comments_and_empty_lines() -> None:
    found, slips = read_dockerfile(
        "# a comment\n\nRUN apt-get update && \\\n# inside\n\n    apt-get install -y wget && \\  \n  true\ncmd x\\\\\n"
    )
    assert slips == (Mistake(Wrong.EARLY, "RUN", 3), Mistake(Wrong.EARLY, "CMD", 8))
    assert [(one.keyword, one.line) for one in found] == [("RUN", 3), ("CMD", 8)]
    assert found[0].value == "apt-get update &&     apt-get install -y wget &&   true"


def test_a_last_line_that_goes_on_is_read() -> None:
    found, _ = read_dockerfile("FROM a\nRUN pip install \\\n  pandas \\")
    assert found[1].value == "pip install   pandas"


def test_the_escape_directive_counts_only_at_the_top() -> None:
    assert len(read_dockerfile("# escape=`\nFROM a\nRUN a `\n b\n")[0]) == 2
    assert len(read_dockerfile("# syntax=docker/dockerfile:1\n# escape=`\nFROM a\nRUN a `\n b\n")[0]) == 2
    assert read_dockerfile("FROM a\n# escape=`\nRUN a `\n b\n")[1] == (Mistake(Wrong.UNKNOWN, "b", 4),)


def test_here_documents_are_no_instructions() -> None:
    found, slips = read_dockerfile(
        "FROM a\nRUN <<EOF\nFROM here\nEOF\nCOPY <<-'ONE' <<TWO /x/\n\tfirst\n\tONE\nsecond\nTWO\nCMD b << c\n"
    )
    assert slips == ()
    assert [one.keyword for one in found] == ["FROM", "RUN", "COPY", "CMD"]
    assert (found[1].script, found[2].script) == ("FROM here", "first\nsecond")
    assert read_dockerfile("FROM a\nRUN cat <<EOF\nx\n")[1] == (Mistake(Wrong.OPEN, "EOF", 2),)


def test_flags_stand_before_the_value() -> None:
    found, _ = read_dockerfile("FROM --platform=linux/amd64 python:3.11\nCOPY --from=0 --chown=a:b x y\n")
    assert (found[0].value, dict(found[0].flags)) == ("python:3.11", {"platform": "linux/amd64"})
    assert (found[1].value, dict(found[1].flags)) == ("x y", {"from": "0", "chown": "a:b"})


@pytest.mark.parametrize(
    ("content", "kind", "what"),
    [
        ("FROM a\nRUNN x\n", Wrong.UNKNOWN, "RUNN"),
        ("FROM a\npip install x\n", Wrong.UNKNOWN, "pip"),
        ("FROM\n", Wrong.INCOMPLETE, "FROM"),
        ("FROM a\nCOPY main.py\n", Wrong.INCOMPLETE, "COPY"),
        ("FROM a\nENV PATH\n", Wrong.INCOMPLETE, "ENV"),
    ],
)
def test_what_no_builder_understands(content: str, kind: Wrong, what: str) -> None:
    assert [(slip.kind, slip.what) for slip in read_dockerfile(content)[1]] == [(kind, what)]


def test_words_and_lists() -> None:
    assert words_of('["python", "main.py"]') == (("python", "main.py"), True)
    assert words_of("['python', 'main.py']") == (("[python,", "main.py]"), False)
    assert words_of('python "my main.py"') == (("python", "my main.py"), False)
    assert words_of('python "open') == (("python", '"open'), False)
    assert words_of("[" * 100_000)[1] is False


WORDS = st.lists(st.text("abcz.:/=_", min_size=1, max_size=8), min_size=1, max_size=4)
LINES = st.lists(
    st.tuples(st.sampled_from(["RUN", "cmd", "ENV", "Label", "EXPOSE", "USER"]), WORDS, st.booleans()), max_size=8
)


@given(LINES)
def test_another_parser_reads_the_same(lines: list[tuple[str, list[str], bool]]) -> None:
    goes_on = " \\\n  "
    content = "FROM a\n" + "".join(
        f"{keyword} {(goes_on if broken else ' ').join(words)}\n# note\n" for keyword, words, broken in lines
    )
    theirs = [
        (one["instruction"], one["value"].split(), one["startline"] + 1)
        for one in DockerfileParser(fileobj=io.BytesIO(content.encode())).structure
        if one["instruction"] != "COMMENT"
    ]
    assert [(one.keyword, one.value.split(), one.line) for one in read_dockerfile(content)[0]] == theirs


@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    "FROM a AS b\n",
                    "FROM b\n",
                    "FROM",
                    "COPY . .\n",
                    "COPY --from=b . /x\n",
                    "COPY [",
                    "ADD *",
                    " ../..\n",
                ),
                *(
                    "RUN <<E\n",
                    "E\n",
                    "ENV A=$A$A\n",
                    "WORKDIR ${A:-",
                    "}\n",
                    "\\\n",
                    "# escape=`\n",
                    "\0",
                    'CMD ["',
                    '"]\n',
                ),
                *("ENTRYPOINT sh -c 'sh -c x'\n", "ARG A\n", "\ufeff", "  ", "RUN conda env create\n", "'", "~", "é"),
            ]
        ),
        max_size=30,
    )
)
def test_nothing_that_is_written_breaks_it(parts: list[str]) -> None:
    image = read_image("".join(parts).encode())
    assert all(path.startswith("/") for path in image.files)
    assert set(image.files.values()) <= {*PROJECT, "Dockerfile"}


@given(st.binary(max_size=200))
def test_no_bytes_break_it(content: bytes) -> None:
    read_image(content)
    read_image(b"FROM a\nCOPY " + content)


# what is copied


def test_files_and_folders_lie_where_copy_puts_them() -> None:
    image = read_image(
        BASE + "WORKDIR /app\nCOPY requirements.txt .\nCOPY main.py config.yaml ./\nCOPY src ./src\nCOPY src /flat\n"
        "WORKDIR sub\nCOPY main.py other.py\n"
    )
    assert dict(image.files) == {
        "/app/requirements.txt": "requirements.txt",
        "/app/main.py": "main.py",
        "/app/config.yaml": "config.yaml",
        "/app/src/a.py": "src/a.py",
        "/app/src/deep/b.py": "src/deep/b.py",
        "/flat/a.py": "src/a.py",
        "/flat/deep/b.py": "src/deep/b.py",
        "/app/sub/other.py": "main.py",
    }
    assert image.folder == "/app/sub"


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("COPY main.py /opt", "/opt/main.py"),
        ("COPY main.py /new", "/new"),
        ("COPY main.py /new/", "/new/main.py"),
        ("RUN mkdir -p /new\nCOPY main.py /new", "/new/main.py"),
        ("WORKDIR /new\nCOPY main.py /new", "/new/main.py"),
        ("WORKDIR /new\nCOPY main.py ..", "/main.py"),
        ('COPY ["main.py", "/a b/"]', "/a b/main.py"),
        ("COPY ../main.py /x/", "/x/main.py"),
        ("COPY --chown=1000:1000 main.py /x/", "/x/main.py"),
        ("ENV HOME_OF=/x\nCOPY main.py $HOME_OF/", "/x/main.py"),
        ("ARG TO\nCOPY main.py ${TO:-/y}/", "/y/main.py"),
        ("ADD main.py /x/", "/x/main.py"),
        ("COPY m*.p[xy] /x/", "/x/main.py"),
    ],
)
def test_where_one_file_lands(line: str, place: str) -> None:
    assert files(BASE + line + "\n") == {place: "main.py"}


def test_wildcards_take_what_is_in_folders() -> None:
    held = files(BASE + "COPY * /x/\n")
    assert held["/x/a.py"] == "src/a.py"
    assert held["/x/deep/b.py"] == "src/deep/b.py"
    assert files(BASE + "COPY --parents src/a.py /x/\n") == {"/x/src/a.py": "src/a.py"}


def test_stages_hand_on_their_files_and_their_command() -> None:
    image = read_image(
        "ARG V=3.11\nFROM python:${V} AS Build\nWORKDIR /b\nCOPY . .\nENV MODE=x\nCMD python main.py\n"
        "FROM python:$V-slim\nCOPY --from=build /b/src /app/src\nCOPY --from=0 /b/main.py /app/\n"
        "FROM build AS last\n"
    )
    assert [(stage.base, stage.earlier) for stage in image.stages] == [
        ("python:3.11", None),
        ("python:3.11-slim", None),
        ("build", 0),
    ]
    assert image.files["/b/main.py"] == "main.py"
    assert image.variables == {"MODE": "x"}
    assert image.start.script == "/b/main.py"
    assert image.mistakes == ()


def test_a_second_stage_holds_only_what_it_copies() -> None:
    image = read_image(
        "FROM python:3.11 AS build\nCOPY . /b\nFROM python:3.11-slim\nCOPY --from=build /b/src /app/src\n"
    )
    assert sorted(image.files.values()) == ["src/a.py", "src/deep/b.py"]


def test_a_base_that_starts_elsewhere() -> None:
    assert files("FROM quay.io/jupyter/scipy-notebook:x\nCOPY main.py ./\n") == {"/home/jovyan/main.py": "main.py"}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("COPY nothing.py .", (Wrong.SOURCE, "nothing.py", 2)),
        ("COPY n*.py .", (Wrong.SOURCE, "n*.py", 2)),
        ("COPY --from=3 a b", (Wrong.STAGE, "3", 2)),
        ("FROM Python:3.11", (Wrong.REFERENCE, "Python:3.11", 2)),
        ("FROM python 3.11", (Wrong.REFERENCE, "python 3.11", 2)),
        ("FROM late\nFROM a AS late", (Wrong.STAGE, "late", 2)),
        ("RUN pip install -r requirements.txt", (Wrong.USED_BEFORE, "requirements.txt", 2)),
        ("RUN conda env create", (Wrong.USED_BEFORE, "environment.yml", 2)),
        ("RUN mamba env create -y --file=environment.yml", (Wrong.USED_BEFORE, "environment.yml", 2)),
        ("WORKDIR /a\nCOPY requirements.txt /b/\nRUN pip install -r requirements.txt",
         (Wrong.USED_BEFORE, "requirements.txt", 4)),
    ],
)  # fmt: skip
def test_certain_failures(line: str, found: tuple[Wrong, str, int]) -> None:
    assert mistakes(f"{BASE}{line}\n") == [found]


@pytest.mark.parametrize(
    "line",
    [
        "COPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/",
        "COPY --from=nginx /etc/nginx /x",
        "COPY $NOT_KNOWN .",
        "ADD https://example.org/x.csv /x/",
        "FROM registry.example.org:5000/team/x:1@sha256:" + "a" * 64,
        "FROM $BASE",
        "FROM scratch",
        "FROM python AS python",
        "FROM a AS python-base\nFROM b\nCOPY --from=python /x /y",
        "RUN --mount=type=bind,target=/x pip install -r requirements.txt",
        "RUN conda install -c conda-forge mamba",
        "RUN pip install -r https://example.org/requirements.txt",
        "COPY requirements.txt /a/\nRUN cd /a && pip install -r requirements.txt",
        "RUN git clone https://example.org/x && pip install -r requirements.txt",
        "COPY .git /x",
    ],
)
def test_what_may_well_work_is_no_mistake(line: str) -> None:
    assert mistakes(f"{BASE}{line}\n") == []


def test_what_an_environment_refers_to_is_needed__beside_it() -> None:
    environment = "dependencies:\n  - pip:\n      - -r requirements.txt\n"
    recipe = "RUN conda env create -f environment.yml\n"
    lacking = mistakes(BASE + "COPY environment.yml .\n" + recipe, **{"environment.yml": environment})
    assert lacking == [(Wrong.USED_BEFORE, "requirements.txt", 3)]
    both = "COPY environment.yml requirements.txt ./\n"
    assert mistakes(BASE + both + recipe, **{"environment.yml": environment}) == []


def test_what_comes_from_elsewhere_is_not_followed() -> None:
    assert read_image(BASE + "RUN git clone https://example.org/x /app\n").unfollowed == (2,)
    assert read_image(BASE + "COPY <<EOF /app/main.py\nprint()\nEOF\n").unfollowed == (2,)
    assert read_image(BASE + "RUN wget -qO- https://micro.mamba.pm/x | tar -xvj bin/micromamba\n").unfollowed == ()
    assert read_image(BASE + "RUN mv /a /b\n").moved == (2,)


# what is left out


IGNORED = [
    ("data", "data/raw/train.csv", True),
    ("data/", "data/raw/train.csv", True),
    ("/data", "data/raw/train.csv", True),
    ("./data", "data/raw/train.csv", True),
    ("raw", "data/raw/train.csv", False),
    ("**/raw", "data/raw/train.csv", True),
    ("*/raw", "data/raw/train.csv", True),
    ("*.csv", "data/raw/train.csv", False),
    ("**/*.csv", "data/raw/train.csv", True),
    ("**/*.csv", "train.csv", True),
    ("**.csv", "data/raw/train.csv", False),
    ("data/**", "data/raw/train.csv", True),
    ("data/**", "data", False),
    ("**", "main.py", True),
    ("*\n!main.py", "main.py", False),
    ("*\n!src", "src/a.py", False),
    ("!main.py\n*", "main.py", True),
    ("# main.py", "main.py", False),
    (" # main.py", "main.py", False),
    ("main.py  \r", "main.py", True),
    ("main.p?", "main.py", True),
    ("main.[a-z]y", "main.py", True),
    ("main.[^a-z]y", "main.py", False),
    (r"\*.py", "main.py", False),
    (r"mai\n.py", "main.py", True),
    (".", "main.py", False),
    ("\ufeffmain.py", "main.py", True),
    ("[", "main.py", False),
]


@pytest.mark.parametrize(("content", "path", "left_out"), IGNORED)
def test_ignore_rules(content: str, path: str, left_out: bool) -> None:
    assert (rule_on(content)(path) is not None) is left_out


def test_the_rule_is_told_as_it_is_written__and_the_context_lacks_the_file() -> None:
    image = read_image(BASE + "COPY src ./src\nCOPY . .\n", **{".dockerignore": "# why\n/src/ \n.git\n"})
    assert image.left_out["src/a.py"] == "/src/"
    assert [(one.kind, one.what) for one in image.mistakes] == [(Wrong.IGNORED, "src")]
    assert "src/a.py" not in image.files.values()
    assert image.git_left_out
    assert image.whole_copy == (3,)


def test_the_ignore_file_of_the_dockerfile_comes_first() -> None:
    image = read_image(BASE, **{".dockerignore": "src", "Dockerfile.dockerignore": "data"})
    assert image.ignore_file == "Dockerfile.dockerignore"
    assert set(image.left_out) == {"data/raw/train.csv"}


def test_no_pattern_takes_for_ever() -> None:
    started = time.monotonic()
    assert not matches("*a" * 100 + "b", "a" * 250)
    rule_on("**/" * 60 + "x\n" + "*a*b*c*d*e*f\n" * 500)("a/" * 60 + "b" * 200)
    assert time.monotonic() - started < 2


@pytest.mark.slow
def test_a_hostile_file_takes_no_long() -> None:
    many = {f"d{number % 50}/{number}.txt": "x" for number in range(5_000)}
    started = time.monotonic()
    for content in (
        "FROM a\n" + "ENV A=$A$A$A$A$A$A\n" * 900,
        "FROM a\nRUN " + "mkdir a " * 10_000,
        "FROM a\nCOPY " + "*a*/ " * 15_000 + "x",
        "FROM a AS s\nCOPY . /s\n" + "".join(f"FROM s AS s{n}\nCOPY --from=s / /t{n}\nCOPY . /u\n" for n in range(25)),
        "FROM a\nRUN <<" + "E" * 50_000,
        "FROM " + "a." * 40_000,
        "FROM a\nCMD [" + "'," * 40_000,
        "FROM a\nCOPY " + "${a-" * 20_000 + " x",
        "FROM a\nCOPY requirements.txt .\nRUN pip install -r requirements.txt",
    ):
        dockerfile(Tree.of({**many, "requirements.txt": "\n" * 90_000 + "secret_" * 1_000, "Dockerfile": content}))
    assert time.monotonic() - started < 20


# what is started


@pytest.mark.parametrize(
    ("lines", "script", "arguments"),
    [
        ('CMD ["python", "main.py"]', "/app/main.py", ()),
        ("CMD python3.11 -u -W ignore main.py --fast", "/app/main.py", ("--fast",)),
        ('CMD ["/usr/bin/python3", "/app/src/../main.py"]', "/app/main.py", ()),
        ('ENTRYPOINT ["python"]\nCMD ["main.py"]', "/app/main.py", ()),
        ('CMD ["old"]\nENTRYPOINT ["python", "main.py"]\nCMD ["-x"]', "/app/main.py", ("-x",)),
        ('ENTRYPOINT ["conda", "run", "-n", "monenv"]\nCMD python main.py', "/app/main.py", ()),
        ('CMD ["conda", "run", "--no-capture-output", "-n", "python", "python", "main.py"]', "/app/main.py", ()),
        ('CMD ["bash", "-lc", "exec python main.py"]', "/app/main.py", ()),
        ("ENTRYPOINT python main.py\nCMD ignored.py", "/app/main.py", ()),
        ('CMD ["python", "-m", "main"]', None, ()),
        ("CMD cd src && python a.py", None, ()),
        ("CMD ./run.sh", None, ()),
        ('CMD ["uvicorn", "app:app"]', None, ()),
        ("CMD python", None, ()),
        ("CMD python $SCRIPT", None, ()),
    ],
)
def test_what_is_started(lines: str, script: str | None, arguments: tuple[str, ...]) -> None:
    start = read_image(f"{BASE}WORKDIR /app\n{lines}\n").start
    assert (start.script, start.arguments) == (script, arguments)


@pytest.mark.parametrize("lines", ["", "CMD []", "ENTRYPOINT []"])
def test_nothing_is_started(lines: str) -> None:
    assert read_image(BASE + lines + "\n").start is None


def test_an_entry_point_takes_away_the_command_of_its_base() -> None:
    image = read_image('FROM a AS b\nCMD ["python", "x.py"]\nFROM b\nENTRYPOINT ["python"]\n')
    assert image.start.words == ("python",)


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("CMD ['python', 'main.py']", Wrong.LIST),
        ("CMD [ 'python', 'main.py' ]", Wrong.LIST),
        ("CMD [“python”, “main.py”]", Wrong.LIST),
        ('CMD ["python", "main.py"', Wrong.LIST),
        ('ENTRYPOINT ["python main.py"]', Wrong.ONE_WORD),
        ("CMD [ -f main.py ] && python main.py", None),
        ("CMD python main.py", None),
    ],
)
def test_lists_that_are_none(command: str, kind: Wrong | None) -> None:
    assert [one.kind for one in read_image(f"{BASE}{command}\n").mistakes] == ([kind] if kind else [])


# what is secret


def test_secrets_that_are_copied() -> None:
    image = read_image(
        BASE + "COPY . .\n",
        **{
            ".env": "export AWS_SECRET_ACCESS_KEY=abcd1234\n",
            ".env.example": "AWS_SECRET_ACCESS_KEY=abcd1234\n",
            "other/.env": "MODE=fast\nTOKENIZERS_PARALLELISM=false\nAPI_KEY=changeme\nSECRET=\n",
            "keys/id_rsa": "x",
            "src/keys.pem": "-----BEGIN PRIVATE KEY-----\n",
            "cert.pem": "-----BEGIN CERTIFICATE-----\n",
        },
    )
    assert sorted((one.path, one.line) for one in image.copied_secrets) == [
        (".env", 2),
        ("keys/id_rsa", 2),
        ("src/keys.pem", 2),
    ]


def test_keys_and_the_history() -> None:
    image = read_image(BASE + "RUN curl -H 'x: ghp_" + "a1" * 20 + "' https://x\nCOPY .git /g\n")
    assert image.keys == (2,)
    assert image.git_copies == (3,)
    assert read_image(BASE + "COPY .git /g\n", **{".dockerignore": ".git\n"}).git_copies == ()


# the linter


def test_the_linter_speaks_of_style_and_reads_no_configuration_of_the_student() -> None:
    content = "FROM python:3.11-slim\nRUN apt-get install wget\nCMD python main.py\n"
    tree = Tree.of({"Dockerfile": content, ".hadolint.yaml": "ignored: [DL3014]"})
    said = {(one.code, one.line) for one in linted(tree).findings}
    assert ("DL3014", 2) in said
    assert ("DL3025", 3) in said
    assert not any(code == "DL3008" for code, _ in said)


def test_without_the_linter_there_is_no_advice_and_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hadolint.shutil, "which", lambda _name: None)
    monkeypatch.setattr(hadolint.sys, "executable", "/nowhere/python")
    with pytest.raises(UnavailableHere):
        hadolint.linted(Tree.of({"Dockerfile": "FROM a"}))
