"""One line of the registry's text as plain text: its Markdown and HTML forms become the same plain words."""

from __future__ import annotations

import html
import re
import unicodedata

_BLOCK_TAGS = "p|div|br|hr|ul|ol|li|dl|dt|dd|h[1-6]|table|thead|tbody|tfoot|tr|td|th|blockquote|pre"
_INLINE_TAGS = (
    "b|i|u|s|em|strong|small|big|span|font|a|sub|sup|ins|del|strike|code|tt|q|abbr|cite|label|center"
)
_SUP = re.compile(r"<sup\b[^<>]{0,200}>\s*([^<>\s]{1,40})\s*</sup\s*>", re.IGNORECASE)
# What must not stand before it is asked behind the sign that a search can jump to.
_BLOCK_TAG = re.compile(rf"<(?<!\\<)/?(?:{_BLOCK_TAGS})\b[^<>]{{0,500}}>", re.IGNORECASE)
_INLINE_TAG = re.compile(
    rf"<(?:(?<!\\<)/?(?:{_INLINE_TAGS})\b[^<>]{{0,500}}|!--[^<>]{{0,500}}--)>", re.IGNORECASE
)
_may_be_tag = re.compile(r"<[/!\w]").search
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_STRONG = re.compile(r"(?<!\w)(\*\*|__)(?=\S)([^*_]{1,2000}?)(?<=\S)\1(?!\w)")
_EMPHASIS = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])([^*_]{1,2000}?)(?<=[^\s*_])\1(?![\w*])")
# Nine texts in ten have none of the signs that could be taken off or have a second form. Asking first makes short texts
# eight times as fast (measured on 118,055); one expression for what must not be there takes half of one for all the rest.
_has_sign = re.compile(r"[^ -%'-)+-;=-\[\]^`-~À-ÿΑ-ΡΣ-Ωα-ω≥≤–—’‘“”•°×→±®]").search

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n")
_SUPERSCRIPT_RUN = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+")
_FRACTION = re.compile(r"(?<=\d)(?=[¼½¾⅐-⅞])")
# Python reads no decimal reference of thousands of digits; no character has more than seven.
_ENDLESS_REFERENCE = re.compile(r"&#\d{100,};?")
# Sorting a run of combining marks takes Unicode's normal form time with its square: 200,000 of them half a minute.
_MARK_RUN = re.compile(r"[^\w\s\x00-\x7f]{31,}")
_MOST_MARKS = 30  # in a row, as Unicode's stream-safe form (UAX 15) has it, with the joiner it puts between
_JOINER = "\u034f"
# Kept from compatibility folding, which would glue their letters to the word before them.
_MARKS = re.compile("([™℠])")


class _Known(dict[str, str]):
    """Short texts that come again and again, codes, units, cities, countries, each with what is `plain` of it."""

    SHORT, MOST = 40, 20_000

    def __missing__(self, text: str) -> str:
        found = text if is_plain(text) else _cleaned(text)
        if len(text) <= self.SHORT:
            if len(self) >= self.MOST:
                self.clear()
            self[text] = found
        return found


def plain(text: str) -> str:
    """One line of words: no tags, entities, Markdown escapes or emphasis; white space, full width and controls folded.

    Case and words stay. A superscript keeps its meaning: 10⁹ and ``10<sup>9</sup>`` become 10^9.
    """
    return PLAIN[text]


# A word that is no Roman numeral, what can stand in a sentence behind it, and no number: a label ends with one. Or a
# letter and a word; an `o` may be a bullet. Or a number and a word, or a word that names no criterion and a number.
_words = re.compile(
    r"(?![ivxlIVXL]{2,6}+[^A-Za-z])[A-Za-z]{2,}+(?:[ ,:;/'()-](?!\d)|\Z)|[A-Za-np-z] [A-Za-z]|[0-9]{1,4}+ [A-Za-z]"
    r"|(?!(?i:crit|in|ex|item|n[or]))[A-Za-z][a-z]{3,}+ [0-9]"
).match


def starts_with_words(line: str) -> bool:
    """Whether a line surely has no marker of a list, as nearly all that are no items."""
    return _words(line) is not None


def is_plain(text: str) -> bool:
    """Whether a text is surely `plain` as it stands."""
    if "  " in text or text.strip() != text:
        return False
    if text.isascii():  # of nineteen in twenty, each sign looked for by itself, in two thirds of the time
        signs = "&" in text or "*" in text or "<" in text or "\\" in text or "_" in text
        return not signs and text.isprintable()
    return not _has_sign(text)


def _cleaned(text: str) -> str:
    # In this order: an escaped or encoded `<` is not a tag, and must not become one before tags are taken off.
    text = untagged(text)
    text = fold(entities(_ESCAPE.sub(r"\1", text) if "\\" in text else text))
    if text.count("*") > 1 or text.count("_") > 1:
        text = _EMPHASIS.sub(r"\2", _STRONG.sub(r"\2", text))
    return " ".join(text.split())


PLAIN = _Known()
"""`plain` of a text, by the text: for whoever asks for thousands of them."""


def untagged(text: str) -> str:
    """The text without its HTML tags; those that break a line leave a space, a bare `<` is not a tag and stays."""
    if "<" not in text or not _may_be_tag(text):
        return text
    return _INLINE_TAG.sub("", _BLOCK_TAG.sub(" ", _SUP.sub(r"^\1", text)))


def entities(text: str) -> str:
    """Character references decoded, also those that were encoded twice or thrice on their way (`&amp;amp;gt;`)."""
    # Bounded: a text that is encoded a thousand times over would take a pass over all of it for each level.
    for _ in range(3):
        decoded = html.unescape(_ENDLESS_REFERENCE.sub("\ufffd", text)) if "&" in text else text
        if decoded == text:
            break
        text = decoded
    return text


def fold(text: str) -> str:
    """Characters that look alike made alike: full width, ligatures, superscripts, odd spaces; invisible ones dropped."""
    # Nearly all texts: nothing in them has a second form in Unicode.
    if text.isascii():
        return _visible(text)
    text = _SUPERSCRIPT_RUN.sub(lambda run: "^" + run.group().translate(_SUPERSCRIPTS), text)
    text = _MARK_RUN.sub(_joined_marks, _FRACTION.sub(" ", text))
    folded = (
        part if _MARKS.match(part) else unicodedata.normalize("NFKC", part) for part in _MARKS.split(text)
    )
    return _visible("".join(folded).replace("⁄", "/"))


def _joined_marks(run: re.Match[str]) -> str:
    """A run of signs with a joiner after every thirty combining marks."""
    joined: list[str] = []
    marks = 0
    for char in run[0]:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks > _MOST_MARKS:
            joined.append(_JOINER)
            marks = 1
        joined.append(char)
    return "".join(joined)


def _visible(text: str) -> str:
    """Without control and zero-width characters, halves of surrogate pairs and the like; white space stays."""
    if text.isprintable():
        return text
    return "".join(char for char in text if char.isprintable() or char.isspace())
