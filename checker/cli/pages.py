"""Pages of Markdown, shown in a terminal."""

from __future__ import annotations

import io

from checker.cli.console import Console


def show_page(console: Console, page: str) -> None:
    """Print *page*: formatted on a terminal, as Markdown source elsewhere."""
    if not console.terminal:
        console.write(page.rstrip("\n"))
        return
    from rich.console import Console as RichConsole
    from rich.markdown import Markdown

    sink = io.StringIO()
    shown = RichConsole(
        file=sink,
        width=console.width,
        force_terminal=console.color,
        color_system="standard" if console.color else None,
        no_color=not console.color,
    )
    shown.print(Markdown(page, hyperlinks=False, code_theme="ansi_light"))
    console.write("\n".join(line.rstrip() for line in sink.getvalue().splitlines()))
