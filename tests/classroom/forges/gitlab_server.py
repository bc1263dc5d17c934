"""A server that plays GitLab for a class, in the shapes that GitLab's documentation shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from tests.classroom.forges.class_world import Asked, Project, World, commit
from tests.classroom.forges.server import Reply, Request, Server, page_of, query_of

KNOWN = {
    "": set(),
    "/forks": {"order_by", "sort", "page", "per_page"},
    "/merge_requests": {"state", "scope", "order_by", "sort", "with_merge_status_recheck", "page", "per_page"},
    "/events": {"action", "sort", "page", "per_page"},
}
"""The parameters that GitLab documents, as far as they are used."""


@dataclass
class GitLabAnswers:
    """The answers of GitLab about *world*."""

    world: World
    server: Server | None = None

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self.world.token}":
            return Reply(401, {"error": "invalid_token", "error_description": "Token is expired."})
        if request.path == "/users":
            assert set(request.query) == {"username"}, request.query
            return Reply(200, self._accounts(request.query["username"]))
        if request.path.startswith("/namespaces/"):
            exists = self.world.account(request.path.removeprefix("/namespaces/").removesuffix("/exists")) is not None
            return Reply(200, {"exists": exists, "suggests": ["another1"] if exists else []})
        _, projects, name, *parts = request.path.split("/")
        assert projects == "projects"
        rest = "".join(f"/{part}" for part in parts)
        project = self.world.of_number(int(name)) if name.isdigit() else self.world.find(unquote(name))
        if project is None or project.hidden:
            return Reply(404, {"message": "404 Project Not Found"})
        if not name.isdigit() and project.name.lower() != unquote(name).lower():
            place = f"{self._address}/api/v4/projects/{self.world.number(project)}{rest}{query_of(request)}"
            return Reply(301, {"message": "301 Moved Permanently"}, {"Location": place})
        if rest.startswith("/merge_requests/"):
            number = int(rest.removeprefix("/merge_requests/"))
            return Reply(200, self._asked(next(one for one in self.world.asked if one.number == number), alone=True))
        assert set(request.query) <= KNOWN[rest], request.query
        if not rest:
            return Reply(200, self._project(project))
        items: list[dict[str, Any]] = []
        if rest == "/forks":
            items = [self._project(one) for one in self.world.forks(project.name)]
        elif rest == "/merge_requests":
            items = [self._asked(one) for one in self.world.requests(project.name)]
        else:
            assert request.query["action"] == "pushed"
            items = [self._event(project, *push) for push in project.pushes]
        page, following = page_of(items, request, f"{self._address}/api/v4")
        return Reply(200, page, following)

    def _accounts(self, name: str) -> list[dict[str, Any]]:
        """No more than one: neither of a blocked account nor of a group."""
        account = self.world.account(name)
        if account is None or account in self.world.blocked or account == "school":
            return []
        return [{"id": 7, "username": account, "name": "Somebody", "state": "active", "web_url": "", "avatar_url": ""}]

    @property
    def _address(self) -> str:
        return self.server.address

    def _project(self, project: Project) -> dict[str, Any]:
        owner, _, name = project.name.rpartition("/")
        kind = "group" if "/" in owner or owner == "school" else "user"
        person = {"owner": {"id": 7, "name": owner, "username": owner, "state": "active"}} if kind == "user" else {}
        return {
            "id": self.world.number(project),
            "description": None,
            "name": name,
            "path": name,
            "path_with_namespace": project.name,
            "default_branch": project.default_branch or None,
            "http_url_to_repo": f"{self._address}/{project.name}.git",
            "ssh_url_to_repo": f"git@127.0.0.1:{project.name}.git",
            "namespace": {"id": 9, "name": owner, "path": owner, "kind": kind, "full_path": owner},
            "visibility": "public",
            **person,
        }

    def _asked(self, one: Asked, *, alone: bool = False) -> dict[str, Any]:
        source = next((each for each in self.world.projects if each.name == one.source), None)
        target = self.world.find(one.target)
        assert target is not None
        conflict = self.world.conflict(one) if alone or not one.settles else None
        status = {None: "unchecked", True: "cannot_be_merged", False: "can_be_merged"}[conflict]
        return {
            "id": 5000 + one.number,
            "iid": one.number,
            "project_id": self.world.number(target),
            "title": "Draft: \x1b[2J",
            "state": {"open": "opened"}.get(one.state, one.state),
            "source_branch": one.branch,
            "target_branch": one.target_branch,
            "source_project_id": self.world.number(source) if source is not None else None,
            "target_project_id": self.world.number(target),
            "merge_status": status,
            "has_conflicts": bool(conflict),
        }

    def _event(self, project: Project, branch: str, number: int, at: str) -> dict[str, Any]:
        tag = branch.startswith("refs/tags/")
        return {
            "id": number,
            "project_id": self.world.number(project),
            "action_name": "pushed to",
            "target_id": None,
            "created_at": at.replace("Z", ".123Z"),
            "push_data": {
                "commit_count": 1,
                "action": "pushed" if number else "removed",
                "ref_type": "tag" if tag else "branch",
                "commit_from": None,
                "commit_to": commit(number) if number else None,
                "ref": branch.removeprefix("refs/tags/"),
                "commit_title": "\u202e",
                "ref_count": None,
            },
        }


def gitlab_server(world: World) -> Server:
    answers = GitLabAnswers(world)
    answers.server = Server(answers.answer, "/api/v4")
    return answers.server
