"""A helper is told what it waits for, gives back what it makes, and is never left behind."""

from __future__ import annotations

import os
import sys

import pytest

from dingben.system.processes import WORTH, Helper, HelperLostError, processes_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")


def helper_that_answers() -> Helper:
    """One that gives back what it hears."""
    helper = Helper()
    if helper.is_me:
        helper.give(repr(helper.hear()).encode())
    return helper


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_helper_gives_what_it_makes_of_what_it_is_told() -> None:
    helper, process = helper_that_answers(), 0
    process = helper.process
    assert not helper.is_told
    assert helper.tell({"path": [1, 2]})
    assert helper.is_told
    assert helper.take() == b"{'path': [1, 2]}"
    assert not is_there(process)


def test_a_helper_that_is_told_nothing_ends() -> None:
    helper = helper_that_answers()
    process = helper.process
    helper.end()
    assert not is_there(process)
    helper.end()


def test_of_a_helper_that_is_gone_nothing_comes() -> None:
    helper = Helper()
    if helper.is_me:
        os._exit(3)
    os.waitid(os.P_PID, helper.process, os.WEXITED | os.WNOWAIT)
    assert not helper.tell("anything")
    assert not helper.is_told
    with pytest.raises(HelperLostError):
        helper.take()


@pytest.mark.parametrize(
    ("length", "total", "jobs", "processes"),
    [
        (WORTH, WORTH, 2, 2),
        (WORTH, WORTH, 1, 1),
        (WORTH - 1, WORTH, 2, 1),
        (WORTH, 2 * WORTH, 2, 1),  # there is enough to do for all without
        (2 * WORTH, 3 * WORTH, 2, 2),
        (5 * WORTH, 5 * WORTH, 4, 4),
        (2 * WORTH, 2 * WORTH, 8, 3),
        (4 * WORTH, 8 * WORTH, 8, 4),
        (4 * WORTH, 28 * WORTH, 8, 1),
    ],
)
def test_a_long_part_has_its_share_of_all_processes(length: int, total: int, jobs: int, processes: int) -> None:
    assert processes_for(length, total, jobs) == processes
