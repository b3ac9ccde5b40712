"""The last two weeks: results, documents, a rollback, and studies that go out of sight."""

from sync.demo.story.cast import LINDEN
from sync.demo.story.edits import (
    SITES,
    STATUS,
    WHY_STOPPED,
    add,
    criteria_with,
    drop,
    enrolled,
    no_site_status,
    open_sites,
    put,
    rewrite,
    section,
    withheld,
)
from sync.demo.story.scenes import Scene, by_registry, by_sponsor, rollback

HIGHER_DOSE = {
    "label": "Higher dose",
    "type": "EXPERIMENTAL",
    "description": "2×10^6 MCW-101 cells per kg of body weight, once",
    "interventionNames": ["Biological: MCW-101 cells", "Drug: Fludarabine and cyclophosphamide"],
}
PROTOCOL = {
    "typeAbbrev": "Prot",
    "hasProtocol": True,
    "hasSap": False,
    "hasIcf": False,
    "label": "Study Protocol",
    "date": "2026-08-30",
    "uploadDate": "2026-09-22T14:05",
    "filename": "Prot_000.pdf",
    "size": 812345,
}
PUBLICATION = {
    "pmid": "99000001",
    "type": "DERIVED",
    "citation": "Fairweather R. An invented report. J Made Up Med. 2026;1:1.",
}

SECOND_HALF: tuple[Scene, ...] = (
    by_sponsor(11, 4, "info contacts", "another telephone number")(
        put("contactsLocationsModule.centralContacts.0.phone", "555-0177")
    ),
    by_sponsor(11, 6, "medium sites", "Germany is left")(drop(f"{SITES}.2")),
    by_sponsor(12, 7, "high arms", "a second dose level")(
        add("armsInterventionsModule.armGroups", HIGHER_DOSE)
    ),
    by_sponsor(12, 3, "description", "the summary says more")(
        rewrite("descriptionModule.briefSummary", "two years", "five years")
    ),
    by_sponsor(13, 10, "medium results", "results are posted")(
        section("hasResults", True),
        section("resultsSection", {"participantFlowModule": {"recruitmentDetails": "24 adults at 3 sites"}}),
        put("statusModule.resultsFirstPostDateStruct", {"date": "2026-09-23", "type": "ACTUAL"}),
    ),
    by_sponsor(13, 2, "info documents", "the protocol is uploaded")(
        section("documentSection", {"largeDocumentModule": {"largeDocs": [PROTOCOL]}})
    ),
    by_sponsor(13, 7, "eligibility", "a criterion in other words")(
        criteria_with("* Written informed consent", "* Informed consent given in writing")
    ),
    by_registry(14, 4, "info references", "a publication is linked by the registry")(
        put("referencesModule", {"references": [PUBLICATION]})
    ),
    by_sponsor(14, 9, "high dates status", "back from UNKNOWN, and more than two years late")(
        put(STATUS, "RECRUITING"),
        drop("statusModule.lastKnownStatus"),
        open_sites,
        put("statusModule.primaryCompletionDateStruct.date", "2028-08-31"),
        put("statusModule.completionDateStruct.date", "2029-02-28"),
    ),
    by_sponsor(15, 6, "high enrollment", "the target is raised from 36 to 60")(enrolled(60)),
    by_sponsor(15, 5, "oversight", "a monitoring committee is named")(
        put("oversightModule.oversightHasDmc", True)
    ),
    # The fourth week
    rollback(16, 6, "medium enrollment", "the version before is put back: from 60 to 36", to=11),
    by_sponsor(16, 1, "conditions", "a condition is added")(
        add("conditionsModule.conditions", "Lupus Nephritis")
    ),
    by_sponsor(17, 2, "ipd", "data will be shared")(put("ipdSharingStatementModule.ipdSharing", "YES")),
    by_sponsor(17, 4, "high eligibility", "an exclusion is taken out: wider")(
        criteria_with("* Hepatitis B, hepatitis C or HIV infection\n", "")
    ),
    by_registry(18, 12, "withheld", "a stub is left of it")(withheld),
    by_sponsor(19, 7, "low status enrollment", "recruitment ends near plan")(
        put(STATUS, "ACTIVE_NOT_RECRUITING"), enrolled(45, "ACTUAL"), no_site_status
    ),
    by_sponsor(19, 3, "info identification", "an acronym")(put("identificationModule.acronym", "INVENT-SSC")),
    by_sponsor(20, 3, "design", "phase 1 becomes phase 1/2")(
        put("designModule.phases", ["PHASE1", "PHASE2"])
    ),
    by_sponsor(20, 8, "medium sponsor", "another sponsor takes over")(
        put("sponsorCollaboratorsModule.leadSponsor", {"name": LINDEN, "class": "OTHER"})
    ),
    by_sponsor(20, 9, "high status", "terminated for want of money")(
        put(STATUS, "TERMINATED"), put(WHY_STOPPED, "The funding of the study ended"), no_site_status
    ),
)
