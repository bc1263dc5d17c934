"""The comment on the worst report there can be, as GitHub's own reader of Markdown shows it."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

from checker.feedback.comment import body_of
from checker.locale import LANGUAGES, Speech
from tests.render.reports import hostile

RUN = "https://github.com/school/titanic/actions/runs/9001"
KNOWN = {
    "h1", "h2", "p", "ul", "li", "strong", "code", "pre", "br", "hr", "details", "summary", "sub", "a",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ALONE = {"br", "hr"}


class Tags(HTMLParser):
    """Counts tags, and keeps the addresses that something leads to or is loaded from."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: Counter[str] = Counter()
        self.closed: Counter[str] = Counter()
        self.addresses: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened[tag] += 1
        self.addresses += [value for name, value in attrs if name in ("href", "src", "action", "style")]

    def handle_endtag(self, tag: str) -> None:
        self.closed[tag] += 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hostile_report_has_our_tags_and_our_link_only(language: str) -> None:
    body = body_of(hostile(), Speech(language), RUN, 10_000_000)
    for options in (Options.CMARK_OPT_UNSAFE, Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_HARDBREAKS):
        tags = Tags()
        tags.feed(cmarkgfm.github_flavored_markdown_to_html(body, options))
        assert set(tags.opened) <= KNOWN
        assert {tag: number for tag, number in tags.opened.items() if tag not in ALONE} == {
            tag: number for tag, number in tags.closed.items() if tag not in ALONE
        }
        assert tags.addresses == [RUN]
        assert tags.opened["details"] == tags.opened["pre"] > 0
        assert tags.opened["table"] == 1


def test_a_comment_that_is_cut_closes_what_it_opens() -> None:
    for most in (4_000, 20_000, 65_000):
        tags = Tags()
        body = body_of(hostile(), Speech("fr"), RUN, most)
        assert len(body.encode()) <= most
        tags.feed(cmarkgfm.github_flavored_markdown_to_html(body, Options.CMARK_OPT_UNSAFE))
        assert tags.opened["details"] == tags.closed["details"]
        assert tags.addresses == [RUN]
