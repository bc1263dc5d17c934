"""What a build's package installers are told, so that what they fetch by https can be kept for other builds.

Nothing of it is a file or a variable of the image: they are build arguments, the same for every submission. Whoever
sets one of these names by ENV or in the line itself, or gives the option, has it as they want it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

PORT = 3128
"""Of the proxy that everything in a build is told of."""
OPENING_PORT = 3129
"""Of the proxy that only pip is told of."""
CONDA = "conda.anaconda.org"
"""The host of conda's channels, which is asked by http and answers by https."""
_PROXY = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY")
_UV = re.compile(r"uv/(\d{1,4})\.(\d{1,4})\.")
_OLDEST_UV = (0, 5)


def leading() -> Mapping[str, str]:
    """The arguments that lead to the proxy; Docker knows them, and counts them to no layer."""
    address = f"http://127.0.0.1:{PORT}"
    return {name: address for one in _PROXY for name in (one, one.lower())}


def trusting(hosts: Collection[str]) -> Mapping[str, str]:
    """The arguments by which installers let us answer in the name of *hosts*.

    Certificates are checked by the proxy, on the other side.
    """
    trusted = " ".join(sorted(hosts))
    return {
        "CONDA_CHANNEL_ALIAS": f"http://{CONDA}",
        "MAMBA_CHANNEL_ALIAS": f"http://{CONDA}",
        "PIP_PROXY": f"http://127.0.0.1:{OPENING_PORT}",
        "PIP_TRUSTED_HOST": trusted,
        "UV_INSECURE_HOST": trusted,
    }


NAMES = tuple(trusting(()))
"""The arguments that a recipe has to declare, as Docker knows only those of a proxy by itself."""


def takes_our_word(user_agent: str) -> bool:
    """Whether the sender of a CONNECT is an uv that knows the hosts that it may trust; pip has a port of its own.

    uv says its name there since it says it anywhere; curl, wget, conda and Python's own library check certificates.
    """
    found = _UV.match(user_agent)
    return found is not None and (int(found[1]), int(found[2])) >= _OLDEST_UV
