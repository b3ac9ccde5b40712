"""The tables. The code works on them with SQLAlchemy Core (`table_of`); constraints validate, not the models.

Releases and the registry's dates are text as the registry writes them; times are aware UTC; hashes are
hexadecimal text at the edge. Every constraint has a name, so that a migration can change it.
"""

from storage.tables.accounts import ROLES, SCOPES, Account, ApiToken, WebSession
from storage.tables.alerting import (
    ALERT_STATES,
    DELIVERY_KINDS,
    DELIVERY_STATES,
    VERDICTS,
    Alert,
    Attempt,
    Audit,
    Delivery,
    DisabledChannel,
    Mute,
    Review,
)
from storage.tables.base import Base, table_of
from storage.tables.classes import CAUSES, ClassChange, ClassDecision, NotTaken, StudyClass
from storage.tables.events import ORIGINS, SEVERITIES, STORM_STATES, Change, Event, Silence, Storm, Superseded
from storage.tables.kept import KeptId, KeptSetting, KeptWatch, PausedWatch
from storage.tables.profiles import BaseRate, Profile, Trait
from storage.tables.proof import Seal
from storage.tables.records import (
    DICTIONARY_COPIES,
    PROVENANCES,
    STATES,
    VERSION_PARTS,
    Backfill,
    Dictionary,
    Membership,
    Quarantine,
    Reading,
    Study,
    Version,
    Watch,
)
from storage.tables.runs import CYCLE_STATES, Beat, Cycle, Lease, Watermark
from storage.tables.search import FTS5_TABLES, SearchEntry
from storage.tables.walks import WALK_KINDS, RegistryWalk, WalkPage
from storage.tables.worklist import OwnPage, PublishedPage

__all__ = [
    "ALERT_STATES",
    "CAUSES",
    "CYCLE_STATES",
    "DELIVERY_KINDS",
    "DELIVERY_STATES",
    "DICTIONARY_COPIES",
    "FTS5_TABLES",
    "ORIGINS",
    "PROVENANCES",
    "ROLES",
    "SCOPES",
    "SEVERITIES",
    "STATES",
    "STORM_STATES",
    "VERDICTS",
    "VERSION_PARTS",
    "WALK_KINDS",
    "Account",
    "Alert",
    "ApiToken",
    "Attempt",
    "Audit",
    "Backfill",
    "Base",
    "BaseRate",
    "Beat",
    "Change",
    "ClassChange",
    "ClassDecision",
    "Cycle",
    "Delivery",
    "Dictionary",
    "DisabledChannel",
    "Event",
    "KeptId",
    "KeptSetting",
    "KeptWatch",
    "Lease",
    "Membership",
    "Mute",
    "NotTaken",
    "OwnPage",
    "PausedWatch",
    "Profile",
    "PublishedPage",
    "Quarantine",
    "Reading",
    "RegistryWalk",
    "Review",
    "Seal",
    "SearchEntry",
    "Silence",
    "Storm",
    "Study",
    "StudyClass",
    "Superseded",
    "Trait",
    "Version",
    "WalkPage",
    "Watch",
    "Watermark",
    "WebSession",
    "table_of",
]
