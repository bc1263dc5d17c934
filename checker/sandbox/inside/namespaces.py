"""Entering the namespaces that bubblewrap made, and giving up all privileges there."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import socket
import sys
from collections.abc import Sequence
from typing import Any, Optional

from . import seccomp

_USER, _NETWORK, _IPC, _HOST = 0x10000000, 0x40000000, 0x08000000, 0x04000000
_MOUNT, _PROCESS, _GROUP = 0x00020000, 0x20000000, 0x02000000
_EVERYTHING = _USER | _MOUNT | _PROCESS | _NETWORK | _IPC | _HOST | _GROUP
_DUMPABLE, _BOUNDING_DROP, _NO_NEW_PRIVILEGES, _AMBIENT, _AMBIENT_CLEAR = 4, 24, 38, 47, 4
_OWNER_OF = 0xB701
_CAPABILITIES_VERSION = 0x20080522


def join(where: int, kinds: int = _EVERYTHING) -> None:
    """Enter the namespace, or the namespaces of the process, behind the descriptor *where*.

    The process namespace holds only for children that are forked later.
    """
    library = ctypes.CDLL(None, use_errno=True)
    if library.setns(where, kinds) != 0:
        number = ctypes.get_errno()
        raise OSError(number, "cannot join: " + os.strerror(number))


def become_student(identity: int, owned: Sequence[str]) -> None:
    """Give *owned* folders to the user *identity* and become that user, with no way back."""
    library = ctypes.CDLL(None, use_errno=True)
    for folder in owned:
        os.chown(folder, identity, identity)
    for descriptor in (1, 2) if owned else ():
        os.fchown(descriptor, identity, identity)  # so that /dev/stdout can be opened
    # The bounding set goes first: after the change of user there is no right to empty it.
    _empty_bounding_set(library)
    with contextlib.suppress(PermissionError):  # the namespace of a plain user has no privileges
        os.setgroups([])
    os.setresgid(identity, identity, identity)
    os.setresuid(identity, identity, identity)
    # The change of user made /proc/self unreadable.
    library.prctl(_DUMPABLE, 1, 0, 0, 0)
    _drop_capabilities(library)
    renounce()


def _empty_bounding_set(library: ctypes.CDLL) -> None:
    capability = 0
    while library.prctl(_BOUNDING_DROP, capability, 0, 0, 0) == 0:
        capability += 1
    library.prctl(_AMBIENT, _AMBIENT_CLEAR, 0, 0, 0)


def _drop_capabilities(library: ctypes.CDLL) -> None:
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()
    if library.capset(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "cannot drop privileges")


def retire(empty: str, place: int) -> None:
    """Give up the machine except the folder behind the descriptor *place*, the new working folder.

    For a process that only uses the sockets in *place*: the folder *empty* becomes its file system, it has no network,
    and root becomes the owner of *place*, an unused user id of this machine. Paths up from *place* lead to files that
    its sandbox can see.
    """
    library = ctypes.CDLL(None, use_errno=True)
    owner = os.fstat(place).st_uid
    root = os.geteuid() == 0
    if library.unshare((0 if root else _USER) | _NETWORK | _IPC | _HOST) != 0:
        raise OSError(ctypes.get_errno(), "cannot leave the network")
    os.chroot(empty)
    os.fchdir(place)
    os.close(place)
    _empty_bounding_set(library)
    if root:
        os.setgroups([])
        os.setresgid(owner, owner, owner)
        os.setresuid(owner, owner, owner)
    _drop_capabilities(library)
    renounce()


def visit(network: int, empty: str, identity: Optional[int]) -> None:
    """Enter the network behind the descriptor *network*, and give up the rest of the machine.

    For a process that only speaks to what listens there: the folder *empty* becomes its file system, it has no right
    but to use sockets, and root becomes the user *identity* of the namespaces that own the network.
    """
    library = ctypes.CDLL(None, use_errno=True)
    root = os.geteuid() == 0
    if root:
        os.setgroups([])
    owner = fcntl.ioctl(network, _OWNER_OF)
    join(owner, _USER)
    join(network, _NETWORK)
    os.close(owner)
    os.close(network)
    if library.unshare(_IPC | _HOST) != 0:
        raise OSError(ctypes.get_errno(), "cannot leave the machine")
    os.chroot(empty)
    os.chdir("/")
    _empty_bounding_set(library)
    if root and identity is not None:
        os.setresgid(identity, identity, identity)
        os.setresuid(identity, identity, identity)
    _drop_capabilities(library)
    renounce()


def renounce() -> None:
    """Give up gaining privileges, and all filtered system calls, for good (Linux)."""
    if sys.platform != "linux":
        return
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot renounce new privileges")
    seccomp.install()


def bind(control: socket.socket, network: int) -> None:
    """Bind the ports of the gateway in the namespace *network*, and pass the sockets over *control*."""
    # Low ports are for the owner of the network. bubblewrap gives a plain user's run a second user namespace below the
    # owning one, so that joining the run would not be enough.
    owner = fcntl.ioctl(network, _OWNER_OF)
    join(owner, _USER)
    join(network, _NETWORK)
    dns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    http, https = (socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(2))
    dns.bind(("127.0.0.1", 53))
    for listener, port in ((http, 80), (https, 443)):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
    socket.send_fds(control, [b"b"], [listener.fileno() for listener in (http, https, dns)])


def enter_groups(descriptors: dict[str, Any]) -> None:
    """Move this process into the control groups whose open lists of members are among *descriptors*."""
    for name, descriptor in descriptors.items():
        if name.startswith("group"):
            os.write(descriptor, b"0")
