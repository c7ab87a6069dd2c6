"""`python -m tests.employers --record FILE`: the employers as a process, for runs that kill everything else."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from tests.employers.behaviours import MIXES, parse_mix
from tests.employers.channels import CHANNELS
from tests.employers.server import Employers


def main() -> None:
    """Serve until SIGTERM or SIGINT; the first line said is JSON with every address."""
    parser = argparse.ArgumentParser(prog="python -m tests.employers", description=__doc__)
    parser.add_argument("--record", type=Path, required=True, help="file that what arrives is appended to")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls-port", type=int, default=0)
    parser.add_argument("--smtp-port", type=int, default=0)
    parser.add_argument("--mix", default="perfect", help=f"{', '.join(MIXES)}, or name=share,…")
    parser.add_argument("--seed", default="0")
    parser.add_argument(
        "--no-limits", action="store_true", help="without the vendors' limits of requests a second"
    )
    given = parser.parse_args()

    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    running = Employers(
        given.record,
        mix=parse_mix(given.mix, seed=given.seed),
        port=given.port,
        tls_port=given.tls_port,
        smtp_port=given.smtp_port,
    )
    running.house.limits = not given.no_limits
    with running:
        addresses = {
            "port": running.port,
            "tls_port": running.tls_port,
            "smtp_port": running.smtp_port,
            "certificate": str(running.certificate),
            "roots": {channel: running.root(channel) for channel in CHANNELS},
            "keys": {channel: running.key(channel) for channel in CHANNELS},
        }
        sys.stdout.write(json.dumps(addresses) + "\n")
        sys.stdout.flush()
        stopping.wait()


if __name__ == "__main__":
    main()
