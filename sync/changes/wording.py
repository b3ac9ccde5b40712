"""Do two wordings say the same? Words reduced to their sense: synonyms made one, fillers dropped, endings cut."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[^\w\s]")

# Each line is one sense. Phrases come before single words; the first entry of a line names the sense.
_SENSES = """
≥ ; >/= ; >= ; => ; ≧ ; > or = ; greater than or equal to ; more than or equal to ; higher than or equal to ; equal to or greater than ; equal to or more than ; at least ; no less than ; not less than ; no lower than ; not lower than ; no fewer than ; not below ; a minimum of ; minimum of ; minimum
≤ ; </= ; <= ; =< ; ≦ ; < or = ; less than or equal to ; lower than or equal to ; equal to or less than ; at most ; no more than ; not more than ; no greater than ; not greater than ; no higher than ; not exceeding ; not to exceed ; not exceed ; up to ; a maximum of ; maximum of ; maximum ; no longer than ; not above
> ; greater than ; more than ; higher than ; in excess of ; exceeding ; exceeds ; exceed ; over ; above ; older than ; longer than ; larger than ; upwards of
< ; less than ; fewer than ; lower than ; below ; under ; younger than ; shorter than ; smaller than
within ; in the last ; in the past ; in the previous ; in the prior ; in the preceding ; during the last ; during the past ; during the previous ; within the last ; within the past ; within the previous ; within the prior ; within the preceding ; over the last ; over the past ; inside ; in
or older ; and older ; or above ; and above ; and over ; or over ; or more ; and more ; or greater ; and greater ; or higher ; and higher ; and up ; or up
or younger ; and younger ; or less ; and less ; or below ; and below ; or lower ; and lower ; or fewer
before ; prior to ; previous to ; preceding ; in advance of ; ahead of
after ; following ; subsequent to ; post ; upon
prior ; previous ; previously ; earlier ; past ; history of ; a history of ; prior history of ; former ; hx of ; medical history of ; antecedent
no ; not ; without ; absence of ; free of ; free from ; lack of ; never ; none ; nor ; cannot ; can not ; without any
unable ; inability ; not able ; not capable ; incapable ; unable to
able ; ability ; capable ; be able
willing ; willingness ; agrees ; agree ; agreement ; consents
consent ; informed consent ; written informed consent ; signed informed consent ; informed consent form ; signed written informed consent ; written consent
must ; should ; shall ; has to ; have to ; need to ; needs to ; is required to ; are required to ; required ; require ; requires ; requirement ; needed ; mandatory
allowed ; permitted ; acceptable ; eligible ; may participate ; may be enrolled ; may be included ; permissible
excluded ; ineligible ; not eligible ; not allowed ; not permitted ; prohibited ; disallowed
because of ; due to ; owing to ; as a result of ; on account of ; caused by ; secondary to ; attributable to
including ; such as ; for example ; e.g. ; eg ; for instance ; including but not limited to ; inclusive of ; i.e. ; ie ; that is ; namely ; like
except ; with the exception of ; other than ; apart from ; excepting ; aside from ; excluding ; except for ; besides
judged ; determined ; assessed ; considered ; deemed ; evaluated ; in the opinion of ; at the discretion of ; in the judgment of ; according to ; per ; as per ; by ; based on ; on the basis of
investigator ; physician ; doctor ; treating physician ; principal investigator ; study doctor ; study physician ; clinician ; researcher ; pi
confirmed ; proven ; documented ; verified ; established ; demonstrated ; diagnosed ; diagnosis ; diagnosis of
known ; recognised ; recognized ; identified
treatment ; therapy ; therapies ; treatments ; treated with ; treated ; received ; receiving ; receive ; receipt of ; administration of ; use of ; using ; use ; used ; taking ; taken ; exposure to ; administered ; given ; got
medication ; drug ; drugs ; medications ; medicine ; medicines ; agent ; agents ; pharmaceutical
disease ; disorder ; condition ; illness ; diseases ; disorders ; conditions ; illnesses ; sickness ; ailment
cancer ; malignancy ; malignancies ; malignant ; malignant tumor ; malignant tumour ; neoplasm ; malignant neoplasm ; tumor ; tumour ; tumors ; tumours ; carcinoma
heart ; cardiac ; cardiovascular
kidney ; renal ; nephric
liver ; hepatic
lung ; pulmonary
brain ; cerebral
blood ; hematologic ; haematologic ; hematological ; haematological
surgery ; operation ; surgical procedure ; surgical
screening ; enrollment ; enrolment ; study entry ; inclusion ; randomization ; randomisation ; registration ; entry into the study ; baseline
infection ; infections ; infectious disease
female ; women ; woman ; females
male ; men ; man ; males
child ; children ; paediatric ; pediatric ; kids
pregnant ; pregnancy ; gestation
breastfeeding ; lactating ; nursing ; breast-feeding ; breast feeding ; lactation
contraception ; birth control ; contraceptive ; contraceptives ; contraceptive methods ; contraceptive measures
severe ; serious ; significant ; clinically significant ; important ; major ; grave
adequate ; sufficient ; satisfactory ; acceptable level of
concurrent ; concomitant ; simultaneous ; coexisting ; co-existing ; ongoing ; current ; currently ; present ; presently ; active
evidence ; sign ; signs ; presence of ; evidence of ; signs of ; presence ; existence of
allergy ; hypersensitivity ; allergic reaction ; allergic
suspected ; possible ; potential ; presumed
another ; other ; different ; any other ; additional
trial ; study ; clinical trial ; clinical study ; research study ; studies ; trials
participation ; participating ; participate ; participated ; enrolled ; enrolment in ; taking part ; takes part ; take part ; involvement in
interfere ; impair ; affect ; impede ; hamper ; compromise
performance status ; ps
ecog ; eastern cooperative oncology group
uln ; upper limit of normal ; upper limit of the normal ; upper limits of normal ; upper normal limit ; institutional upper limit of normal ; unl
lvef ; left ventricular ejection fraction
anc ; absolute neutrophil count
egfr ; estimated glomerular filtration rate
hiv ; human immunodeficiency virus
hbv ; hepatitis b virus ; hepatitis b
hcv ; hepatitis c virus ; hepatitis c
her ; human epidermal growth factor receptor
fxa ; factor xa
years ; year ; yrs ; yr ; years of age ; years old ; year old ; year-old ; y ; yo ; y/o
age ; aged ; ages
months ; month ; mo ; mos
weeks ; week ; wk ; wks
days ; day
hours ; hour ; hr ; hrs ; h
and ; & ; as well as ; plus ; along with ; together with
or ; and/or ; either ; alternatively
times ; x ; × ; fold ; -fold
can ; could ; may ; might ; is able to
will ; would
measured ; measurement ; as measured
result ; results ; outcome ; finding
test ; testing ; assay ; examination
life expectancy ; expected survival ; estimated survival ; anticipated survival ; survival expectancy
stable ; steady
start ; beginning ; initiation ; commencement ; onset ; initiating ; starting
complete ; finish ; completion ; completed ; finished
last ; final ; most recent ; latest
"""
_FILLERS = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "to",
        "for",
        "with",
        "on",
        "at",
        "as",
        "be",
        "been",
        "being",
        "is",
        "are",
        "was",
        "were",
        "has",
        "have",
        "had",
        "having",
        "that",
        "which",
        "who",
        "whom",
        "whose",
        "this",
        "these",
        "those",
        "their",
        "his",
        "her",
        "its",
        "it",
        "he",
        "she",
        "they",
        "them",
        "there",
        "any",
        "all",
        "some",
        "each",
        "every",
        "also",
        "such",
        "so",
        "then",
        "if",
        "patient",
        "patients",
        "subject",
        "subjects",
        "participant",
        "participants",
        "individual",
        "individuals",
        "person",
        "persons",
        "people",
        "volunteer",
        "volunteers",
        "candidate",
        "candidates",
        "applicant",
        "following",
        "currently",
        "clearly",
        "specifically",
        "generally",
        "respectively",
        "above-mentioned",
        "said",
        "own",
        "both",
        "by",
        "from",
        "into",
        "meet",
        "meets",
        "meeting",
        "criterion",
        "criteria",
        "note",
        "namely",
        "only",
        "s",
        "one's",
        "due",
        "suffer",
        "suffers",
        "suffering",
        "experience",
        "experienced",
        "experiencing",
        "demonstrate",
        "show",
        "shows",
        "shown",
        "exhibit",
        "exhibits",
        "possess",
        "possesses",
        "do",
        "does",
        "did",
        "total",
        "level",
        "levels",
        "value",
        "values",
        "score",
        "scores",
        "status",
        "present",
        "time",
        "period",
        "documented",
        "confirmed",
        "known",
        "judged",
        "study",
        "protocol",
    ]
)
_WEAK = frozenset(
    [
        "prior",
        "history",
        "treatment",
        "therapy",
        "disease",
        "screening",
        "within",
        "before",
        "after",
        "must",
        "severe",
        "including",
        "except",
        "trial",
        "medication",
        "no",
        "≥",
        "≤",
        ">",
        "<",
        "years",
        "months",
        "weeks",
        "days",
        "investigator",
        "concurrent",
        "and",
        "or",
        "days",
        "other",
        "another",
        "active",
        "allowed",
        "evidence",
        "l",
        "ml",
        "dl",
        "mg",
        "kg",
        "g",
        "ug",
        "μg",
        "mm",
        "cm",
        "m",
        "u",
        "iu",
        "mmol",
        "μmol",
        "umol",
        "mmhg",
        "ng",
        "pg",
        "uln",
        "times",
        "/",
        "%",
    ]
)
_PUNCTUATION = re.compile(r"[^\w\s≥≤<>%+/]")


def _table() -> dict[str, tuple[tuple[tuple[str, ...], str], ...]]:
    """First word of each phrase to its phrases, longest first, with the sense each stands for."""
    phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for line in _SENSES.strip().splitlines():
        names = [entry.strip() for entry in line.split(" ; ")]
        for name in names:
            words = tuple(_WORD.findall(name))
            phrases.setdefault(words[0], []).append((words, names[0]))
    return {first: tuple(sorted(found, key=lambda entry: -len(entry[0]))) for first, found in phrases.items()}


_PHRASES = _table()


@lru_cache(maxsize=20_000)
def senses(key: str) -> tuple[str, ...]:
    """The senses of a criterion's words in order, fillers left out; a number keeps its digits."""
    words = _WORD.findall(key.lower())
    found: list[str] = []
    at = 0
    while at < len(words):
        phrase, sense = _phrase(words, at)
        at += phrase
        if sense not in _FILLERS and not _PUNCTUATION.fullmatch(sense):
            found.append(sense)
    return tuple(found)


def _phrase(words: list[str], at: int) -> tuple[int, str]:
    for phrase, sense in _PHRASES.get(words[at], ()):
        if tuple(words[at : at + len(phrase)]) == phrase:
            return len(phrase), sense
    return 1, _stem(words[at])


def _stem(word: str) -> str:
    """A word without its ending: rough, but the same for both texts."""
    if len(word) <= 4 or not word.isalpha():
        return word
    for ending, instead in (("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("ly", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return (word[: -len(ending)] + instead).rstrip("e")
    return word.rstrip("e")


def weight(sense: str) -> float:
    """How much a word tells which criterion this is: names of things most, numbers and common words little."""
    if sense in _WEAK:
        return 0.05 if sense == "no" else 0.35
    return 1.0 if sense[0].isalpha() else 0.3


def differing(before: str, after: str) -> tuple[Counter[str], Counter[str]]:
    """Senses that only the one and only the other text has; spelling slips and abbreviations spelled out do not count."""
    old, new = _counted(before), _counted(after)
    gone, come = old - new, new - old
    for word in list(gone):
        twin = next((other for other in come if come[other] and _misspelt(word, other)), None)
        if twin:
            same = min(gone[word], come[twin])
            gone[word] -= same
            come[twin] -= same
    return +gone, +come


def _counted(text: str) -> Counter[str]:
    """The senses of a text, each once, save denials and numbers: these change the sense by their count."""
    found = Counter(senses(_abbreviated(text)))
    return Counter(
        {sense: times if sense == "no" or sense[0].isdigit() else 1 for sense, times in found.items()}
    )


_ABBREVIATION = re.compile(r"\(\s?([A-Z][A-Za-z]{1,7})\s?\)")


def _abbreviated(text: str) -> str:
    """`venous thrombotic event (VTE)` becomes `VTE`."""
    parts: list[str] = []
    end = 0
    for found in _ABBREVIATION.finditer(text):
        letters = [letter.lower() for letter in found[1] if letter.isupper()]
        words = text[end : found.start()].split()
        spelled = [word for word in words if word[0].isalpha()][-len(letters) :]
        if len(letters) > 1 and [word[0].lower() for word in spelled] == letters:
            words = words[: -len(letters)]
        parts += [*words, found[1]]
        end = found.end()
    return " ".join((*parts, text[end:])) if parts else text


_OPPOSITES = re.compile(r"^(?:hyper|hypo|un|in|im|ir|non|anti|pre|post|a|dis|mal)")


def _misspelt(word: str, other: str) -> bool:
    """True for two long words a slip apart, not for two words that a prefix or a digit makes different."""
    if (
        min(len(word), len(other)) < 6
        or abs(len(word) - len(other)) > 2
        or not (word.isalpha() and other.isalpha())
    ):
        return False
    if _OPPOSITES.match(word) and word[:3] != other[:3]:
        return False
    if word[:5] in ("hyper", "hypot", "hypog", "hypoc", "hypok") and word[:4] != other[:4]:
        return False
    return word[:2] == other[:2] and word[-1] == other[-1] and _edits(word, other) <= 2


def _edits(word: str, other: str) -> int:
    from rapidfuzz.distance import OSA

    return OSA.distance(word, other, score_cutoff=2)
