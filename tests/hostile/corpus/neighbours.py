"""Attempts to speak to somebody: the grader, the machine, the network, the next submission."""

from __future__ import annotations

from tests.hostile.corpus.model import MARK, first, hostile, passes

_TRY = "import contextlib, ctypes, os, socket, struct, subprocess, sys\ntry_ = contextlib.suppress(Exception)\n"
_GOES_ON = (passes("main-runs"), passes("main-reports"))

CORPUS = (
    hostile(
        "speaks to every address of the machine",
        first(
            _TRY
            + "for place in (('127.0.0.1', @TCP@), ('@OWN@', @OWN_TCP@), ('::ffff:127.0.0.1', @TCP@), ('localhost', @TCP@)):\n"
            "    with try_:\n"
            "        socket.create_connection(place, 0.3).send(b'points=20')\n"
            "for place in (('127.0.0.1', @UDP@), ('@OWN@', @OWN_UDP@), ('255.255.255.255', @UDP@)):\n"
            "    with try_:\n"
            "        speaker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
            "        speaker.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)\n"
            "        speaker.sendto(b'points=20', place)\n"
            "for place in ('@SOCKET@', '\\0@ABSTRACT@'):\n"
            "    with try_:\n"
            "        socket.socket(socket.AF_UNIX).connect(place)\n"
        ),
        traps=(33, 24),
        expected=_GOES_ON,
        seconds=20,
    ),
    hostile(
        "other families of sockets",
        first(
            _TRY + "for family, kind, protocol, place in (\n"
            "    (40, 1, 0, (2, 22)), (40, 1, 0, (1, @TCP@)), (16, 3, 0, (0, 0)), (17, 3, 768, ('eth0', 0)),\n"
            "    (2, 3, 255, ('@OWN@', 0)), (38, 5, 0, ('hash', 'sha256')), (44, 3, 0, None), (31, 3, 1, None),\n"
            "):\n"
            "    with try_:\n"
            "        one = socket.socket(family, kind, protocol)\n"
            "        one.settimeout(0.3)\n"
            "        one.connect(place) if family != 38 else one.bind(place)\n"
            "        one.send(b'points=20')\n"
        ),
        expected=_GOES_ON,
        seconds=20,
    ),
    hostile(
        "leaves something for the next one everywhere",
        first(
            _TRY
            + f"places = ['/tmp', '/var/tmp', '/dev/shm', '/run', '/run/user/1000', '/', '/home/student', '/opt/packages',\n"
            "          '/proc', '/sys/fs/cgroup', '/sys/fs/cgroup/memory', '@HOME@', '@HOME@/.cache/titanic-checker', '/usr/lib',\n"
            "          sys.prefix, os.path.dirname(os.__file__), '/etc', '/mnt', '/proc/1/root/tmp', '/proc/2/root/tmp']\n"
            "for folder in places:\n"
            "    with try_:\n"
            f"        open(os.path.join(folder, '{MARK}'), 'w').write('hello')\n"
            "    with try_:\n"
            "        os.makedirs(os.path.join(folder, 'evil'))\n"
            "with try_:\n"
            "    from multiprocessing import shared_memory\n"
            "    import multiprocessing.resource_tracker as tracker\n"
            "    tracker.register = lambda *a: None\n"
            f"    shared_memory.SharedMemory('{MARK}', create=True, size=10).close()\n"
            "with try_:\n"
            "    library = ctypes.CDLL(None)\n"
            "    library.shmget(1912, 4096, 0o1666), library.msgget(1912, 0o1666), library.semget(1912, 1, 0o1666)\n"
            "    library.mq_open(b'/evil', 66, 0o666, None)\n"
            "for name in ('__pycache__/x.pyc',):\n"
            "    with try_:\n"
            "        open(os.path.join(os.path.dirname(os.__file__), name), 'wb').write(b'evil')\n"
        ),
        traps=(33, 24, 34),
        expected=_GOES_ON,
        seconds=20,
    ),
    hostile(
        "knobs of the kernel",
        first(
            _TRY + "for path, words in (\n"
            f"    ('/proc/sys/kernel/core_pattern', '|/bin/touch /tmp/{MARK}'), ('/proc/sysrq-trigger', 'b'),\n"
            "    ('/proc/sys/vm/overcommit_memory', '1'), ('/proc/sys/vm/nr_hugepages', '100000'),\n"
            "    ('/proc/self/oom_score_adj', '-1000'), ('/proc/self/uid_map', '0 0 1'), ('/proc/1/oom_score_adj', '1000'),\n"
            "    ('/sys/kernel/uevent_helper', '/tmp/x'), ('/proc/sys/fs/binfmt_misc/register', ':x:M::x::/tmp/x:'),\n"
            "    ('/proc/self/attr/exec', 'unconfined'), ('/dev/kmsg', 'hello'), ('/dev/mem', 'x'), ('/dev/sda', 'x'),\n"
            "    ('/proc/2/mem', 'x'), ('/proc/1/mem', 'x'), ('/proc/self/clear_refs', '1'), ('/dev/tty', 'x'),\n"
            "):\n"
            "    with try_:\n"
            "        with open(path, 'w') as file:\n"
            "            file.write(words)\n"
            "for command in ('unshare -Ur id', 'nsenter -t 1 -a id', 'mount -t tmpfs x /tmp', 'chroot / id', 'su -c id',\n"
            "                'dmesg', 'mknod /tmp/disk b 8 0', 'bwrap --ro-bind / / id'):\n"
            "    with try_:\n"
            "        done = subprocess.run(command.split(), capture_output=True, timeout=1, text=True)\n"
            "        if 'uid=0' in done.stdout or (command.startswith(('mount', 'mknod')) and not done.returncode):\n"
            "            raise SystemExit(f'{command} worked')\n"
        ),
        expected=_GOES_ON,
        seconds=30,
    ),
    hostile(
        "a program that lies in memory alone",
        first(
            _TRY + "with try_:\n"
            "    held = os.memfd_create('evil')\n"
            f"    os.write(held, b'#!/bin/sh\\ntouch /tmp/{MARK} @HOME@/{MARK}\\nsleep 1000 &\\nexit 0\\n')\n"
            "    subprocess.run([f'/proc/self/fd/{held}'], pass_fds=[held], timeout=2, stdout=subprocess.DEVNULL)\n"
            "subprocess.Popen([sys.executable, '-c', 'while True: pass'], start_new_session=True)\n"
        ),
        expected=_GOES_ON,
        seconds=30,
    ),
    hostile(
        "storms of what the kernel keeps for a user",
        first(
            _TRY + "library = ctypes.CDLL(None)\n"
            "held = []\n"
            "with try_:\n"
            "    held += [library.inotify_init1(0) for _ in range(10_000)]\n"
            "with try_:\n"
            "    held += [os.pipe() for _ in range(10_000)]\n"
            "for one in range(3, 5000):\n"
            "    with try_:\n"
            "        os.close(one)\n"
            "with try_:\n"
            "    held += [os.eventfd(0) for _ in range(10_000)]\n"
            "for one in range(3, 5000):\n"
            "    with try_:\n"
            "        os.close(one)\n"
            "with try_:\n"
            "    held = [library.timer_create(1, None, ctypes.byref(ctypes.c_void_p())) for _ in range(100_000)]\n"
            "with try_:\n"
            "    import threading\n"
            "    for _ in range(10_000):\n"
            "        threading.Thread(target=threading.Event().wait, args=(1,), daemon=True).start()\n"
        ),
        expected=(passes("main-runs"),),
        seconds=30,
    ),
)
