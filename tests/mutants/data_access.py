"""Main scripts that read from the disk or from a place that cannot be changed, and all the ways to do it well."""

from __future__ import annotations

from checker.model import Blocked
from tests.mutants.model import CasesOf, Replace, Shell, Write

_DATA_REMOTE = CasesOf("data-remote", base="1.7")
_DATA_PARAMETERS = CasesOf("data-parameters", base="1.7")

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

MUTANTS = (
    _DATA_REMOTE.mutant(
        "the disk comes first",
        _DATA_AGAIN,
        Replace(
            _IMPORT,
            '    with storage.open(f"{bucket}/{folder}/train.csv") as file:\n        train = pd.read_csv(file)\n',
            "    try:\n"
            '        train = pd.read_csv("data/raw/train.csv")\n'
            "    except FileNotFoundError:\n"
            '        train = pd.read_csv(storage.open(f"{bucket}/{folder}/train.csv"))\n',
        ),
        says="Read from the disk: data/raw/train.csv",
        charged_too={"data-untracked": "two things: git follows the data, and the code reads them from there"},
    ),
    _DATA_REMOTE.mutant(
        "the test data stays on the disk",
        _DATA_AGAIN,
        Replace(_IMPORT, 'with storage.open(f"{bucket}/{folder}/test.csv") as', 'with open("data/raw/test.csv") as'),
        where="src/data/import_data.py:15",
        says="Read from the disk: data/raw/test.csv",
        charged_too={"data-untracked": "two things: git follows the data, and the code reads them from there"},
    ),
    _DATA_REMOTE.mutant(
        "the data is gone and still read from the disk",
        _FROM_DISK,
        where="src/data/import_data.py:8",
        says="Read from the disk: data/raw/train.csv",
        charged_too={"main-runs": "the file is nowhere, so that main runs on no machine"},
    ),
    _DATA_REMOTE.mutant(
        "a name that the bucket does not have",
        Replace(_IMPORT, "/train.csv", "/train.xlsx"),
        where="src/data/import_data.py:13",
        says="train.xlsx was answered by 404",
    ),
    _DATA_REMOTE.mutant(
        "the scheme twice",
        Replace(_IMPORT, 'f"https://{endpoint}"', 'f"https://https://{endpoint}"'),
        where="main.py",
        says="there is no host of that name",
    ),
    _DATA_REMOTE.mutant(
        "the server without its scheme",
        Replace(_IMPORT, 'f"https://{endpoint}"', "endpoint"),
        where="src/data/import_data.py:13",
        says="The reading stops",
    ),
    _DATA_REMOTE.mutant(
        "a link to the repository itself",
        _DATA_AGAIN,
        _module(
            'BASE = "https://raw.githubusercontent.com/student/titanic/main/data/raw/"\n\n\n'
            'def import_data(*_):\n    """Read."""\n'
            '    return pd.read_csv(BASE + "train.csv"), pd.read_csv(BASE + "test.csv")\n'
        ),
        where="data/raw/train.csv",
        says="which is still in the repository",
        charged_too={
            "data-untracked": "two things: git follows the data, and the code reads them from there",
            "data-parameters": "the link is written in the function, where no argument moves it",
        },
    ),
    _DATA_PARAMETERS.mutant(
        "the bucket is written in the function",
        Replace(_IMPORT, "def import_data(bucket, folder, endpoint):", "def import_data(endpoint):"),
        Replace(_IMPORT, "{bucket}/{folder}", _DATA),
        Replace("main.py", _CALL, 'import_data(os.environ["AWS_S3_ENDPOINT"])'),
        where="src/data/import_data.py:13",
        says="the bucket titanic-project, the folder titanic, the folder raw",
    ),
    _DATA_PARAMETERS.mutant(
        "the parameters are there and not used",
        Replace(_IMPORT, '"{bucket}/{folder}/test.csv"', f'"{_DATA}/test.csv"'),
        where="src/data/import_data.py:15",
        says="the bucket titanic-project",
    ),
    _DATA_PARAMETERS.mutant(
        "names of the module in the place of parameters",
        _module(
            'BUCKET = "titanic-project"\nFOLDER = "titanic/raw"\n\n\n'
            f'def import_data(_bucket, _folder, endpoint):\n    """Read."""\n{_STORAGE}'
            '    place = f"{BUCKET}/{FOLDER}"\n'
            '    return [pd.read_csv(storage.open(f"{place}/{name}.csv")) for name in ("train", "test")]\n',
            _S3,
        ),
        where="src/data/import_data.py:7",
        says="the bucket titanic-project",
    ),
    _DATA_PARAMETERS.mutant(
        "read in main, without a function",
        Replace("main.py", "from src.data.import_data import import_data\n", "import pandas as pd\n"),
        Replace(
            "main.py",
            f"    train, test = {_CALL}\n",
            f'    train = pd.read_csv("{_HOST}/{_DATA}/train.csv")\n'
            f'    test = pd.read_csv("{_HOST}/{_DATA}/test.csv")\n',
        ),
        where="main.py:17",
        says="Give the reading function a parameter",
    ),
    _DATA_PARAMETERS.mutant(
        "nothing read over the network",
        _DATA_AGAIN,
        _FROM_DISK,
        Replace(_IMPORT, "import pandas as pd\n", "import pandas as pd\nimport s3fs  # later\n"),
        verdict=Blocked,
        charged_too={"data-untracked": "two things: git follows the data, and the code reads them from there"},
    ),
)

VARIANTS = (
    _DATA_REMOTE.variant(
        "pandas and s3 links",
        _module(
            'def import_data(bucket, folder, endpoint):\n    """Read."""\n'
            '    storage = {"client_kwargs": {"endpoint_url": f"https://{endpoint}"}}\n'
            '    place = f"s3://{bucket}/{folder}"\n'
            '    train = pd.read_csv(f"{place}/train.csv", storage_options=storage)\n'
            '    return train, pd.read_csv(f"{place}/test.csv", storage_options=storage)\n'
        ),
        advises="exists",
    ),
    _DATA_REMOTE.variant(
        "direct links",
        _module(
            'def import_data(bucket, folder, endpoint):\n    """Read."""\n'
            '    place = f"https://{endpoint}/{bucket}/{folder}"\n'
            '    return pd.read_csv(f"{place}/train.csv"), pd.read_csv(f"{place}/test.csv")\n'
        ),
    ),
    _DATA_REMOTE.variant(
        "downloaded first, then read",
        _module(
            f'def import_data(bucket, folder, endpoint):\n    """Read."""\n{_STORAGE}'
            '    for name in ("train", "test"):\n'
            '        storage.get(f"{bucket}/{folder}/{name}.csv", f"/tmp/{name}.csv")\n'
            '    return pd.read_csv("/tmp/train.csv"), pd.read_csv("/tmp/test.csv")\n',
            _S3,
        ),
    ),
    _DATA_REMOTE.variant(
        "parquet", Shell("sed -i -e 's/[.]csv\"/.parquet\"/' -e 's/read_csv/read_parquet/' src/data/import_data.py")
    ),
    _DATA_REMOTE.variant("data that is tracked and not read", _DATA_AGAIN),
    _DATA_PARAMETERS.variant(
        "defaults of parameters",
        Replace(_IMPORT, "(bucket, folder, endpoint)", '(endpoint, bucket="titanic-project", folder="titanic/raw")'),
        Replace("main.py", _CALL, 'import_data(os.environ["AWS_S3_ENDPOINT"])'),
    ),
    _DATA_PARAMETERS.variant(
        "one link for each table",
        _module('def import_data(url):\n    """Read."""\n    return pd.read_csv(url)\n'),
        Replace(
            "main.py",
            f"    train, test = {_CALL}\n",
            f'    train = import_data("{_HOST}/{_DATA}/train.csv")\n'
            f'    test = import_data("{_HOST}/{_DATA}/test.csv")\n',
        ),
    ),
    _DATA_PARAMETERS.variant(
        "settings in a dictionary",
        _module(
            f'def import_data(settings, endpoint):\n    """Read."""\n{_STORAGE}'
            "    place = f\"{settings['bucket']}/{settings['folder']}\"\n"
            '    return [pd.read_csv(storage.open(f"{place}/{name}.csv")) for name in ("train", "test")]\n',
            _S3,
        ),
        Replace("main.py", "(BUCKET, FOLDER, ", '({"bucket": BUCKET, "folder": FOLDER}, '),
    ),
    _DATA_PARAMETERS.variant(
        "from the configuration, without a function",
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
        base="2.1",
    ),
)
