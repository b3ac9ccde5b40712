"""Finding studies by words."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import ConfigDict

from sync.web.api.routes import api_router
from sync.web.dependencies import CurrentService, ReadSession
from sync.web.views import find as view
from sync.web.views.find import FindQuery, Found

router = api_router("studies")


class FindParameters(FindQuery):
    """What is looked for, and nothing else."""

    # A parameter that is misspelt would be passed over, and all studies would look like those asked for.
    model_config = ConfigDict(frozen=True, extra="forbid")


@router.get("/find")
def find_studies(
    session: ReadSession, service: CurrentService, query: Annotated[FindParameters, Query()]
) -> Found:
    """Studies that have words in their ids, titles, conditions, interventions, sponsors, people, sites, cities or countries.

    The best first: words in titles and ids before those in conditions and interventions, those before the others; whole
    words before beginnings.
    """
    return view.load(session, query, service.now())
