"""The configuration: one TOML file, each key also from the environment, secrets also from files. Frozen once loaded."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
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
    SettingsError,
    TomlConfigSettingsSource,
)

from sync.alerts.channels import KINDS
from sync.alerts.settings import DEFAULT_CHANNELS, DEFAULT_ROUTES, AlertSettings, RouteSettings
from sync.backup.settings import BackupSettings
from sync.cohort.conditions import ClassConditions
from sync.config_errors import complaints, suggestion
from sync.environment import (
    ENV_PREFIX,
    GivenVariables,
    unknown_variables,
    unreadable_variable,
    variables_given,
)
from sync.errors import ConfigError
from sync.redaction import HIDDEN, shown
from sync.registry.query import objection
from sync.registry.settings import BackfillSettings, RegistrySettings
from sync.settings_base import InvalidValue, Section, check_port, not_an_id
from sync.study.record import is_nct_id
from sync.timing.schedule import ScheduleSettings
from sync.words import agreeing

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
            raise InvalidValue("must begin with sqlite:/// or postgresql://")
        if not value.get_secret_value().startswith("sqlite:"):
            check_port(value.get_secret_value())
        return value

    @field_serializer("url")
    def _without_password(self, value: SecretStr) -> str:
        return shown(value.get_secret_value())


class WatchSettings(ClassConditions):
    """A named list of ids and searches: the studies to follow; or `everything`, which is the whole registry."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    ids: tuple[str, ...] = ()
    searches: tuple[dict[str, str], ...] = ()
    related_to: tuple[str, ...] = ()
    everything: bool = False
    """Every study that the registry has: read by pages, then swept by update date."""
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
                raise InvalidValue(not_an_id(value.index(nct_id), nct_id))
        # An id that is listed twice is one study.
        return tuple(dict.fromkeys(value))

    @model_validator(mode="after")
    def _watches_something(self) -> WatchSettings:
        names = bool(self.ids or self.searches or self.related_to)
        if self.everything and self.asks_for_a_class:
            raise InvalidValue(
                "everything = true is every study: name classes, antigens and areas in a watch of their own, which looks "
                "at all that is stored"
            )
        if self.everything and names:
            raise InvalidValue(
                "with everything = true there is nothing to name: leave ids, searches and related_to out"
            )
        if not (self.everything or names or self.asks_for_a_class):
            raise InvalidValue(
                "name some ids, searches or related_to, or set everything = true; or name classes"
            )
        return self

    @property
    def looks_at_all_stored(self) -> bool:
        """Whether it asks for a class, and no search brings what to look at."""
        return self.asks_for_a_class and not (self.searches or self.related_to)

    @field_validator("searches")
    @classmethod
    def _that_find_something(cls, value: tuple[dict[str, str], ...]) -> tuple[dict[str, str], ...]:
        for place, search in enumerate(value, 1):
            if problem := objection(search):
                raise InvalidValue(f"entry {place}: {problem}")
        return value


def doubts(watches: Iterable[WatchSettings], routes: Iterable[RouteSettings]) -> list[str]:
    """What of watches and routes can be used, and is likely not meant so: a sentence each."""
    named = [
        *((f"watch {each.name}", each) for each in watches),
        *((f"route {each.name}", each) for each in routes),
    ]
    return [f"{name}: {doubt}" for name, each in named for doubt in each.doubts()]


class LogSettings(Section):
    """How to log."""

    format: Literal["auto", "json", "console"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("level", mode="before")
    @classmethod
    def _any_case(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value


class GateSettings(Section):
    """When answers are not believed: what may go at once, or lead to one record; how large a watch may be made by hand."""

    max_shrink: float = Field(0.5, ge=0, le=1)
    max_absent: float = Field(0.05, ge=0, le=1)
    max_aliases: int = Field(5, ge=0)
    """Of the ids that are watched, so many may lead to one record: more is a fault of the registry's index."""
    max_studies: int = Field(20_000, ge=1)
    """So many studies may come with a watch that is added by command or in the console; the file's are not counted."""


class EverythingSettings(Section):
    """How the whole registry is kept up with by the watch that has `everything`."""

    reconcile_days: int = Field(7, ge=1, le=366)
    """After so many days all pages are walked again: only that proves who is there, and finds what no date tells."""
    overlap_days: int = Field(3, ge=0, le=90)
    """A sweep begins so many days before the release that it follows: update dates are posted late now and then."""


class PerformanceSettings(Section):
    """How much of the machine the reading of the whole registry may use."""

    workers: int | None = Field(None, ge=0, le=64)
    """Processes that work on pages; 0 or 1: none beside our own. Where nothing is said, one less than there are cores."""

    @property
    def processes(self) -> int:
        """Processes beside our own that work on pages; 0 where our own does."""
        workers = usable_cores() - 1 if self.workers is None else self.workers
        return workers if workers > 1 else 0


def usable_cores() -> int:
    """The cores that this process may run on, which a container may bound."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
        for place, name in enumerate(value, 1):
            if not re.fullmatch(r"[A-Za-z0-9.-]+", name):
                raise InvalidValue(
                    f"entry {place} must be the name of a host such as trials.example.org, without a port"
                )
        return tuple(name.lower() for name in value)

    @field_validator("behind_proxy")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for place, address in enumerate(value, 1):
            try:
                ip_network(address)
            except ValueError:
                raise InvalidValue(
                    f"entry {place} must be an address such as 10.0.0.7, or a network such as 10.0.0.0/24"
                ) from None
        return value

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        # The name is not looked up: a resolver that is down or lies must not decide whether accounts are needed.
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
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        case_sensitive=False,
    )

    registry: RegistrySettings = RegistrySettings()
    backfill: BackfillSettings = BackfillSettings()
    database: DatabaseSettings = DatabaseSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    watch: tuple[WatchSettings, ...] = ()
    """Those of the file; more may be kept in the database beside them (`sync.kept`)."""
    log: LogSettings = LogSettings()
    gates: GateSettings = GateSettings()
    everything: EverythingSettings = EverythingSettings()
    performance: PerformanceSettings = PerformanceSettings()
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
            raise InvalidValue(
                f"two {'watches' if info.field_name == 'watch' else 'routes'} have the same name"
            )
        return value

    @field_validator("watch")
    @classmethod
    def _one_has_everything(cls, value: tuple[WatchSettings, ...]) -> tuple[WatchSettings, ...]:
        if sum(each.everything for each in value) > 1:
            raise InvalidValue("only one watch can have everything = true: there is one registry")
        return value

    @field_validator("channels")
    @classmethod
    def _of_a_kind(cls, value: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for name, table in value.items():
            if not isinstance(table.get("kind"), str):
                raise InvalidValue(f'the channel {name!r} needs its kind, such as kind = "webhook"')
        return DEFAULT_CHANNELS | value

    @model_validator(mode="after")
    def _routes_lead_somewhere(self) -> Settings:
        watches = [watch.name for watch in self.watch]
        faults = list(_unknown("alerts.notices", self.alerts.notices, "channel", self.channels))
        for number, route in enumerate(self.route):
            for key in ("channels", "escalate_to"):
                faults += _unknown(f"route.{number}.{key}", getattr(route, key), "channel", self.channels)
            faults += _unknown(f"route.{number}.watch", route.watch, "watch", watches)
        if faults:
            raise InvalidValue("\n".join(faults))
        return self

    @field_serializer("channels")
    def _kinds_only(self, value: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        # which of a channel's keys are secret only the channel knows
        return {
            name: {"kind": table["kind"] if table["kind"] in KINDS else HIDDEN}
            for name, table in value.items()
        }


def _unknown(key: str, named: Iterable[str], noun: str, known: Collection[str]) -> Iterator[str]:
    """A sentence for each name of a list that names nothing, without the name: it may be a misplaced secret."""
    there = f"there {agreeing(len(known), 'is', 'are')} {', '.join(known)}"
    for place, name in enumerate(named, 1):
        if name not in known:
            near = suggestion(name, known)
            offer = f"did you mean {near}? ({there})" if near and len(known) > 1 else there
            yield f"{key}: entry {place} is not the name of a {noun} that is configured; {offer}"


def find_file(named: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """The file to read: the one named, else TRIALDELTA_CONFIG's, else ./config.toml, else the shipped one."""
    chosen = named or (Path(environ["TRIALDELTA_CONFIG"]) if environ.get("TRIALDELTA_CONFIG") else None)
    if chosen is not None:
        if chosen.is_dir():
            raise ConfigError(f"{chosen} is a folder: name the configuration file in it")
        if not chosen.is_file():
            raise ConfigError(
                f"there is no configuration file {chosen}; `trialdelta init --config {chosen}` writes one"
            )
        return chosen
    # The wheel carries the repository's file under another name; in a checkout it lies where it is edited.
    return next(path for path in (Path("config.toml"), SHIPPED, CHECKOUT) if path.is_file())


def load(named: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force; raises ConfigError with every wrong key and what is allowed, never with what was given."""
    path = find_file(named, environ)
    # Asked for before the file is read: all that is wrong is told at once, not one fault a start.
    strange = list(unknown_variables(Settings, _SECRETS))
    try:
        settings = _settings_from(path)()
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"the file {path} is not TOML: {error}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"the file {path} is not TOML: it is not text in UTF-8") from None
    except OSError as error:
        raise ConfigError(f"the file {path} cannot be read: {error.strerror}") from error
    except SettingsError as error:
        raise ConfigError(unreadable_variable(error)) from None
    except ValidationError as error:
        strange = [*complaints(error, Settings, environ=variables_given()), *strange]
    if strange:
        lines = (f"  {line}" for line in strange)
        raise ConfigError("\n".join([f"{path} (with the environment) is wrong:", *lines]))
    if settings.rules or any(watch.rules for watch in settings.watch):
        _check_rules(settings)
    return settings


def _check_rules(settings: Settings) -> None:
    """Raises ConfigError where rules are wrong: else `config show` would print what stands in their place."""
    # All kinds of change and the storage come with them, which reading a configuration without rules needs not.
    from sync.rules import by_watch

    by_watch(settings)


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
            return (init_settings, GivenVariables(settings_cls, env_settings, _SECRETS), file)

    return FromFile
