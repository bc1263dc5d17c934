"""A name server that knows every host, and says that it is this machine."""

from __future__ import annotations

import asyncio
from typing import cast

import dnslib


class NameServer(asyncio.DatagramProtocol):
    """A → 127.0.0.1; every other question about a name is answered by nothing. What is no question is ignored."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        if (reply := reply_to(data)) is not None:
            self._transport.sendto(reply, address)


def reply_to(data: bytes) -> bytes | None:
    """The answer to a DNS query, or None where it is not one."""
    try:
        asked = dnslib.DNSRecord.parse(data)
        if asked.header.qr or len(asked.questions) != 1:
            return None
        reply = asked.reply(aa=True, ra=True)
        if asked.q.qtype == dnslib.QTYPE.A:
            reply.add_answer(dnslib.RR(asked.q.qname, dnslib.QTYPE.A, rdata=dnslib.A("127.0.0.1"), ttl=60))
        return bytes(reply.pack())
    except (dnslib.DNSError, ValueError, LookupError):
        return None
