"""The README for a package index: its links lead to files of the repository, which an index does not have."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

ADDRESS = "CHECKER_FILES_AT"
"""The variable with the address of this version's files; the release workflow sets it."""

_LINK = re.compile(r"(?<!!)\[([^\]\[]+)\]\((?![a-z]+:|#)([^()\s]+)\)")


class Readme(MetadataHookInterface):
    """Gives the project its long description."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Put the description into *metadata*."""
        words = Path(self.root, "README.md").read_text(encoding="utf-8")
        address = os.environ.get(ADDRESS, "")
        metadata["readme"] = {"content-type": "text/markdown", "text": description(words, address)}


def description(readme: str, address: str) -> str:
    """*readme* with absolute links to files, or, without an *address*, with the links' words alone."""
    place = rf"[\1]({address.rstrip('/')}/\2)" if address else r"\1"
    return _LINK.sub(place, readme)
