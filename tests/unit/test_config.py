"""The configuration: right by default, and every wrong key is named with what is allowed, never with what was given."""

from pathlib import Path

import pytest

from sync.alerts.channels import check_channels
from sync.config import CHECKOUT, Settings, load
from sync.errors import ConfigError
from sync.health.doctor import examine
from sync.settings_base import duration

WATCH = '[[watch]]\nname = "w"\nids = ["NCT90000001"]\n'


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def loaded(path: Path) -> Settings:
    return load(path, {})


def test_the_shipped_configuration_is_right_and_watches_the_headline_study():
    settings = loaded(CHECKOUT)
    assert "NCT06056921" in settings.watch[0].ids
    assert settings.watch[0].searches
    assert settings.registry.base_url == "https://clinicaltrials.gov/api/v2"
    assert settings.web.is_loopback


@pytest.mark.parametrize(
    "text, words",
    [
        (
            "[registry]\ntimeout = 3\n" + WATCH,
            ["registry.timeout", "no such key", "did you mean registry.timeout_s?"],
        ),
        ("[registri]\n" + WATCH, ["registri", "no such key", "did you mean registry?"]),
        ('[registry]\nbase_url = "ftp://x"\n' + WATCH, ["registry.base_url", "http"]),
        ('[registry]\nuser_agent = "curl/8"\n' + WATCH, ["registry.user_agent", "python-httpx/"]),
        ('[registry]\ncontact = "Jürgen"\n' + WATCH, ["registry.contact", "ASCII"]),
        (
            '[registry]\ntls_profile = "tls10"\n' + WATCH,
            ["registry.tls_profile", "post-handshake-auth"],
        ),
        (
            "[registry]\nmin_interval_s = -1\n" + WATCH,
            ["registry.min_interval_s", "greater than or equal to 0", "-1"],
        ),
        ('[database]\nurl = "mysql://x"\n' + WATCH, ["database.url", "sqlite:///"]),
        ('[database]\nurl = "postgresql://u:S@h:notaport/x"\n' + WATCH, ["database.url", "65535"]),
        ('[registry]\nproxy = "htp://u:S@p:1"\n' + WATCH, ["registry.proxy", "http://"]),
        ('[registry]\nproxy = "http://u:S@p:99999x"\n' + WATCH, ["registry.proxy", "65535"]),
        ('[schedule]\npoll = "soon"\n' + WATCH, ["schedule.poll", "15m"]),
        ('[schedule]\npoll = "61 * * * *"\n' + WATCH, ["schedule.poll", "cron line"]),
        ('[alerts]\nconsole_url = "ftp://x"\n' + WATCH, ["alerts.console_url", "https://"]),
        ('[web]\nhosts = ["http://x"]\n' + WATCH, ["web.hosts", "without a port", "entry 1"]),
        ('[web]\nbehind_proxy = ["proxy"]\n' + WATCH, ["web.behind_proxy", "10.0.0.0/24"]),
        ("[web]\nsession_hours = 0\n" + WATCH, ["web.session_hours", "greater than 0"]),
        ("[schedule]\npoll = 0\n" + WATCH, ["schedule.poll", "a second or more"]),
        ('[[watch]]\nname = "w"\n', ["watch.0", "ids, searches or related_to"]),
        ('[[watch]]\nname = "w"\nids = ["NCT1"]\n', ["watch.0.ids", "NCT1", "eight digits"]),
        ('[[watch]]\nname = "w"\nsearches = [{}]\n', ["watch.0", "parameter"]),
        (
            '[[watch]]\nname = "w"\nsearches = [{intr = "CAR-T"}, {cond = " "}]\n',
            ["entry 2", "'cond'", "no value"],
        ),
        ('[[watch]]\nname = "w"\nsearches = [{cond = "\\"\\""}]\n', ["'cond'", "no value"]),
        (
            '[[watch]]\nname = "w"\nsearches = [{conditon = "lupus"}]\n',
            ["watch.0.searches", "no search parameter 'conditon'", "cond, term, locn", "filter.advanced"],
        ),
        ('[[watch]]\nname = "w"\nsearches = [{"query.ttle" = "x"}]\n', ["did you mean 'query.titles'"]),
        ('[[watch]]\nname = "w"\nsearches = [{"filter.status" = "x"}]\n', ["filter.overallStatus"]),
        ('[[watch]]\nname = "w"\nsearches = [{pageSize = "5"}]\n', ["the walk sets it itself"]),
        ('[[watch]]\nname = "w"\nsearches = [{cond = "a", "query.cond" = "b"}]\n', ["'query.cond' twice"]),
        ('[[watch]]\nname = "w"\nsearches = [{geoDecay = "func:linear"}]\n', ["finds something"]),
        ('[[watch]]\nname = "../w"\nids = ["NCT90000001"]\n', ["watch.0.name"]),
        (WATCH + WATCH, ["two watches have the same name"]),
        ('[watch]\nname = "w"\n', ["watch: must be a list of tables: write [[watch]]"]),
        ('[gates]\nmax_aliases = "many"\n' + WATCH, ["gates.max_aliases: must be a whole number"]),
        ('[web]\nenabled = "perhaps"\n' + WATCH, ["web.enabled: must be true or false"]),
        (
            '[[route]]\nname = "r"\nchannels = ["console"]\nat = "8 am"\n' + WATCH,
            ["route.0.at: must be a time of the day"],
        ),
        ('[log]\nlevel = "loud"\n' + WATCH, ["log.level", "debug"]),
        ("not toml", ["not TOML"]),
    ],
)
def test_a_wrong_key_or_value_is_named_with_what_is_allowed(write, text, words):
    with pytest.raises(ConfigError) as caught:
        loaded(write(text))
    for word in words:
        assert word in str(caught.value)


def test_a_missing_file_is_an_error_and_not_the_defaults(tmp_path):
    with pytest.raises(ConfigError, match="there is no configuration file"):
        loaded(tmp_path / "nowhere.toml")


def test_a_folder_is_no_configuration_file_and_is_said_to_be_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder: name the configuration file in it"):
        load(tmp_path)


def test_the_environment_overrides_the_file(write, monkeypatch):
    monkeypatch.setenv("TRIALDELTA_REGISTRY__MIN_INTERVAL_S", "2.5")
    monkeypatch.setenv("TRIALDELTA_SCHEDULE__POLL", "1h30m")
    settings = loaded(write("[registry]\nmin_interval_s = 1\n" + WATCH))
    assert settings.registry.min_interval_s == 2.5
    assert settings.schedule.poll == "1h30m"


def test_a_secret_comes_from_a_file_and_is_never_shown(write, tmp_path, monkeypatch):
    (tmp_path / "proxy").write_text("http://me:hunter2@proxy.example:3128\n")
    (tmp_path / "url").write_text("postgresql://me:hunter2@db.example/trials\n")
    monkeypatch.setenv("TRIALDELTA_REGISTRY__PROXY_FILE", str(tmp_path / "proxy"))
    monkeypatch.setenv("TRIALDELTA_DATABASE__URL_FILE", str(tmp_path / "url"))
    settings = loaded(write(WATCH))
    assert settings.registry.proxy is not None
    assert settings.registry.proxy.get_secret_value() == "http://me:hunter2@proxy.example:3128"
    shown = settings.model_dump_json() + repr(settings)
    assert "hunter2" not in shown
    assert "postgresql://me:**********@db.example/trials" in shown


def test_a_wrong_secret_is_not_repeated_in_the_error(write):
    with pytest.raises(ConfigError) as caught:
        loaded(write('[database]\nurl = "oracle://me:hunter2@db"\n' + WATCH))
    assert "hunter2" not in str(caught.value)


def test_a_secret_file_that_is_missing_is_named(write, monkeypatch):
    monkeypatch.setenv("TRIALDELTA_DATABASE__URL_FILE", "/nowhere/url")
    with pytest.raises(ConfigError, match=r"TRIALDELTA_DATABASE__URL_FILE names a file that cannot be read"):
        loaded(write(WATCH))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p:w@h/x", "postgresql://u:p/w@h:5432/x", "postgresql://[::1]:5432/x", "postgresql://[::1]/x",
        "postgresql:///x?host=/run/postgresql", "sqlite:///data/a:b.db",
    ],
)  # fmt: skip
def test_a_database_with_any_password_host_or_socket_is_taken(write, url):
    assert loaded(write(f'[database]\nurl = "{url}"\n' + WATCH)).database.url.get_secret_value() == url


def test_doctor_says_what_is_wrong_with_a_proxy_that_only_the_environment_names(write, monkeypatch):
    monkeypatch.setenv("https_proxy", "http://u:hidden@p:99999x")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    settings = loaded(write('[database]\nurl = "sqlite:///nowhere/x.db"\n' + WATCH))
    last = list(examine(settings, ask_registry=True))[-1]
    assert (last.subject, last.exit_code) == ("registry", 2)
    assert "proxy" in last.sentence
    assert "hidden" not in last.sentence


def test_settings_do_not_change_once_loaded(write):
    settings = loaded(write(WATCH))
    with pytest.raises(ValueError, match="frozen"):
        settings.registry.min_interval_s = 0  # type: ignore[misc]


@pytest.mark.parametrize(
    "table, needed",
    [
        ("", False),
        ('host = "localhost"', False),
        ('host = "127.0.0.9"', False),
        ('host = "::1"', False),
        ('host = "0.0.0.0"', True),
        ('host = "::"', True),
        ('host = "trials.example.org"', True),
        ('hosts = ["trials.example.org"]', True),
        ('behind_proxy = ["127.0.0.1"]', True),
    ],
)
def test_a_console_that_others_can_reach_needs_accounts(write, table, needed):
    assert loaded(write(f"[web]\n{table}\n{WATCH}")).web.needs_accounts is needed


@pytest.mark.parametrize(
    "text, seconds",
    [("15m", 900), ("1h30m", 5400), ("2d", 172800), (90, 90), ("90", 90), ("0.5", 0.5), ("10 min", 600)],
)
def test_a_duration_is_read_in_each_of_its_forms(text, seconds):
    assert duration(text).total_seconds() == seconds


WRONG_NAMES = """
[alerts]
notices = ["pager"]
[[route]]
name = "r"
channels = ["consol", "hok"]
watch = "www"
escalate_after = "2d"
escalate_to = "nobody"
[channels.hook]
kind = "webhook"
url = "https://hunter2.example"
"""


def test_all_names_of_channels_and_watches_that_are_not_are_told_at_once_with_those_that_are(write):
    with pytest.raises(ConfigError) as caught:
        loaded(write(WATCH + WRONG_NAMES))
    told = str(caught.value)
    for line in (
        "alerts.notices: entry 1 is not the name of a channel that is configured; there are console, hook",
        "route.0.channels: entry 1 is not the name of a channel that is configured; did you mean console? "
        "(there are console, hook)",
        "route.0.channels: entry 2 is not the name of a channel that is configured; did you mean hook?",
        "route.0.watch: entry 1 is not the name of a watch that is configured; there is w",
        "route.0.escalate_to: entry 1 is not the name of a channel that is configured; there are",
    ):
        assert f"\n  {line}" in told
    assert not [word for word in ("hunter2", "pager", "nobody", "hok,") if word in told]


def test_a_list_whose_only_entry_is_wrong_is_not_called_empty_besides(write):
    with pytest.raises(ConfigError) as caught:
        loaded(write('[[watch]]\nname = "w"\nsearches = [{}]\n'))
    assert len(str(caught.value).splitlines()) == 2


def test_the_faults_of_all_channels_are_told_at_once():
    channels = {"a": {"kind": "webhook", "url": "x"}, "b": {"kind": "slak"}, "c": {"kind": "console"}}
    with pytest.raises(ConfigError) as caught:
        check_channels(channels)
    told = str(caught.value).splitlines()
    assert [line.split(".")[1] for line in told] == ["a", "b"]
