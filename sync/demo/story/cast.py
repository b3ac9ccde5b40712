"""The studies of the story as they are on its first release. Every name, text and number is invented."""

from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]

MERIDIAN = "Meridian Cell Works"
HARROW = "Harrow Vale Biologics, Inc."
LINDEN = "University Hospital Lindenmoor"


@dataclass(frozen=True)
class Part:
    """What tells one study from another."""

    number: int
    disease: str
    target: str
    product: str
    score: str
    sponsor: str = MERIDIAN
    status: str = "RECRUITING"
    enrolled: int = 24
    verified: str = "2026-06"
    posted: str = "2026-06-18"
    start: str = "2025-11-03"
    primary: str = "2027-05-31"
    completion: str = "2028-06"

    @property
    def nct_id(self) -> str:
        """Its id, out of a range that the registry is far from."""
        return nct_id(self.number)


def nct_id(number: int) -> str:
    """The id of a study of the story."""
    return f"NCT{90_000_000 + number}"


CAST = [
    Part(1, "Systemic Lupus Erythematosus", "CD19", "MCW-101", "SLEDAI-2K score ≥8", enrolled=30),
    Part(
        2,
        "Lupus Nephritis",
        "CD19",
        "MCW-101",
        "urine protein ≥1.0 g/day",
        status="NOT_YET_RECRUITING",
        start="2026-10",
    ),
    Part(3, "Systemic Sclerosis", "CD19", "MCW-101", "mRSS of 10 to 35"),
    Part(4, "Idiopathic Inflammatory Myopathy", "BCMA", "MCW-202", "MMT-8 score ≤125 of 150"),
    Part(5, "Myasthenia Gravis", "BCMA", "MCW-202", "MG-ADL score ≥6", enrolled=18),
    Part(6, "ANCA-Associated Vasculitis", "CD19/BCMA", "MCW-303", "BVAS score ≥15", enrolled=36),
    Part(7, "Sjogren Syndrome", "CD19", "MCW-101", "ESSDAI score ≥14", enrolled=48),
    Part(8, "Relapsing Multiple Sclerosis", "CD19", "HV-19", "EDSS score ≤6.0", HARROW, enrolled=60),
    Part(
        9,
        "Neuromyelitis Optica Spectrum Disorder",
        "BCMA",
        "HV-BC",
        "EDSS score ≤7.5",
        HARROW,
        verified="2024-08",
        posted="2024-08-22",
        start="2023-02-15",
        primary="2026-02-28",
        completion="2026-08-31",
    ),
    Part(
        10,
        "Pemphigus Vulgaris",
        "CD19",
        "LM-1",
        "PDAI score ≥15",
        LINDEN,
        status="COMPLETED",
        completion="2027-03",
    ),
    Part(11, "Rheumatoid Arthritis", "CD19", "LM-1", "DAS28-CRP score >5.1", LINDEN, enrolled=30),
    Part(12, "Immune Thrombocytopenia", "BCMA", "HV-BC", "platelet count <30×10^9/L", HARROW),
]


def record(part: Part) -> Record:
    """The whole record of a study."""
    return {
        "protocolSection": {
            "identificationModule": _identification(part),
            "statusModule": _status(part),
            "sponsorCollaboratorsModule": {
                "responsibleParty": {"type": "SPONSOR"},
                "leadSponsor": {
                    "name": part.sponsor,
                    "class": "OTHER" if part.sponsor == LINDEN else "INDUSTRY",
                },
            },
            "oversightModule": {"oversightHasDmc": False, "isFdaRegulatedDrug": part.sponsor != LINDEN},
            "descriptionModule": {"briefSummary": _summary(part)},
            "conditionsModule": {
                "conditions": [part.disease],
                "keywords": ["CAR-T", part.target, "autoimmunity"],
            },
            "designModule": _design(part),
            "armsInterventionsModule": _arms(part),
            "outcomesModule": _outcomes(part),
            "eligibilityModule": {
                "eligibilityCriteria": criteria(part),
                "healthyVolunteers": False,
                "sex": "ALL",
                "minimumAge": "18 Years",
                "maximumAge": "70 Years",
                "stdAges": ["ADULT", "OLDER_ADULT"],
            },
            "contactsLocationsModule": _sites(part),
            "ipdSharingStatementModule": {"ipdSharing": "UNDECIDED"},
        },
        "derivedSection": {
            "miscInfoModule": {},
            "conditionBrowseModule": {"meshes": [{"id": f"D9000{part.number:02}", "term": part.disease}]},
        },
        "hasResults": False,
    }


def _identification(part: Part) -> Record:
    return {
        "nctId": part.nct_id,
        "orgStudyIdInfo": {"id": f"{part.product}-{part.number:03}"},
        "organization": {
            "fullName": part.sponsor,
            "class": "OTHER" if part.sponsor == LINDEN else "INDUSTRY",
        },
        "briefTitle": f"{part.product} {part.target} CAR-T Cells in {part.disease}",
        "officialTitle": f"An Open-Label Study of {part.product}, Autologous T Cells With a Chimeric Antigen "
        f"Receptor Against {part.target}, in Adults With Refractory {part.disease}",
    }


def _status(part: Part) -> Record:
    planned = {"type": "ACTUAL" if part.status == "COMPLETED" else "ESTIMATED"}
    return {
        "statusVerifiedDate": part.verified,
        "overallStatus": part.status,
        "expandedAccessInfo": {"hasExpandedAccess": False},
        "startDateStruct": {"date": part.start, "type": "ESTIMATED" if part.start > "2026-09" else "ACTUAL"},
        "primaryCompletionDateStruct": {"date": part.primary, **planned},
        "completionDateStruct": {"date": part.completion, "type": "ESTIMATED"},
        "studyFirstSubmitDate": "2023-01-09",
        "studyFirstPostDateStruct": {"date": "2023-01-12", "type": "ACTUAL"},
        "lastUpdateSubmitDate": part.posted,
        "lastUpdatePostDateStruct": {"date": part.posted, "type": "ACTUAL"},
    }


def _summary(part: Part) -> str:
    return (
        f"A single infusion of {part.product} is given after lymphodepletion to adults whose {part.disease} did "
        "not answer to at least two treatments.\n\nSafety is watched for two years, and thereafter every year."
    )


def _design(part: Part) -> Record:
    return {
        "studyType": "INTERVENTIONAL",
        "phases": ["PHASE1"],
        "designInfo": {
            "allocation": "NA",
            "interventionModel": "SINGLE_GROUP",
            "primaryPurpose": "TREATMENT",
            "maskingInfo": {"masking": "NONE"},
        },
        "enrollmentInfo": {"count": part.enrolled, "type": "ESTIMATED"},
    }


def _arms(part: Part) -> Record:
    cells, chemotherapy = f"{part.product} cells", "Fludarabine and cyclophosphamide"
    return {
        "armGroups": [
            {
                "label": "Single dose",
                "type": "EXPERIMENTAL",
                "description": f"1×10^6 {part.product} cells per kg of body weight, once",
                "interventionNames": [f"Biological: {cells}", f"Drug: {chemotherapy}"],
            }
        ],
        "interventions": [
            {
                "type": "BIOLOGICAL",
                "name": cells,
                "armGroupLabels": ["Single dose"],
                "otherNames": [f"{part.target} CAR-T"],
            },
            {"type": "DRUG", "name": chemotherapy, "armGroupLabels": ["Single dose"]},
        ],
    }


def _outcomes(part: Part) -> Record:
    return {
        "primaryOutcomes": [
            {"measure": "Adverse events of grade 3 or higher", "timeFrame": "24 weeks after infusion"},
            {"measure": "Dose-limiting toxicities", "timeFrame": "28 days after infusion"},
        ],
        "secondaryOutcomes": [
            {"measure": f"Remission of {part.disease} without drugs", "timeFrame": "52 weeks after infusion"},
            {"measure": "Number of CAR-T cells in blood", "timeFrame": "Days 7, 14, 28 and week 12"},
            {"measure": "Time to return of B cells", "timeFrame": "Up to 104 weeks"},
        ],
    }


def _sites(part: Part) -> Record:
    status = {"status": part.status} if part.status in ("RECRUITING", "NOT_YET_RECRUITING") else {}
    return {
        "centralContacts": [
            {"name": "Trial Desk", "role": "CONTACT", "phone": "555-0100", "email": "trials@invented.example"}
        ],
        "overallOfficials": [
            {"name": "Robin Fairweather, MD", "affiliation": part.sponsor, "role": "PRINCIPAL_INVESTIGATOR"}
        ],
        "locations": [
            site("Eastmoor General Hospital", "Eastmoor", "Ohio", "43999", "United States", 40.1, -82.9)
            | status,
            site("Port Alder Cell Center", "Port Alder", "Oregon", "97999", "United States", 45.2, -123.1)
            | status,
            site("Klinikum Hohenbrück", "Hohenbrück", "", "99999", "Germany", 51.0, 11.0) | status,
        ],
    }


def site(facility: str, city: str, state: str, postcode: str, country: str, lat: float, lon: float) -> Record:
    """A site, in the registry's order of fields."""
    place = {"facility": facility, "city": city, "state": state, "zip": postcode, "country": country}
    return {name: value for name, value in place.items() if value} | {"geoPoint": {"lat": lat, "lon": lon}}


def criteria(part: Part) -> str:
    """The eligibility text, in the registry's Markdown."""
    return f"""Inclusion Criteria:

* Age 18 to 70 years
* {part.disease}, confirmed by a specialist at least 6 months before screening
* Active disease, shown by both of the following:

  * {part.score}
  * No answer to at least 2 earlier treatments, one of which was:

    * rituximab, or
    * mycophenolate for 3 months or longer
* ECOG performance status 0 to 2
* Organ function:

  * Haemoglobin ≥80 g/L
  * Platelet count ≥50×10^9/L
  * eGFR ≥45 mL/min/1.73 m^2
  * ALT and AST ≤2.5 × ULN
  * LVEF ≥50%
* Written informed consent

Exclusion Criteria:

* Earlier treatment with CAR-T cells of any kind
* Active infection that needs intravenous treatment within 2 weeks before screening
* Live vaccine within 4 weeks before lymphodepletion
* Hepatitis B, hepatitis C or HIV infection
* Pregnancy or breast-feeding
* Cancer within the last 5 years, except skin cancer that was removed completely
"""
