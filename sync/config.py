"""The configuration: one TOML file, each key also from the environment, secrets also from files. Frozen once loaded."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Container, Iterable, Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_serializer,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from sync.alerts.settings import DEFAULT_CHANNELS, DEFAULT_ROUTES, AlertSettings, RouteSettings
from sync.backup_settings import BackupSettings
from sync.errors import ConfigError
from sync.registry.settings import RegistrySettings
from sync.schedule import ScheduleSettings
from sync.secrecy import shown
from sync.sections import Section
from sync.study.record import is_nct_id

ENV_PREFIX = "TRIALDELTA_"
SHIPPED = Path(__file__).with_name("config.default.toml")
CHECKOUT = Path(__file__).parents[1] / "config.toml"

_SECRETS = (("registry", "proxy"), ("database", "url"), ("alerts", "heartbeat_url"))


class DatabaseSettings(Section):
    """Where to remember."""

    url: SecretStr = SecretStr("sqlite:///data/trialdelta.db")

    @field_validator("url")
    @classmethod
    def _a_known_database(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(
            ("sqlite:", "postgresql:", "postgresql+psycopg:", "postgres:")
        ):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return value

    @field_serializer("url")
    def _without_password(self, value: SecretStr) -> str:
        return shown(value.get_secret_value())


class WatchSettings(Section):
    """A named list of ids and searches: the studies to follow."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    ids: tuple[str, ...] = ()
    searches: tuple[dict[str, str], ...] = ()
    related_to: tuple[str, ...] = ()
    rules: dict[str, Any] = Field(default_factory=dict)

    @field_validator("related_to", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("ids", "related_to")
    @classmethod
    def _ids_of_studies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for nct_id in value:
            if not is_nct_id(nct_id):
                raise ValueError(f"{nct_id!r} is no NCT ID (NCT and eight digits)")
        return tuple(dict.fromkeys(value))

    @model_validator(mode="after")
    def _watches_something(self) -> WatchSettings:
        if not (self.ids or self.searches or self.related_to):
            raise ValueError("name some ids, searches or related_to")
        if any(not search for search in self.searches):
            raise ValueError('a search needs a parameter, such as { intr = "CAR-T" }')
        return self


class LogSettings(Section):
    """How to log."""

    format: Literal["auto", "json", "console"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("level", mode="before")
    @classmethod
    def _any_case(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value


class GateSettings(Section):
    """When answers must not be believed: which share of a watch may go at once, how many former ids one record may have."""

    max_shrink: float = Field(0.5, ge=0, le=1)
    max_absent: float = Field(0.05, ge=0, le=1)
    max_aliases: int = Field(5, ge=0)
    """Of the ids that are watched, so many may lead to one record: more is a fault of the registry's index."""


class WebSettings(Section):
    """The console: where it listens, and under which names and behind which proxies it is reached."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = Field(8470, ge=0, le=65535)
    """0 takes any free port."""
    hosts: tuple[str, ...] = ()
    """Names besides localhost under which browsers reach it; with one, accounts are needed."""
    behind_proxy: tuple[str, ...] = ()
    """Addresses of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; with one, accounts are needed."""
    session_hours: float = Field(12, gt=0, le=24 * 30)

    @field_validator("hosts")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not re.fullmatch(r"[A-Za-z0-9.-]+", name):
                raise ValueError(
                    f"{name!r} is no name of a host; write one such as trials.example.org, without a port"
                )
        return tuple(name.lower() for name in value)

    @field_validator("behind_proxy")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            ip_network(address)  # says itself what is wrong with it
        return value

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def needs_accounts(self) -> bool:
        """Whether others than the people of this machine can reach it, as far as the settings tell."""
        return not self.is_loopback or bool(self.hosts) or bool(self.behind_proxy)


_Named = WatchSettings | RouteSettings


class Settings(BaseSettings):
    """All settings. Made by `load`, which names the file, the key and what is allowed in every error."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=ENV_PREFIX, env_nested_delimiter="__", case_sensitive=False
    )

    registry: RegistrySettings = RegistrySettings()
    database: DatabaseSettings = DatabaseSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    watch: tuple[WatchSettings, ...] = Field((), min_length=1)
    log: LogSettings = LogSettings()
    gates: GateSettings = GateSettings()
    rules: dict[str, Any] = {}
    web: WebSettings = WebSettings()
    backup: BackupSettings = BackupSettings()
    alerts: AlertSettings = AlertSettings()
    route: tuple[RouteSettings, ...] = DEFAULT_ROUTES
    channels: dict[str, dict[str, Any]] = Field(DEFAULT_CHANNELS, repr=False)

    @field_validator("watch", "route")
    @classmethod
    def _named_apart(cls, value: tuple[_Named, ...], info: ValidationInfo) -> tuple[_Named, ...]:
        names = [each.name for each in value]
        if len(set(names)) != len(names):
            raise ValueError(
                f"two {'watches' if info.field_name == 'watch' else 'routes'} have the same name"
            )
        return value

    @field_validator("channels")
    @classmethod
    def _of_a_kind(cls, value: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for name, table in value.items():
            if not isinstance(table.get("kind"), str):
                raise ValueError(f'the channel {name!r} needs its kind, such as kind = "webhook"')
        return DEFAULT_CHANNELS | value

    @model_validator(mode="after")
    def _routes_lead_somewhere(self) -> Settings:
        watches = {watch.name for watch in self.watch}
        for route in self.route:
            _must_be_known(route, "channel", (*route.channels, *route.escalate_to), self.channels)
            _must_be_known(route, "watch", route.watch, watches)
        unknown = set(self.alerts.notices) - set(self.channels)
        if unknown:
            raise ValueError(f"alerts.notices names the channel {min(unknown)!r}, which is not configured")
        return self

    @field_serializer("channels")
    def _kinds_only(self, value: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        # which of a channel's keys are secret only the channel knows
        return {name: {"kind": table["kind"]} for name, table in value.items()}


def _must_be_known(route: RouteSettings, noun: str, named: Iterable[str], known: Container[str]) -> None:
    for name in named:
        if name not in known:
            raise ValueError(f"the route {route.name!r} names the {noun} {name!r}, which is not configured")


def find_file(named: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """The file to read: the one named, else TRIALDELTA_CONFIG's, else ./config.toml, else the shipped one."""
    asked = named or (Path(environ["TRIALDELTA_CONFIG"]) if environ.get("TRIALDELTA_CONFIG") else None)
    if asked is not None:
        if not asked.is_file():
            raise ConfigError(f"there is no configuration file {asked}")
        return asked
    return next(path for path in (Path("config.toml"), SHIPPED, CHECKOUT) if path.is_file())


def load(named: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force; raises ConfigError with every wrong key, its value and what is allowed."""
    path = find_file(named, environ)
    try:
        return _settings_from(path)()
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise ConfigError(
            "\n".join([f"{path} (with the environment) is wrong:", *_complaints(error)])
        ) from None


def _settings_from(path: Path) -> type[Settings]:
    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            file = TomlConfigSettingsSource(settings_cls, toml_file=path)
            return (init_settings, _Environment(settings_cls, env_settings), file)

    return FromFile


class _Environment(PydanticBaseSettingsSource):
    """The environment; TRIALDELTA_SECTION__KEY_FILE names a file that holds the value of a secret."""

    def __init__(self, settings_cls: type[BaseSettings], variables: PydanticBaseSettingsSource) -> None:
        super().__init__(settings_cls)
        self.variables = variables

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """Asked for by the base class; the values come from the environment as a whole."""
        return self.variables.get_field_value(field, field_name)

    def __call__(self) -> dict[str, Any]:
        """The values by section and key."""
        values = self.variables()
        for section, key in _SECRETS:
            path = values.get(section, {}).pop(f"{key}_file", None)
            if path:
                values[section][key] = _secret(f"{ENV_PREFIX}{section}__{key}_file".upper(), Path(path))
        return values


def _secret(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"{name} names {path}, which cannot be read: {error.strerror}") from error


def _complaints(error: ValidationError) -> list[str]:
    return [
        f"  {'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}{_given(fault)}"
        for fault in error.errors()
    ]


def _given(fault: Mapping[str, Any]) -> str:
    value = fault.get("input")
    secret = tuple(fault["loc"][:2]) in _SECRETS or fault["loc"][0] == "channels"
    return (
        ""
        if secret or isinstance(value, dict | tuple | list) or fault["type"] == "missing"
        else f" (it is {value!r})"
    )
