"""An impossible answer gets one sentence in the language asked for, and leaves nothing behind."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from tests.processes import ended
from tests.template.conftest import ROOT, git

IMPOSSIBLE = [
    ("project_name", ""),
    ("project_name", "two\nlines"),
    ("project_name", "🚢"),  # a name, but no folder can be called after it: that is what is said
    ("project_slug", "two words"),
    ("project_slug", "a/b"),
    ("project_slug", "../above"),
    ("project_slug", "-rf"),
    ("project_slug", "été"),
    ("project_slug", ".git"),
    ("project_slug", "con"),
    ("project_slug", "end."),
    ("author_name", " "),
    ("author_name", "A <b@c.d>"),
    ("language", "de"),
    ("start_at", "1.10"),
    ("start_at", "the beginning"),
    ("upstream", "name-alone"),
    ("upstream", "https://github.com/owner/name"),
    ("upstream", "owner/name/more"),
    ("upstream", "owner/.."),
    ("checker_source", ""),
    ("checker_source", "other-checker==1.0"),
    ("checker_source", "titanic-checker>=1.0"),
    ("checker_source", "titanic-checker==1.0; rm -rf ~"),
    ("checker_source", "git+https://example.org/a b"),
    ("checker_source", "git+https://example.org/a@v1$(id)"),
    ("checker_source", "git+ssh://git@example.org/a"),
    ("checker_source", "git+https://me:secret@example.org/a"),
    ("checker_source", "https://example.org/a.tar.gz"),
    ("checker_source", "https://example.org/a.whl#egg=b"),
    ("checker_source", "docker://-v"),
    ("checker_source", 'docker://a"b'),
    ("forge", "sourceforge"),
    ("s3_endpoint", "https://minio.lab.sspcloud.fr"),
    ("s3_endpoint", "minio.lab.sspcloud.fr/bucket"),
    ("s3_endpoint", ""),
    ("s3_bucket", "Capital"),
    ("s3_bucket", "ab"),
    ("s3_bucket", "192.168.0.1"),
    ("s3_bucket", "under_score"),
    ("s3_path", "/absolute"),
    ("s3_path", "above/../it"),
    ("s3_path", "end/"),
]


def paced(answers: list[tuple[str, str]]) -> list[Any]:
    """One of each question whenever tests are run, the others where there is time: each starts a cookiecutter."""
    asked: set[str] = set()
    found = []
    for name, answer in answers:
        found.append(pytest.param(name, answer, marks=[pytest.mark.slow] if name in asked else []))
        asked.add(name)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("name", "answer"), paced(IMPOSSIBLE))
def test_refused(cookiecutter, tmp_path, name, answer):
    done = cookiecutter(**({"language": "en"} | {name: answer}))
    assert done.returncode != 0
    (sentence,) = (done.stdout + done.stderr).splitlines()
    assert sentence.startswith("project_slug" if answer == "🚢" else name)
    assert sentence.endswith(".")
    assert list((tmp_path / "out").iterdir()) == []
    assert not (tmp_path / "above").exists()


def test_refused__in_french(cookiecutter):
    done = cookiecutter(s3_bucket="Ma poubelle")
    assert done.stdout == (
        "s3_bucket : 'Ma poubelle' ne peut pas nommer un bucket : 3 à 63 minuscules, chiffres, « - » ou « . ».\n"
    )


def test_refused__unknown_step_names_those_there_are(cookiecutter):
    shipped = sorted(path.parent.name for path in (ROOT / "solutions").glob("*/step.yaml"))
    sentence = cookiecutter(start_at="9.9", language="en").stdout
    assert sentence == f"start_at: '9.9' is no step to start at here; choose among: {', '.join(shipped)}.\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("project_name", "folder"),
    [
        ("L'été à Nîmes", "l-ete-a-nimes"),
        ("Œuvre 2", "oeuvre-2"),
        ("Qui a survécu ?", "qui-a-survecu"),
        ("  Titanic  ", "titanic"),
        ('O\'Brien & "fils"', "o-brien-fils"),
    ],
)
def test_accepted__names_as_people_write_them(starter, project_name, folder):
    made = starter(project_name=project_name, author_name='Anne-Sophie d’Arc\'h \\ "Bé" 🚢')
    assert made.name == folder
    assert (made / "README.md").read_text(encoding="utf-8").startswith(f"# {project_name}\n")
    assert "d’Arc'h" in git(made, "log", "--format=%an")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("checker_source", "titanic-checker"),
        ("checker_source", "titanic-checker~=0.2"),
        ("s3_endpoint", "localhost:9000"),
        ("s3_endpoint", "s3.eu-west-3.amazonaws.com"),
        ("s3_bucket", "a.name-2026"),
        ("s3_path", "diffusion"),
        ("upstream", "InseeFrLab/ensae.reproductibilite_2022"),
    ],
)
def test_accepted__other_places(starter, name, answer):
    starter(**{name: answer})


@pytest.mark.slow
def test_replayed_answers__are_refused_too(cookiecutter, tmp_path):
    """Nobody is asked when answers are replayed from a file: the hook is what looks at them."""
    assert cookiecutter().returncode == 0
    (record,) = (tmp_path / "home" / ".cookiecutter_replay").glob("*.json")
    answers = json.loads(record.read_text())
    answers["cookiecutter"] |= {"s3_bucket": "IMPOSSIBLE", "project_slug": "replayed"}
    replayed = tmp_path / "answers.json"
    replayed.write_text(json.dumps(answers))
    done = ended([sys.executable, "-m", "cookiecutter", "--replay-file", replayed, "-o", tmp_path / "out", str(ROOT)])
    assert done.returncode != 0
    assert done.stderr.startswith("s3_bucket : 'IMPOSSIBLE' ne peut pas nommer un bucket")
    assert not (tmp_path / "out" / "replayed").exists()
