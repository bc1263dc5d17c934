"""GitHub's API, asked by githubkit: bounded, with retries, and with the token sent to one host only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal
from urllib.parse import quote

import httpx
from githubkit import GitHub, TokenAuthStrategy
from githubkit.exception import GitHubException, RequestError, RequestFailed
from pydantic import SecretStr

from checker import __version__
from checker.classroom.forges.address import ForgeAddress
from checker.classroom.forges.answers import LONGEST_NAME, is_project
from checker.classroom.forges.errors import LeadsElsewhere, RepositoryHidden, UnreadableAnswer
from checker.classroom.forges.pages import all_entries
from checker.classroom.forges.patience import UNSAID_WAIT, Interrupted, Limited, Patience, failure_of, seconds_of
from checker.classroom.forges.sizes import LARGEST_ANSWER, BoundedStream
from checker.errors import ForgeError
from checker.model import Text, text

Method = Literal["GET", "POST", "PATCH"]

_SECONDS = 60.0
_SECONDS_WRITTEN = re.compile(r"[0-9]{1,10}")
_HEADERS = {
    "X-GitHub-Api-Version": "2022-11-28",
    # the size of an answer is bounded as it arrives
    "Accept-Encoding": "identity",
}


@dataclass(frozen=True, slots=True)
class GitHubApi:
    """The API at *address*, asked by an open *client*. Paths are relative to a repository ``owner/name``."""

    client: GitHub[TokenAuthStrategy]
    address: ForgeAddress
    patience: Patience

    @property
    def host(self) -> str:
        """The host that users know the forge by."""
        return self.address.host

    def entries(self, project: str, path: str, query: Mapping[str, str]) -> list[object]:
        """All entries of a list, over its pages. Raises ForgeError."""
        return all_entries(lambda place: self.get(project, path, {**query, **place}), project, self.host)

    def get(self, project: str, path: str, query: Mapping[str, str] | None = None) -> httpx.Response:
        """The answer to a path. Raises ForgeError."""
        return self.patience.ask(partial(self._ask_about, "GET", project, path, query or {}, None))

    def account(self, name: str) -> httpx.Response:
        """The answer about the account *name*, whose form was checked. Raises ForgeError."""
        return self.patience.ask(partial(self._ask, "GET", name, f"users/{quote(name)}", {}, None))

    def put(self, method: Method, project: str, path: str, content: Mapping[str, Any]) -> httpx.Response:
        """The answer to a request that sends JSON. Raises ForgeError.

        A failure of the network is retried only for requests that may be repeated.
        """
        return self.patience.ask(partial(self._ask_about, method, project, path, {}, content), again=method != "POST")

    def _ask_about(
        self, method: Method, project: str, path: str, query: Mapping[str, str], content: Mapping[str, Any] | None
    ) -> httpx.Response:
        """One request about a repository. Raises ForgeError, Limited or Interrupted."""
        if not is_project(project) or project.count("/") != 1:
            raise RepositoryHidden(project[:LONGEST_NAME], self.host)
        return self._ask(method, project, f"repos/{quote(project)}{path}", query, content)

    def _ask(
        self, method: Method, name: str, url: str, query: Mapping[str, str], content: Mapping[str, Any] | None
    ) -> httpx.Response:
        """One request about *name*. Raises ForgeError, Limited or Interrupted."""
        sent: dict[str, Any] = {} if content is None else {"json": dict(content)}
        try:
            return self.client.request(method, url, params=dict(query), headers=_HEADERS, **sent).raw_response
        except RequestFailed as error:
            response = error.response.raw_response
            login = f"gh auth login --hostname {self.host}"
            raise _limited(response) or failure_of(response.status_code, name, self.host, login) from None
        except RequestError as error:
            raise _network_failure(error.exc) from None
        except (GitHubException, ValueError) as error:
            raise UnreadableAnswer(self.host, type(error).__name__) from None


@contextmanager
def github_api(address: ForgeAddress, token: SecretStr, patience: Patience) -> Iterator[GitHubApi]:
    """GitHub's API at *address*, with *token*."""
    hooks: Any = {"response": [partial(_guarded, address)]}
    client = GitHub(
        TokenAuthStrategy(token.get_secret_value()),
        base_url=address.api,
        user_agent=f"titanic-checker/{__version__}",
        timeout=_SECONDS,
        http_cache=False,
        auto_retry=False,
        event_hooks=hooks,
    )
    with client:
        yield GitHubApi(client, address, patience)


def _guarded(address: ForgeAddress, response: httpx.Response) -> None:
    """Bound the answer as it arrives, and refuse a redirect away from the forge."""
    if response.has_redirect_location:
        api, following = httpx.URL(address.api), response.request.url.join(response.headers["location"])
        if (following.host, following.port) != (api.host, api.port):
            raise LeadsElsewhere(address.host, str(following))
    if "content-encoding" in response.headers and response.headers["content-encoding"] != "identity":
        raise UnreadableAnswer(address.host, "content-encoding")
    for name in ("retry-after", "x-ratelimit-reset"):
        # githubkit parses these headers as timestamps, and raises for numbers out of range
        if not _SECONDS_WRITTEN.fullmatch(response.headers.get(name, "0")):
            del response.headers[name]
    response.stream = BoundedStream(response.stream, LARGEST_ANSWER, UnreadableAnswer(address.host, "size"))


def _limited(response: httpx.Response) -> Limited | None:
    """The seconds of GitHub's rate limit; None if GitHub refuses for another reason."""
    if response.status_code not in (403, 429):
        return None
    headers = response.headers
    if "retry-after" in headers:
        return Limited(seconds_of(headers["retry-after"]))
    if headers.get("x-ratelimit-remaining") == "0":
        reset = seconds_of(headers.get("x-ratelimit-reset", ""), default=0.0)
        return Limited(max(reset - datetime.now(UTC).timestamp(), 1.0) if reset else UNSAID_WAIT)
    if response.status_code == 429 or b"secondary rate limit" in response.content[:2000].lower():
        return Limited(UNSAID_WAIT)
    return None


def _network_failure(error: Exception) -> Exception:
    if isinstance(error, ForgeError):
        return error
    # httpx's messages hold no header, but the whole address: only the kind of failure is shown
    return Interrupted(_REASONS.get(type(error)) or text("no connection"))


_REASONS: Mapping[type[Exception], Text] = {
    httpx.ConnectError: text("no connection"),
    httpx.ConnectTimeout: text("no connection"),
    httpx.ReadTimeout: text("no answer in time"),
    httpx.ReadError: text("the connection broke"),
    httpx.RemoteProtocolError: text("the connection broke"),
}
