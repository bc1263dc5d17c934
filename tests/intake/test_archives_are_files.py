"""What is no file is no archive, and nobody waits for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from checker.archive import looks_like_archive
from checker.errors import UsageError
from checker.open_submission import open_submission


@pytest.mark.timeout(20)
@pytest.mark.parametrize("own", [True, False])
def test_a_pipe_is_a_sentence(tmp_path: Path, own: bool) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert not looks_like_archive(pipe)
    with pytest.raises(UsageError):
        open_submission(pipe, own=own)
