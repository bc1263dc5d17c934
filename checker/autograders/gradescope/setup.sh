#!/usr/bin/env bash
# Installs the checker, once, while Gradescope builds the image of the assignment.
set -euo pipefail

root="${AUTOGRADER_ROOT:-/autograder}"
settings="$root/source/settings.sh"
# shellcheck source=/dev/null
. "$settings"

suitable() {
    "$1" -c 'import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

find_python() {
    for name in python3.12 python3.13 python3.11 python3; do
        if command -v "$name" >/dev/null && suitable "$name"; then
            command -v "$name"
            return
        fi
    done
}

python="$(find_python)"
if [ -z "$python" ] && command -v apt-get >/dev/null; then
    apt-get update
    apt-get install -y --no-install-recommends ca-certificates git python3 python3-pip python3-venv
    python="$(find_python)"
fi
if [ -n "$python" ]; then
    "$python" -m venv "$root/checker"
else
    # the distribution's Python is too old: uv brings one
    python3 -m venv "$root/uv"
    "$root/uv/bin/python" -m pip install --no-cache-dir uv
    "$root/uv/bin/uv" venv --seed --python 3.12 "$root/checker"
fi

case "$CHECKER_SOURCE" in
    *.whl) if [ -e "$root/source/$CHECKER_SOURCE" ]; then CHECKER_SOURCE="$root/source/$CHECKER_SOURCE"; fi ;;
esac
"$root/checker/bin/python" -m pip install --no-cache-dir "$CHECKER_SOURCE"
"$root/checker/bin/checker" --version
