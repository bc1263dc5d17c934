"""The name server."""

from __future__ import annotations

import socket

import dnslib
from hypothesis import given
from hypothesis import strategies as st

from checker.sandbox.gateway.dns import reply_to


def asked(name: str, kind: str) -> dnslib.DNSRecord:
    return dnslib.DNSRecord.parse(reply_to(dnslib.DNSRecord.question(name, kind).pack()))


def test_every_host_is_this_machine():
    reply = asked("minio.lab.sspcloud.fr", "A")
    assert [str(one.rdata) for one in reply.rr] == ["127.0.0.1"]
    assert str(reply.rr[0].rname) == "minio.lab.sspcloud.fr."


def test_other_questions_are_answered_by_nothing_and_no_error():
    for kind in ("AAAA", "MX", "TXT", "HTTPS"):
        reply = asked("example.org", kind)
        assert (reply.rr, reply.header.rcode) == ([], dnslib.RCODE.NOERROR)


def test_an_answer_is_not_answered():
    """Two name servers would keep talking for ever."""
    question = dnslib.DNSRecord.question("example.org")
    assert reply_to(question.reply().pack()) is None


@given(st.binary(max_size=600))
def test_what_is_no_question_is_ignored(data):
    reply = reply_to(data)
    assert reply is None or len(reply) >= 12


@given(st.binary(max_size=40), st.integers(0, 28))
def test_a_damaged_question_does_not_break_it(damage, place):
    question = bytearray(dnslib.DNSRecord.question("www.example.org").pack())
    question[place : place + len(damage)] = damage
    reply_to(bytes(question))


def test_it_answers_over_its_socket(network):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.sendto(b"nonsense", ("127.0.0.1", network.dns))
        client.sendto(dnslib.DNSRecord.question("example.org").pack(), ("127.0.0.1", network.dns))
        assert str(dnslib.DNSRecord.parse(client.recv(512)).a.rdata) == "127.0.0.1"
