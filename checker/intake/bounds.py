"""What one submission may cost while it is taken in. No honest one comes near."""

from __future__ import annotations

MOST_COMMITS = 100_000
MOST_OBJECTS = 500_000
MOST_REFERENCES = 20_000
MOST_IGNORED = 20_000
"""Files on the disk that git ignores; of more, the first are known."""

MOST_BYTES = 2_000_000_000
"""All objects together, each counted once."""

MOST_TOLD = 100_000_000
"""Bytes of everything that is told beside objects: names, references, sentences."""

CPU_SECONDS = 60
WALL_SECONDS = 180.0
MEMORY = 1_600_000_000
"""Bytes of address space: some 250 MB for Python and libgit2, twice the largest blob, and room for a delta."""

LARGEST_FILE_WRITTEN = 2_200_000_000
OPEN_FILES = 256
