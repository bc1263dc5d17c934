"""Pages of Markdown, shown in a terminal."""

from __future__ import annotations

import sys

from checker.cli.console import Console


def show_page(console: Console, page: str) -> None:
    """Print *page*, formatted on a terminal and as it is elsewhere."""
    if not console.color:
        console.write(page.rstrip("\n"))
        return
    from rich.console import Console as RichConsole
    from rich.markdown import Markdown

    RichConsole(file=sys.stdout, width=console.width).print(Markdown(page))
