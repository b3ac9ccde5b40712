"""Reading a study that no cycle has read yet: its past goes before a record of the registry's API, never without one."""

from __future__ import annotations

from dataclasses import dataclass, field

from storage import lease as leases
from storage import new_versions, versions
from storage.lease import Lease
from storage.versions import VersionInfo
from sync.cohort.classifying import classify as classify_trial
from sync.cycle.classify import Fresh, classify
from sync.errors import TrialdeltaError
from sync.registry.client import Release
from sync.registry.errors import NotFound, StaleReplica
from sync.registry.pages import RawRecord
from sync.service import Service
from sync.versions.new_version import new_version, summary_of
from sync.versions.profiles import stored_profile


class NotRead(TrialdeltaError):
    """The study could not be read."""

    hint = "Nothing of its past was stored."


@dataclass
class FirstPoll:
    """Reads studies as a cycle would, one by one; the release is asked for once."""

    service: Service
    _release: list[Release] = field(default_factory=list)

    def read(self, nct_id: str, lease: Lease) -> VersionInfo:
        """The baseline of a study, stored. Raises NotRead, and the errors of the registry."""
        fresh = self._fresh(nct_id)
        release, now, record = self._of_today(), self.service.now(), fresh.study.record
        made = new_version(
            fresh.study,
            fresh.raw,
            fresh.raw_hash,
            release=release.date,
            stamp=release.stamp,
            seen_at=now,
            summary=summary_of(fresh.study, stored_profile(fresh.study, classify_trial(record).as_json())),
        )
        with self.service.database.write() as session:
            leases.check(session, lease)
            # a cycle may have come to it meanwhile
            if nct_id not in versions.heads(session, [nct_id]):
                new_versions.add_versions(session, [made])
            return versions.versions(session, nct_id)[0]

    def _fresh(self, nct_id: str) -> Fresh:
        try:
            record = self._of_this_release(self.service.registry.study(nct_id))
        except NotFound as error:
            raise NotRead(str(error)) from error
        if record.nct_id != nct_id and record.problem is None:
            raise NotRead(f"{nct_id} is {record.nct_id} now: ask for that one")
        outcome = classify(record, None, lambda _head: b"")
        if not isinstance(outcome, Fresh):
            raise NotRead(f"its record cannot be read: {getattr(outcome, 'reason', '')}")
        return outcome

    def _of_today(self) -> Release:
        if not self._release:
            self._release.append(self.service.registry.release())
        return self._release[0]

    def _of_this_release(self, record: RawRecord) -> RawRecord:
        release = self._of_today()
        if record.version_holder not in (None, release.date):
            raise StaleReplica(
                f"the registry names release {release.date}, and its record of {record.nct_id} is of "
                f"{record.version_holder}"
            )
        return record
