"""The Dockerfile that the engine gets: what the student meant, and no way to the engine's own network."""

from __future__ import annotations

import io
import tarfile

import pytest

from checker.evidence.image.simulated_build import dockerfile
from checker.facts.tree import Tree
from checker.sandbox.images.base_images import split
from checker.sandbox.images.context import context
from checker.sandbox.images.rewrite import NeedsBuildKit, RewrittenDockerfile, images_of, rewritten

ID = "sha256:" + "a" * 64


def recipe(content: str) -> RewrittenDockerfile:
    image = dockerfile(Tree.of({"Dockerfile": content, "x": "", "y": ""}))
    images = {name: ID for name, _ in images_of(image.instructions, image.stages)}
    return rewritten(image.instructions, image.stages, images, ".p-", "ours")


def test_bases_become_numbers_and_everything_is_labelled() -> None:
    made = recipe(
        "# syntax=evil/frontend\nARG V=3\nFROM python:${V} AS a\nFROM a\nCOPY --from=uv:1 /uv /uv\nCMD x \\\n  y\n"
    )
    assert made.content.splitlines() == [
        "ARG V=3",
        f"FROM {ID} AS a",
        "LABEL ours=1",
        "FROM a",
        "LABEL ours=1",
        f"COPY --from={ID} /uv /uv",
        "CMD x   y",
    ]
    assert made.lines == (2, 3, 3, 4, 4, 5, 6)


def test_each_stage_knows_what_it_is_told() -> None:
    image = dockerfile(Tree.of({"Dockerfile": "FROM a AS b\nRUN x\nFROM b\nARG ONE=2\n"}))
    made = rewritten(image.instructions, image.stages, {"a": ID}, ".p-", "ours", ("ONE", "TWO"))
    told = ["LABEL ours=1", "ARG ONE", "ARG TWO"]
    assert made.content.splitlines() == [f"FROM {ID} AS b", *told, "RUN x", "FROM b", *told, "ARG ONE=2"]
    assert made.lines == (1, 1, 1, 1, 2, 3, 3, 3, 3, 4)


def test_here_documents_become_what_the_shell_gets() -> None:
    made = recipe(
        'FROM a\nSHELL ["/bin/bash", "-c"]\nRUN <<EOF\nset -e\necho "é"\nEOF\nRUN python - <<X\nprint(1)\nX\n'
        "COPY <<Y /etc/y/\nz\nY\n"
    )
    assert 'RUN ["/bin/bash", "-c", "set -e\\necho \\"é\\"\\n"]' in made.content
    assert 'RUN ["/bin/bash", "-c", "python - <<X\\nprint(1)\\nX\\n"]' in made.content
    assert "COPY .p-0 /etc/y/Y" in made.content
    assert made.files == {".p-0": b"z\n"}


def test_mounts_that_change_nothing() -> None:
    made = recipe("FROM a\nRUN --mount=type=cache,target=/c --mount=type=bind,source=x,target=/x pip install y\n")
    assert made.content.splitlines()[2:] == ["COPY x /x", "RUN pip install y"]
    assert [str(note) for note in made.notes] == [
        "RUN --mount=type=cache was left out: it changes the time only.",
        "What RUN --mount=type=bind shows to one line was copied.",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "ADD http://169.254.169.254/ /x",
        'ADD ["https://intern/x", "/x"]',
        'ADD ht"tp"://intern/x /x',
        "ADD h\\ttp://intern/x /x",
        "ARG U=http\nADD $U://intern/x /x",
        "ADD git@intern:x.git /x",
        "ADD --checksum=sha256:0 x /x",
        "COPY --chmod=755 x /x",
        "RUN --mount=type=secret,id=x cat /run/secrets/x",
        "RUN --mount=type=ssh true",
        "RUN --mount=type=bind,target=/src ls /src",
        "RUN --network=host true",
        "RUN --security=insecure true",
        "RUN <<A cat <<B\na\nA\nb\nB",
        "FROM b\nONBUILD ADD http://intern/x /x",
    ],
)
def test_what_the_builder_does_not_get(line: str) -> None:
    with pytest.raises(NeedsBuildKit):
        recipe(f"FROM a\n{line}\n")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("python", ("docker.io", "python", "latest")),
        ("library/python:3.11-slim", ("docker.io", "python", "3.11-slim")),
        ("docker.io/library/python", ("docker.io", "python", "latest")),
        ("mambaorg/micromamba:1", ("docker.io", "mambaorg/micromamba", "1")),
        ("localhost:5000/x:y", ("localhost:5000", "x", "y")),
        ("ghcr.io/a/b@sha256:0", ("ghcr.io", "a/b", "sha256:0")),
    ],
)
def test_names_of_images(name: str, parts: tuple[str, str, str]) -> None:
    assert split(name) == parts


def test_the_context_is_the_tree_whoever_sends_it() -> None:
    tree = Tree.of({"main.py": "x", "src/a.py": "y", "../out": "z", ".dockerignore": "b"})
    with context(tree, {".dockerignore": b"rules"}) as file, tarfile.open(fileobj=io.BytesIO(file.read())) as tar:
        held = {one.name: (one.mtime, one.uid, one.mode) for one in tar.getmembers()}
        assert held == {
            ".dockerignore": (0, 0, 0o644),
            "main.py": (0, 0, 0o644),
            "src": (0, 0, 0o755),
            "src/a.py": (0, 0, 0o644),
        }
        assert tar.extractfile(".dockerignore").read() == b"rules"
