"""A class as a forge knows it: repositories, pushes and requests, for servers that play a forge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

TOKEN = "tok-5c1f0e8a9d"  # nothing but the servers of these tests knows it
UPSTREAM = "school/titanic"


def commit(number: int) -> str:
    """The hash of a commit that nobody made."""
    return f"{number:040x}"


@dataclass
class Project:
    """A repository. ``hidden``: the token may not see it. ``was``: its name before it was renamed."""

    name: str
    default_branch: str = "main"
    fork_of: str | None = None
    hidden: bool = False
    was: str = ""
    pushes: list[tuple[str, int, str]] = field(default_factory=list)
    """Branch, number of the commit, time."""

    @property
    def owner(self) -> str:
        return self.name.rpartition("/")[0]


@dataclass
class Asked:
    """A request from a branch of *source* (None: it was deleted) to *target*."""

    number: int
    source: str | None
    branch: str
    target: str = UPSTREAM
    target_branch: str = "main"
    state: str = "open"
    conflict: bool | None = False
    settles: bool = True
    """Whether the forge knows of a conflict only from the second time that it is asked."""


@dataclass
class World:
    """All that there is."""

    projects: list[Project]
    asked: list[Asked] = field(default_factory=list)
    token: str = TOKEN
    people: list[str] = field(default_factory=list)
    """Accounts beside those that own repositories."""
    blocked: list[str] = field(default_factory=list)
    """Accounts that are blocked, or hidden."""
    looked: dict[int, int] = field(default_factory=dict)
    """How often each request was asked for alone."""

    def number(self, project: Project) -> int:
        return 1000 + self.projects.index(project)

    def of_number(self, number: int) -> Project:
        return self.projects[number - 1000]

    def find(self, name: str) -> Project | None:
        """The repository of that name, now or before; None where the token may not see it."""
        found = next((one for one in self.projects if name.lower() in (one.name.lower(), one.was.lower())), None)
        return None if found is None or found.hidden else found

    def account(self, name: str) -> str | None:
        """The account of that name as it is written, be it blocked or not; None where there is none."""
        owners = [one.owner.partition("/")[0] for one in self.projects]
        return next((one for one in (*owners, *self.people, *self.blocked) if one.lower() == name.lower()), None)

    def forks(self, name: str) -> list[Project]:
        return [one for one in self.projects if one.fork_of == name and not one.hidden]

    def requests(self, name: str) -> list[Asked]:
        return [one for one in self.asked if one.target == name]

    def conflict(self, one: Asked) -> bool | None:
        """What is told of a conflict when a request is asked for alone: nothing yet the first time, if it *settles*."""
        self.looked[one.number] = self.looked.get(one.number, 0) + 1
        return None if one.settles and self.looked[one.number] == 1 else one.conflict


def small_class() -> World:
    """Ada asks from a branch, Blaise's request is merged, Chloé works on the default branch, Dora's is in conflict."""
    ada = Project("Ada/titanic", fork_of=UPSTREAM, pushes=[("main", 1, "2026-11-01T10:00:00Z")])
    ada.pushes += [("nettoyage", 2, "2026-11-02T09:30:00Z"), ("nettoyage", 3, "2026-11-03T23:59:59Z")]
    blaise = Project("blaise/titanic", fork_of=UPSTREAM, pushes=[("travail", 4, "2026-11-02T08:00:00Z")])
    chloe = Project("chloe-d/projet-titanic", "master", fork_of=UPSTREAM)
    dora = Project("dora/titanic", fork_of=UPSTREAM, pushes=[("fonctions", 5, "2026-11-04T00:00:00Z")])
    return World(
        [Project(UPSTREAM), ada, blaise, chloe, dora],
        [
            Asked(1, "Ada/titanic", "nettoyage"),
            Asked(2, "blaise/titanic", "travail", state="merged"),
            Asked(3, "dora/titanic", "fonctions", conflict=True),
            Asked(4, None, "parti", state="closed"),
        ],
    )


def big_class(count: int) -> World:
    """So many forks, each with a request and pushes over several pages of some forges."""
    projects = [Project(UPSTREAM)]
    asked = []
    for number in range(count):
        name = f"student-{number}/titanic"
        project = Project(name, fork_of=UPSTREAM)
        project.pushes = list(_pushes(130 if number == 0 else 2))
        projects.append(project)
        asked.append(Asked(number + 1, name, f"work-{number}", settles=False))
    return World(projects, asked)


def _pushes(count: int) -> Iterator[tuple[str, int, str]]:
    for number in range(count):
        yield "main", number + 1, f"2026-11-{1 + number // 60:02d}T12:{number % 60:02d}:00Z"
