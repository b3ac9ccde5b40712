"""`python -m sync.demo.registry`: starts the local registry server."""

import argparse
import contextlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from storage.errors import TrialdeltaError
from sync.demo.registry.corpus import Corpus, read_corpus
from sync.demo.registry.faults import KINDS, Faults
from sync.demo.registry.generated.calendar import DEFAULT_RELEASE, MOST_STUDIES
from sync.demo.registry.generated.corpus import GeneratedCorpus
from sync.demo.registry.registry import Registry
from sync.demo.registry.server import RegistryServer

CONTROL = """
control, for demo and tests (JSON in, JSON out):
  POST /_control/release {"release": "2026-09-02"}   serve another release; "next": the next one
  POST /_control/faults {"faults": ["503:x3"]}       these faults and no others; []: none
  GET  /_control/log, POST /_control/log/clear       what was asked: method, path, params, status
"""

EXAMPLES = """
examples:
  python -m sync.demo.registry --corpus cohort.jsonl.gz --releases cohort.releases.txt --port 8099
  python -m sync.demo.registry --generate 600000 --seed 7 --port 8099
      the whole registry in size, invented; in config.toml: base_url = "http://127.0.0.1:8099/api/v2"
  curl -d '{"release": "next"}' http://127.0.0.1:8099/_control/release
      the next weekday: 1.4 % of the generated records differ, a few are new
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
        epilog=f"{EXAMPLES}{WRITTEN}\nfaults:\n{faults}\n{CONTROL}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--corpus", type=Path, nargs="+", action="extend", help=".jsonl, .jsonl.gz or .json")
    source.add_argument(
        "--generate",
        type=_count,
        metavar="N",
        help="N invented studies, computed on demand: the same for the same seed",
    )
    parser.add_argument(
        "--releases", type=Path, nargs="+", action="extend", default=[], help="the releases, one a line"
    )
    parser.add_argument(
        "--release",
        help=f"the release to serve (default: the first one known; {DEFAULT_RELEASE} of a generated registry)",
    )
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--fault", action="append", default=[], help="a fault to begin with; may be repeated")
    parser.add_argument("--seed", type=int, default=0, help="of generated studies, and of faults with a rate")
    return parser


def _count(text: str) -> int:
    if not 1 <= (count := int(text)) <= MOST_STUDIES:
        raise argparse.ArgumentTypeError(f"between 1 and {MOST_STUDIES:,}")
    return count


def _registry(arguments: argparse.Namespace) -> Registry:
    if arguments.generate:
        corpus: Corpus | GeneratedCorpus = GeneratedCorpus(arguments.generate, arguments.seed)
        first = DEFAULT_RELEASE
    else:
        corpus = read_corpus(arguments.corpus, arguments.releases)
        first = corpus.releases[0]
    faults = Faults(KINDS, arguments.seed)
    faults.set(arguments.fault)
    registry = Registry(corpus, "", faults)
    registry.move_to(arguments.release or first)
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
