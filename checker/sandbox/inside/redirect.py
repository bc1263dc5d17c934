"""The redirection of plain mode: connections of a Python program to port 80 or 443 of any host go to the gateway.

Other connections are refused with a message. Not contained are libraries that open connections without Python's
``socket`` (pyarrow's file systems, duckdb, uvloop, pycurl), and programs that obey no proxy variable. Their names are
reported when they are loaded or started, since their requests are not in the log.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import re
import socket
import sys
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any

TRUST = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The variables by which programs find the authorities that they trust."""
_GATEWAY = "127.0.0.1"
_PORTS = "_NETWORK_PORTS"
_CHILDREN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "redirected")

_NATIVE = frozenset(
    {
        "_duckdb",
        "adbc_driver_manager",
        "connectorx",
        "deltalake",
        "duckdb",
        "grpc",
        "obstore",
        "polars",
        "pyarrow._flight",
        "pyarrow._gcsfs",
        "pyarrow._s3fs",
        "pyarrow.fs",
        "pycurl",
        "pyspark",
        "uvloop",
    }
)
"""Modules that connect without Python's ``socket``."""
_PROGRAMS = frozenset(
    {
        "aria2c", "aws", "az", "curl", "docker", "duckdb", "dvc", "ftp", "git", "go", "gsutil", "http",
        "java", "julia", "make", "mc", "node", "perl", "php", "R", "rclone", "Rscript", "rsync", "ruby", "s3cmd",
        "s5cmd", "scp", "sftp", "ssh", "wget",
    }
)  # fmt: skip
"""Programs that may use the network, or start one that does."""

_SHELLS = frozenset({"bash", "dash", "sh"})
_COMMAND = re.compile(
    r"(?:^|[;&|(`{]|\b(?:do|exec|sudo|then|time)\s)[^\S\n]*(?:\w+=(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s;&|\"'])*[^\S\n]+)*"
    r"(?:[\w.-]*/)*([\w.-]+)",
    re.MULTILINE,
)
"""The words of a shell line in the position of a program's name."""

_Address = Any  # an address for `socket`: a tuple for the internet, a path for a Unix socket


def variables(http_port: int, https_port: int, authority: str) -> dict[str, str]:
    """The variables of programs that student code starts; *authority* is the path of the certificate in PEM.

    ``PYTHONPATH`` redirects Python; the proxy variables redirect curl, wget and R.
    """
    proxy = f"http://{_GATEWAY}:{http_port}"
    proxies = {name: proxy for one in ("http_proxy", "https_proxy") for name in (one, one.upper())}
    others = {"WGETRC": os.path.splitext(authority)[0] + ".wgetrc", "PYTHONPATH": _CHILDREN}
    return {**proxies, **dict.fromkeys(TRUST, authority), **others, _PORTS: f"{http_port} {https_port}"}


def write_authority(path: str, certificate: bytes) -> None:
    """Write *certificate* to *path*, and beside it a configuration of wget, which has no variable for it."""
    for name, content in (
        (path, certificate),
        (os.path.splitext(path)[0] + ".wgetrc", b"ca_certificate = " + os.fsencode(path) + b"\n"),
    ):
        with open(name, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)


def install_from_environment() -> None:
    """As :func:`install`, in a program that was started with :func:`variables`."""
    if ports := os.environ.get(_PORTS):
        install(*(int(port) for port in ports.split()))


def install(http_port: int, https_port: int, *, tell: Callable[[str], None] = lambda _name: None) -> None:
    """Redirect this process and its forks, for good, to the gateway on these ports of 127.0.0.1.

    *tell* is called once with the name of each library and program whose connections may not be redirected.
    """
    if not getattr(socket.getaddrinfo, "redirected", False):
        redirect = _Redirect({80: http_port, 443: https_port}, tell)
        redirect.patch()
        sys.addaudithook(redirect.audit)


class _Redirect:
    """Patches of ``socket`` that redirect connections, and an audit hook that refuses connections past them."""

    def __init__(self, ports: dict[int, int], tell: Callable[[str], None]) -> None:
        self._ports = ports
        self._tell = tell
        self._told: set[str] = set()
        self._bound: list[weakref.ref[socket.socket]] = []
        self._guards: dict[str, Callable[..., None]] = {
            "socket.connect": self._allow,
            "socket.sendto": self._allow,
            "socket.sendmsg": self._allow,
            "socket.bind": self._remember,
            "socket.getaddrinfo": self._allow_name,
            "socket.gethostbyname": self._allow_name,
            "socket.gethostbyaddr": self._allow_name,
            "import": self._imported,
            "os.system": self._shell,
            "os.forkpty": self._terminal,
            "os.exec": self._started,
            "os.posix_spawn": self._started,
            "subprocess.Popen": self._started,
        }

    def patch(self) -> None:
        connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
        by_name, by_name_ex = socket.gethostbyname, socket.gethostbyname_ex

        def redirected_connect(self_: socket.socket, address: _Address, /) -> None:
            connect(self_, self._target(self_, address))

        def redirected_connect_ex(self_: socket.socket, address: _Address, /) -> int:
            try:
                return connect_ex(self_, self._target(self_, address))
            except ConnectionRefusedError:
                return errno.ECONNREFUSED

        socket.socket.connect = redirected_connect  # type: ignore[assignment]
        socket.socket.connect_ex = redirected_connect_ex  # type: ignore[assignment]
        socket.getaddrinfo = _Resolver(socket.getaddrinfo)
        socket.gethostbyname = lambda host, /: by_name(host) if _is_local(host) else _GATEWAY
        socket.gethostbyname_ex = lambda host, /: by_name_ex(host) if _is_local(host) else (host, [], [_GATEWAY])

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """The audit hook. Raises ConnectionRefusedError and gaierror for connections that were not redirected."""
        guard = self._guards.get(event)
        if guard is not None:
            guard(*arguments)

    def _target(self, sock: socket.socket, address: _Address) -> _Address:
        """The address to which a connection to *address* is redirected."""
        if sock.type != socket.SOCK_STREAM or not isinstance(address, tuple) or len(address) < 2:
            return address
        host, port = address[:2]
        if port not in self._ports or self._is_ours(host, port):
            return address
        if sock.family == socket.AF_INET:
            return _GATEWAY, self._ports[port]
        if sock.family == socket.AF_INET6:
            return f"::ffff:{_GATEWAY}", self._ports[port], 0, 0
        return address

    def _allow(self, sock: Any, address: _Address, *_: object) -> None:
        if sock.family in (getattr(socket, "AF_UNIX", None), getattr(socket, "AF_NETLINK", None)) or address is None:
            return
        if sock.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple) and len(address) >= 2:
            host, port = address[:2]
            if self._is_ours(host, port):
                return
            if sock.type == socket.SOCK_STREAM and port in self._ports.values() and _is_loopback(host):
                return
        place = ":".join(str(part) for part in address[:2]) if isinstance(address, tuple) else repr(address)
        raise ConnectionRefusedError(
            errno.ECONNREFUSED,
            f"{place} is out of reach: only http (port 80) and https (port 443) lead anywhere in this run",
        )

    def _imported(self, name: str, *_: object) -> None:
        if name in _NATIVE:
            self._unseen(name.partition(".")[0].lstrip("_"))

    def _shell(self, line: object, *_: object) -> None:
        self._started("sh", ["sh", "-c", line])

    def _terminal(self, *_: object) -> None:
        """Report the programs of a notebook's ``!`` line here: its own process has no descriptor for reports."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if isinstance(frame.f_locals.get("argv"), list):
                self._started(frame.f_locals["argv"][0], frame.f_locals["argv"])
                return
            frame = frame.f_back

    def _started(self, executable: Any, arguments: Any, *_: object) -> None:
        try:
            words = [
                os.fsdecode(one) for one in ([arguments] if isinstance(arguments, str) else [executable, *arguments])
            ]
        except TypeError:
            return  # the original function raises the error
        name = os.path.basename(words[0])
        if name.startswith("python"):
            # Another Python is redirected, too, but cannot report. A pool of processes is a part of this program.
            if not any(pool in word for word in words for pool in ("multiprocessing", "joblib", "loky")):
                self._unseen(name)
        elif name in _SHELLS and "-c" in words:
            for part in _COMMAND.findall("\n".join(words)):
                if part in _PROGRAMS:
                    self._unseen(part)
        elif name in _SHELLS | _PROGRAMS:
            self._unseen(name)

    def _unseen(self, name: str) -> None:
        if name not in self._told:
            self._told.add(name)
            self._tell(name)

    def _is_ours(self, host: object, port: object) -> bool:
        """Whether a socket of this process, or of its parent before the fork, is bound to that port of this machine."""
        return _is_loopback(host) and any(_port(reference()) == port for reference in self._bound[:])

    def _remember(self, sock: Any, _: _Address) -> None:
        if isinstance(sock, socket.socket):
            self._bound = [*(reference for reference in self._bound if reference() is not None), weakref.ref(sock)]

    def _allow_name(self, host: object, *_: object) -> None:
        if not _is_local(host):
            raise socket.gaierror(socket.EAI_FAIL, f"no name server knows {host!r} in this run")


class _Resolver:
    """A ``socket.getaddrinfo`` that resolves every name to the gateway's machine."""

    redirected = True

    def __init__(self, original: Any) -> None:
        self._original = original

    def __call__(
        self,
        host: Any,
        port: Any,
        family: int = 0,
        type: int = 0,  # noqa: A002 - the name that callers use
        proto: int = 0,
        flags: int = 0,
    ) -> Any:
        if _is_local(host) or flags & socket.AI_NUMERICHOST:
            return self._original(host, port, family, type, proto, flags)
        if isinstance(host, str):
            host.encode("idna")  # raises UnicodeError, as the original does
        if family not in (socket.AF_UNSPEC, socket.AF_INET):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self._original(_GATEWAY, port, socket.AF_INET, type, proto, flags & socket.AI_CANONNAME)


def _is_local(host: object) -> bool:
    """Whether *host* needs no name server: it is empty, an address, or a name of this machine."""
    if isinstance(host, (bytes, bytearray)):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str):
        return True  # None, or a value for which the original function raises the error
    if host in ("", "localhost", "localhost.localdomain", "<broadcast>") or host == socket.gethostname():
        return True
    return _address(host) is not None


def _is_loopback(host: object) -> bool:
    if host == "localhost":
        return True
    address = _address(host)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address is not None and address.is_loopback


def _address(host: object) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0]) if isinstance(host, str) else None
    except ValueError:
        return None


def _port(sock: socket.socket | None) -> object:
    try:
        return sock.getsockname()[1] if sock and sock.family in (socket.AF_INET, socket.AF_INET6) else None
    except OSError:  # closed
        return None
