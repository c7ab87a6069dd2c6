#!/bin/sh
# Makes .venv hold what requirements.lock names (argument "run") or requirements-dev.lock ("test").
# Does nothing when it does already. Two at once take turns; an interrupted one is begun anew.
set -eu

here=$(cd "$(dirname "$0")/../.." && pwd)
venv=$here/.venv
marker=$venv/.relevnt-installed      # one line for each lock file that is in, with its checksum
unfinished=$venv/.relevnt-unfinished

stop() {
    echo "$1" >&2
    exit 2
}

line_of() {
    (cd "$here" && cksum "$1")
}

is_in() {
    [ -x "$venv/bin/python" ] && [ ! -e "$unfinished" ] && [ -f "$marker" ] && grep -qxF "$(line_of "$1")" "$marker"
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    stop "Relevnt needs Python 3.11 or newer, and found none. Install one, or name it: PYTHON=/path/to/python3.12 ./run"
}

install_lock() {
    if [ "${RELEVNT_INSTALLER:-uv}" = uv ]; then
        # uv is several times faster than pip; where it cannot be had, pip does the same
        if pip install "$(cat "$here/relevnt/embedded/uv-pin")" &&
            "$venv/bin/uv" pip install --quiet --require-hashes --compile-bytecode \
                --python "$venv/bin/python" -r "$here/$1"; then
            return
        fi
        echo "uv could not be used here; installing with pip." >&2
    fi
    pip install --require-hashes -r "$here/$1" && return
    echo "The requirements could not be installed; the reason is above. Is there a network? Then try again." >&2
    exit 1
}

pip() {
    "$venv/bin/python" -m pip --quiet --disable-pip-version-check --no-input "$@"
}

lock=requirements.lock
[ "${1:-run}" = test ] && lock=requirements-dev.lock
is_in "$lock" && exit 0

for kept in "$here" "$venv"; do
    [ ! -e "$kept" ] || [ -w "$kept" ] || stop "This account ($(id -un)) may not write to $kept, where Relevnt installs what it \
needs: run it as the account that this belongs to, or use a copy of your own (git clone $here)."
done

python=$(find_python)
"$python" -c 'import ensurepip, venv' 2>/dev/null || stop \
    "This Python ($python) cannot make virtual environments. On Debian and Ubuntu: sudo apt-get install python3-venv"

if [ "${RELEVNT_INSTALL_LOCKED:-}" != "$here" ]; then
    # the lock is on the directory itself and goes when this process does, however it ends
    export RELEVNT_INSTALL_LOCKED="$here"
    exec "$python" -c '
import fcntl, os, sys
directory = os.open(sys.argv[1], os.O_RDONLY)
os.set_inheritable(directory, True)
try:
    fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("Another installation is under way; waiting for it.", file=sys.stderr)
    fcntl.flock(directory, fcntl.LOCK_EX)
os.execvp("sh", ["sh", *sys.argv[2:]])
' "$here" "$0" "$@"
fi

# what tests need stays in when only the product is updated
if [ -f "$marker" ] && grep -q ' requirements-dev\.lock$' "$marker"; then
    lock=requirements-dev.lock
fi
if [ -e "$unfinished" ] || ! "$venv/bin/python" -c '' 2>/dev/null; then
    rm -rf "$venv"
fi
echo "Installing the requirements in .venv (this happens once)."
if [ ! -d "$venv" ]; then
    mkdir "$venv"
    : >"$unfinished"
    "$python" -m venv "$venv"
fi
: >"$unfinished"
pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip
install_lock "$lock"
{
    line_of requirements.lock
    [ "$lock" = requirements.lock ] || line_of "$lock"
} >"$marker"
rm "$unfinished"
