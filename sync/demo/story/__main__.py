"""`python -m sync.demo.story --out FILE`: writes the story in the form that the local registry server reads."""

import argparse
import json
from pathlib import Path

from sync.demo.story import RELEASES, story


def main() -> None:
    """Writes the corpus, and its releases beside it where they are wanted."""
    parser = argparse.ArgumentParser(prog="python -m sync.demo.story", description=main.__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the corpus (.jsonl)")
    parser.add_argument("--releases", type=Path, help="the releases, one a line")
    arguments = parser.parse_args()
    arguments.out.write_text(
        "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in story()), "utf-8"
    )
    if arguments.releases:
        arguments.releases.write_text("".join(f"{release}\n" for release in RELEASES), "utf-8")


if __name__ == "__main__":
    main()
