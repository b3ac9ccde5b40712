"""What is logged while something is tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog
from structlog import testing
from structlog.typing import Processor


@contextmanager
def capture_logs(processors: Iterable[Processor] = ()) -> Iterator[list[MutableMapping[str, Any]]]:
    """All that is logged within, whatever level an earlier test of this process has set: a command may log errors alone."""
    structlog.reset_defaults()
    with testing.capture_logs(processors) as logged:
        yield logged
