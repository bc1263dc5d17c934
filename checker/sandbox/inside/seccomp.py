"""A filter of the system calls for which student code has no honest use (seccomp, without a library).

A filter belongs to a process and what it starts, so the run installs its own, at its last moment of trust.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NEW_NAMESPACES = 0x7E020080
_X32 = 0x40000000

# call: its numbers on x86-64 and on ARM64, None where the processor has no such call
_REFUSED_CALLS: dict[str, tuple[int, int | None]] = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "lookup_dcookie": (212, 18),
    "modify_ldt": (154, None),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "move_pages": (279, 239),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "uselib": (134, None),
    "userfaultfd": (323, 282),
}
# machine: (audit number of the architecture, number of clone, refused calls)
_MACHINES = {
    "x86_64": (0xC000003E, 56, {name: both[0] for name, both in _REFUSED_CALLS.items()}),
    "aarch64": (0xC00000B7, 220, {name: both[1] for name, both in _REFUSED_CALLS.items() if both[1] is not None}),
}
_CLONE3 = 435
_SOCKETS = {"x86_64": (41, 53), "aarch64": (198, 199)}
"""The numbers of socket and socketpair."""
_FAMILIES = (1, 2, 10, 16)
"""The permitted families of sockets: local, both internet families, and netlink.

Others reach beyond a network namespace (vsock speaks to the host) or are parts of the kernel without use here.
"""


def known_machine() -> bool:
    """Whether there is a filter for this processor."""
    return os.uname().machine in _MACHINES


def install() -> None:
    """Install the filter for this process and its descendants, for good. Does nothing on an unknown processor."""
    if not known_machine():
        return
    code = program(os.uname().machine)
    buffer = ctypes.create_string_buffer(code, len(code))
    described = struct.pack("HL", len(code) // 8, ctypes.addressof(buffer))
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(22, 2, ctypes.c_char_p(described), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the system-call filter was refused")


def program(machine: str) -> bytes:
    """The filter for *machine*, as instructions of the classic packet filter (BPF)."""
    architecture, clone, refused = _MACHINES[machine]
    steps = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    if machine == "x86_64":
        steps += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _REFUSE | errno.EPERM)]
    # Without clone3, the C library falls back to clone, whose flags the filter can read.
    steps += [(_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _REFUSE | errno.ENOSYS)]
    steps += [
        (_EQUAL, 0, 4, clone),
        (_LOAD, 0, 0, 16),
        (_ANY_BIT, 0, 1, _NEW_NAMESPACES),
        (_RETURN, 0, 0, _REFUSE | errno.EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    for call in _SOCKETS[machine]:
        steps += [(_EQUAL, 0, len(_FAMILIES) + 3, call), (_LOAD, 0, 0, 16)]
        steps += [(_EQUAL, len(_FAMILIES) - position, 0, family) for position, family in enumerate(_FAMILIES)]
        steps += [(_RETURN, 0, 0, _REFUSE | errno.EAFNOSUPPORT), (_RETURN, 0, 0, _ALLOW)]
    numbers = sorted(refused.values())
    steps += [(_EQUAL, len(numbers) - position, 0, number) for position, number in enumerate(numbers)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE | errno.EPERM)]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
