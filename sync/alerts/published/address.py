"""The address of a page on a study: which ones are taken."""

from __future__ import annotations

from urllib.parse import urlsplit

from sync.errors import UsageError

LONGEST = 2000


def own_page_url(text: str) -> str:
    """The address as it is kept; empty for none. Raises UsageError for what a browser would not open as a web page."""
    url = text.strip()
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_web = False
    # A space or a control character would end the address where some programs read it, and go on where others do.
    if not is_web or len(url) > LONGEST or not url.isprintable() or any(char.isspace() for char in url):
        raise UsageError(
            "the address of your page must begin with https:// or http://, without spaces, in at most 2,000 characters"
        )
    if parts.username or parts.password:
        raise UsageError("leave the name and the password out of the address: everybody here sees it")
    return url
