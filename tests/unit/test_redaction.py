"""Addresses as they may be shown."""

from __future__ import annotations

import pytest

from sync.redaction import shown, without_login

STARS = "**********"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///data/trialdelta.db", "sqlite:///data/trialdelta.db"),
        ("postgresql://db.example/trials", "postgresql://db.example/trials"),
        ("postgresql://me:hush@db.example:5432/trials", f"postgresql://me:{STARS}@db.example:5432/trials"),
        ("postgresql://me:h/u@s?h@db.example/trials", f"postgresql://me:{STARS}@db.example/trials"),
        (
            "postgresql:///trials?user=me&password=hush&sslmode=require",
            f"postgresql:///trials?user=me&password={STARS}&sslmode=require",
        ),
        ("postgresql:///trials?pass%77ord=hush", f"postgresql:///trials?pass%77ord={STARS}"),
        (
            "postgresql:///trials?sslpassword=a&SSLKEY=b",
            f"postgresql:///trials?sslpassword={STARS}&SSLKEY={STARS}",
        ),
    ],
)
def test_of_a_database_address_only_what_is_secret_is_blanked(url: str, expected: str) -> None:
    assert shown(url) == expected


@pytest.mark.parametrize("login", ["me:hush", "hush", "me:hu@sh", ":hush"])
def test_in_front_of_a_web_server_nothing_is_left_of_the_login(login: str) -> None:
    assert without_login(f"https://{login}@mirror.example/api/v2") == f"https://{STARS}@mirror.example/api/v2"
    assert (
        without_login("https://mirror.example/api/v2?key=hush")
        == f"https://mirror.example/api/v2?key={STARS}"
    )
