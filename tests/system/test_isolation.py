"""Programs run without network: a listener of ours is never reached, a loopback of their own works."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from dingben.system.isolation import has_network_namespaces, isolated

CONNECT = """
import socket, sys
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)
    print("connected")
except OSError:
    print("refused")
"""
LOOPBACK = """
import socket
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname(), 5)
print("connected")
"""


def output(*arguments: str) -> str:
    command = isolated([sys.executable, "-c", *arguments])
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def test_isolated_program_has_no_network() -> None:
    if not has_network_namespaces():
        pytest.skip("network namespaces are not allowed here (unshare(2))")
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert output(CONNECT, str(server.getsockname()[1])) == "refused"
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_isolated_program_has_its_own_loopback() -> None:
    assert output(LOOPBACK) == "connected"


def test_isolation_passes_arguments_and_exit_code() -> None:
    done = subprocess.run(isolated(["sh", "-c", 'exit "$1"', "x", "7"]), check=False, timeout=60)
    assert done.returncode == 7
