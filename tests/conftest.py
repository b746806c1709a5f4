"""Fixtures that several test files share."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings

from dingben.system import processes
from dingben.verification import checkers, schemas
from tests.support.books import full_book

# Speed is measured in benchmarks/. The same code gets the same examples, so that no change fails by chance; to look for
# new faults: pytest --hypothesis-profile=explore
settings.register_profile("dingben", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, derandomize=False)
settings.load_profile("dingben")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--update-golden``: golden files are rewritten on request, never by accident."""
    parser.addoption("--update-golden", action="store_true", help="write the current output into the golden files")


def pytest_configure(config: pytest.Config) -> None:  # noqa: ARG001
    """Handle SIGINT, also in child processes: a shell makes background jobs ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def forking() -> Iterator[None]:
    """Allow forks beside the threads of pytest-xdist, which read a pipe: no child needs the locks they hold."""
    if sys.platform != "linux":
        yield
        return
    others, of_xdist = processes.other_threads, processes.other_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processes, "other_threads", lambda: others() - of_xdist)
        yield


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


def without(message: str) -> NoReturn:
    """Skip a test whose tool is missing; fail in CI."""
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture
def need() -> Callable[[str, str], str]:
    """Return a function that finds a tool, or skips with the install line; in CI it fails."""

    ours = [sys.prefix + "/bin", sys.prefix + "/node/node_modules/.bin"]
    search = os.pathsep.join([os.environ.get("PATH", ""), *ours])

    def tool(command: str, install: str) -> str:
        path = shutil.which(command, path=search)
        if path is None:
            without(f"{command} is missing: {install}")
        return path

    return tool


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Chromium; skips with the install line if it is missing, fails in CI."""
    path = checkers.chromium()
    if path is None:
        without(f"Chromium is missing: {checkers.CHROMIUM}")
    return path


@pytest.fixture
def need_schemas() -> Callable[[], None]:
    """Like `need`, for the schemas of TEI and PREMIS."""

    def ask() -> None:
        missing = [line for name, line in schemas.INSTALL.items() if not schemas.is_installed(name)]
        if missing:
            without(f"schemas are missing: {missing}")

    return ask


@pytest.fixture(scope="session")
def built_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The full book, built once for all tests of its outputs."""
    from dingben.builder.graph import build

    folder = full_book(tmp_path_factory.mktemp("full"))
    build(folder)
    return folder
