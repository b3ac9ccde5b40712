"""The endpoints of the registry, on one release: from a request to an answer, nothing of the wire."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sync.demo.registry import history, tokens
from sync.demo.registry.answers import (
    Answer,
    Page,
    QueryError,
    Request,
    html,
    json_answer,
    json_body,
    json_bytes,
    text,
)
from sync.demo.registry.corpus import Corpus, Found, View, stamped
from sync.demo.registry.generated.corpus import GeneratedCorpus, GeneratedView
from sync.demo.registry.search import Search, normal_id

API_VERSION = "2.0.5"
TIME_OF_RELEASE = "T09:00:04"
DEFAULT_PAGE = 10
LARGEST_PAGE = 1000

_STUDY = re.compile(r"/api/v2/studies/([^/]+)")
_HISTORY = re.compile(r"/api/int/studies/([^/]+)/history(?:/(\d+))?")

PAGING = {"format", "markupFormat", "fields", "sort", "countTotal", "pageSize", "pageToken"}
FORMATS = {"format": "json", "markupFormat": "markdown"}


@dataclass(frozen=True)
class Api:
    """The registry on one release. `shuffle` stands for the moment: without `sort` the order follows it."""

    corpus: Corpus | GeneratedCorpus
    release: str
    shuffle: int = 0
    hidden: frozenset[str] = frozenset()
    """Studies that are left out of every list."""
    unknown: frozenset[str] = frozenset()
    """Studies that are not found by their id."""

    def answer(self, request: Request) -> Answer | Page:
        """The answer to one request, whatever it is."""
        try:
            return self._route(request)
        except QueryError as refusal:
            return text(400, str(refusal))

    def _route(self, request: Request) -> Answer | Page:
        fixed: dict[str, Callable[[Request], Answer | Page]] = {
            "/api/v2/version": self.version,
            "/api/v2/studies": self.studies,
            "/api/v2/stats/size": self.size,
        }
        if request.path in fixed:
            return fixed[request.path](request)
        if match := _STUDY.fullmatch(request.path):
            return self.study(request, match[1])
        if match := _HISTORY.fullmatch(request.path):
            return self.history(match[1], match[2])
        return html(404, "404 Not Found")

    def version(self, _: Request) -> Answer:
        """Which data set is being served."""
        return json_answer({"apiVersion": API_VERSION, "dataTimestamp": self.release + TIME_OF_RELEASE})

    def size(self, _: Request) -> Answer:
        """How many studies there are, and how large."""
        studies, average = self._view.size()
        return json_answer({"totalStudies": studies, "averageSizeBytes": average})

    def studies(self, request: Request) -> Page:
        """One page of a search."""
        _check_formats(request)
        # The token decides nothing of this: with other parameters the registry gives 200 and wrong rows, and so does this
        # one.
        search = Search.of(request, PAGING)
        found = self._found(search)
        start = tokens.offset_of(request.param("pageToken")) if request.param("pageToken") else 0
        end = start + page_size(request)
        return Page(
            records=tuple(self.record(each, request) for each in found[start:end]),
            # The total is told on the first page alone.
            total=len(found) if request.param("countTotal") == "true" and start == 0 else None,
            token=tokens.token_for(end) if end < len(found) else None,
        )

    def study(self, request: Request, requested_id: str) -> Answer:
        """One study by its id; 301 from an id that it had before."""
        _check_formats(request)
        for name, _value in request.params:
            if name not in {"format", "markupFormat", "fields"}:
                raise QueryError(f"`{name}` is unknown parameter")
        nct_id = normal_id(requested_id)
        if nct_id in self._view.aliases:
            # The registry forgets the parameters on the way to the other id.
            target = f"/api/v2/studies/{self._view.aliases[nct_id]}"
            return Answer(301, headers=(("Location", target),))
        if nct_id not in self._view.studies or nct_id in self.unknown:
            return text(404, f"NCT number {nct_id} not found")
        return json_body(self.record(self._view.studies[nct_id], request))

    def history(self, requested_id: str, number: str | None) -> Answer:
        """The list of a study's versions, or one of them."""
        entry = self.corpus.entries.get(normal_id(requested_id))
        versions = entry.versions_until(self.release) if entry else []
        if not versions or (number is not None and int(number) >= len(versions)):
            return text(404, f"NCT number {normal_id(requested_id)} not found")
        return json_answer(
            history.version_list(versions) if number is None else history.version(versions, int(number))
        )

    def record(self, found: Found, request: Request) -> bytes:
        """The bytes of one study, with the fields asked for."""
        fields = [name for name in re.split(r"[|,]", request.param("fields")) if name]
        if not fields:
            return found.version.as_served(self.release)
        return stamped(json_bytes(found.version.part(fields)), self.release)

    def _found(self, search: Search) -> Sequence[Found]:
        view = self._view
        if isinstance(view, GeneratedView):
            return view.results(search, self.hidden, self.shuffle)
        found = [result for result in search.results(view) if result.entry.nct_id not in self.hidden]
        return search.order(found, self.shuffle)

    @property
    def _view(self) -> View | GeneratedView:
        return self.corpus.view(self.release)


def _check_formats(request: Request) -> None:
    for name, only in FORMATS.items():
        if request.param(name, only) != only:
            raise QueryError(f"`{name}` other than `{only}` is not served here")


def page_size(request: Request) -> int:
    """How many studies a page of this request holds. Raises QueryError."""
    value = request.param("pageSize", "0")
    if not value.isdecimal():
        raise QueryError("`pageSize` has incorrect format")
    # Larger sizes are cut without a word, and 0 means the default: both as the registry has it.
    return min(int(value) or DEFAULT_PAGE, LARGEST_PAGE)
