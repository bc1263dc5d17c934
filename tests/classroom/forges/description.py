"""GitHub's own description of its API: each request and each answer is held to it, and its examples are the answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.classroom.forges.server import Reply, Request

FILE = Path(__file__).parents[3] / ".tools" / "openapi" / "api.github.com.json"
"""Put there by ``make descriptions``."""

HOST = "https://api.github.com"
PATHS = (
    "/repos/{owner}/{repo}",
    "/repos/{owner}/{repo}/activity",
    "/repos/{owner}/{repo}/forks",
    "/repos/{owner}/{repo}/pulls",
    "/repos/{owner}/{repo}/pulls/{pull_number}",
    "/users/{username}",
)
COMMENTS = "/repos/{owner}/{repo}/issues/{issue_number}/comments"
COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}"
ARTIFACTS = "/repos/{owner}/{repo}/actions/runs/{run_id}/artifacts"
ARCHIVE = "/repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}"
METHODS = {
    **dict.fromkeys(PATHS, ("get",)),
    COMMENTS: ("get", "post"),
    COMMENT: ("patch",),
    ARTIFACTS: ("get",),
    ARCHIVE: ("get",),
}
"""What is asked of each path."""


@dataclass(frozen=True)
class _Asked:
    """A request, as openapi-core wants it."""

    asked: Request
    host_url: str = HOST

    @property
    def method(self) -> str:
        return self.asked.method.lower()

    @property
    def content_type(self) -> str:
        return self.asked.headers.get("content-type", "")

    @property
    def body(self) -> bytes | None:
        return self.asked.body or None

    @property
    def path(self) -> str:
        return self.asked.path

    @cached_property
    def parameters(self) -> RequestParameters:
        """Kept: openapi-core puts those of the path into it."""
        return RequestParameters(query=ImmutableMultiDict(self.asked.query), header=Headers(dict(self.asked.headers)))


@dataclass(frozen=True)
class _Answered:
    """An answer, as openapi-core wants it."""

    reply: Reply
    content_type: str = "application/json"

    @property
    def status_code(self) -> int:
        return self.reply.status

    @property
    def headers(self) -> Headers:
        return Headers(dict(self.reply.headers))

    @property
    def data(self) -> bytes:
        return self.reply.body


@dataclass(frozen=True)
class Description:
    """The part of the description that is used here."""

    document: dict[str, Any]
    rules: OpenAPI

    def check(self, request: Request, reply: Reply) -> None:
        """Raise what openapi-core raises where the request or the reply is not as GitHub describes it."""
        asked = _Asked(request)
        self.rules.validate_request(asked)
        known = self._parameters(request)
        assert set(request.query) <= known, f"{request.path} knows no parameter {set(request.query) - known}"
        responses = self._operation(request)["responses"]
        if str(reply.status) in responses:
            self.rules.validate_response(asked, _Answered(reply))
        else:
            # of lists, GitHub does not describe that the repository is gone or renamed, though it answers so
            assert reply.status in (301, 404), reply.status
            assert "message" in reply.content

    def example(self, path: str, status: str = "200", method: str = "get") -> Any:
        """GitHub's own example of an answer, or of an entry where the answer is a list."""
        response = self._resolved(self.document["paths"][path][method]["responses"][status])
        named = next(iter(response["content"]["application/json"]["examples"].values()))
        value = deepcopy(self._resolved(named)["value"])
        return value[0] if isinstance(value, list) else value

    def _operation(self, request: Request) -> dict[str, Any]:
        operation: dict[str, Any] = self.document["paths"][self._template(request.path)][request.method.lower()]
        return operation

    def _parameters(self, request: Request) -> set[str]:
        parameters = (self._resolved(one) for one in self._operation(request)["parameters"])
        return {one["name"] for one in parameters if one["in"] == "query"}

    def _template(self, path: str) -> str:
        return next(one for one in METHODS if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", one), path))

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        return _at(self.document, node["$ref"]) if "$ref" in node else node


@cache
def github_description() -> Description:
    """GitHub's description of what is asked here."""
    whole = json.loads(FILE.read_text(encoding="utf-8"))
    part: dict[str, Any] = {"openapi": whole["openapi"], "info": {"title": "GitHub", "version": "1"}, "components": {}}
    part["servers"] = [{"url": HOST}]
    part["paths"] = {
        path: {method: whole["paths"][path][method] for method in methods} for path, methods in METHODS.items()
    }
    waiting = list(_references(part))
    while waiting:
        reference = waiting.pop()
        kind, name = reference.split("/")[2:4]
        if name not in part["components"].setdefault(kind, {}):
            part["components"][kind][name] = _at(whole, reference)
            waiting += _references(part["components"][kind][name])
    return Description(part, OpenAPI.from_dict(part))


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _at(document: dict[str, Any], reference: str) -> Any:
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node
