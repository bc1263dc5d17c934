"""A server that plays GitHub for a class."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.classroom.forges.class_world import Asked, Project, World, commit
from tests.classroom.forges.description import PATHS, Description
from tests.classroom.forges.server import Reply, Request, Server, page_of, query_of

ZERO = "0" * 40


@dataclass
class GitHubAnswers:
    """The answers of GitHub about *world*: whole ones by GitHub's *description*, else only what is read of them."""

    world: World
    description: Description | None
    server: Server | None = None

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") not in (f"Bearer {self.world.token}", f"token {self.world.token}"):
            return Reply(401, self._message("Bad credentials"))
        if request.path.startswith("/users/"):
            return self._account(request.path.removeprefix("/users/"))
        if by_number := re.fullmatch(r"/repositories/(\d+)(/.*)?", request.path):
            project, rest = self.world.of_number(int(by_number[1])), by_number[2] or ""
        else:
            _, _, owner, name, *parts = request.path.split("/")
            found, rest = self.world.find(f"{owner}/{name}"), "".join(f"/{part}" for part in parts)
            if found is None:
                return Reply(404, self._message("Not Found"))
            if found.name.lower() != f"{owner}/{name}".lower():
                place = f"{self._api}/repositories/{self.world.number(found)}{rest}{query_of(request)}"
                return Reply(301, {**self._message("Moved Permanently"), "url": place}, {"Location": place})
            project = found
        return self._about(project, rest, request)

    def check(self, request: Request, reply: Reply) -> None:
        """Hold it to the description, which has no word of bad tokens and of addresses by number."""
        if self.description is None or reply.status == 401 or request.path.startswith("/repositories/"):
            return
        if request.path.endswith("/pulls"):
            # nor of a request whose fork was deleted, of which GitHub says null
            described = [one for one in reply.content if one["head"]["repo"] is not None]
            reply = Reply(reply.status, described, reply.headers)
        self.description.check(request, reply)

    def _about(self, project: Project, rest: str, request: Request) -> Reply:
        if not rest:
            return Reply(200, self._repository(project, whole=True))
        if rest == "/forks":
            items = [self._repository(one) for one in self.world.forks(project.name)]
        elif rest == "/pulls":
            assert request.query["state"] == "all"
            items = [self._pull(one) for one in self.world.requests(project.name)]
        elif rest == "/activity":
            return self._activities(project, request)
        else:
            number = int(rest.removeprefix("/pulls/"))
            return Reply(200, self._detail(next(one for one in self.world.asked if one.number == number)))
        page, following = page_of(items, request, self._api)
        return Reply(200, page, following)

    def _account(self, name: str) -> Reply:
        account = self.world.account(name)
        if account is None or account in self.world.blocked:
            return Reply(404, self._message("Not Found"))
        example = self.description.example("/users/{username}") if self.description is not None else {}
        # GitHub's example lacks what its description makes of this field: it tells two forms of an answer apart
        return Reply(200, example | {"login": account, "user_view_type": "public"})

    @property
    def _address(self) -> str:
        return self.server.address

    @property
    def _api(self) -> str:
        return self.server.api_address

    def _message(self, words: str) -> dict[str, Any]:
        return {"message": words, "documentation_url": "https://docs.github.com/rest"}

    def _repository(self, project: Project, *, whole: bool = False) -> dict[str, Any]:
        owner, name = project.name.split("/")
        path = PATHS[0] if whole else "/repos/{owner}/{repo}/forks"
        example = self.description.example(path) if self.description is not None else {"owner": {}}
        example |= {
            "id": self.world.number(project),
            "name": name,
            "full_name": project.name,
            "clone_url": f"{self._address}/{project.name}.git",
            "default_branch": project.default_branch,
            "language": "Jupyter Notebook",
            **dict.fromkeys(("forks", "open_issues", "watchers"), 0),
        }
        example["owner"]["login"] = owner
        for related in ("parent", "source", "template_repository"):
            example.pop(related, None)
        return example

    def _pull(self, one: Asked, *, alone: bool = False) -> dict[str, Any]:
        path = PATHS[4] if alone else PATHS[3]
        example = self.description.example(path) if self.description is not None else {"head": {}, "base": {}}
        target = self.world.find(one.target)
        source = self.world.find(one.source) if one.source else None
        assert target is not None
        example |= {
            "number": one.number,
            "state": "open" if one.state == "open" else "closed",
            "merged_at": "2026-11-05T10:00:00Z" if one.state == "merged" else None,
            "requested_teams": [],
        }
        example["head"] |= {"ref": one.branch, "repo": self._repository(source) if source is not None else None}
        example["base"] |= {"ref": one.target_branch, "repo": self._repository(target)}
        return example

    def _detail(self, one: Asked) -> dict[str, Any]:
        conflict = self.world.conflict(one)
        return self._pull(one, alone=True) | {
            "mergeable": None if conflict is None else not conflict,
            "merged": one.state == "merged",
        }

    def _activities(self, project: Project, request: Request) -> Reply:
        """The newest first; the next page is named by a cursor."""
        items = [
            {
                "id": number,
                "node_id": "PSH_",
                "before": ZERO,
                "after": commit(number) if number else ZERO,
                "ref": branch if branch.startswith("refs/") else f"refs/heads/{branch}",
                "timestamp": at,
                "activity_type": "push" if number else "branch_deletion",
                "actor": None,
            }
            for branch, number, at in reversed(project.pushes)
        ]
        start = int(request.query.get("after", "0") or 0)
        end = start + int(request.query.get("per_page", "30"))
        link = f'<{self._api}{request.path}?per_page=100&after={end}>; rel="next"'
        return Reply(200, items[start:end], {"Link": link} if end < len(items) else {})


def github_server(world: World, description: Description | None) -> Server:
    answers = GitHubAnswers(world, description)
    answers.server = Server(answers.answer, "/api/v3", checked=answers.check)
    return answers.server
