"""What can go wrong when the registry is asked: a closed set. None of these ever means "no change" or "removed"."""

from typing import ClassVar

from sync.errors import TrialdeltaError


class RegistryError(TrialdeltaError):
    """The registry could not be asked."""

    hint = "Try `trialdelta doctor`."
    exit_code: ClassVar[int] = 4
    retry_after: float | None = None
    """Seconds that the registry wants us to wait, a day at most; None where it does not say."""


class Blocked(RegistryError):
    """The registry's edge refuses us (403)."""

    # A verdict and no hiccup: it is never asked again within a run. The edge compares the User-Agent with the TLS profile.
    hint = (
        "`trialdelta doctor` tries each User-Agent and TLS profile once and says which pass; set registry.tls_profile "
        "accordingly. Some cloud addresses are refused whatever is sent: try from another network or through registry.proxy."
    )

    def __init__(self, user_agent: str, tls_profile: str) -> None:
        super().__init__(f"the registry refuses us (403) as {user_agent!r} with TLS profile {tls_profile!r}")
        self.user_agent = user_agent
        self.tls_profile = tls_profile


class RateLimited(RegistryError):
    """The registry asks for fewer requests (429)."""

    hint = "It passes by itself. If it happens often, raise registry.min_interval_s."
    passing = True

    def __init__(self, retry_after: float | None = None) -> None:
        wish = "" if retry_after is None else f" and wants us to wait {retry_after:.0f} s"
        super().__init__(f"the registry asks for fewer requests (429){wish}")
        self.retry_after = retry_after


class Unavailable(RegistryError):
    """The registry does not answer."""

    hint = "It passes by itself as a rule. If not, check the network, registry.base_url and registry.proxy."
    passing = True

    def __init__(self, message: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Interrupted(RegistryError):
    """The client was closed while it was asking."""

    hint = "Nothing is lost: the next run takes it up."
    passing = True


class BusyAsking(RegistryError):
    """The registry is being asked for something else, one request at a time."""

    hint = "A cycle is under way: try again in a minute."
    passing = True


class Unreadable(RegistryError):
    """The registry answered 200 with something that is not an answer: a maintenance page, a cut body, another shape."""

    hint = "It passes by itself as a rule: maintenance, or a broken connection. If it stays, the API may have changed."
    passing = True


KEPT_BYTES = 1_000_000
"""Bytes of an answer that an error keeps for the quarantine."""


class Spoilt(Unreadable):
    """One study spoils the registry's answer."""

    # Asked for with fewer others it shows which one it is; then it is one record's affair, kept apart with its bytes.
    def __init__(self, message: str, body: bytes) -> None:
        kept = f"; the first {KEPT_BYTES:,} bytes are kept" if len(body) > KEPT_BYTES else ""
        super().__init__(message + kept)
        self.beginning = body[:KEPT_BYTES]


class TooLarge(Spoilt):
    """The answer is larger than this client takes in."""

    hint = "Ask for fewer studies at a time: lower registry.ids_per_request."
    passing = False


class Unsplittable(Spoilt):
    """The registry's answer is a page of studies, one of which is not JSON, so that none can be told from the next."""

    hint = "Its bytes are kept in quarantine: `trialdelta quarantine`."
    passing = False

    def __init__(self, body: bytes) -> None:
        super().__init__("the registry's answer cannot be split into its studies", body)


class NotFound(RegistryError):
    """The registry has no such study: it said so in exactly these words."""

    hint = "Check the NCT ID. A study is held to be gone only when two releases agree on it."
    exit_code = 1


class NothingRelated(NotFound):
    """The registry has no such study, to which others were to be related."""

    hint = (
        "Check the NCT ID in the watch's related_to: where it is wrong, correct it in the configuration file or with "
        "`trialdelta watch edit NAME --related-to NCT…`. Until the registry has it, nothing is found by it."
    )


class BadRequest(RegistryError):
    """The registry does not understand the question."""

    hint = "Check the watch's searches, and registry.base_url (it ends in /api/v2)."
    exit_code = 1


class StaleToken(BadRequest):
    """The registry refused a page token in the middle of a walk."""

    hint = "It passes by itself: the walk is started again."
    passing = True
    exit_code = 4


class WalkBroken(RegistryError):
    """The pages of a search do not add up: a page repeated, a token that leads nowhere, or studies short of the total."""

    hint = "Nothing is concluded from such a walk; the next cycle walks again."
    passing = True

    def __init__(self, message: str, *, expected: int | None = None, seen: int = 0) -> None:
        """`expected`: how many studies the registry counts; `seen`: how many its pages held."""
        super().__init__(message)
        self.expected, self.seen = expected, seen


class ReleaseFlip(RegistryError):
    """The registry moved on to another release in the middle of a walk."""

    hint = "It passes by itself: the cycle starts again on the new release."
    passing = True


class StaleReplica(ReleaseFlip):
    """The registry names one release and serves the records of another: a copy of it is behind."""

    hint = "It passes by itself when every copy has the release; nothing is concluded meanwhile."


class Moved(RegistryError):
    """The registry sends us elsewhere, and we do not go there."""

    hint = "Check registry.base_url; a captive portal or a proxy may stand in between."

    def __init__(self, location: str) -> None:
        super().__init__(f"the registry redirects to {location[:200]!r}, which is not followed")
        self.location = location
