"""A name server that resolves every host to this machine."""

from __future__ import annotations

import asyncio
from typing import cast

import dnslib


class NameServer(asyncio.DatagramProtocol):
    """Answers A queries with 127.0.0.1 and all other queries with no record. Packets that are no query are ignored."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        if (reply := reply_to(data)) is not None:
            self._transport.sendto(reply, address)


def reply_to(data: bytes) -> bytes | None:
    """The answer to the DNS query *data*; None where *data* is no query."""
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
