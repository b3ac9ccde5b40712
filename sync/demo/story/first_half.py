"""The first two weeks: from a quiet baseline over a pause for safety to a storm, and what follows."""

from sync.demo.story.cast import CAST, MERIDIAN, site
from sync.demo.story.edits import (
    OUTCOMES,
    SITES,
    STATUS,
    WHY_STOPPED,
    add,
    criteria_with,
    drop,
    enrolled,
    laid_out_anew,
    no_site_status,
    open_sites,
    put,
    turn_round,
)
from sync.demo.story.scenes import Scene, by_registry, by_sponsor, noise

MERIDIANS = tuple(part.number for part in CAST if part.sponsor == MERIDIAN)
RENAMED = f"{MERIDIAN}, a Northgate Company"

GREYFIELD = site("Greyfield Medical Center", "Greyfield", "Maine", "03999", "United States", 44.3, -69.8)

FIRST_HALF: tuple[Scene, ...] = (
    noise(2, 1, "the eligibility text is laid out anew, not a word differs")(laid_out_anew),
    noise(2, 3, "sites and outcomes come in another order")(
        turn_round(SITES), turn_round(f"{OUTCOMES}.secondaryOutcomes")
    ),
    by_sponsor(2, 4, "info administrative", "verified again, nothing else")(),
    by_sponsor(3, 3, "high enrollment", "the target is re-planned from 24 to 40")(enrolled(40)),
    by_sponsor(3, 4, "high eligibility", "platelets from 50 to 30: wider")(
        criteria_with("Platelet count ≥50×10^9/L", "Platelet count ≥30×10^9/L")
    ),
    by_sponsor(4, 5, "critical status", "suspended for safety")(
        put(STATUS, "SUSPENDED"),
        put(WHY_STOPPED, "Dosing paused after two cases of grade 4 neurotoxicity"),
        no_site_status,
    ),
    by_sponsor(4, 6, "high eligibility", "an exclusion is added: narrower")(
        criteria_with("or breast-feeding\n", "or breast-feeding\n* Stroke within 6 months before screening\n")
    ),
    by_sponsor(5, 7, "low sites", "one site is added, another one renamed")(
        add(SITES, GREYFIELD | {"status": "RECRUITING"}),
        put(f"{SITES}.1.facility", "Port Alder Center for Cell Therapy"),
    ),
    by_sponsor(5, 8, "high dates", "completion slips by more than two years")(
        put("statusModule.completionDateStruct.date", "2030-09")
    ),
    by_registry(5, 1, "info sites", "a site is placed anew on the map")(
        put(f"{SITES}.0.geoPoint", {"lat": 40.11, "lon": -82.91})
    ),
    # The second week
    by_sponsor(6, 2, "low status dates", "it opens")(
        put(STATUS, "RECRUITING"),
        put("statusModule.startDateStruct", {"date": "2026-09-14", "type": "ACTUAL"}),
        open_sites,
    ),
    by_registry(6, 9, "medium status", "UNKNOWN, computed by the registry")(
        put(STATUS, "UNKNOWN"), put("statusModule.lastKnownStatus", "RECRUITING"), no_site_status
    ),
    by_sponsor(6, 10, "dates", "a month becomes a day: a gain in precision, no slip")(
        put("statusModule.completionDateStruct.date", "2027-03-15")
    ),
    by_registry(7, MERIDIANS, "info sponsor", "the sponsor is renamed by the registry")(
        put("sponsorCollaboratorsModule.leadSponsor.name", RENAMED)
    ),
    by_sponsor(8, 2, "high eligibility", "a criterion moves from inclusion to exclusion")(
        criteria_with("  * LVEF ≥50%\n", ""),
        criteria_with("* Pregnancy", "* LVEF ≥50%\n* Pregnancy"),
    ),
    by_sponsor(8, 5, "status", "resumed")(put(STATUS, "RECRUITING"), drop(WHY_STOPPED), open_sites),
    by_sponsor(9, 11, "critical status enrollment", "terminated, and no reason given")(
        put(STATUS, "TERMINATED"), enrolled(11, "ACTUAL"), no_site_status
    ),
    by_sponsor(10, 1, "high eligibility", "a wash-out is shortened from 4 weeks to 2: wider")(
        criteria_with("vaccine within 4 weeks", "vaccine within 2 weeks")
    ),
    by_sponsor(10, 3, "critical outcomes", "a secondary outcome becomes a primary one after the start")(
        add(
            f"{OUTCOMES}.primaryOutcomes",
            {
                "measure": "Remission of Systemic Sclerosis without drugs",
                "timeFrame": "52 weeks after infusion",
            },
        ),
        drop(f"{OUTCOMES}.secondaryOutcomes.2"),
    ),
)
