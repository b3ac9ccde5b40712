"""What a cycle costs over 2,000 studies, unchanged and with 1 % changed, against the plain way in the same run.

The plain way: an ORM row per study with a JSON column, the whole record compared by DeepDiff with `ignore_order`. It is
measured on a sample and scaled: its time grows with the number of studies alone. Both ways are given the registry's
answers out of memory, because waiting for them takes either of them as long.
`python tests/bench/bench_cycle.py` prints a table; it fails where an unchanged cycle is less than 50 times as fast,
or takes 300 MiB.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402
from deepdiff import DeepDiff  # noqa: E402
from pydantic import SecretStr  # noqa: E402
from sqlalchemy import JSON, create_engine  # noqa: E402
from sqlmodel import Column, Field, Session, SQLModel, select  # noqa: E402

from storage.engine import open_database  # noqa: E402
from sync import logs  # noqa: E402
from sync.config import DatabaseSettings, Settings, WatchSettings  # noqa: E402
from sync.cycle.cycle import run_cycle  # noqa: E402
from sync.cycle.report import Report  # noqa: E402
from sync.registry.client import Registry  # noqa: E402
from sync.registry.settings import RegistrySettings  # noqa: E402
from sync.rules import by_watch  # noqa: E402
from sync.service import Service, utc_now  # noqa: E402

STUDIES = 2_000
SAMPLE = 40
DAYS = ("2026-09-01", "2026-09-02", "2026-09-03")
STAMP = "@release@"
CHANCE = random.Random(1)

Record = dict[str, Any]


class Row(SQLModel, table=True):
    """A study as the plain way keeps it."""

    nct_id: str = Field(primary_key=True)
    record: Record = Field(sa_column=Column(JSON))


def words(number: int) -> str:
    """So many invented words."""
    return " ".join(
        f"{CHANCE.choice('bcdfgmnprst')}{CHANCE.choice('aeiou')}{CHANCE.randrange(999)}"
        for _ in range(number)
    )


def record(nct_id: str) -> Record:
    """An invented record of about 26 KB, in the shape and proportions of the registry's."""
    criteria = "\n".join(f"* {words(14)}" for _ in range(35))
    sites = [
        {
            "facility": f"{words(4)} Clinic",
            "city": words(1),
            "state": words(1),
            "zip": str(CHANCE.randrange(99_999)),
            "country": "Nowhere",
            "status": "RECRUITING",
            "geoPoint": {"lat": CHANCE.random(), "lon": CHANCE.random()},
        }
        for _ in range(30)
    ]
    outcomes = [{"measure": words(9), "description": words(50), "timeFrame": "12 months"} for _ in range(15)]
    return {
        "protocolSection": {
            "identificationModule": {"nctId": nct_id, "briefTitle": words(9), "officialTitle": words(16)},
            "statusModule": {
                "overallStatus": "RECRUITING",
                "statusVerifiedDate": "2026-08",
                "lastUpdateSubmitDate": "2026-08-20",
                "lastUpdatePostDateStruct": {"date": "2026-08-25", "type": "ACTUAL"},
            },
            "sponsorCollaboratorsModule": {"leadSponsor": {"name": words(3), "class": "INDUSTRY"}},
            "descriptionModule": {"briefSummary": words(150), "detailedDescription": words(700)},
            "conditionsModule": {"conditions": [words(2) for _ in range(4)]},
            "designModule": {"phases": ["PHASE1"], "enrollmentInfo": {"count": 24, "type": "ESTIMATED"}},
            "outcomesModule": {"primaryOutcomes": outcomes[:3], "secondaryOutcomes": outcomes[3:]},
            "eligibilityModule": {"eligibilityCriteria": f"Inclusion Criteria:\n\n{criteria}", "sex": "ALL"},
            "contactsLocationsModule": {"locations": sites},
        },
        "derivedSection": {
            "miscInfoModule": {"versionHolder": STAMP},
            "conditionBrowseModule": {"meshes": [{"id": f"D{n}", "term": words(2)} for n in range(40)]},
        },
        "hasResults": False,
    }


def edited(before: Record) -> Record:
    """The record with another target, two sites more and one criterion less: the size of a real edit."""
    after: Record = json.loads(json.dumps(before))
    protocol = after["protocolSection"]
    protocol["designModule"]["enrollmentInfo"]["count"] = 36
    protocol["statusModule"]["lastUpdatePostDateStruct"]["date"] = "2026-09-02"
    protocol["eligibilityModule"]["eligibilityCriteria"] = protocol["eligibilityModule"][
        "eligibilityCriteria"
    ].rpartition("\n")[0]
    protocol["contactsLocationsModule"]["locations"] += [
        {"facility": words(4), "city": words(1), "country": "Nowhere"} for _ in range(2)
    ]
    return after


class InMemory(httpx.BaseTransport):
    """The registry's answers, made beforehand."""

    def __init__(self, bodies: dict[str, bytes]) -> None:
        self.day = DAYS[0]
        self._bodies = bodies

    def edit(self, nct_id: str) -> None:
        """Change one study."""
        self._bodies[nct_id] = json.dumps(edited(json.loads(self._bodies[nct_id]))).encode()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """`/version`, or records by `filter.ids`."""
        if request.url.path.endswith("/version"):
            return self._answer(
                json.dumps({"apiVersion": "2.0.5", "dataTimestamp": f"{self.day}T09:00:04"}).encode()
            )
        asked = request.url.params["filter.ids"].split("|")
        head = f'{{"totalCount":{len(asked)},"studies":['.encode()
        page = head + b",\n".join(self._bodies[nct_id] for nct_id in asked) + b"]}"
        page = page.replace(STAMP.encode(), self.day.encode())
        return self._answer(page)

    @staticmethod
    def _answer(body: bytes) -> httpx.Response:
        return httpx.Response(
            200, stream=httpx.ByteStream(body), headers={"content-type": "application/json"}
        )


def cycles(folder: Path, bodies: dict[str, bytes]) -> list[Report]:
    """A baseline, a release without changes, and one on which 1 % has changed."""
    ids = tuple(bodies)
    settings = Settings.model_construct(
        registry=RegistrySettings(min_interval_s=0),
        database=DatabaseSettings(url=SecretStr(f"sqlite:///{folder}/trialdelta.db")),
        watch=(WatchSettings(name="bench", ids=ids),),
    )
    answers, reports = InMemory(bodies), []
    database = open_database(settings.database.url.get_secret_value())
    database.ensure_schema()
    for day in DAYS:
        answers.day = day
        for nct_id in ids[::100] if day == DAYS[2] else ():
            answers.edit(nct_id)
        with Registry(settings.registry, transport=answers) as registry:
            reports.append(run_cycle(Service(settings, database, registry, by_watch(settings), utc_now)))
    database.close()
    return reports


def plain_way(folder: Path, sample: list[Record]) -> float:
    """Seconds for all studies: the record out of its row, compared as a whole, written back where it differs."""
    engine = create_engine(f"sqlite:///{folder}/plain.db")
    SQLModel.metadata.create_all(engine, tables=[Row.__table__])  # type: ignore[attr-defined]
    with Session(engine) as session:
        for each in sample:
            session.merge(Row(nct_id=each["protocolSection"]["identificationModule"]["nctId"], record=each))
        session.commit()
    bodies = [json.dumps(each) for each in sample]
    started = time.perf_counter()
    with Session(engine) as session:
        for body in bodies:
            now = json.loads(body)
            nct_id = now["protocolSection"]["identificationModule"]["nctId"]
            row = session.exec(select(Row).where(Row.nct_id == nct_id)).one()
            if DeepDiff(row.record, now, ignore_order=True):
                row.record = now
                session.add(row)
        session.commit()
    engine.dispose()
    return (time.perf_counter() - started) * STUDIES / len(sample)


def main() -> int:
    """Prints the table; 1 where a cycle is too slow or too large."""
    logs.configure("console", "error")
    ids = [f"NCT{number:08}" for number in range(1, STUDIES + 1)]
    bodies = {nct_id: json.dumps(record(nct_id)).encode() for nct_id in ids}
    sample = [json.loads(bodies[nct_id]) for nct_id in ids[:SAMPLE]]
    size = sum(map(len, bodies.values())) / STUDIES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        baseline, unchanged, changed = cycles(folder, bodies)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        plain = plain_way(folder, sample)
        stored = (folder / "trialdelta.db").stat().st_size
    if changed.counts["changed"] != STUDIES // 100 or unchanged.counts["unchanged"] != STUDIES:
        raise SystemExit(f"the cycles found something else: {unchanged.counts} {changed.counts}")
    out, held = sys.stdout.write, sum(map(len, bodies.values())) / 2**20
    out(
        f"{STUDIES:,} invented studies of {size / 1024:.1f} KB; the plain way measured on {SAMPLE}, and scaled\n"
    )
    out(f"{'baseline':<20}{baseline.seconds:8.2f} s   {stored / 2**20:.1f} MiB stored\n")
    for label, report in (("nothing changed", unchanged), ("1 % changed", changed)):
        out(f"{label:<20}{report.seconds:8.2f} s   {plain / report.seconds:.1f} x as fast as the plain way\n")
    out(f"{'the plain way':<20}{plain:8.2f} s\n")
    out(f"{'peak memory':<20}{memory:8.0f} MiB, {held:.0f} of them the answers held here\n")
    return 0 if plain / unchanged.seconds >= 50 and memory < 300 else 1


if __name__ == "__main__":
    sys.exit(main())
