"""Asking ahead: one thread fetches the next answer while the caller works on the one before."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Ahead:
    """Calls functions in one thread of its own, one after the other."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="registry")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False)  # what is under way ends by itself, or when the client is closed

    def __call__(self, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """What `ask` will have found."""
        # In a copy of the caller's context, so that what is logged in the thread names its cycle too.
        context = contextvars.copy_context()
        return self._pool.submit(lambda: context.run(ask, *args, **kwargs))
