"""The package sources that this machine itself is told to use. Their names never go into a report."""

from __future__ import annotations

import configparser
import contextlib
import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_VARIABLES = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
)


def package_hosts() -> frozenset[str]:
    """The hosts of the package indexes in the variables and the configuration of pip and uv."""
    addresses = [*_from_variables(), *_from_pip(), *_from_uv()]
    hosts = (urlsplit(address).hostname for address in addresses if "://" in address)
    return frozenset(host.lower() for host in hosts if host)


def _from_variables() -> Iterator[str]:
    for name in _VARIABLES:
        yield from (word.rpartition("=")[2] if "=http" in word else word for word in os.environ.get(name, "").split())


def _from_pip() -> Iterator[str]:
    for path in (
        os.environ.get("PIP_CONFIG_FILE", ""),
        "/etc/pip.conf",
        "~/.config/pip/pip.conf",
        "~/.pip/pip.conf",
        str(Path(sys.prefix) / "pip.conf"),
    ):
        parser = configparser.RawConfigParser()
        with contextlib.suppress(OSError, configparser.Error, UnicodeDecodeError):
            parser.read_string(Path(path).expanduser().read_text(encoding="utf-8") if path else "")
        for section in parser.sections():
            for option in ("index-url", "extra-index-url"):
                yield from parser.get(section, option, fallback="").split()


def _from_uv() -> Iterator[str]:
    for path in (os.environ.get("UV_CONFIG_FILE", ""), "~/.config/uv/uv.toml", "/etc/uv/uv.toml"):
        said: dict[str, Any] = {}
        with contextlib.suppress(OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
            said = tomllib.loads(Path(path).expanduser().read_text(encoding="utf-8")) if path else {}
        pip = said.get("pip") if isinstance(said.get("pip"), dict) else {}
        for value in (said.get("index-url"), said.get("extra-index-url"), *(pip or {}).values()):
            yield from (
                [value]
                if isinstance(value, str)
                else [one for one in value or () if isinstance(one, str)]
                if isinstance(value, list)
                else []
            )
        indexes = said.get("index")
        for one in indexes if isinstance(indexes, list) else ():
            if isinstance(one, dict) and isinstance(one.get("url"), str):
                yield one["url"]
