"""Passwords, cookies and tokens: what is made, hashed, compared, and refused."""

from __future__ import annotations

import string
from hashlib import sha256
from threading import Event, Semaphore, Thread
from unicodedata import normalize

import argon2
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from sync.errors import UsageError
from sync.web import secrets

GOOD = "four unrelated words"
LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))
hashing = settings(max_examples=12, deadline=None)
with_cheap_hashes = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that take no time, where the law is about something else."""
    monkeypatch.setattr(secrets, "_HASHER", argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


class Recorder:
    """Stands in for the hasher; remembers what it was asked to verify."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bytes]] = []

    def verify(self, known_hash: str, password: bytes) -> bool:
        self.asked.append((known_hash, password))
        return True


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """The recorder, in the hasher's place."""
    recorder = Recorder()
    monkeypatch.setattr(secrets, "_HASHER", recorder)
    return recorder


class TestHashing:
    def test_a_hash_is_argon2id_at_the_parameters_that_owasp_gives(self):
        parameters = argon2.extract_parameters(secrets.hash_password(GOOD))
        assert parameters.type is argon2.Type.ID
        assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (19_456, 2, 1)

    @hashing
    @given(st.text(min_size=1, max_size=256), st.text(max_size=256))
    @example("p\ud800ssword", "p?ssword")
    @example("nul\0and more", "nul")
    def test_a_password_verifies_against_its_hash_and_another_does_not(self, password, other):
        known = secrets.hash_password(password)
        assert secrets.verify(password, known)
        assume(normalize("NFKC", other) != normalize("NFKC", password))
        assert not secrets.verify(other, known)

    @with_cheap_hashes
    @given(st.text(LETTERS, min_size=1, max_size=64))
    @example("crème brûlée, twice")
    def test_how_a_keyboard_spells_its_letters_does_not_matter(self, cheap, password):
        known = secrets.hash_password(normalize("NFC", password))
        assert secrets.verify(normalize("NFD", password), known)

    def test_the_same_password_is_hashed_with_another_salt_each_time(self, cheap):
        assert secrets.hash_password(GOOD) != secrets.hash_password(GOOD)

    def test_a_hash_of_other_parameters_verifies_and_is_to_be_made_again(self):
        older = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(GOOD)
        assert secrets.verify(GOOD, older)
        assert secrets.needs_rehash(older)
        assert not secrets.needs_rehash(secrets.hash_password(GOOD))

    def test_an_unknown_account_costs_one_hash_of_the_same_parameters_and_is_refused_even_on_a_match(
        self, recorder
    ):
        assert not secrets.verify(GOOD, None)
        ((stand_in, _),) = recorder.asked
        real = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1).hash(GOOD)
        assert argon2.extract_parameters(stand_in) == argon2.extract_parameters(real)

    def test_the_stand_in_is_a_hash_that_can_be_verified_against(self):
        assert not secrets.verify("", None)

    def test_a_megabyte_is_refused_without_being_read_and_takes_as_long_as_any_password(self, recorder):
        assert not secrets.verify("é" * 1_000_000, "a known hash")
        assert [password for _, password in recorder.asked] == [b""]

    def test_no_more_than_two_hashes_are_computed_at_once(self, monkeypatch):
        entered, go = Semaphore(0), Event()

        class Slow:
            def verify(self, _hash: str, _password: bytes) -> bool:
                entered.release()
                return go.wait(30)

        monkeypatch.setattr(secrets, "_HASHER", Slow())
        results: list[bool] = []
        threads = [Thread(target=lambda: results.append(secrets.verify(GOOD, "known"))) for _ in range(5)]
        for thread in threads:
            thread.start()
        assert all(entered.acquire(timeout=30) for _ in range(2))
        assert not secrets._TURNS.acquire(blocking=False)
        assert not entered.acquire(blocking=False)
        go.set()
        for thread in threads:
            thread.join()
        assert results == [True] * 5

    def test_a_turn_is_given_back_when_a_hash_is_broken(self):
        for _ in range(3):
            with pytest.raises(argon2.exceptions.InvalidHashError):
                secrets.verify(GOOD, "no hash")
        assert secrets.verify(GOOD, secrets.hash_password(GOOD))


class TestPolicy:
    @pytest.mark.parametrize(
        "password",
        [
            GOOD,
            "abcdeabcdeab",
            "x" * 252 + "abcd",
            "crème brûlée!",
            "我的密码有十二个字符吗是的",
            "👩‍👩‍👧 family of ana",
        ],
    )
    def test_a_long_and_varied_password_will_do(self, password):
        secrets.check_password("ana", password)

    @pytest.mark.parametrize(
        "name, password, advice",
        [
            ("ana", "", "at least 12"),
            ("ana", "elevenchars", "at least 12"),
            ("ana", "x" * 253 + "abcd", "at most 256"),
            ("ana", "x" * 1_000_000, "at most 256"),
            ("ana", "ﷺ" * 20, "at most 256"),
            ("ana.of.the.office", "Ana.Of.The.Office", "name"),
            ("benjamin", "benjaminBENJAMIN", "name"),
            ("ana", "abcdabcdabcd", "four different"),
            ("ana", "aaaaaaaaaaaa", "four different"),
            ("ana", "two lines\nof text", "line breaks"),
            ("ana", "half a pair \ud800", "control"),
            ("ana", "nothing\0behind it", "control"),
        ],
    )
    def test_a_weak_one_is_refused_with_what_to_do(self, name, password, advice):
        with pytest.raises(UsageError, match=advice):
            secrets.check_password(name, password)

    @given(st.text(min_size=4, max_size=300), st.from_regex(r"[A-Za-z0-9]{1,20}", fullmatch=True))
    def test_a_refusal_does_not_repeat_the_password(self, password, name):
        unfit = f"\0{password}\0"
        with pytest.raises(UsageError) as refused:
            secrets.check_password(name, unfit)
        assert unfit not in str(refused.value)

    @given(st.text(LETTERS, max_size=300))
    def test_what_is_taken_in_one_spelling_is_taken_in_the_other(self, password):
        assert taken(normalize("NFC", password)) == taken(normalize("NFD", password))

    @given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", fullmatch=True))
    def test_a_name_of_plain_letters_will_do(self, name):
        secrets.check_name(name)

    @pytest.mark.parametrize(
        "name",
        ["", ".ana", "-ana", "@ana", "ana b", "ana\n", "anа", "a" * 65, "../etc", "a/b", "<b>", "ana\0", "١"],
    )
    def test_another_name_is_refused(self, name):
        with pytest.raises(UsageError, match="name"):
            secrets.check_name(name)


def taken(password: str) -> bool:
    try:
        secrets.check_password("ana", password)
    except UsageError:
        return False
    return True


class TestSecrets:
    def test_secrets_and_tokens_differ_and_have_256_bits(self):
        made = [secrets.new_secret() for _ in range(100)] + [secrets.new_token() for _ in range(100)]
        assert len(set(made)) == 200
        assert {len(each) for each in made} == {43, 47}
        assert all(each.startswith("tdl_") for each in made[100:])
        assert set("".join(made)) <= set(string.ascii_letters + string.digits + "-_")

    @given(st.text())
    def test_a_fingerprint_is_the_sha256_and_does_not_tell_the_secret(self, secret):
        found = secrets.fingerprint(secret)
        assert bytes.fromhex(found) == sha256(secret.encode("utf-8", "surrogatepass")).digest()
        assert len(secret) < 8 or secret not in found

    @given(st.text(), st.text())
    @example("", "\0")
    def test_the_forms_of_two_visits_carry_different_marks(self, one, other):
        assert (secrets.csrf_of(one) == secrets.csrf_of(other)) == (one == other)

    @given(st.text())
    def test_what_forms_carry_is_not_what_is_stored_of_the_visit(self, secret):
        assert secrets.csrf_of(secret) not in (secret, secrets.fingerprint(secret))

    @given(st.text(), st.text())
    @example("é", "é")
    @example("\ud800", "\ud800")
    def test_two_texts_are_the_same_where_they_are_equal(self, one, other):
        assert secrets.same(one, other) == (one == other)
        assert secrets.same(one, one)
