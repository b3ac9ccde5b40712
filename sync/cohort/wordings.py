"""The wordings by which a record tells what goes on around a CAR, and the types of interventions (pure)."""

from __future__ import annotations

import re

FOLLOW_UP = re.compile(
    r"long term (?:safety )?(?:follow ?up|safety|surveillance)|ltfu|roll ?over|post authori[sz]ation|15 years?|"
    r"fifteen years?|delayed adverse|registry of|registry stud|long term.{0,40}follow ?up|"
    r"long term study|follow ?up (?:study )?(?:for|of) .{0,40}(?:participants|patients|subjects) "
    r"(?:previously )?(?:treated|exposed)"
)
# Interventions that are done for, to or around those who get a CAR: never the construct itself, though they may name it.
SERVICE = re.compile(
    r"\b(?:sampl\w+|(?:blood|stool) (?:draws?|withdrawal)|questionnaires?|surveys?|interviews?|monitoring|biops(?:y|ies)|"
    r"imaging|pet|mri|education\w*|app|exercise|collection|apheresis|leukapheresis|bridging|prophyla\w+|"
    r"no intervention|observation\w*|(?<!biological/)vaccin(?:e|es|ations?)|registry|quality of life|follow up|assessments?|"
    r"rehabilitation|telemedicine|lymphodepletion|lymphodepleting|conditioning|radiotherapy|radiation|no study drug|"
    r"data|decision|navigation|diary|wearable\w*)\b"
)
CONDITIONING = re.compile(
    r"cyclophosphamide|fludarabine|bendamustine|lymphodeplet\w+|conditioning|leukapheresis|apheresis"
)
BESIDE = re.compile(
    r"cyclophosphamide|fludarabine|bendamustine|lymphodeplet|conditioning|apheresis|tocilizumab|mesna|biops|biospecimen|"
    r"fludeoxyglucose|fdg|contrast|imaging|tomography|echocardio|questionnaire|"
    r"quality of life|lumbar|aspirat|placebo|standard|car\b|interleukin|il 2"
)
GENE_MODIFIED_T = re.compile(
    r"(?:t cells?|t lymphocytes?) (?:re)?(?:targeted|directed) to|engineered autologous t cells?|"
    r"(?:gene(?:tically)? ?(?:modified|engineered|targeted|retargeted|redirected)|retargeted|redirected) "
    r"(?:\w++ ){0,4}?(?:t cells?|t lymphocytes?)|(?:t cells?|t lymphocytes?) (?:\w++ ){0,2}?genetically "
    r"(?:modified|engineered|targeted|retargeted|redirected)"
)
# A maker's code for a product that no list has: such a name may be of cells, other names of a drug are of drugs.
CODE = re.compile(r"[a-z&]{1,8} ?\d{2,6}")
ANTIBODY = re.compile(
    r"\b(?:antibod(?:y|ies)|bispecific|trispecific|engager|(?!tocilizumab)[a-z]{4,30}(?:mab|tamig))\b(?!.*\bcells?\b)"
)
CELLS_BUT_STEM = re.compile(r"(?<!stem )\bcell(?:s|ular)?\b")
EXAMINED = re.compile(
    r"\b(?:vaccin\w+|immuni[sz]ation|cytopenias?|toxicit\w+|neurotoxicit\w+|cardiotoxicit\w+|predict\w+|biomarkers?|monitoring|"
    r"pathophysiolog\w+|mechanisms?|quality of life|imaging|pet|microbio\w+|reconstitution|infections?|complications?|"
    r"cognit\w+|neurocognit\w+|fatigue|immunogenicity|radiomics?|follow up|symptoms?|rehabilitation|"
    r"physical activity|prognos\w+)\b"
)
BESIDE_OTHERS = re.compile(r"\b(?:and|plus|[a-z]*\d[a-z0-9]*) car ?t(?: cells?)?$")
AS_TREATMENT = re.compile(r" (?:cells? )?(?:injections?|infusions?|therapy|transfer|treatment|vaccin\w+)\b")
SOME_CELLS = re.compile(r"\bcells?\b")
PUT_IN = re.compile(r"\b(?:injection|infusion)\b")
NEVER_CELLS = {"BEHAVIORAL", "DEVICE", "DIAGNOSTIC_TEST", "RADIATION", "DIETARY_SUPPLEMENT"}
"""Types that cells are never registered under."""
DRUGS = {"DRUG", "OTHER"}
"""Types that drugs and cells alike are registered under."""
NO_CELLS = {"BEHAVIORAL", "DEVICE", "DIAGNOSTIC_TEST", "RADIATION", "PROCEDURE", "DIETARY_SUPPLEMENT"}
"""Types that hardly hold cells."""
CELLS = re.compile(
    r"\b(?:t|car t|car) (?:cells?|lymphocytes?)\b|infusion|injection|\bcells?\b|dose|arm|group|cohort|^immunotherapy|^tcr$"
)
