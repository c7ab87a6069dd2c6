#!/bin/sh
# Every check that needs no server, all of them even when one fails. `make check` and ./test call this.
set -u
cd "$(dirname "$0")/.."
python=.venv/bin/python
failed=

check() {
    name=$1
    shift
    if "$@"; then
        echo "$name: right"
    else
        echo "$name: WRONG" >&2
        failed="$failed $name"
    fi
}

# shellcheck disable=SC2086  # no template has a blank in its name
templates=$(find . -path ./.venv -prune -o -path ./.local -prune -o -path '*/templates/*.html' -print)

check format $python -m ruff format --check --quiet .
check lint $python -m ruff check --quiet .
check types $python -m mypy --no-error-summary .
check arrows .venv/bin/lint-imports --no-logo
check template-format .venv/bin/djade --check --target-version 5.2 $templates
check template-lint $python -m djlint --lint --quiet templates

[ -z "$failed" ] || { echo "Checks failed:$failed" >&2; exit 1; }
