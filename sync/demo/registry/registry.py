"""The running registry: its release, its faults, its answers, and what it has been asked."""

import re
import threading
from dataclasses import dataclass, field
from typing import Any

from sync.demo.registry.answers import Answer, Page, QueryError, Request, html
from sync.demo.registry.api import Api
from sync.demo.registry.corpus import Corpus
from sync.demo.registry.faults import Fault, Faults, Moment
from sync.demo.registry.generated.corpus import GeneratedCorpus

# The registry's edge lets httpx pass under its own name only.
ADMITTED = re.compile(r"python-httpx/\d")
LONGEST_URL = 8_000


@dataclass
class Registry:
    """Shared by all requests; `_lock` guards what changes."""

    corpus: Corpus | GeneratedCorpus
    release: str
    faults: Faults
    log: list[dict[str, Any]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _history: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(1))
    _moment: int = 0

    def move_to(self, release: str) -> None:
        """Serves another release; `next` is the next one that the corpus knows. Raises QueryError."""
        if release == "next":
            release = self.corpus.release_after(self.release)
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", release):
            raise QueryError(f"`{release}` is not a release: YYYY-MM-DD, or `next`")
        self.corpus.view(release)  # a generated registry has releases on weekdays alone, and refuses others
        with self._lock:
            self.release = release

    def answer(self, request: Request) -> Answer:
        """The answer to one request, faults included; it is kept in the log."""
        refusal = self._admit(request)
        striking = [] if refusal else self.faults.striking(request)
        answer = refusal or self._one_history_at_a_time(request, striking)
        self._note(request, answer, striking)
        return answer

    def _note(self, request: Request, answer: Answer, striking: list[Fault]) -> None:
        entry = {
            "method": request.method,
            "path": request.path,
            "params": dict(request.params),
            "host": request.headers.get("host", ""),
            "status": answer.status,
            "faults": [fault.written for fault in striking],
        }
        with self._lock:
            self.log.append(entry)

    def _admit(self, request: Request) -> Answer | None:
        if len(request.url) > LONGEST_URL:
            return html(414, "414 Request-URI Too Large")
        if not ADMITTED.match(request.headers.get("user-agent", "")):
            return html(403, "403 Forbidden")
        return None if request.method == "GET" else html(405, "405 Not Allowed")

    def _one_history_at_a_time(self, request: Request, striking: list[Fault]) -> Answer:
        if not request.path.startswith("/api/int/"):
            return self._answer(request, striking)
        # More than one request for the history in flight gets 429, as on the registry's own site.
        if not self._history.acquire(blocking=False):
            return html(429, "429 Too Many Requests")
        try:
            return self._answer(request, striking)
        finally:
            self._history.release()

    def _answer(self, request: Request, striking: list[Fault]) -> Answer:
        api = self._api()
        for fault in striking:
            if fault.kind.instead and (answer := fault.kind.instead(self._about(fault, request, api))):
                return answer
        for fault in striking:
            if fault.kind.asked:
                request = fault.kind.asked(self._about(fault, request, api))
        for fault in striking:
            if fault.kind.view:
                api = fault.kind.view(self._about(fault, request, api))
        return self._spoilt(striking, request, api, api.answer(request))

    def _spoilt(self, striking: list[Fault], request: Request, api: Api, answer: Answer | Page) -> Answer:
        for fault in striking:
            if fault.kind.page and isinstance(answer, Page):
                answer = fault.kind.page(self._about(fault, request, api), answer)
        answer = answer.answer() if isinstance(answer, Page) else answer
        for fault in striking:
            if fault.kind.after:
                answer = fault.kind.after(self._about(fault, request, api), answer)
        return answer

    def _about(self, fault: Fault, request: Request, api: Api) -> Moment:
        return Moment(fault.argument, request, api, self.move_to)

    def _api(self) -> Api:
        with self._lock:
            # Another moment for each request: without `sort` the order then differs from page to page, and a client that
            # forgets it fails.
            self._moment += 1
            return Api(self.corpus, self.release, self._moment)
