"""A student's week: a fork, a request to the course's repository, and the comment on it as GitHub shows it.

Everything is run: the template, git, the steps of the action, the job that comments, and GitHub's own Markdown reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

from checker import template
from tests.conftest import shell
from tests.feedback.conftest import Course
from tests.feedback.github_comments import COURSE, FORK, Pull, event, zipped
from tests.feedback.runner_imitation import ROOT, Job, Runner
from tests.feedback.test_action import request, sha, variables
from tests.render import runner

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SOLUTIONS = ROOT / "solutions"
_AS_A_COMMENT = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_HARDBREAKS
"""HTML is let through up to GitHub's filter of tags, and in comments each line end is shown."""


def as_shown(markdown: str) -> ET.Element:
    """What GitHub makes of a comment. Raises ParseError where a tag is left open."""
    return ET.fromstring(f"<main>{cmarkgfm.github_flavored_markdown_to_html(markdown, _AS_A_COMMENT)}</main>")


def words(element: ET.Element | None) -> str:
    return " ".join("".join(element.itertext()).split())


@dataclass
class Fork:
    """The student's fork, on the branch of the request, and how often it was pushed."""

    folder: Path
    top: Path
    pushes: int = 0

    def commit(self, day: int, message: str, *files: str, change: tuple[str, str] = ("", "")) -> None:
        """Record these *files* of the solutions, with a *change*, on a *day* of the week."""
        for name in files:
            (self.folder / Path(name).name).write_bytes((SOLUTIONS / name).read_bytes())
        if files and all(change):
            last = self.folder / Path(files[-1]).name
            content = last.read_text(encoding="utf-8")
            assert change[0] in content
            last.write_text(content.replace(*change), encoding="utf-8")
        date = f"2026-03-{9 + day:02d}T18:30:00+01:00"
        shell(f"git add -A && GIT_COMMITTER_DATE={date} git commit -q --date={date} -m '{message}'", self.folder)

    def pushed(self) -> tuple[str, Job]:
        """The commit that a push brings, and the run of the request's workflow on it."""
        self.pushes += 1
        head, base = sha(self.folder, "nettoyage"), sha(self.folder, "main")
        made = shell(f"git commit-tree -p {base} -p {head} -m merged nettoyage^{{tree}}", self.folder)
        shell(f"git branch -f merged {made.strip()}", self.folder)
        top = self.top / str(self.pushes)
        shell(f"git clone -q {self.folder} {top / 'workspace'}", self.top)
        shell(f"git checkout -q --detach {head}", top / "workspace")
        given = variables(
            "pull_request", "refs/pull/7/merge", sha(self.folder, "merged"), COURSE,
            GITHUB_HEAD_REF="nettoyage", GITHUB_BASE_REF="main",
        )  # fmt: skip
        run = Runner(top, top / "workspace", given, request(self.folder, FORK))
        return head, run.run_action({"up-to": "1.4"})


@pytest.fixture
def fork(tmp_path: Path) -> Fork:
    """A fork in French, begun a week ago."""
    folder = template.new(tmp_path / "titanic", no_input=True, answers={"upstream": COURSE})
    shell("git checkout -q -b nettoyage", folder)
    return Fork(folder, tmp_path)


def published(course: Course, head: str, job: Job) -> str:
    """The comment after the job on the run that has ended, which was given the artifact that this run uploads."""
    (name, uploaded) = job.used[-1]
    assert name == "actions/upload-artifact"
    packed = {path.name.replace(".", "__"): path.read_bytes() for path in Path(uploaded["path"]).iterdir()}
    course.github.archives[len(course.github.archives) + 1] = zipped(**packed)
    course.github.pulls = [Pull(7, sha=head)]
    done = course.comment(event(sha=head))
    assert (done.code, done.err) == (0, "")
    (comment,) = course.github.said
    return comment.body


@pytest.mark.parametrize("description", [None], indirect=True, ids=["only what is read"])
def test_the_comment_says_what_is_done_what_is_missing_where_and_what_to_do_next(course: Course, fork: Fork) -> None:
    fork.commit(0, "Qui travaille ici", "1.0/AUTHORS.md")
    fork.commit(1, "Lit les données à côté du notebook", "1.1/titanic.ipynb")
    fork.commit(3, "Range le code dans des fonctions", "1.2/functions.py", "1.2/titanic.ipynb")
    fork.commit(6, "Un script", "1.3/main.py", change=("n_trees = 20", "n_tree = 20"))
    head, job = fork.pushed()
    assert (job.status, job.outputs["next-step"]) == (1, "1.3")

    first = published(course, head, job)
    page = as_shown(first)
    assert words(page.find("h1")).startswith("Titanic :")
    assert words(page.find("p")) == "Prochaine étape : 1.3 Un script principal (checker explain 1.3)"
    rows = [[words(cell) for cell in row] for row in page.iter("tr")]
    assert [row[0].split()[0] for row in rows] == ["État", "✅", "✅", "✅", "🟠", "❌"]
    assert [row[1].split()[0] for row in rows[1:]] == ["1.0", "1.1", "1.2", "1.3", "1.4"]
    assert {len(row) for row in rows} == {4}
    assert [words(head) for head in page.iter("h2")][:2] == ["1.3 Un script principal", "1.4 La qualité du code"]
    failure = next(item for item in page.iter("li") if words(item.find(".//strong")) == "main-runs")
    said = words(failure)
    assert "n_trees" in said
    assert "main.py:20" in said
    assert any(words(strong).startswith("→ ") for strong in failure.iter("strong"))
    command = failure.find(".//details")
    assert words(command.find("summary")) == "La même chose sans le correcteur, depuis la racine du projet"
    assert words(command.find(".//pre/code")) == "python main.py"
    assert [link.get("href") for link in page.iter("a")] == [f"{course.server.address}/{COURSE}/actions/runs/9001"]
    assert "Ce n'est pas une note" in words(page.find(".//sub"))
    assert len(first) < 10_000
    # the same is beside the line, and in the summary of the run
    annotations = runner.read(job.log).annotations
    assert ("main.py", "20") in {(one.properties.get("file"), one.properties.get("line")) for one in annotations}
    assert len({one.message for one in annotations}) == len(annotations)
    assert words(as_shown(job.summary).find("table")) == words(page.find("table"))

    fork.commit(7, "Compte les arbres par leur nom", "1.3/main.py")
    head, job = fork.pushed()
    second = published(course, head, job)
    assert [method for method, _, _ in course.github.sent] == ["POST", "PATCH"]
    assert words(as_shown(second).find("p")).startswith("Prochaine étape : 1.4 La qualité du code")
    assert head[:8] in second
    assert "n_trees" not in second


@pytest.mark.parametrize("description", [None], indirect=True, ids=["only what is read"])
def test_a_fork_in_which_nothing_was_done_yet_is_not_red_with_reproaches(course: Course, fork: Fork) -> None:
    """The first push, before any work: most is to do, and the comment is short."""
    fork.commit(0, "Qui travaille ici", "1.0/AUTHORS.md")
    head, job = fork.pushed()
    page = as_shown(published(course, head, job))
    rows = [[words(cell) for cell in row] for row in page.iter("tr")][1:]
    assert [row[3] for row in rows if row[0] == "⬜ à faire"] == ["tout"] * 3
    assert {words(one) for one in page.iter("h2")} <= {"1.1 Le notebook s'exécute", "Conseils (sans effet sur la note)"}
