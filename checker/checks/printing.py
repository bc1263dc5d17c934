"""A shell line that shows, without the checker, whether a program prints what was asked for."""

from __future__ import annotations


def prints(program: str, *, score: bool, matrix: bool) -> str:
    """Runs *program* and wants a share or percentage, and four counts beside and below each other, or by name.

    The words of *program* are expressions of Python, with commas between.
    """
    asked = []
    if score:
        asked.append('re.search(r"[.,]\\d|\\d ?%", said)')
    if matrix:
        asked.append('(re.search(rows, said) or re.search(r"(?i)(?s)\\b[tv]n\\b.*fp|(true|vrai).*(false|faux)", said))')
    return f"""python - <<'EOF'
import re, subprocess, sys
done = subprocess.run([{program}], capture_output=True, text=True)
said = re.sub(r"np\\.\\w+\\((.*?)\\)|[|│]", r"\\1 ", done.stdout + done.stderr)
number = r"\\d+(?:\\.\\d*)?"
pair = rf"(?<![\\d.]){{number}}[^\\w.\\n]+{{number}}(?![\\d.\\w])"
rows = rf"{{pair}}[^\\d\\n]*\\n?[^\\d\\n]*(?:\\b[01]\\b[^\\w.]+)?{{pair}}"
sys.exit(done.returncode or (0 if {" and ".join(asked)} else "not printed"))
EOF"""
