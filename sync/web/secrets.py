"""Passwords, visits' cookies and API tokens: made, hashed and compared; none of them is ever stored or printed here.

Passwords are hashed with argon2id at the parameters that OWASP's cheat sheet on password storage gives. What is random by
itself needs no such slowness: of cookies and tokens the SHA-256 is stored.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from secrets import token_bytes, token_urlsafe
from threading import BoundedSemaphore
from unicodedata import category, normalize

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from sync.errors import UsageError
from sync.redaction import HIDDEN

SHORTEST, LONGEST = 12, 256
"""Characters of a password."""
MEMORY_KIB, ROUNDS, LANES = 19_456, 2, 1
AT_ONCE = 2
"""So many hashes are computed at a time, whoever asks: each takes 19 MiB, and a flood of sign-ins must not take all."""
FEED_PREFIX = "tdf_"
TOKEN_PREFIX = "tdl_"  # noqa: S105 - by this secret scanners recognise a token that leaked
_LONGEST_SPELLING = 4 * LONGEST
"""Unicode may spell a character in up to four; what is longer is not a password and is not even looked at."""
_UNTYPED = ("Cc", "Cs", "Zl", "Zp")
"""Unicode's categories of what no form takes: control characters, half surrogate pairs, line and paragraph separators."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", re.ASCII)
_TOKEN = re.compile(rf"(?:{TOKEN_PREFIX}|{FEED_PREFIX})[A-Za-z0-9_%-]*")
_CSRF_LABEL = b"trialdelta: forms of this visit"

_HASHER = PasswordHasher(time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=LANES)
_TURNS = BoundedSemaphore(AT_ONCE)


def _random_base64(size: int) -> str:
    return b64encode(token_bytes(size)).decode("ascii").rstrip("=")


_NOBODYS = f"$argon2id$v=19$m={MEMORY_KIB},t={ROUNDS},p={LANES}${_random_base64(16)}${_random_base64(32)}"
"""The hash of no known password: verifying against it takes as long as against a real one."""


def hash_password(password: str) -> str:
    """The hash to store, with its salt and parameters."""
    with _TURNS:
        return _HASHER.hash(_spelt(password))


def verify(password: str, known_hash: str | None) -> bool:
    """Whether it is the password; takes as long where there is no such account (None)."""
    # The answer must take as long as for a real account, or its time would tell which names there are.
    if known_hash is None or len(password) > _LONGEST_SPELLING:
        _matches(b"", _NOBODYS)
        return False
    return _matches(_spelt(password), known_hash)


def needs_rehash(known_hash: str) -> bool:
    """Whether a hash was made with other parameters than today's: hash the password again once it is verified."""
    return _HASHER.check_needs_rehash(known_hash)


def _matches(spelt: bytes, known_hash: str) -> bool:
    try:
        with _TURNS:
            return _HASHER.verify(known_hash, spelt)
    except VerifyMismatchError:
        return False


def check_name(name: str) -> None:
    """Raise UsageError where a name would not do for an account."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} will not do as a name: take up to 64 letters, digits and . _ @ -, beginning with a letter or digit"
        )


def check_password(name: str, password: str) -> None:
    """Raise UsageError, with what to do, where a password is too weak; it is not repeated."""
    if len(password) > _LONGEST_SPELLING:
        raise UsageError(f"the password is too long: take at most {LONGEST} characters")
    plain = normalize("NFKC", password)
    if reason := _weakness(name, plain):
        raise UsageError(reason)


def _weakness(name: str, plain: str) -> str | None:
    """What is wrong with a password, and what to do instead."""
    if len(plain) < SHORTEST:
        return f"the password is too short: take at least {SHORTEST} characters, for instance four unrelated words"
    if len(plain) > LONGEST:
        return f"the password is too long: take at most {LONGEST} characters"
    if any(category(each) in _UNTYPED for each in plain):
        return "the password has control characters, which no form takes: leave out tabs and line breaks"
    # The name several times over is no better than the name.
    if not plain.casefold().replace(name.casefold(), ""):
        return "the password is the account's name: take one that nobody can guess from it"
    if len(set(plain)) <= 4:
        return "the password is too uniform: take more than four different characters"
    return None


def _spelt(password: str) -> bytes:
    """The password's bytes, the same from every keyboard: a Mac may spell é as two characters."""
    return normalize("NFKC", password).encode("utf-8", "surrogatepass")


def new_secret() -> str:
    """A secret of 256 random bits, fit for a cookie."""
    return token_urlsafe(32)


def new_token() -> str:
    """An API token, recognisable as one of ours."""
    return TOKEN_PREFIX + token_urlsafe(32)


def new_feed_token() -> str:
    """A token for the address of a feed."""
    return FEED_PREFIX + token_urlsafe(32)


def without_tokens(text: str) -> str:
    """A text that may be logged: tokens in it blanked."""
    return _TOKEN.sub(HIDDEN, text)


def fingerprint(secret: str) -> str:
    """What is stored of a random secret: its SHA-256 in hexadecimal."""
    return hashlib.sha256(_bytes(secret)).hexdigest()


def csrf_of(secret: str) -> str:
    """What the forms of a visit carry: made from its secret, which cannot be found from it."""
    # hashed first: HMAC fills a short key up with zeros, so that two keys could be one
    return hmac.new(hashlib.sha256(_bytes(secret)).digest(), _CSRF_LABEL, hashlib.sha256).hexdigest()


def same(given: str, expected: str) -> bool:
    """Whether two texts are the same, in a time that does not tell how far they are."""
    return hmac.compare_digest(_bytes(given), _bytes(expected))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
