"""The first configuration file: what `init` has been told, as commented TOML without a secret in it (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sync.alerts.channels import KINDS, channel_settings
from sync.cli.toml import inline
from sync.config import DatabaseSettings, WatchSettings, WebSettings
from sync.errors import ConfigError, UsageError
from sync.versions.known import one_of
from sync.watches.typed import definition_of

DATABASE_VARIABLE = "TRIALDELTA_DATABASE__URL"
_SECRETS = {
    "webhook": ("url", "secret"),
    "slack": ("url", "token"),
    "teams": ("url",),
    "apprise": ("url",),
    "email": ("password",),
}
_NEEDED = {"email": ("host", "sender", "to"), "file": ("path",), "atom": ("folder",)}
"""Keys that are no secrets and have no default."""
_STAND_INS = {
    "secret": "whsec_" + "A" * 32,
    "url": "https://example.org/hook",
    "token": "token",
    "password": "password",
}
"""For the check of a channel whose secrets come from variables that are not set yet."""


@dataclass(frozen=True, slots=True)
class FirstChannel:
    """A channel: its kind, and its keys but for secrets, which stand in files (`KEY_file`) or in variables."""

    name: str
    kind: str
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> list[str]:
        """The environment variables that its secrets are expected in."""
        return [self.variable_of(key) for key in self._unnamed]

    @property
    def _unnamed(self) -> list[str]:
        return [key for key in secrets_of(self.kind, self.keys) if f"{key}_file" not in self.keys]

    def check(self) -> None:
        """Raises UsageError where a key is unknown, missing, wrong, or a secret."""
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise UsageError(
                "a channel's name is of small letters, digits and _, so that a variable can name it too"
            )
        one_of("kind of channel", "kinds of channel", self.kind, KINDS)
        for key in self.keys:
            if key in _SECRETS.get(self.kind, ()):
                raise UsageError(
                    f"{key} is a secret, which is not written into the file: name a file that holds it "
                    f"({key}_file=PATH), or leave it out and set {self.variable_of(key)}"
                )
        missing = [key for key in needed_of(self.kind) if key not in self.keys]
        if missing:
            raise UsageError(f"a channel of kind {self.kind} needs {', '.join(missing)}")
        stand_ins = {key: self._stand_in(key) for key in self._unnamed}
        try:
            channel_settings(self.name, {"kind": self.kind, **self.keys, **stand_ins})
        except ConfigError as error:
            raise UsageError(str(error)) from None

    def variable_of(self, key: str) -> str:
        """The environment variable that a secret may stand in."""
        return f"TRIALDELTA_CHANNELS__{self.name.upper()}__{key.upper()}"

    def _stand_in(self, key: str) -> str:
        return "json://example.org" if self.kind == "apprise" else _STAND_INS[key]


@dataclass(frozen=True, slots=True)
class FirstAnswers:
    """What `init` has been told."""

    contact: str
    watch: WatchSettings | None
    channel: FirstChannel
    database: str
    host: str
    port: int


def secrets_of(kind: str, keys: Mapping[str, str]) -> tuple[str, ...]:
    """The keys of a channel that are secret and needed."""
    if kind == "slack":
        return ("token",) if "channel" in keys else ("url",)
    if kind == "email":
        return ("password",) if "username" in keys else ()
    return _SECRETS.get(kind, ())


def needed_of(kind: str) -> tuple[str, ...]:
    """The keys of a channel that are no secrets and have no default."""
    return _NEEDED.get(kind, ())


def channel_key(text: str) -> tuple[str, str]:
    """KEY=VALUE. Raises UsageError."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip() or not value.strip():
        raise UsageError("a key of a channel is told as KEY=VALUE, such as host=mail.example.org")
    return key.strip(), value.strip()


def check_database(url: str) -> str:
    """The address, if it can be used and holds no password. Raises UsageError."""
    try:
        DatabaseSettings.model_validate({"url": url})
        has_password = urlsplit(url).password is not None
    except ValueError:
        raise UsageError("a database's address begins with sqlite:/// or postgresql://") from None
    if has_password or "password=" in url:
        raise UsageError(
            "the database's address holds a password, which is not written into the file: leave it out here, and set "
            f"{DATABASE_VARIABLE} (or {DATABASE_VARIABLE}_FILE, the name of a file that holds the address)"
        )
    return url


def check_web(host: str, port: int) -> None:
    """Raises UsageError where the console could not listen there."""
    try:
        WebSettings(host=host, port=port)
    except ValueError:
        raise UsageError("the console's port is a number from 0 to 65535") from None


def first_file(answers: FirstAnswers) -> str:
    """The file."""
    return (
        "\n".join([*_head(answers), *_watch(answers.watch), *_told(answers.channel), *_web(answers)]) + "\n"
    )


def _head(answers: FirstAnswers) -> Iterator[str]:
    yield from (
        "# trialdelta: made by `trialdelta init`. `trialdelta config show` has all keys; the README explains them.",
        "# Each can also be set as TRIALDELTA_SECTION__KEY. No secret stands here: they come from files or variables.",
        "",
        "[registry]",
        f"contact = {inline(answers.contact)}  # sent in the User-Agent: who to ask about these requests",
        "# min_interval_s = 1.0  # seconds between two requests; the registry's robots.txt asks for one",
        "",
        "[database]",
        f"url = {inline(answers.database)}  # one with a password belongs into the variable {DATABASE_VARIABLE}",
        "",
        "[schedule]",
        'poll = "15m"  # how often to ask for a new release: "15m", "1h30m", seconds, or a cron line in UTC',
    )


def _watch(watch: WatchSettings | None) -> Iterator[str]:
    yield ""
    if watch is None:
        yield "# No watch yet: follow studies in the console or with `trialdelta watch add NCT…`, or name them here:"
        yield from (
            "# [[watch]]",
            '# name = "mine"',
            '# ids = ["NCT06056921"]',
            '# searches = [{ cond = "lupus", intr = "CAR-T" }]',
        )
        return
    yield "[[watch]]  # more can be added here, or kept in the database: `trialdelta watch add`, and the console"
    yield f"name = {inline(watch.name)}"
    for key, value in definition_of(watch).items():
        yield f"{key} = {inline(value)}"


def _told(channel: FirstChannel) -> Iterator[str]:
    yield from (
        "",
        "[[route]]  # what is heavy at once, one message a study",
        'name = "urgent"',
        f"channels = [{inline(channel.name)}]",
        'min_severity = "high"',
        "",
        "[[route]]  # and all of it in the morning, also when nothing happened",
        'name = "morning"',
        f"channels = [{inline(channel.name)}]",
        'mode = "daily"',
        'at = "08:00"  # in UTC, unless [alerts] time_zone says otherwise',
        "",
        f"[channels.{channel.name}]  # every kind and key: docs/channels.md",
        f"kind = {inline(channel.kind)}",
    )
    yield from (f"{key} = {inline(value)}" for key, value in channel.keys.items())
    yield from (f"# its secret comes from the variable {name}" for name in channel.variables)


def _web(answers: FirstAnswers) -> Iterator[str]:
    yield from (
        "",
        "[web]  # the console",
        f"host = {inline(answers.host)}  # another address than this machine's own needs accounts: `trialdelta users add`",
        f"port = {answers.port}",
    )
