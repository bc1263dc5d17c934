"""Where the data are read is told from a source that does not run, whatever library reads them."""

from __future__ import annotations

import pytest

from checker.model import Basis, Status
from tests.conftest import result_of
from tests.mutants.model import Replace, Write, apply
from tests.mutants.test_mutants import reproduced, sentences

pytestmark = pytest.mark.slow

_DUCKDB = """\"\"\"Data.\"\"\"

import duckdb


def import_data(bucket, folder, train_name, test_name, endpoint):
    \"\"\"Return the training and test tables.\"\"\"
    place = f"https://{endpoint}/{bucket}/{folder}"
    train = duckdb.sql(f"SELECT * FROM read_csv('{place}/{train_name}')").df()
    return train, duckdb.sql(f"SELECT * FROM read_csv('{place}/{test_name}')").df()
"""
_LINK = "https://minio.lab.sspcloud.fr/projet/diffusion/data.parquet"
_CONFLICT = (Replace("main.py", "import os\n", "<<<<<<< HEAD\nimport os\n=======\n>>>>>>> other\n"),)


def _polars(link: str) -> str:
    return f'''"""Data."""

import polars as pl


def import_data(link={link!r}):
    """Return both tables."""
    table = pl.scan_parquet(link).collect().to_pandas()
    return table[:891], table[891:]
'''


READ_NOT_RUN = (
    ("DuckDB at an address that it puts together", _DUCKDB, True),
    ("DuckDB at an address in its query", _DUCKDB.replace("'{place}/{train_name}'", f"'{_LINK}'"), True),
    ("polars at an address", _polars(_LINK), True),
    (
        "DuckDB on the disk",
        _DUCKDB.replace("https://{endpoint}/{bucket}/{folder}", "data/raw").replace(
            "{place}/{train_name}", "data/raw/train.csv"
        ),
        False,
    ),
    ("polars on the disk", _polars("").replace("(link)", "('data/raw/data.parquet')"), False),
)


@pytest.mark.parametrize(
    ("content", "remote"), [pytest.param(*case[1:], id=case[0].replace(" ", "-")) for case in READ_NOT_RUN]
)
def test_a_source_that_does_not_run_is_read(content, remote, copy_of, grade, sandbox):
    folder = copy_of("1.8")
    apply((*_CONFLICT, Write("src/data/import_data.py", content)), folder)
    report = grade(folder, checks=("data-remote",)).report
    result = result_of(report, "data-remote")
    assert result.status is (Status.PASSED if remote else Status.FAILED), sentences(result.verdict)
    assert result.verdict.basis is Basis.READ
    if not remote:
        assert "from the disk" in sentences(result.verdict)
        assert reproduced(result.verdict.reproduce, folder, sandbox) != 0
