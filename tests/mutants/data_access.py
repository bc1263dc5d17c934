"""Main scripts that read from the disk or from a place that cannot be changed, and all the ways to do it well."""

from __future__ import annotations

from checker.model import Blocked
from tests.mutants.model import Mutant, Replace, Shell, Variant, Write

_IMPORT = "src/data/import_data.py"
_DATA_AGAIN = Shell("git checkout -q $(git rev-list -1 HEAD -- data/raw/train.csv)^ -- data/raw")
"""The data as it was before it left the repository."""

_CALL = 'import_data(BUCKET, FOLDER, os.environ["AWS_S3_ENDPOINT"])'
_DATA = "titanic-project/titanic/raw"
_HOST = "https://minio.lab.sspcloud.fr"


def _module(body: str, imports: str = "import pandas as pd\n") -> Write:
    return Write(_IMPORT, f'"""Reading of the passenger lists."""\n\n{imports}\n\n{body}')


_FROM_DISK = _module(
    'def import_data(*_):\n    """Read."""\n'
    '    return [pd.read_csv(f"data/raw/{name}.csv") for name in ("train", "test")]\n'
)
_STORAGE = '    storage = s3fs.S3FileSystem(client_kwargs={"endpoint_url": f"https://{endpoint}"})\n'
_S3 = "import pandas as pd\nimport s3fs\n"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        check="data-remote",
        name="the disk comes first",
        base="1.7",
        edits=(
            _DATA_AGAIN,
            Replace(
                _IMPORT,
                '    with storage.open(f"{bucket}/{folder}/train.csv") as file:\n        train = pd.read_csv(file)\n',
                "    try:\n"
                '        train = pd.read_csv("data/raw/train.csv")\n'
                "    except FileNotFoundError:\n"
                '        train = pd.read_csv(storage.open(f"{bucket}/{folder}/train.csv"))\n',
            ),
        ),
        says="Read from the disk: data/raw/train.csv",
    ),
    Mutant(
        check="data-remote",
        name="the test data stays on the disk",
        base="1.7",
        edits=(
            _DATA_AGAIN,
            Replace(
                _IMPORT, 'with storage.open(f"{bucket}/{folder}/test.csv") as', 'with open("data/raw/test.csv") as'
            ),
        ),
        where="src/data/import_data.py:15",
        says="Read from the disk: data/raw/test.csv",
    ),
    Mutant(
        check="data-remote",
        name="the data is gone and still read from the disk",
        base="1.7",
        edits=(_FROM_DISK,),
        where="src/data/import_data.py:8",
        says="Read from the disk: data/raw/train.csv",
    ),
    Mutant(
        check="data-remote",
        name="a name that the bucket does not have",
        base="1.7",
        edits=(Replace(_IMPORT, "/train.csv", "/train.xlsx"),),
        where="src/data/import_data.py:13",
        says="train.xlsx was answered by 404",
    ),
    Mutant(
        check="data-remote",
        name="the scheme twice",
        base="1.7",
        edits=(Replace(_IMPORT, 'f"https://{endpoint}"', 'f"https://https://{endpoint}"'),),
        where="main.py",
        says="there is no host of that name",
    ),
    Mutant(
        check="data-remote",
        name="the server without its scheme",
        base="1.7",
        edits=(Replace(_IMPORT, 'f"https://{endpoint}"', "endpoint"),),
        where="src/data/import_data.py:13",
        says="The reading stops",
    ),
    Mutant(
        check="data-remote",
        name="a link to the repository itself",
        base="1.7",
        edits=(
            _DATA_AGAIN,
            _module(
                'BASE = "https://raw.githubusercontent.com/student/titanic/main/data/raw/"\n\n\n'
                'def import_data(*_):\n    """Read."""\n'
                '    return pd.read_csv(BASE + "train.csv"), pd.read_csv(BASE + "test.csv")\n'
            ),
        ),
        where="data/raw/train.csv",
        says="which is still in the repository",
    ),
    Mutant(
        check="data-parameters",
        name="the bucket is written in the function",
        base="1.7",
        edits=(
            Replace(_IMPORT, "def import_data(bucket, folder, endpoint):", "def import_data(endpoint):"),
            Replace(_IMPORT, "{bucket}/{folder}", _DATA),
            Replace("main.py", _CALL, 'import_data(os.environ["AWS_S3_ENDPOINT"])'),
        ),
        where="src/data/import_data.py:13",
        says="the bucket titanic-project, the folder titanic, the folder raw",
    ),
    Mutant(
        check="data-parameters",
        name="the parameters are there and not used",
        base="1.7",
        edits=(Replace(_IMPORT, '"{bucket}/{folder}/test.csv"', f'"{_DATA}/test.csv"'),),
        where="src/data/import_data.py:15",
        says="the bucket titanic-project",
    ),
    Mutant(
        check="data-parameters",
        name="names of the module in the place of parameters",
        base="1.7",
        edits=(
            _module(
                'BUCKET = "titanic-project"\nFOLDER = "titanic/raw"\n\n\n'
                f'def import_data(_bucket, _folder, endpoint):\n    """Read."""\n{_STORAGE}'
                '    place = f"{BUCKET}/{FOLDER}"\n'
                '    return [pd.read_csv(storage.open(f"{place}/{name}.csv")) for name in ("train", "test")]\n',
                _S3,
            ),
        ),
        where="src/data/import_data.py:7",
        says="the bucket titanic-project",
    ),
    Mutant(
        check="data-parameters",
        name="read in main, without a function",
        base="1.7",
        edits=(
            Replace("main.py", "from src.data.import_data import import_data\n", "import pandas as pd\n"),
            Replace(
                "main.py",
                f"    train, test = {_CALL}\n",
                f'    train = pd.read_csv("{_HOST}/{_DATA}/train.csv")\n'
                f'    test = pd.read_csv("{_HOST}/{_DATA}/test.csv")\n',
            ),
        ),
        where="main.py:17",
        says="Give the reading function a parameter",
    ),
    Mutant(
        check="data-parameters",
        name="nothing read over the network",
        base="1.7",
        edits=(
            _DATA_AGAIN,
            _FROM_DISK,
            Replace(_IMPORT, "import pandas as pd\n", "import pandas as pd\nimport s3fs  # later\n"),
        ),
        verdict=Blocked,
    ),
)

VARIANTS: tuple[Variant, ...] = (
    Variant(
        check="data-remote",
        name="pandas and s3 links",
        base="1.7",
        edits=(
            _module(
                'def import_data(bucket, folder, endpoint):\n    """Read."""\n'
                '    storage = {"client_kwargs": {"endpoint_url": f"https://{endpoint}"}}\n'
                '    place = f"s3://{bucket}/{folder}"\n'
                '    train = pd.read_csv(f"{place}/train.csv", storage_options=storage)\n'
                '    return train, pd.read_csv(f"{place}/test.csv", storage_options=storage)\n'
            ),
        ),
        advises="exists",
    ),
    Variant(
        check="data-remote",
        name="direct links",
        base="1.7",
        edits=(
            _module(
                'def import_data(bucket, folder, endpoint):\n    """Read."""\n'
                '    place = f"https://{endpoint}/{bucket}/{folder}"\n'
                '    return pd.read_csv(f"{place}/train.csv"), pd.read_csv(f"{place}/test.csv")\n'
            ),
        ),
    ),
    Variant(
        check="data-remote",
        name="downloaded first, then read",
        base="1.7",
        edits=(
            _module(
                f'def import_data(bucket, folder, endpoint):\n    """Read."""\n{_STORAGE}'
                '    for name in ("train", "test"):\n'
                '        storage.get(f"{bucket}/{folder}/{name}.csv", f"/tmp/{name}.csv")\n'
                '    return pd.read_csv("/tmp/train.csv"), pd.read_csv("/tmp/test.csv")\n',
                _S3,
            ),
        ),
    ),
    Variant(
        check="data-remote",
        name="parquet",
        base="1.7",
        edits=(Shell("sed -i -e 's/[.]csv\"/.parquet\"/' -e 's/read_csv/read_parquet/' src/data/import_data.py"),),
    ),
    Variant(
        check="data-remote",
        name="data that is tracked and not read",
        base="1.7",
        edits=(_DATA_AGAIN,),
    ),
    Variant(
        check="data-parameters",
        name="defaults of parameters",
        base="1.7",
        edits=(
            Replace(
                _IMPORT, "(bucket, folder, endpoint)", '(endpoint, bucket="titanic-project", folder="titanic/raw")'
            ),
            Replace("main.py", _CALL, 'import_data(os.environ["AWS_S3_ENDPOINT"])'),
        ),
    ),
    Variant(
        check="data-parameters",
        name="one link for each table",
        base="1.7",
        edits=(
            _module(
                'def import_data(url):\n    """Read."""\n    return pd.read_csv(url)\n',
            ),
            Replace(
                "main.py",
                f"    train, test = {_CALL}\n",
                f'    train = import_data("{_HOST}/{_DATA}/train.csv")\n'
                f'    test = import_data("{_HOST}/{_DATA}/test.csv")\n',
            ),
        ),
    ),
    Variant(
        check="data-parameters",
        name="settings in a dictionary",
        base="1.7",
        edits=(
            _module(
                f'def import_data(settings, endpoint):\n    """Read."""\n{_STORAGE}'
                "    place = f\"{settings['bucket']}/{settings['folder']}\"\n"
                '    return [pd.read_csv(storage.open(f"{place}/{name}.csv")) for name in ("train", "test")]\n',
                _S3,
            ),
            Replace("main.py", "(BUCKET, FOLDER, ", '({"bucket": BUCKET, "folder": FOLDER}, '),
        ),
    ),
    Variant(
        check="data-parameters",
        name="from the configuration, without a function",
        base="2.1",
        edits=(
            Replace("main.py", "from src.data.import_data import import_data\n", "import pandas as pd\n"),
            Shell(
                "python3 - <<'EOF'\n"
                "import re\n"
                'source = open("main.py").read()\n'
                'start = source.index("    train, test = import_data("); end = source.index("    train_features")\n'
                "place = \"https://{os.environ['AWS_S3_ENDPOINT']}/{config['bucket']}/{config['folder']}\"\n"
                'read = f"    place = f\\"{place}\\"\\n"\n'
                'read += "    train = pd.read_csv(f\\"{place}/{config[\'train_name\']}\\")\\n"\n'
                'read += "    test = pd.read_csv(f\\"{place}/{config[\'test_name\']}\\")\\n"\n'
                'open("main.py", "w").write(source[:start] + read + source[end:])\n'
                "EOF"
            ),
        ),
    ),
)
