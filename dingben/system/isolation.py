"""Start a program without network, bound to the life of its parent: ``python -I isolation.py [--require] -- COMMAND``.

On Linux the program gets a network namespace of its own with nothing but a loopback interface
(https://man7.org/linux/man-pages/man7/network_namespaces.7.html), and the kernel ends it when its parent ends
(PR_SET_PDEATHSIG). Where namespaces are not allowed, it runs without one; `has_network_namespaces` says so. The file
is run as a script and imports the standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import signal
import socket
import struct
import subprocess
import sys

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
"""Flags of unshare(2)."""

PR_SET_PDEATHSIG = 1
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
"""Requests and a flag of netdevice(7)."""

REFUSED = 125
"""Exit code where a network namespace is required and not allowed."""


def isolated(command: list[str]) -> list[str]:
    """Return the command line that runs ``command`` isolated."""
    return [sys.executable, "-I", "-S", __file__, "--", *command]


@functools.cache
def has_network_namespaces() -> bool:
    """Whether programs can be run without network here."""
    probe = [sys.executable, "-I", "-S", __file__, "--require", "--", sys.executable, "-I", "-S", "-c", ""]
    try:
        return subprocess.run(probe, capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def main(arguments: list[str]) -> None:
    """Isolate this process, then become the program."""
    require = arguments[0] == "--require"
    command = arguments[arguments.index("--") + 1 :]
    if sys.platform == "linux":
        parent = os.getppid()
        libc = ctypes.CDLL(None, use_errno=True)
        entered = enter_network_namespace(libc)
        if require and not entered:
            sys.exit(REFUSED)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before that was set
            sys.exit(1)
    elif require:
        sys.exit(REFUSED)
    try:
        os.execvp(command[0], command)  # noqa: S606 (a program by name, never a shell)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
        sys.exit(127)


def enter_network_namespace(libc: ctypes.CDLL) -> bool:
    """Leave the network behind; whether that is allowed. Other users than root need a user namespace for it."""
    user, group = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWNET) != 0:
        if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
            return False
        with contextlib.suppress(OSError):
            maps = {"setgroups": "deny", "uid_map": f"{user} {user} 1", "gid_map": f"{group} {group} 1"}
            for name, text in maps.items():
                with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 (pathlib takes time to import)
                    file.write(text)
    raise_loopback()
    return True


def raise_loopback() -> None:
    """Let the new namespace's loopback interface up: programs of several processes talk over it."""
    import fcntl

    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(control, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | IFF_UP))


if __name__ == "__main__":
    main(sys.argv[1:])
