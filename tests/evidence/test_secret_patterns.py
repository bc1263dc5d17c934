"""The same key is found wherever keys are looked for: in files, in a configuration, in an image, and by ``grep``."""

from __future__ import annotations

import subprocess
import time

import pytest

from checker.evidence.image.simulated_build import dockerfile
from checker.evidence.project.config_files import read_configuration
from checker.evidence.repository.secrets_and_conflicts import secrets_of
from checker.facts.tree import Tree
from checker.secret_patterns import IN_SHELL, SECRETS

_MIXED = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5kL7nP9rS1uV3xY5aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5kL7nP9rS1uV3xY"
_CAPITALS = "Q3ST5VW7YZ2BC4EF"

KEYS = {
    "AWS, lasting": ("AWS access key", "AKIA" + _CAPITALS),
    "AWS, of a session": ("AWS access key", "ASIA" + _CAPITALS),
    "AWS, the secret one": ("AWS secret key", "aws_secret_access_key=" + _MIXED[:40]),
    "GitHub, personal": ("GitHub token", "ghp_" + _MIXED[:36]),
    "GitHub, of an app": ("GitHub token", "ghs_" + _MIXED[:36]),
    "GitHub, fine-grained": ("GitHub token", "github_pat_" + _MIXED[:22] + "_" + _MIXED[:59]),
    "GitLab": ("GitLab token", "glpat-" + _MIXED[:20]),
    "GitLab, of sixteen": ("GitLab token", "glpat-" + _MIXED[:16]),
    "Docker Hub": ("Docker token", "dckr_pat_" + _MIXED[:27]),
    "Hugging Face": ("Hugging Face token", "hf_" + _MIXED[:34]),
    "Slack": ("Slack token", "xoxb-123456789012-" + _MIXED[:24]),
    "Google": ("Google key", "AIza" + _MIXED[:35]),
    "JSON Web Token": ("session token", f"eyJ{_MIXED[:17]}.eyJ{_MIXED[:30]}.{_MIXED[:43]}"),
    "OpenSSH": ("private key", "-----BEGIN OPENSSH PRIVATE" + " KEY-----"),
    "PGP": ("private key", "-----BEGIN PGP PRIVATE" + " KEY BLOCK-----"),
    "address": ("password in an address", "https://jdupont:s3cretw0rd@minio.lab.sspcloud.fr/"),
}
"""Kind and an example of each."""

NONE = (
    *("ghp_TOKEN", "eyJhbGciOi", "glpat-xxxx", "hf_model", "AKIA", "AIzaSy", "xoxb-", "github_pat_"),
    *("-----BEGIN PUBLIC KEY-----", "https://jdupont@host/", "https://host/b/train.csv?version=2"),
)
"""The beginnings of keys, and words that resemble one."""

each_key = pytest.mark.parametrize(("kind", "key"), KEYS.values(), ids=KEYS)
each_other = pytest.mark.parametrize("words", NONE)


def found_by_grep(content: str) -> bool:
    done = subprocess.run(["grep", "-qE", IN_SHELL], input=content.encode(), check=False)
    assert done.returncode in (0, 1)
    return done.returncode == 0


@each_key
def test_a_key_is_found_in_a_file(kind: str, key: str) -> None:
    assert [secret.kind for secret in secrets_of("notes.txt", f"# {key}\n".encode())] == [kind]


@each_key
def test_a_key_is_found_in_a_configuration(kind: str, key: str) -> None:
    assert [secret.presigned for secret in read_configuration("config.yaml", f"note: '{key}'\n".encode()).secrets] == [
        False
    ], kind


@each_key
def test_a_key_is_found_in_a_dockerfile_and_in_a_file_that_it_copies(kind: str, key: str) -> None:
    image = dockerfile(Tree.of({"Dockerfile": f"FROM python:3.13\n# {key}\nCOPY notes.txt .\n", "notes.txt": key}))
    assert image.keys == (2,), kind
    assert [one.path for one in image.copied_secrets] == ["notes.txt"], kind


@each_key
def test_a_key_is_found_by_the_command_of_the_image(kind: str, key: str) -> None:
    assert found_by_grep(f"# {key}\n"), kind
    assert found_by_grep(f'"text\\n{key}",\n'), kind


def test_a_quoted_key_of_a_notebook_is_found_by_the_command() -> None:
    assert found_by_grep(rf'"os.environ[\"AWS_SECRET_ACCESS_KEY\"] = \"{_MIXED[:40]}\"\n",')


@each_other
def test_the_beginning_of_a_key_is_none(words: str) -> None:
    assert secrets_of("notes.txt", words.encode()) == ()
    assert read_configuration("config.yaml", f"note: '{words}'\n".encode()).secrets == ()
    assert not found_by_grep(words)


def test_each_kind_has_an_example() -> None:
    assert {kind for kind, _ in KEYS.values()} | {"presigned link"} == {secret.kind for secret in SECRETS}


@pytest.mark.parametrize("begin", ["eyJ", "secret_key", "https://a:", "ghp_", "-----BEGIN ", "xoxb-", "A"])
def test_long_text_is_searched_in_time_that_grows_with_it(begin: str) -> None:
    started = time.process_time()
    secrets_of("notes.txt", begin.encode() * (2_000_000 // len(begin)))
    assert time.process_time() - started < 5
