"""The package indexes that this machine is configured to use. Reports never contain their names."""

from __future__ import annotations

import contextlib
import os
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from checker.sandbox.environments.index_settings import index_variables
from checker.sandbox.images.proxy import STANDARD_PORTS, Origin

_HERE = frozenset({"localhost", "127.0.0.1"})
_NAME = re.compile(r"[\w.-]+")
_UV_FILES = ("~/.config/uv/uv.toml", "/etc/uv/uv.toml")


@dataclass(frozen=True, slots=True)
class MachineIndexes:
    """The package indexes that this machine is configured to use: all their ``origins``, and settings for a build.

    ``arguments`` are variables of pip, uv and conda, as build arguments. An address that contains credentials is passed
    to no build, because the code of the build could print it.
    """

    origins: frozenset[Origin]
    arguments: Mapping[str, str]

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts of all origins."""
        return frozenset(origin.host for origin in self.origins)

    def build_arguments(self, *, here: bool, locked: bool) -> dict[str, str]:
        """The arguments for a build; *here*: it reaches this machine's own addresses.

        A *locked* build, in which uv follows a lock, gets no setting of uv: a lock names its index, and uv treats a
        lock as outdated where another index is set.
        """
        return {
            name: value
            for name, value in self.arguments.items()
            if (here or not any(map(_is_here, value.split()))) and not (locked and name.startswith("UV_"))
        }

    def hidden(self, words: str, public: Collection[str]) -> str:
        """*words* with the hosts of the indexes removed, except for the *public* ones and this machine itself."""
        hidden = self.hosts - _HERE - set(public)
        return _NAME.sub(lambda match: "…" if match[0].lower().strip(".-") in hidden else match[0], words)


def machine_indexes() -> MachineIndexes:
    """The index that uv is configured to use here, by variables or its own file, else pip's; and conda's channels."""
    variables = index_variables(os.environ)
    default = variables.get("UV_DEFAULT_INDEX") or variables.get("UV_INDEX_URL", "")
    additional = [*variables.get("UV_INDEX", "").split(), *variables.get("UV_EXTRA_INDEX_URL", "").split()]
    if not default and not additional:
        default, additional = _from_uv((variables["UV_CONFIG_FILE"],) if "UV_CONFIG_FILE" in variables else _UV_FILES)
    channels = os.environ.get("CONDA_CHANNEL_ALIAS", "")
    addresses = [address for address in map(_unnamed, (default, *additional, channels)) if _origin(address)]
    tellable = [address for address in addresses if "@" not in urlsplit(address).netloc]
    main_index = next((address for address in tellable if address == _unnamed(default)), "")
    extra = " ".join(address for address in map(_unnamed, additional) if address in tellable)
    trusted = variables.get("UV_INSECURE_HOST", "") if main_index or extra else ""
    alias = channels if channels in tellable else ""
    arguments = {
        "PIP_INDEX_URL": main_index,
        "PIP_EXTRA_INDEX_URL": extra,
        "PIP_TRUSTED_HOST": trusted,
        "UV_DEFAULT_INDEX": main_index,
        "UV_INDEX": extra,
        "UV_INSECURE_HOST": trusted,
        "UV_INDEX_STRATEGY": variables.get("UV_INDEX_STRATEGY", "") if extra else "",
        "CONDA_CHANNEL_ALIAS": alias,
        "MAMBA_CHANNEL_ALIAS": alias,
    }
    return MachineIndexes(
        frozenset(origin for origin in map(_origin, addresses) if origin is not None),
        {name: value for name, value in arguments.items() if value},
    )


def _unnamed(address: str) -> str:
    """The URL of an index without the name that uv allows before it."""
    return address.rpartition("=")[2] if "=http" in address else address


def _origin(address: str) -> Origin | None:
    with contextlib.suppress(ValueError):
        parts = urlsplit(address)
        # the proxy accepts no IPv6 address
        if parts.scheme in STANDARD_PORTS and parts.hostname and ":" not in parts.hostname:
            return Origin(parts.scheme, parts.hostname.lower(), parts.port or STANDARD_PORTS[parts.scheme])
    return None


def _is_here(address: str) -> bool:
    """True where a URL leads to this machine itself."""
    origin = _origin(address)
    return origin is not None and origin.host in _HERE


def _from_uv(files: Iterable[str]) -> tuple[str, list[str]]:
    """The default index and the additional ones, from the first of uv's configuration *files* that names any."""
    for path in files:
        settings: dict[str, Any] = {}
        with contextlib.suppress(OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
            settings = tomllib.loads(Path(path).expanduser().read_text(encoding="utf-8"))
        pip = settings.get("pip")
        settings |= pip if isinstance(pip, dict) else {}
        tables = [one for one in _listed(settings.get("index")) if isinstance(one, dict)]
        defaults = [one.get("url") for one in tables if one.get("default") is True] + [settings.get("index-url")]
        additional = [one.get("url") for one in tables if one.get("default") is not True]
        additional += _listed(settings.get("extra-index-url"))
        default_urls, additional_urls = (
            [one for one in urls if isinstance(one, str)] for urls in (defaults, additional)
        )
        if default_urls or additional_urls:
            return "".join(default_urls[:1]), additional_urls
    return "", []


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
