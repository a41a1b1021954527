"""Each provider can be switched off and asked elsewhere, in file and environment; what cannot be is named."""

import tomllib
from pathlib import Path

import pytest

from providers.catalog import CARDS
from tui.__main__ import main
from tui.errors import ConfigurationError
from tui.exit_codes import BAD_CONFIGURATION
from tui.settings.configuration import configured
from tui.settings.origins import Level
from tui.settings.providers import CREDITS_A_DAY, keys_of, variable_of

BASE = "http://127.0.0.1:9000/x"
BOTH = {"cdn.finra.org": "http://127.0.0.1:9000/files", "api.finra.org": "http://127.0.0.1:9000/api"}


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"SHORTSIDE_HOME": str(tmp_path)}


def write(home: dict[str, str], text: str) -> Path:
    file = Path(home["SHORTSIDE_HOME"], "config.toml")
    file.write_text(text)
    return file


def test_unless_somebody_says_otherwise_all_are_asked_at_their_own_addresses(home):
    options = configured({}, home).options
    assert options.providers.keys() == CARDS.keys()
    assert options.switched_off == frozenset()
    assert options.base_urls == {}
    assert options.providers["ortex"].credits_a_day == CREDITS_A_DAY


def test_a_file_switches_off_and_sends_elsewhere(home):
    file = write(
        home,
        f"""
        [providers.nasdaq_screener]
        enabled = false
        base_url = "{BASE}/"
        [providers.finra_short_interest]
        base_url = {{"cdn.finra.org" = "{BOTH["cdn.finra.org"]}", "api.finra.org" = "{BOTH["api.finra.org"]}"}}
        [providers.ibkr_borrow]
        base_url = {{"ftp2.interactivebrokers.com" = "ftp://127.0.0.1:8721"}}
        [providers.ortex]
        credits_a_day = 5
        """,
    )
    settled = configured({}, home)
    options = settled.options
    assert options.switched_off == {"nasdaq_screener"}
    assert options.base_urls == {
        "nasdaq_screener": {"api.nasdaq.com": BASE},
        "finra_short_interest": BOTH,
        "ibkr_borrow": {"ftp2.interactivebrokers.com": "127.0.0.1:8721"},
    }
    assert options.providers["ortex"].credits_a_day == 5
    assert settled.provider_origins["nasdaq_screener", "enabled"].place == f"{file}: providers.nasdaq_screener.enabled"
    assert settled.provider_origins["nasdaq_splits", "enabled"].level is Level.DEFAULT


def test_the_environment_goes_before_the_file(home):
    write(home, f'[providers.nasdaq_screener]\nenabled = false\nbase_url = "{BASE}"\n')
    addresses = ",".join(f"{host}={address}" for host, address in BOTH.items())
    settled = configured(
        {},
        {
            **home,
            "SHORTSIDE_PROVIDERS_NASDAQ_SCREENER_ENABLED": "yes",
            "SHORTSIDE_PROVIDERS_FINRA_SHORT_INTEREST_BASE_URL": addresses,
            "SHORTSIDE_PROVIDERS_YAHOO_SPARK_BASE_URL": BASE,
            "SHORTSIDE_PROVIDERS_ORTEX_CREDITS_A_DAY": "0",
            "SHORTSIDE_PROVIDERS_SEC_FAILS_ENABLED": "",
        },
    )
    options = settled.options
    assert options.switched_off == frozenset()
    assert options.base_urls["nasdaq_screener"] == {"api.nasdaq.com": BASE}
    assert options.base_urls["finra_short_interest"] == BOTH
    assert options.base_urls["yahoo_spark"] == {"query1.finance.yahoo.com": BASE}
    assert options.providers["ortex"].credits_a_day == 0
    place = settled.provider_origins["nasdaq_screener", "enabled"].place
    assert place == "SHORTSIDE_PROVIDERS_NASDAQ_SCREENER_ENABLED"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[providers.nasdak]\nenabled = false", f"there is no provider nasdak; there are {', '.join(CARDS)}"),
        (
            "[providers.ortex]\nenable = false",
            "there is no key providers.ortex.enable; the keys are enabled, base_url, credits_a_day",
        ),
        (
            "[providers.massive]\ncredits_a_day = 3",
            "there is no key providers.massive.credits_a_day; the keys are enabled, base_url",
        ),
        ('[providers.ortex]\nenabled = "no"', "providers.ortex.enabled = 'no': must be true or false"),
        ("[providers.ortex]\nenabled = 0", "providers.ortex.enabled = 0: must be true or false"),
        ("[providers.ortex]\ncredits_a_day = -1", "providers.ortex.credits_a_day = -1: must be a number from 0 up"),
        ("[providers.ortex]\ncredits_a_day = true", "providers.ortex.credits_a_day = True: must be a number from 0 up"),
        (
            '[providers.nasdaq_splits]\nbase_url = "127.0.0.1:9000"',
            "providers.nasdaq_splits.base_url = '127.0.0.1:9000': must be an address such as http://127.0.0.1:9000/x",
        ),
        (
            '[providers.nasdaq_splits]\nbase_url = "http://me:secret@example.org/"',
            "must be an address such as http://127.0.0.1:9000/x",
        ),
        (
            f'[providers.finra_short_interest]\nbase_url = "{BASE}"',
            f"providers.finra_short_interest.base_url = '{BASE}': finra_short_interest asks 2 hosts; give each its own "
            'address, as in base_url = {"cdn.finra.org" = "…", "api.finra.org" = "…"}',
        ),
        (
            f'[providers.nasdaq_splits.base_url]\n"cdn.finra.org" = "{BASE}"',
            "nasdaq_splits does not ask cdn.finra.org; it asks api.nasdaq.com",
        ),
        (
            '[providers.ibkr_borrow.base_url]\n"ftp2.interactivebrokers.com" = "ftp://127.0.0.1:99999"',
            "must be an address such as ftp://127.0.0.1:8721",
        ),
        ("[providers]\nortex = 3", r"providers.ortex = 3: must be a table, [providers.ortex]"),
        ("providers = 3", "providers: must be tables such as [providers.nasdaq_screener]"),
    ],
)
def test_what_a_file_cannot_say_is_named_with_what_it_can(home, text, words):
    file = write(home, text + "\n")
    with pytest.raises(ConfigurationError) as caught:
        configured({}, home)
    assert str(caught.value).startswith(f"{file}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "text", "words"),
    [
        ("SHORTSIDE_PROVIDERS_NASDAK_ENABLED", "no", "SHORTSIDE_PROVIDERS_NASDAK_ENABLED: there is no such provider; "),
        (
            "SHORTSIDE_PROVIDERS_ORTEX_ENABLE",
            "no",
            "there is no such variable; there are SHORTSIDE_PROVIDERS_ORTEX_ENABLED, ",
        ),
        (
            "SHORTSIDE_PROVIDERS_ORTEX_ENABLED",
            "maybe",
            "SHORTSIDE_PROVIDERS_ORTEX_ENABLED=maybe: must be true or false",
        ),
        ("SHORTSIDE_PROVIDERS_ORTEX_CREDITS_A_DAY", "many", "=many: must be a number from 0 up"),
        ("SHORTSIDE_PROVIDERS_FINRA_SHORT_VOLUME_BASE_URL", "ftp://x", "must be an address such as http://"),
        ("SHORTSIDE_PROVIDERS_ALPACA_BASE_URL", "https://example.org", "alpaca asks 2 hosts"),
    ],
)
def test_a_variable_that_cannot_be_is_named(home, variable, text, words):
    with pytest.raises(ConfigurationError) as caught:
        configured({}, {**home, variable: text})
    assert variable in str(caught.value)
    assert words in str(caught.value)


def test_an_unknown_provider_is_bad_configuration_for_the_whole_program(home, capsys, monkeypatch):
    monkeypatch.setenv("SHORTSIDE_HOME", home["SHORTSIDE_HOME"])
    write(home, "[providers.nasdak]\nenabled = false\n")
    assert main(["config", "show"]) == BAD_CONFIGURATION == 3
    assert "there is no provider nasdak; there are finra_short_interest, " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("provider", "host"),
    [("alpaca", "data.alpaca.markets"), ("massive", "api.massive.com"), ("ortex", "api.ortex.com")],
)
def test_a_key_is_not_sent_to_an_address_anybody_can_listen_at(home, provider, host):
    write(home, f'[providers.{provider}.base_url]\n"{host}" = "http://proxy.example/x"\n')
    with pytest.raises(ConfigurationError, match=r"is not sent to proxy\.example unencrypted; use https"):
        configured({}, home)
    for address in ("http://127.0.0.1:9000/x", "https://proxy.example"):
        write(home, f'[providers.{provider}.base_url]\n"{host}" = "{address}"\n')
        assert configured({}, home).options.base_urls == {provider: {host: address}}


def test_config_show_prints_what_holds_as_a_file_would_have_it(home, capsys, monkeypatch):
    monkeypatch.setenv("SHORTSIDE_HOME", home["SHORTSIDE_HOME"])
    monkeypatch.setenv("SHORTSIDE_PROVIDERS_YAHOO_SPARK_ENABLED", "off")
    text = f'[providers.nasdaq_screener]\nenabled = false\nbase_url = "{BASE}"\n'
    text += "".join(
        f'[providers.finra_short_interest.base_url]\n"{host}" = "{at}"\n' for host, at in list(BOTH.items())[:1]
    )
    file = write(home, text)
    assert main(["config", "show", "--origin"]) == 0
    shown = capsys.readouterr().out
    assert f"# {file}: providers.nasdaq_screener.enabled" in shown
    assert "# SHORTSIDE_PROVIDERS_YAHOO_SPARK_ENABLED" in shown
    assert set(tomllib.loads(shown)["providers"]) == set(CARDS)
    before = configured({}, {**home, "SHORTSIDE_PROVIDERS_YAHOO_SPARK_ENABLED": "off"}).options
    write(home, shown)
    assert configured({}, home).options.providers == before.providers


def test_every_key_of_every_provider_can_be_given_in_both_ways(home):
    examples = {"enabled": ("false", "false"), "credits_a_day": ("3", "3")}
    for provider in CARDS:
        host = CARDS[provider].hosts[0].name
        for key in keys_of(provider):
            in_file, in_variable = examples.get(
                key, (f'{{"{host}" = "https://example.org"}}', f"{host}=https://example.org")
            )
            if provider == "ibkr_borrow" and key == "base_url":
                in_file, in_variable = f'{{"{host}" = "127.0.0.1:21"}}', f"{host}=127.0.0.1:21"
            write(home, f"[providers.{provider}]\n{key} = {in_file}\n")
            by_file = configured({}, home).options.providers[provider]
            write(home, "")
            by_variable = configured({}, {**home, variable_of(provider, key): in_variable}).options.providers[provider]
            assert by_file == by_variable != configured({}, home).options.providers[provider]
