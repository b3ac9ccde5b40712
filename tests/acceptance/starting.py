"""An instance that has been through the demo's story, and what its commands import and cost when they start."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sync.demo.registry import serve
from sync.demo.show import show
from sync.demo.story import RELEASES, SEARCH, WATCHED_IDS

ROOT = Path(__file__).resolve().parents[2]
_TELLING = (
    "import atexit, sys; atexit.register(lambda: print('imported:', *sys.modules, file=sys.stderr)); "
    "from sync.cli import main; main()"
)
"""A command that says at its end what it has imported; `-X importtime` is silent about what is imported by name."""
_COUNTING = (
    "import atexit, gc, sys; atexit.register(lambda: print('collected:', len(gc.get_objects()), file=sys.stderr)); "
    "from sync.cli import main; main()"
)
"""A command that says at its end, after all else that it does then, what the garbage collector still has before it."""


@dataclass(frozen=True, slots=True)
class Started:
    """Runs commands on it, each in a process of its own, as a person does."""

    environment: dict[str, str]

    def run(self, *words: str, python: Sequence[str] = ("-m", "sync")) -> subprocess.CompletedProcess[str]:
        """A command that succeeds."""
        done = subprocess.run(
            [sys.executable, *python, *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (words, done.stdout, done.stderr[-2000:])
        return done

    def imports(self, *words: str) -> set[str]:
        """The modules that a command imports, and their packages."""
        told = self.run(*words, python=("-c", _TELLING)).stderr
        modules = told.rpartition("imported: ")[2].split()
        return {*modules, *(module.partition(".")[0] for module in modules)}

    def collected_at_the_end(self, *words: str) -> int:
        """How many objects the interpreter would look through for cycles when a command's process ends."""
        told = self.run(*words, python=("-c", _COUNTING)).stderr
        return int(told.rpartition("collected: ")[2])

    def cpu_seconds(self, *words: str) -> float:
        """What a command costs, from the start of its process to the end: user and system time."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.run(*words)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextmanager
def started(folder: Path) -> Iterator[Started]:
    """The instance, its registry on the last release that it has read."""
    show(folder)
    with serve([folder / "story.jsonl"], release=RELEASES[-1]) as registry:
        search = ", ".join(f"{key} = {json.dumps(value)}" for key, value in SEARCH.items())
        (folder / "config.toml").write_text(
            f'registry = {{ base_url = "{registry.api_url}", min_interval_s = 0 }}\n'
            f'database = {{ url = "sqlite:///{folder}/demo.db" }}\n'
            f'[[watch]]\nname = "demo"\nids = {json.dumps(WATCHED_IDS)}\nsearches = [{{ {search} }}]\n'
            f'[channels.letters]\nkind = "file"\npath = "{folder}/letters.jsonl"\n',
            encoding="utf-8",
        )
        unset = {name for name in os.environ if name.startswith(("TRIALDELTA_", "PYTHONDONTWRITEBYTECODE"))}
        kept = {name: value for name, value in os.environ.items() if name not in unset}
        yield Started(kept | {"TRIALDELTA_CONFIG": str(folder / "config.toml")})
