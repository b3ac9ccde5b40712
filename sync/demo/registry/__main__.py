"""`python -m sync.demo.registry`: starts the local registry server."""

import argparse
import contextlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from storage.errors import TrialdeltaError
from sync.demo.registry.corpus import read_corpus
from sync.demo.registry.faults import KINDS, Faults
from sync.demo.registry.registry import Registry
from sync.demo.registry.server import RegistryServer

CONTROL = """
control, for demo and tests (JSON in, JSON out):
  POST /_control/release {"release": "2026-09-02"}   serve another release; "next": the next one
  POST /_control/faults {"faults": ["503:x3"]}       these faults and no others; []: none
  GET  /_control/log, POST /_control/log/clear       what was asked: method, path, params, status
"""

WRITTEN = """
a fault is NAME[:ARGUMENT][:RATE][:xTIMES][:@FROM][:/PATH][:?PARAMETER]:
  503  429:0.1 (one in ten)  503:x3 (three answers)  reset:@5:x1 (the fifth)
  500:/version (paths with that)  poison:nul:?filter.ids (requests with that parameter)
"""


def _parser() -> argparse.ArgumentParser:
    faults = "\n".join(
        f"  {kind.name:<18} {kind.about}" for kind in sorted(KINDS.values(), key=lambda kind: kind.name)
    )
    parser = argparse.ArgumentParser(
        prog="python -m sync.demo.registry",
        description="A local registry server that behaves as ClinicalTrials.gov does.",
        epilog=f"{WRITTEN}\nfaults:\n{faults}\n{CONTROL}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--corpus", type=Path, nargs="+", action="extend", required=True, help=".jsonl, .jsonl.gz or .json"
    )
    parser.add_argument(
        "--releases", type=Path, nargs="+", action="extend", default=[], help="the releases, one a line"
    )
    parser.add_argument("--release", help="the release to serve (default: the first one known)")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--fault", action="append", default=[], help="a fault to begin with; may be repeated")
    parser.add_argument("--seed", type=int, default=0, help="of the chances of faults with a rate")
    return parser


def _registry(arguments: argparse.Namespace) -> Registry:
    corpus = read_corpus(arguments.corpus, arguments.releases)
    faults = Faults(KINDS, arguments.seed)
    faults.set(arguments.fault)
    registry = Registry(corpus, "", faults)
    registry.move_to(arguments.release or corpus.releases[0])
    return registry


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until interrupted; returns the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        registry = _registry(arguments)
    except TrialdeltaError as wrong:
        sys.stderr.write(f"{wrong.sentence}\n{wrong.hint}\n")
        return 2
    server = RegistryServer((arguments.host, arguments.port), registry)
    studies = len(registry.corpus.view(registry.release).studies)
    host, port = server.server_address[:2]
    sys.stdout.write(f"listening on http://{host!s}:{port} release {registry.release} studies {studies}\n")
    # Whoever started us waits for this line, which a pipe would keep back.
    sys.stdout.flush()
    # As for Ctrl-C, so that the server's sockets are closed in both cases.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), server:
        server.serve_forever()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
