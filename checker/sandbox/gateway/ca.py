"""A certificate authority of our own, with a certificate for any host that a client asks for."""

from __future__ import annotations

import ssl
from functools import lru_cache

import trustme

_MOST_HOSTS = 512


class Authority:
    """A certificate authority, made once in the gateway's process; its key never leaves that process."""

    def __init__(self) -> None:
        self._authority = trustme.CA(organization_name="Network of the exercise")
        self._leaf = lru_cache(maxsize=_MOST_HOSTS)(self._make)

    @property
    def pem(self) -> bytes:
        """The certificate that clients have to trust."""
        return self._authority.cert_pem.bytes()

    def context(self) -> ssl.SSLContext:
        """The TLS context of a server for any host: the certificate follows the client's server name (SNI)."""
        context = self._make("localhost", "127.0.0.1", "::1")

        def follow(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            if name:
                try:
                    connection.context = self._leaf(name.lower())
                except (ValueError, ssl.SSLError):
                    return  # not a host name: the client gets the certificate of no name, and complains

        context.sni_callback = follow
        return context

    def _make(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        self._authority.issue_cert(*names).configure_cert(context)
        return context
