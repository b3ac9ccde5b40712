"""What a number in a criterion measures: known names first, else the words beside it."""

from __future__ import annotations

import re

_NAMES = {
    "age": r"ages?|aged|years? of age|years?[- ]olds?|older|younger|adults?",
    "life expectancy": r"life[- ]expectancy|expected survival|anticipated survival|survival expectancy",
    "ECOG": r"ECOG|Eastern Cooperative Oncology Group|Zubrod|WHO performance(?: status)?|performance status",
    "Karnofsky": r"Karnofsky|KPS|Lansky",
    "SLEDAI": r"(?:S-?)?SLEDAI(?:-2K)?",
    "ESSDAI": r"ESSDAI",
    "BVAS": r"BVAS",
    "mRSS": r"m?RSS|modified Rodnan",
    "DAS28": r"DAS-?28|CDAI|SDAI",
    "BILAG": r"BILAG",
    "EASI": r"EASI",
    "PASI": r"PASI",
    "IGA": r"v?IGA",
    "EDSS": r"EDSS",
    "NYHA": r"NYHA|New York Heart Association",
    "MMSE": r"MMSE|Mini[- ]Mental(?: State)?",
    "MoCA": r"MoCA",
    "HAM-D": r"HAM-?D|HDRS|MADRS|PHQ-?9",
    "Child-Pugh": r"Child[- ]Pugh",
    "MELD": r"MELD",
    "ASA": r"ASA",
    "VAS": r"VAS|NRS|visual analogu?e scale|numeric(?:al)? rating scale",
    "HAQ": r"HAQ(?:-DI)?",
    "MMT-8": r"MMT-?8",
    "Gleason": r"Gleason",
    "BMI": r"BMI|body[- ]mass[- ]index",
    "weight": r"(?:body )?weight|weigh(?:s|ing)?",
    "height": r"height",
    "LVEF": r"LVEF|(?:left ventricular )?ejection fraction|EF",
    "QTc": r"QTc?[FB]?(?: interval)?",
    "blood pressure": r"blood pressure|BP|hypertension",
    "systolic pressure": r"SBP|systolic(?: blood pressure)?",
    "diastolic pressure": r"DBP|diastolic(?: blood pressure)?",
    "heart rate": r"heart rate|pulse(?: rate)?|bradycardia|tachycardia",
    "oxygen saturation": r"Sp?[aO]?O2|oxygen saturation|saturation",
    "FEV1": r"FEV\s?_?1",
    "FVC": r"FVC|forced vital capacity",
    "DLCO": r"DLCO|diffusing capacity",
    "eGFR": r"e?GFR|glomerular filtration(?: rate)?",
    "creatinine clearance": r"CrCl|CCr|creatinine clearance|clearance",
    "UACR": r"UACR|(?:urine )?albumin[- /](?:to[- ])?creatinine ratio",
    "creatinine": r"(?:serum )?creatinine|SCr|Cr",
    "bilirubin": r"(?:total |direct |serum )?bilirubin|TBIL?",
    "albumin": r"(?:serum )?albumin",
    "ALT": r"ALT|SGPT|ALAT|alanine (?:amino)?transaminase|alanine aminotransferase",
    "AST": r"AST|SGOT|ASAT|aspartate (?:amino)?transaminase|aspartate aminotransferase|transaminases?",
    "ALP": r"ALP|alkaline phosphatase",
    "GGT": r"GGT",
    "LDH": r"LDH|lactate dehydrogenase",
    "CK": r"CK|CPK|creatine (?:phospho)?kinase",
    "INR": r"INR|international normali[sz]ed ratio",
    "aPTT": r"a?PTT|(?:activated )?partial thromboplastin time",
    "PT": r"PT|prothrombin time",
    "hemoglobin": r"ha?emoglobin|Hgb|Hb(?!A1c)|HGB",
    "HbA1c": r"HbA1c|A1C|glycated ha?emoglobin|glycosylated ha?emoglobin",
    "glucose": r"(?:fasting )?(?:plasma |blood |serum )?glucose|FPG|FBG",
    "platelets": r"platelets?(?: count)?|PLT|thrombocytes?",
    "neutrophils": r"ANC|(?:absolute )?neutrophils?(?: count)?|granulocytes?(?: count)?|AGC",
    "lymphocytes": r"ALC|(?:absolute )?lymphocytes?(?: count)?",
    "leukocytes": r"WBC|white (?:blood )?cells?(?: count)?|leu[ck]ocytes?(?: count)?",
    "CD4": r"CD4\+?(?: count| cells?)?",
    "eosinophils": r"eosinophils?(?: count)?",
    "PSA": r"PSA|prostate[- ]specific antigen",
    "IgE": r"IgE",
    "IgG": r"IgG",
    "CRP": r"(?:hs-?)?CRP|C-reactive protein",
    "ESR": r"ESR|erythrocyte sedimentation rate",
    "ferritin": r"ferritin",
    "triglycerides": r"triglycerides?",
    "cholesterol": r"(?:LDL|HDL|total)?[- ]?(?:cholesterol|LDL-?C|HDL-?C)",
    "vitamin D": r"(?:25[- ]?(?:OH|hydroxy)[- ]?)?vitamin D3?",
    "uric acid": r"(?:serum )?(?:uric acid|urate)",
    "urea nitrogen": r"BUN|(?:blood )?urea nitrogen",
    "cortisol": r"cortisol",
    "testosterone": r"testosterone",
    "iron": r"(?:serum )?iron",
    "lactate": r"lactate",
    "ammonia": r"ammonia",
    "magnesium": r"magnesium",
    "phosphate": r"phosphate|phosphorus",
    "potassium": r"potassium",
    "calcium": r"calcium",
    "proteinuria": r"proteinuria|UPCR|urine protein|urinary protein|24[- ]?h(?:our)? protein",
    "viral load": r"viral load|HBV[- ]DNA|HCV[- ]RNA|HIV[- ]RNA|DNA|RNA",
    "tumor size": r"tumou?rs?(?: size| diameter)?|lesions?|diameter|nodules?",
    "prior therapies": r"(?:prior|previous) (?:lines?|therap(?:y|ies)|regimens?|treatments?)"
    r"|lines? of (?:prior |previous )?(?:systemic )?therapy",
    "dose": r"dos(?:e|es|age)|prednisone|prednisolone|corticosteroids?",
    "gestational age": r"gestation(?:al age)?|pregnancy",
    "grade": r"grades?",
    "stage": r"stages?",
    "wash-out": r"wash-?out(?: period)?|half-li(?:fe|ves)",
}
_NAME = re.compile(
    r"(?<![A-Za-z])(?:"
    + "|".join(f"(?P<n{at}>{names})" for at, names in enumerate(_NAMES.values()))
    + r")(?![A-Za-z])",
    re.IGNORECASE,
)
_LABELS = tuple(_NAMES)
_CLAUSE = re.compile(r"[;:]|\.\s|,(?=\s)")
_WORD = re.compile(r"[A-Za-z][\w/-]*")
_DULL = frozenset((
    "a", "an", "and", "any", "are", "as", "at", "be", "been", "between", "by", "count", "equal", "for", "from",
    "had", "has", "have", "history", "in", "is", "last", "least", "less", "level", "more", "most", "must", "no",
    "not", "number", "of", "on", "one", "or", "participants", "past", "patients", "prior", "score", "subjects",
    "than", "that", "the", "three", "to", "total", "two", "up", "value", "was", "were", "which", "who", "with",
    "within"
))  # fmt: skip
BEFORE, AFTER = 90, 45


def name_of(text: str, start: int, number: int, end: int, *, duration: bool) -> str:
    """The name of a quantity that spans `start` to `end`, its comparator first, its number at `number`."""
    before, after = text[max(0, start - BEFORE) : number], text[end : end + AFTER]
    clauses = _CLAUSE.split(before)
    # Within its own clause first: "creatinine ≤ 1.5 mg/dL, platelets ≥ 100" has two names before the second number.
    near = _last(clauses[-1]) or _first(re.split(r"[;.]|,\s", after)[0][:25] if duration else "")
    if near and not (duration and near in _NO_DURATION):
        return near
    if duration:
        return "time"
    return _last(before) or _first(after) or _words(text[max(0, start - BEFORE) : start], after)


# Names that stand beside a duration without being measured by it.
_NO_DURATION = frozenset(_LABELS) - {
    "age",
    "life expectancy",
    "wash-out",
    "gestational age",
    "PT",
    "aPTT",
    "QTc",
}


def _last(text: str) -> str:
    found = list(_NAME.finditer(text))
    return _label(found[-1]) if found else ""


def _first(text: str) -> str:
    found = _NAME.search(text)
    return _label(found) if found else ""


def _label(found: re.Match[str]) -> str:
    return next(label for at, label in enumerate(_LABELS) if found[f"n{at}"] is not None)


def _words(before: str, after: str) -> str:
    named = [word.lower() for word in _WORD.findall(before) if word.lower() not in _DULL][-2:]
    named = named or [word.lower() for word in _WORD.findall(after) if word.lower() not in _DULL][:2]
    return " ".join(named) or "number"
