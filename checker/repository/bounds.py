"""The size limits of reading a repository."""

from __future__ import annotations

MOST_FILES = 200_000
HUGE = 100_000_000
"""Files above this size, in bytes, are listed and never read."""
LEAST_LEFT_OUT = 5_000_001
"""Bytes. A clone may lack historic files from this size on: no check reads them."""
MOST_UNPACKED = 1_000_000_000
"""Bytes of all files of one state together, a file counted once per name: each run unpacks so much."""
