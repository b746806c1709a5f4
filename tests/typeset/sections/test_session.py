"""A layout session keeps its workers from build to build only where it is persistent."""

from __future__ import annotations

from pathlib import Path

import pytest

from dingben.typeset.sections.session import LayoutSession


@pytest.mark.parametrize("persistent", [True, False])
def test_workers_of_a_persistent_session_are_kept(tmp_path: Path, persistent: bool) -> None:
    session = LayoutSession(persistent=persistent)
    workers = session.start_workers(tmp_path, jobs=1)
    assert session.start_workers(tmp_path, jobs=1) is workers
    session.finish()
    assert (session.workers is workers) == persistent
    session.close()
    assert session.workers is None
