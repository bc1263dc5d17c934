"""GitLab's API, asked by python-gitlab: bounded, with retries, and with the token sent to one host only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal
from urllib.parse import quote, urljoin, urlsplit

import requests
from gitlab import Gitlab
from gitlab.exceptions import GitlabError
from pydantic import SecretStr
from requests import Response

from checker import __version__
from checker.classroom.forges.address import ForgeAddress
from checker.classroom.forges.answers import LONGEST_NAME, is_project
from checker.classroom.forges.errors import RepositoryHidden, UnreadableAnswer
from checker.classroom.forges.pages import all_entries
from checker.classroom.forges.patience import UNSAID_WAIT, Interrupted, Limited, Patience, failure_of, seconds_of
from checker.classroom.forges.sizes import LARGEST_ANSWER, BoundedAnswer
from checker.errors import ForgeError
from checker.model import text

Method = Literal["get", "post", "put"]

_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class GitLabApi:
    """The API at *address*, asked by an open *client*."""

    client: Gitlab
    address: ForgeAddress
    patience: Patience

    @property
    def host(self) -> str:
        """The host that users know the forge by."""
        return self.address.host

    def path(self, project: str) -> str:
        """The API path of a repository. Raises RepositoryHidden for a word that is no name of one."""
        if not is_project(project):
            raise RepositoryHidden(project[:LONGEST_NAME], self.host)
        return f"/projects/{quote(project, safe='')}"

    def entries(self, project: str, path: str, query: Mapping[str, str]) -> list[object]:
        """All entries of a list about *project*, over its pages. Raises ForgeError."""
        start = self.path(project)

        return all_entries(lambda place: self.get(project, start + path, {**query, **place}), project, self.host)

    def get(self, project: str, path: str, query: Mapping[str, str]) -> Response:
        """The answer to a path, which begins at the root of the API. Raises ForgeError."""
        return self.patience.ask(partial(self._ask, "get", project, path, query, None))

    def put(self, method: Method, project: str, path: str, content: Mapping[str, Any]) -> Response:
        """The answer to a request that sends JSON. Raises ForgeError.

        A failure of the network is retried only for requests that may be repeated.
        """
        ask = partial(self._ask, method, project, self.path(project) + path, {}, content)
        return self.patience.ask(ask, again=method != "post")

    def _ask(
        self, method: Method, project: str, path: str, query: Mapping[str, str], content: Mapping[str, Any] | None
    ) -> Response:
        """One request. Raises ForgeError, Limited or Interrupted."""
        sent = None if content is None else dict(content)
        try:
            return self.client.http_request(method, path, query_data=dict(query), post_data=sent, obey_rate_limit=False)
        except GitlabError as error:
            login = f"glab auth login --hostname {self.host}"
            raise failure_of(error.response_code or 0, project, self.host, login) from None
        except (requests.RequestException, ValueError) as error:
            raise _network_failure(error, self.host) from None


@contextmanager
def gitlab_api(address: ForgeAddress, token: SecretStr, patience: Patience) -> Iterator[GitLabApi]:
    """GitLab's API at *address*, with *token*."""
    session = requests.Session()
    session.hooks["response"].append(partial(_guarded, address))
    client = Gitlab(
        address.api,
        # a token of any kind may be sent as an OAuth one, and requests removes that header on a redirect to another
        # host
        oauth_token=token.get_secret_value(),
        session=session,
        timeout=_SECONDS,
        user_agent=f"titanic-checker/{__version__}",
        retry_transient_errors=False,
    )
    with client:
        yield GitLabApi(client, address, patience)


def _guarded(address: ForgeAddress, response: Response, **_options: object) -> None:
    """Bound the answer as it arrives, refuse a redirect away from the forge, and read how long to wait."""
    if response.is_redirect:
        following = urlsplit(urljoin(response.url, response.headers["location"]))
        if following.netloc.lower() != urlsplit(address.api).netloc:
            raise UnreadableAnswer(address.host, "redirect")
    response.raw = BoundedAnswer(response.raw, LARGEST_ANSWER, UnreadableAnswer(address.host, "size"))
    if response.status_code == 429:
        headers = response.headers
        if "retry-after" in headers:
            raise Limited(seconds_of(headers["retry-after"]))
        reset = seconds_of(headers.get("ratelimit-reset", ""), default=0.0)
        raise Limited(max(reset - datetime.now(UTC).timestamp(), 1.0) if reset else UNSAID_WAIT)


def _network_failure(error: Exception, host: str) -> ForgeError | Interrupted:
    if isinstance(error, requests.Timeout):
        return Interrupted(text("no answer in time"))
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return Interrupted(text("the connection broke"))
    if isinstance(error, requests.ConnectionError):
        return Interrupted(text("no connection"))
    return UnreadableAnswer(host, type(error).__name__)
