"""The package index of this machine: as uv is configured, else as pip is. Passed in variables and never shown."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

_OF_UV = re.compile(
    r"UV_(?:(?>\w*?INDEX)\w*|FIND_LINKS|KEYRING_PROVIDER|NATIVE_TLS|SYSTEM_CERTS|\w*TIMEOUT|OFFLINE|CONFIG_FILE|INSECURE_HOST"
    r"|EXCLUDE_NEWER|CONCURRENT_\w+|PYTHON_INSTALL_DIR|HTTP_RETRIES)"
)
_OF_ALL = re.compile(
    r"(?:ALL|HTTPS?|NO)_PROXY|SSL_CERT_(?:DIR|FILE)|XDG_(?:CONFIG_DIRS|CONFIG_HOME|DATA_HOME)|HOME|LANG|NETRC|PATH|TMPDIR"
)
_FROM_PIP = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS"}
_INDEXES = frozenset({"UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"})


def index_variables(variables: Mapping[str, str], files: Iterable[Path] | None = None) -> dict[str, str]:
    """The environment of uv, made from *variables* and pip's configuration *files* (None: the files that pip reads).

    Only settings of the index and of the way to it are taken over. uv's own settings go before pip's.
    """
    own = (name for name in variables if _OF_ALL.fullmatch(name.upper()) or _OF_UV.fullmatch(name))
    kept = {name: variables[name] for name in own}
    if _INDEXES.isdisjoint(kept) and "UV_CONFIG_FILE" not in kept:
        pip = _of_pip(variables, _files(variables) if files is None else files)
        kept |= {name: " ".join(pip[option].split()) for option, name in _FROM_PIP.items() if pip.get(option)}
        if "UV_FIND_LINKS" in kept:
            kept["UV_FIND_LINKS"] = kept["UV_FIND_LINKS"].replace(" ", ",")
        if pip.get("cert"):
            kept.setdefault("SSL_CERT_FILE", pip["cert"])
        if pip.get("trusted-host"):
            kept["UV_INSECURE_HOST"] = " ".join(pip["trusted-host"].split())
        if "UV_INDEX" in kept:  # pip takes the best version of all indexes
            kept.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return kept


def _of_pip(variables: Mapping[str, str], files: Iterable[Path]) -> dict[str, str]:
    options: dict[str, str] = {}
    for path in files:
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read(path, encoding="utf-8")
        except (OSError, configparser.Error, UnicodeDecodeError):
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                options |= {name.replace("_", "-"): value for name, value in parser.items(section)}
    for option in (*_FROM_PIP, "cert", "trusted-host"):
        value = variables.get("PIP_" + option.upper().replace("-", "_"))
        if value:
            options[option] = value
    return options


def _files(variables: Mapping[str, str]) -> list[Path]:
    """The configuration files that pip reads, in rising order of precedence."""
    named = variables.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return []
    home = Path(variables.get("HOME", "/nonexistent"))
    configured = Path(variables.get("XDG_CONFIG_HOME") or home / ".config")
    paths = [Path("/etc/pip.conf"), home / ".pip" / "pip.conf", configured / "pip" / "pip.conf"]
    return [*paths, Path(named)] if named else paths
