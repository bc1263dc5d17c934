"""From where packages come: as this machine's uv is told, else as its pip is. Told by variables, and shown nowhere."""

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
_OF_ALL = frozenset(
    {
        "ALL_PROXY",
        "HOME",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "LANG",
        "NETRC",
        "NO_PROXY",
        "PATH",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "TMPDIR",
        "XDG_CONFIG_DIRS",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
    }
)
_FROM_PIP = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS"}
_INDEXES = frozenset({"UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"})


def index_variables(variables: Mapping[str, str], files: Iterable[Path] | None = None) -> dict[str, str]:
    """The environment for uv, made from *variables* and pip's configuration *files* (None: where pip looks).

    Only what says how packages are reached is taken over. What uv itself was told goes before what pip was.
    """
    kept = {name: value for name, value in variables.items() if name.upper() in _OF_ALL or _OF_UV.fullmatch(name)}
    if _INDEXES.isdisjoint(kept) and "UV_CONFIG_FILE" not in kept:
        said = _of_pip(variables, _files(variables) if files is None else files)
        kept |= {name: " ".join(said[option].split()) for option, name in _FROM_PIP.items() if said.get(option)}
        if "UV_FIND_LINKS" in kept:
            kept["UV_FIND_LINKS"] = kept["UV_FIND_LINKS"].replace(" ", ",")
        if said.get("cert"):
            kept.setdefault("SSL_CERT_FILE", said["cert"])
        if said.get("trusted-host"):
            kept["UV_INSECURE_HOST"] = " ".join(said["trusted-host"].split())
        if "UV_INDEX" in kept:  # pip takes the best version of all indexes
            kept.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return kept


def _of_pip(variables: Mapping[str, str], files: Iterable[Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in files:
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read(path, encoding="utf-8")
        except (OSError, configparser.Error, UnicodeDecodeError):
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                found |= {name.replace("_", "-"): value for name, value in parser.items(section)}
    for option in (*_FROM_PIP, "cert", "trusted-host"):
        value = variables.get("PIP_" + option.upper().replace("-", "_"))
        if value:
            found[option] = value
    return found


def _files(variables: Mapping[str, str]) -> list[Path]:
    """The files that pip reads, the one that counts most last."""
    named = variables.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return []
    home = Path(variables.get("HOME", "/nonexistent"))
    configured = Path(variables.get("XDG_CONFIG_HOME") or home / ".config")
    found = [Path("/etc/pip.conf"), home / ".pip" / "pip.conf", configured / "pip" / "pip.conf"]
    return [*found, Path(named)] if named else found
