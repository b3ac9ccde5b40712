"""What a check of a published text shows beside what the check came to: the study that it is about."""

from __future__ import annotations

from sync.alerts.published.models import PageCheck
from sync.view import View
from sync.web.views.study.compare import Side


class About(View):
    """The study whose record a text can be checked against."""

    nct_id: str
    title: str
    newest: Side


class CheckView(About, PageCheck):
    """A study, and a text checked against its record."""
