"""Pages that are registered with a study: what is taken, and how each stands against the newest version."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from pydantic import Field
from sqlalchemy.orm import Session

from storage import versions
from storage.errors import VersionCorrupt
from storage.own_pages import own_pages, set_own_page
from storage.published_pages import PublishedPage, published_pages, put_page
from sync.alerts.published.address import own_page_url
from sync.alerts.published.check import check_page
from sync.alerts.published.models import PageCheck, PageState
from sync.alerts.published.sentences import doubted, rests_on, untrue
from sync.alerts.published.stored import known
from sync.alerts.published.untrue import Untrue
from sync.errors import UsageError
from sync.view import View

LONGEST = 1_000_000
"""Characters of a page: they have a tenth of it, their source too; the registry's own criteria end at 20,000."""
MOST = 50
"""Pages of one study: each is checked whenever the study is looked at."""


class RegisteredPage(View):
    """A registered page, and how it stands against the newest version of its study's record."""

    nct_id: str
    url: str
    reviewed: str | None = Field(description="When its publisher last reviewed it (YYYY-MM-DD).")
    at: datetime = Field(description="When this text was given.")
    by: str
    state: PageState | None = Field(description="Null while no version can be read.")
    untrue: tuple[Untrue, ...] = Field(description="What does not hold, sentence by sentence.")
    doubted: tuple[Untrue, ...] = Field(
        description="What it says otherwise than any version did, or in words that cannot be read."
    )
    undecided: tuple[str, ...] = Field(
        description="Its sentences on who takes part, how many, or how the study stands that were not understood: "
        "it holds no further than it could be read."
    )
    rests_on: str = Field(description="What was found on it and is right: it holds no further than that.")

    @property
    def since(self) -> str | None:
        """The release since which something does not hold, where that is known."""
        return min((each.since for each in self.untrue if each.since), default=None)


def register(
    session: Session, nct_id: str, url: str, text: str, reviewed: str | None, *, by: str, at: datetime
) -> bool:
    """Look after a page, or take its new text; whether anything is new. Where the study has no page of one's own, it is.

    Raises UsageError for an address that is none, a text that is empty, too long or none, a day that is none or to
    come, and one page too many; UnknownEntry for a study that no watch has.
    """
    address = own_page_url(url)
    if not address:
        raise UsageError("a page needs its address: https://…")
    if not text.strip():
        raise UsageError("there is no text to register: give what the page prints, or its HTML source")
    if "\0" in text:  # PostgreSQL takes none in a text, and no page has one
        raise UsageError(
            "this is a file and no text, as it has zero bytes: give what the page prints, or its HTML source"
        )
    if len(text) > LONGEST:
        raise UsageError(f"the text is longer than {LONGEST:,} characters: give the page without its scripts")
    day = _day(reviewed, at)
    there = {each.url for each in published_pages(session, nct_id)}
    if address not in there and len(there) >= MOST:
        raise UsageError(f"{nct_id} has {MOST} registered pages: remove one first")
    page = PublishedPage(nct_id, address, text, day, at, by)
    is_new = put_page(session, page)
    if nct_id not in own_pages(session, [nct_id]):
        set_own_page(session, nct_id, address, by=by, at=at)
    return is_new


def registered(session: Session, nct_id: str | None = None) -> list[RegisteredPage]:
    """The pages of a study, or all, each checked against the newest version."""
    return [standing(session, page) for page in published_pages(session, nct_id)]


def standing(session: Session, page: PublishedPage) -> RegisteredPage:
    """How a page stands against the newest version of its study."""
    found = _checked(session, page)
    return RegisteredPage(
        **{name: getattr(page, name) for name in ("nct_id", "url", "reviewed", "at", "by")},
        state=found.state if found else None,
        untrue=tuple(untrue(page.text, found)) if found else (),
        doubted=tuple(doubted(page.text, found)) if found else (),
        undecided=found.undecided if found else (),
        rests_on=rests_on(found) if found else "",
    )


def _checked(session: Session, page: PublishedPage) -> PageCheck | None:
    infos = versions.versions(session, page.nct_id)
    if not infos:
        return None
    try:
        return check_page(page.nct_id, page.text, known(session, page.nct_id, infos))
    except VersionCorrupt:  # the study's page and `verify` tell of it
        return None


_EASTERNMOST = timedelta(hours=14)


def _day(text: str | None, at: datetime) -> str | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a day: write it as 2026-05-15") from error
    # It is tomorrow already where the publisher may be.
    if day > (at + _EASTERNMOST).date():
        raise UsageError(f"{text} has not come yet: give the day on which the page was last reviewed")
    return str(day)
