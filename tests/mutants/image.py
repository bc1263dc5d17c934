"""Images that cannot be built, started or shown around, and the many recipes that are as good as the usual one.

No engine is asked here: a variant of what has to be built or run is *unavailable*, and nothing wrong is found.
"""

from __future__ import annotations

from checker.model import Blocked, Unavailable
from tests.mutants.model import CasesOf, Move, Remove, Replace, Shell, Write

_DOCKERFILE = CasesOf("dockerfile", base="2.3")
_IMAGE_BUILDS = CasesOf("image-builds", base="2.3")
_IMAGE_RUNS = CasesOf("image-runs", base="2.3")
_IMAGE_CLEAN = CasesOf("image-clean", base="2.3")
_IMAGE_CACHE = CasesOf("image-cache", base="2.3")

_FILE = "Dockerfile"
_INSTALL = "COPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\n"
_CODE = "COPY main.py config.yaml ./\nCOPY src ./src\n"
_CMD = 'CMD ["python", "main.py"]\n'
_START = "FROM python:3.11-slim\nWORKDIR /app\n"
_ENVIRONMENT = "environment.yml"
_ALONE = Write(
    _ENVIRONMENT,
    "name: monenv\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.11\n  - pandas\n  - scikit-learn\n"
    "  - pyyaml\n",
)
"""An environment file that refers to no other."""
_MINICONDA = (
    "FROM ubuntu:20.04\n\n"
    "RUN apt-get update && \\\n    apt-get install -y wget && \\\n    rm -rf /var/lib/apt/lists/*\n\n"
    "RUN wget https://repo.anaconda.com/miniconda/Miniconda3-latest-Linux-x86_64.sh && \\\n"
    "    bash Miniconda3-latest-Linux-x86_64.sh -b -p /miniconda && \\\n"
    "    rm Miniconda3-latest-Linux-x86_64.sh\n"
    'ENV PATH="/miniconda/bin:${PATH}"\n\n'
    "RUN conda install -y --override-channels -c conda-forge mamba\n\n"
    "COPY environment.yml .\nRUN mamba env create -y -f environment.yml\n"
    'ENV PATH="/miniconda/envs/monenv/bin:${PATH}"\n\n'
    "COPY main.py config.yaml ./\nCOPY src ./src\n\nEXPOSE 5000\n" + _CMD
)
"""The recipe of the statement, as it is."""
_RECIPE = (Write(_FILE, _MINICONDA), _ALONE)
_MANY_STAGES = (
    "ARG VERSION=3.11\nFROM python:${VERSION} AS builder\nWORKDIR /build\n"
    + _INSTALL.replace("-r", "--target=/x -r")
    + "COPY . .\n\nFROM python:${VERSION}-slim\nCOPY --from=builder /x /usr/lib/python3/dist-packages\n"
    "WORKDIR /srv/titanic\nCOPY --from=builder /build/main.py /build/config.yaml ./\n"
    "COPY --from=builder /build/src ./src\n" + _CMD
)
_LOWER = (
    "from python:3.11-slim\nworkdir /app\ncopy requirements.txt .\n"
    "run pip install \\\n    # no cache in an image\n    --no-cache-dir \\\n\n    -r requirements.txt\n"
    'copy ["main.py", "config.yaml", "./"]\ncopy src/ src/\nentrypoint ["python"]\ncmd ["main.py"]\n'
)
_SCRIPTED = (
    "# syntax=docker/dockerfile:1\n# escape=`\n" + _START + "COPY requirements.txt `\n  ./\nRUN <<EOF\nset -e\n"
    "pip install -r requirements.txt\nFROM here on this is a text\nEOF\n" + _CODE + "CMD python main.py\n"
)
_TAKEN_BACK = Write(".dockerignore", "*\n!requirements.txt\n!main.py\n!config.yaml\n!src\n**/__pycache__\n")
_CONDA_RUN = (
    "FROM continuumio/miniconda3:24.7.1-0\nWORKDIR /app\nCOPY environment.yml ./\n"
    "RUN conda env create -f environment.yml\n"
    + _CODE
    + 'ENTRYPOINT ["conda", "run", "--no-capture-output", "-n", "monenv"]\n'
    + _CMD
)
_READS_S3 = (
    Replace("src/data/import_data.py", "import pandas as pd\n", "import os\n\nimport pandas as pd\n"),
    Replace(
        "src/data/import_data.py",
        "    return pd",
        '    host = "https://" + os.environ["AWS_S3_ENDPOINT"]\n'
        "    train_url, test_url = (host + url.split('sspcloud.fr')[1] for url in (train_url, test_url))\n"
        "    return pd",
    ),
)
"""The host of the links is taken from the variables of SSP Cloud."""
_BY_S3FS = Write(
    "src/data/import_data.py",
    '"""Reading of the passenger lists."""\n\nimport pandas as pd\nimport s3fs\n\n\n'
    'def import_data(train_url, test_url):\n    """Return both tables."""\n'
    '    storage = s3fs.S3FileSystem(client_kwargs={"endpoint_url": "https://minio.lab.sspcloud.fr"})\n'
    '    paths = [url.split("sspcloud.fr/")[1] for url in (train_url, test_url)]\n'
    "    return [pd.read_csv(storage.open(path)) for path in paths]\n",
)


_SIGNED = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261101%2Fus-east-1%2Fs3%2Faws4_request"
    f"&X-Amz-Expires=604800&X-Amz-Signature={'0a' * 32}"
)

MUTANTS = (
    _DOCKERFILE.mutant(
        "with a suffix", Move(_FILE, "Dockerfile.txt"), where="Dockerfile.txt", says="here it is Dockerfile.txt"
    ),
    _DOCKERFILE.mutant("in a folder", Move(_FILE, "docker/Dockerfile"), says="here it is docker/Dockerfile"),
    _DOCKERFILE.mutant("empty", Write(_FILE, "\n"), where="Dockerfile:1", says="is empty"),
    _DOCKERFILE.mutant("from a Windows editor", Write(_FILE, _MINICONDA.encode("utf-16")), says="UTF-16"),
    _DOCKERFILE.mutant(
        "a merge conflict",
        Replace(_FILE, _CMD, f"<<<<<<< HEAD\n{_CMD}=======\nCMD python3 main.py\n>>>>>>> dev\n"),
        says="merge conflict",
    ),
    _DOCKERFILE.mutant(
        "a misspelt instruction",
        Replace(_FILE, "COPY src", "COPPY src"),
        where="Dockerfile:10",
        says="Line 10 begins with COPPY",
    ),
    _DOCKERFILE.mutant(
        "a lost backslash",
        Replace(_FILE, "RUN pip install --no-cache-dir -r", "RUN pip install\n    --no-cache-dir -r"),
        where="Dockerfile:8",
        says="begins with --no-cache-dir",
    ),
    _DOCKERFILE.mutant(
        "a copy without a target",
        Replace(_FILE, "COPY src ./src", "COPY src"),
        where="Dockerfile:10",
        says="COPY in line 10 says too little",
    ),
    _DOCKERFILE.mutant("no base", Replace(_FILE, "FROM python:3.11-slim\n", ""), says="No FROM names"),
    _DOCKERFILE.mutant(
        "a folder before the base",
        Write(_FILE, "WORKDIR /app\nFROM python:3.11-slim\n" + _INSTALL + _CODE + _CMD),
        where="Dockerfile:1",
        says="WORKDIR stands in line 1, before any FROM",
    ),
    _DOCKERFILE.mutant(
        "a list of packages of its own",
        Replace(_FILE, _INSTALL, "RUN pip install pandas scikit-learn pyyaml\n"),
        where="Dockerfile:6",
        says="does not install what the environment file declares",
    ),
    _DOCKERFILE.mutant(
        "the installer waits", *_RECIPE, Replace(_FILE, " -b -p", " -p"), where="Dockerfile:7", says="without -b"
    ),
    _DOCKERFILE.mutant(
        "conda create",
        *_RECIPE,
        Replace(_FILE, "mamba env create -y", "conda create -y"),
        where="Dockerfile:15",
        says="conda create does not read environment.yml",
    ),
    _DOCKERFILE.mutant(
        "a tilde in the PATH",
        *_RECIPE,
        Replace(_FILE, 'PATH="/miniconda/bin', 'PATH="~/miniconda/bin'),
        where="Dockerfile:10",
        says="The ~ in ENV PATH",
    ),
    _DOCKERFILE.mutant(
        "used before it is there",
        Replace(_FILE, _INSTALL, "RUN pip install -r requirements.txt\nCOPY requirements.txt .\n"),
        where="Dockerfile:6",
        says="requirements.txt is used in line 6",
    ),
    _DOCKERFILE.mutant(
        "what the environment refers to",
        Write(_FILE, _MINICONDA),
        where="Dockerfile:15",
        says="requirements.txt is used in line 15",
    ),
    _DOCKERFILE.mutant(
        "main stays behind",
        Replace(_FILE, "COPY main.py config.yaml ./\n", "COPY config.yaml ./\n"),
        says="main.py is not copied",
    ),
    _DOCKERFILE.mutant(
        "the configuration stays behind",
        Replace(_FILE, "COPY main.py config.yaml ./\n", "COPY main.py ./\n"),
        says="config.yaml is not copied",
    ),
    _DOCKERFILE.mutant("the modules stay behind", Replace(_FILE, "COPY src ./src\n", ""), says="src is not copied"),
    _DOCKERFILE.mutant(
        "the modules are ignored",
        Replace(_FILE, _CODE, "COPY . .\n"),
        Replace(".dockerignore", "data/\n", "**/data/\n"),
        says="the rule **/data/ of .dockerignore leaves it out",
    ),
    _DOCKERFILE.mutant(
        "what is in the folder, not the folder",
        Replace(_FILE, "COPY src ./src", "COPY src ./"),
        where="Dockerfile:10",
        says="lands at /app/data/import_data.py",
    ),
    _DOCKERFILE.mutant("no command", Replace(_FILE, _CMD, ""), says="No CMD says"),
    _DOCKERFILE.mutant("single quotes", Replace(_FILE, _CMD, "CMD ['python', 'main.py']\n"), says="double quotes"),
    _DOCKERFILE.mutant("one word", Replace(_FILE, _CMD, 'CMD ["python main.py"]\n'), says="one program called"),
    _DOCKERFILE.mutant(
        "another name",
        Replace(_FILE, 'main.py"]', 'app.py"]'),
        where="Dockerfile:12",
        says="starts /app/app.py, which is not there",
    ),
    _DOCKERFILE.mutant(
        "another place",
        Replace(_FILE, 'main.py"]', '/main.py"]'),
        where="Dockerfile:12",
        says="the script lies at /app/main.py",
    ),
    _DOCKERFILE.mutant(
        "another script",
        Replace(_FILE, '"main.py"]', '"src/data/import_data.py"]'),
        says="starts src/data/import_data.py, not main.py",
    ),
    _IMAGE_BUILDS.mutant(
        "a file that nobody has",
        Replace(_FILE, "COPY src ./src\n", "COPY src ./src\nCOPY data/raw ./data/raw\n"),
        where="Dockerfile:11",
        says="copies data/raw, which is not in the repository",
    ),
    _IMAGE_BUILDS.mutant(
        "a file that is ignored",
        Replace(_FILE, "COPY src ./src\n", "COPY src ./src\nCOPY notebooks ./notebooks\n"),
        where="Dockerfile:11",
        says="by the rule notebooks/",
    ),
    _IMAGE_BUILDS.mutant(
        "a capital letter",
        Replace(_FILE, "FROM python:", "FROM Python:"),
        where="Dockerfile:1",
        says="Python:3.11-slim cannot be the name",
    ),
    _IMAGE_BUILDS.mutant("no colon", Replace(_FILE, "python:3.11-slim", "python 3.11-slim"), says="with a colon"),
    _IMAGE_BUILDS.mutant(
        "a misspelt stage",
        Write(_FILE, _MANY_STAGES.replace("--from=builder /x", "--from=build /x")),
        says="takes up a stage build",
    ),
    _IMAGE_BUILDS.mutant("an incomplete file", Replace(_FILE, "RUN pip", "RUNN pip"), verdict=Blocked),
    _IMAGE_RUNS.mutant("the host of the variables", *_READS_S3, where="src/data/import_data.py:10", says="KeyError"),
    _IMAGE_RUNS.mutant(
        "storage that needs a key",
        _BY_S3FS,
        where="src/data/import_data.py:11",
        says="stops with NoCredentialsError",
        charged_too=dict.fromkeys(
            ("environment-complete", "environment-sufficient"), "the library that reads is not declared, either"
        ),
    ),
    _IMAGE_RUNS.mutant(
        "a file beside the modules",
        Write("assets/columns.txt", "Survived\n"),
        Replace(
            "main.py",
            "    train, test = ",
            '    with open("assets/columns.txt") as file:\n        file.read()\n    train, test = ',
        ),
        where="main.py:18",
        says="assets/columns.txt is not in the image",
    ),
    _IMAGE_RUNS.mutant("the modules stay behind", Replace(_FILE, "COPY src ./src\n", ""), verdict=Blocked),
    _IMAGE_CLEAN.mutant(
        "a key beside a signed link",
        Replace("config.yaml", "train.csv", f"train.csv?{_SIGNED}\nkey: AKIAIOSFODNN7EXAMPLE"),
        says="copies config.yaml, which holds a secret",
    ),
    _IMAGE_CLEAN.mutant(
        "a key in ENV",
        Replace(_FILE, _CMD, "ENV AWS_SECRET_ACCESS_KEY=n0t-a-real-one\n" + _CMD),
        where="Dockerfile:12",
        says="ENV writes the value of AWS_SECRET_ACCESS_KEY",
    ),
    _IMAGE_CLEAN.mutant(
        "a token as an argument",
        Replace(_FILE, "WORKDIR", 'ARG GIT_TOKEN="n0t-a-real-one"\nWORKDIR'),
        where="Dockerfile:3",
        says="GIT_TOKEN",
    ),
    _IMAGE_CLEAN.mutant(
        "a file of secrets",
        Write(".env", "AWS_SECRET_ACCESS_KEY=n0t-a-real-one\n"),
        Shell("git add -f .env"),
        Replace(".dockerignore", ".env\n", ""),
        Replace(_FILE, _CODE, "COPY . .\n"),
        where="Dockerfile:9",
        says="copies .env, which holds a secret",
    ),
    _IMAGE_CLEAN.mutant(
        "the whole history",
        Replace(".dockerignore", ".git/\n", ""),
        Replace(_FILE, "COPY src ./src\n", "COPY src ./src\nCOPY .git ./.git\n"),
        where="Dockerfile:11",
        says="copies .git",
    ),
    _IMAGE_CACHE.mutant("nothing to read", Write(_FILE, ""), verdict=Blocked),
    _IMAGE_CACHE.mutant("no base", Replace(_FILE, "FROM python:3.11-slim\n", ""), verdict=Blocked),
)

_NOTHING_WRONG = (
    ("the recipe of the statement", _RECIPE),
    ("everything, but for what is ignored", (Replace(_FILE, _CODE, "COPY . .\n"),)),
    ("a list of what is not ignored", (Replace(_FILE, _CODE, "COPY . ./\n"), _TAKEN_BACK)),
    ("several stages", (Write(_FILE, _MANY_STAGES),)),
    ("small letters and JSON", (Write(_FILE, _LOWER),)),
    ("a here-document and another escape", (Write(_FILE, _SCRIPTED),)),
    ("from Windows", (Write(_FILE, ("\ufeff" + _START + _INSTALL + _CODE + _CMD).replace("\n", "\r\n")),)),
    ("conda run", (Write(_FILE, _CONDA_RUN), _ALONE)),
    (
        "full paths",
        (
            Write(
                _FILE,
                "FROM python:3.11-slim\n" + _INSTALL + "COPY main.py config.yaml /opt/t/\n"
                "COPY src /opt/t/src/\nWORKDIR /opt/t\nCMD python -u /opt/t/main.py\n",
            ),
        ),
    ),
)

VARIANTS = (
    *(_DOCKERFILE.variant(name, *edits) for name, edits in _NOTHING_WRONG),
    _DOCKERFILE.variant("no tag", Replace(_FILE, "python:3.11-slim", "python"), advises="another image each month"),
    _DOCKERFILE.variant("latest", Replace(_FILE, "3.11-slim", "latest"), advises="another image each month"),
    _DOCKERFILE.variant(
        "everything, .git too",
        Remove(".dockerignore"),
        Replace(_FILE, _CODE, "COPY . .\n"),
        advises=".git and data too",
    ),
    *(_IMAGE_BUILDS.variant(name, *edits, verdict=Unavailable) for name, edits in _NOTHING_WRONG),
    _IMAGE_BUILDS.variant(
        "wildcards", Replace(_FILE, "COPY main.py config.yaml ./", "COPY *.py conf*.y[a-z]ml ./"), verdict=Unavailable
    ),
    *(_IMAGE_RUNS.variant(name, *edits, verdict=Unavailable) for name, edits in _NOTHING_WRONG),
    _IMAGE_RUNS.variant(
        "the host is set in the image",
        *_READS_S3,
        Replace(_FILE, _CMD, "ENV AWS_S3_ENDPOINT=minio.lab.sspcloud.fr\n" + _CMD),
        verdict=Unavailable,
    ),
    _IMAGE_CLEAN.variant(
        "a value that is given later",
        Replace(
            _FILE,
            _CMD,
            'ARG GIT_TOKEN\nARG API_KEY=""\nENV TOKENIZERS_PARALLELISM=false PASSWORD_FILE=/run/secrets/p\n' + _CMD,
        ),
        verdict=Unavailable,
    ),
    _IMAGE_CLEAN.variant(
        "everything, .git too",
        Remove(".dockerignore"),
        Replace(_FILE, _CODE, "COPY . .\n"),
        verdict=Unavailable,
        advises=".git and data too",
    ),
    _IMAGE_CLEAN.variant(
        "signed links in the configuration, as the statement asks for links",
        Replace("config.yaml", "train.csv", f"train.csv?{_SIGNED}"),
        Replace(
            "config.yaml",
            "test.csv",
            f"test.csv?{_SIGNED}&X-Amz-Security-Token={'eyJ' + 'a' * 20}.{'eyJ' + 'b' * 20}.c",
        ),
        verdict=Unavailable,
        advises="copies config.yaml, which holds a signed link: the image works until it expires",
    ),
    _IMAGE_CLEAN.variant(
        "an example of a file of secrets",
        Write(".env.example", "AWS_SECRET_ACCESS_KEY=changeme\n"),
        Replace(_FILE, _CODE, "COPY . .\n"),
        verdict=Unavailable,
    ),
    _IMAGE_CACHE.variant("the recipe of the statement", *_RECIPE),
    _IMAGE_CACHE.variant(
        "code first",
        Replace(_FILE, _INSTALL, ""),
        Replace(_FILE, "COPY src ./src\n", "COPY src ./src\n" + _INSTALL),
        advises="copies the code before line",
    ),
    _IMAGE_CACHE.variant(
        "everything first",
        Replace(_FILE, _INSTALL, "COPY . .\nRUN pip install -r requirements.txt\n"),
        advises="Line 6 copies the code before line 7",
    ),
)
