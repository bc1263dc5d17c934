"""An index of packages in a folder: wheels of a few lines, so that environments are made without any network."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from checker.sandbox.environments.builder import Environments


class Index:
    """A folder of wheels, and the variables by which uv takes packages from there only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.wheel("packaging", "1.0")

    def wheel(
        self, name: str, version: str, files: Mapping[str, str] | None = None, *, needs: tuple[str, ...] = (),
        tag: str = "py3-none-any",
    ) -> None:  # fmt: skip
        """Add a wheel with *files*, by default a module of its name."""
        stem = f"{name.replace('-', '_')}-{version}"
        content = dict(files if files is not None else {f"{name.replace('-', '_')}.py": f"VERSION = {version!r}\n"})
        requires = "".join(f"Requires-Dist: {line}\n" for line in needs)
        content[f"{stem}.dist-info/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}"
        content[f"{stem}.dist-info/WHEEL"] = f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n"
        record = [
            f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(body.encode()).digest()).rstrip(b'=').decode()},"
            f"{len(body.encode())}\n"
            for path, body in content.items()
        ]
        content[f"{stem}.dist-info/RECORD"] = "".join([*record, f"{stem}.dist-info/RECORD,,\n"])
        with zipfile.ZipFile(self.folder / f"{stem}-{tag}.whl", "w") as wheel:
            for path, body in content.items():
                wheel.writestr(path, body)

    def variables(self, **more: str) -> dict[str, str]:
        """The environment for uv: this folder, and nothing else."""
        configuration = self.folder / "uv.toml"
        configuration.write_text("no-index = true\n")
        local = {"UV_CONFIG_FILE": str(configuration), "UV_FIND_LINKS": str(self.folder)}
        return {"PATH": "/usr/bin:/bin", **local, **more}


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path / "index")


@pytest.fixture
def environments(tmp_path: Path, index: Index) -> Iterator[Environments]:
    with Environments(tmp_path / "environments", index.variables()) as made:
        yield made
