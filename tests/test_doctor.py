"""The doctor finds what is wrong, says what to do about it, shows no key, and its exit code says whether it is bad."""

import asyncio
import json
import os
import socket
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from feed_examples import THURSDAY, HandClock, Source, feed_of, snapshot
from replay_server import replay_server
from virtual_time import run

from providers.archive.lease import Lease
from providers.archive.vintages import Archive
from providers.catalog import API_FINRA, API_NASDAQ, CDN_FINRA, KeyName
from providers.durable import PARTIAL_PREFIX
from providers.errors import BlockedError, NoDataError, ThrottledError, UnreachableError
from providers.feeds.states_file import STATES_FILE_NAME, write_states
from providers.http.probe import SILENCE_SECONDS, Probe, probe
from providers.ibkr.probe import FtpProbe, probe_ftp
from providers.keyed.keys import Keys
from shortside.datasets import Dataset
from shortside.sessions import FIRST_DAY
from tui.__main__ import main
from tui.commands.doctor import (
    CLOCK_SKEW_FAILED,
    DoctorInputs,
    archive_findings,
    borrow_finding,
    clock_findings,
    examine,
    freshness_findings,
    host_findings,
    key_findings,
    of_this_process,
    path_findings,
    poller_findings,
    terminal_findings,
)
from tui.commands.findings import Severity, exit_code, findings_as_json, findings_as_text
from tui.commands.hosts_asked import AskedHost, asked_hosts
from tui.errors import ArchiveLackError
from tui.polling.facts import facts_of_feed
from tui.settings.configuration import configured
from tui.settings.paths import paths_from_environment
from tui.sources.archive_lack import first_day_to_fill
from tui.sources.load import load

DAY = date(2023, 9, 7)
SECRET = "pk-4711-do-not-show"
XTERM = {"TERM": "xterm-256color"}
BROKER = "ftp2.interactivebrokers.com"
BORROW = f"/{BROKER}/usa.txt"
BLOCKED = UnreachableError(f"{BROKER} did not answer in time; port 21 may be closed on this network")


def levels(findings) -> dict[str, Severity]:
    return {one.subject: one.level for one in findings}


def answered(host=CDN_FINRA, **changes) -> Probe:
    return Probe(**{"host": host.name, "status": 200, "seconds": 0.08, "server_time": THURSDAY, **changes})


def examined_at(home, **changes) -> DoctorInputs:
    async def ask(asked):
        return answered(asked.host)

    async def ask_ftp():
        return FtpProbe(host=BROKER, seconds=0.09)

    clock = HandClock()
    facts = {
        "environment": XTERM,
        "paths": paths_from_environment({"SHORTSIDE_HOME": str(home)}),
        "clock": clock,
        "machine_clock": clock,
        "hosts": (AskedHost(API_FINRA), AskedHost(CDN_FINRA)),
        "ask": ask,
        "ask_ftp": ask_ftp,
        "keys": Keys({}),
        "switched_off": {},
        "is_terminal": True,
        "size": (120, 40),
        "encoding": "UTF-8",
        "since": date(2022, 12, 30),
    }
    return DoctorInputs(**{**facts, **changes})


def test_where_all_is_well_the_exit_code_is_zero_and_the_last_line_says_so(tmp_path):
    findings = run(examine(examined_at(tmp_path)))
    assert {one.level for one in findings} == {Severity.OK}
    assert exit_code(findings) == 0
    assert findings_as_text(findings).endswith("all is well\n")


def test_every_finding_that_is_not_well_comes_with_advice(tmp_path):
    async def silent(asked):
        return Probe(host=asked.host.name, seconds=10.0, words="said nothing for 10 s")

    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    bad = examined_at(blocked, environment={"TERM": "dumb"}, ask=silent, encoding="ANSI_X3.4-1968", size=(40, 10))
    findings = run(examine(bad))
    assert exit_code(findings) == 1
    assert all(one.advice for one in findings if one.level is not Severity.OK)
    assert {"terminal", "state", "cache", "archive", API_FINRA.name} <= {
        one.subject for one in findings if one.level is Severity.FAILURE
    }
    assert "6 failures" in findings_as_text(findings)
    document = json.loads(findings_as_json(findings))
    assert (document["schema"], document["is_sound"]) == ("shortside.doctor/1", False)
    assert len(document["findings"]) == len(findings)


@pytest.mark.parametrize(
    ("environment", "has_terminal", "size", "encoding", "expected"),
    [
        (XTERM, True, (120, 40), "UTF-8", {"terminal": Severity.OK, "locale": Severity.OK}),
        (XTERM, False, (120, 40), "utf8", {"terminal": Severity.WARNING, "locale": Severity.OK}),
        ({}, True, (120, 40), "UTF-8", {"terminal": Severity.FAILURE, "locale": Severity.OK}),
        (XTERM, True, (79, 24), "UTF-8", {"terminal": Severity.OK, "size": Severity.WARNING, "locale": Severity.OK}),
        (XTERM, True, (80, 24), "US-ASCII", {"terminal": Severity.OK, "locale": Severity.WARNING}),
    ],
)
def test_terminal_and_locale_are_judged(environment, has_terminal, size, encoding, expected):
    assert levels(terminal_findings(environment, has_terminal, size, encoding)) == expected


def test_folders_that_are_not_there_yet_are_as_good_as_those_that_are(tmp_path):
    paths = paths_from_environment({"SHORTSIDE_HOME": str(tmp_path / "a" / "b")})
    assert set(levels(path_findings(paths)).values()) == {Severity.OK}


def test_a_disk_that_is_nearly_full_is_worth_a_word(tmp_path, monkeypatch):
    monkeypatch.setattr("tui.commands.doctor.LEAST_FREE_BYTES", 2**70)
    findings = path_findings(paths_from_environment({"SHORTSIDE_HOME": str(tmp_path)}))
    assert set(levels(findings).values()) == {Severity.WARNING}


def test_an_archive_is_read_and_what_is_torn_in_it_is_named(tmp_path):
    archive = Archive(tmp_path)
    good = archive.append(snapshot(DAY, THURSDAY))
    assert levels(archive_findings(tmp_path, DAY)) == {"archive content": Severity.OK}
    (good.path.parent / f"{PARTIAL_PREFIX}x.parquet").write_bytes(b"half")
    assert [one.level for one in archive_findings(tmp_path, DAY)] == [Severity.OK, Severity.WARNING]
    torn = archive.append(replace(snapshot(DAY, THURSDAY, rows=5), source="other"))
    torn.path.write_bytes(torn.path.read_bytes()[:-20])
    findings = archive_findings(tmp_path, DAY)
    assert [one.level for one in findings] == [Severity.OK, Severity.FAILURE, Severity.WARNING]
    assert torn.path.name in findings[1].words
    # Rotten inside, sound at its end.
    body = bytearray(good.path.read_bytes())
    torn.path.unlink()
    body[4:40] = bytes(36)
    good.path.write_bytes(body)
    assert Severity.FAILURE in {one.level for one in archive_findings(tmp_path, DAY)}


def test_an_archive_that_is_not_there_is_empty_and_nothing_makes_it(tmp_path):
    root = tmp_path / "archive"
    assert levels(archive_findings(root, DAY)) == {"archive content": Severity.OK}
    assert poller_findings(root, HandClock()) == []
    assert not root.exists()


@pytest.mark.parametrize("is_begun", [False, True])
def test_doctor_and_the_monitor_say_the_same_of_an_archive_that_makes_no_market(tmp_path, is_begun):
    root = tmp_path / "archive"
    if is_begun:
        Archive(root).append(snapshot(DAY, THURSDAY))
    options = configured({"source": "public"}, {"SHORTSIDE_HOME": str(tmp_path)}).options
    with pytest.raises(ArchiveLackError) as refused:
        load(options, lambda: THURSDAY)
    [finding] = archive_findings(root, first_day_to_fill(options, THURSDAY.date()))
    lack = "holds no closes, no short interest"
    assert finding.words == (f"1 vintages of 1 days; it {lack}" if is_begun else lack)
    assert finding.advice.endswith("shortside --source public, or with: shortside backfill --since 2022-12-30")
    assert str(refused.value) == f"the archive {root} {lack}; {finding.advice}"


def test_an_archive_is_never_to_be_filled_from_a_day_before_all_tables(tmp_path):
    for day in (date(1, 1, 1), FIRST_DAY, date(9999, 12, 31)):
        options = configured({"source": "public", "as_of": day.isoformat()}, {"SHORTSIDE_HOME": str(tmp_path)}).options
        assert FIRST_DAY <= first_day_to_fill(options, THURSDAY.date()) <= max(day, FIRST_DAY)


def test_feeds_are_judged_as_they_stand_now(tmp_path):
    clock = HandClock()
    good = feed_of(Source(clock, [DAY]), name="good", dataset=Dataset.PRICES)
    failed = feed_of(Source(clock, [BlockedError("shows a consent page")]), name="failed")
    for feed in (good, failed):
        run(feed.poll())
    write_states(tmp_path / STATES_FILE_NAME, [feed.state(clock()) for feed in (good, failed)])
    findings = {one.subject: one for one in freshness_findings(tmp_path, clock())}
    assert (findings["good"].level, findings["failed"].level) == (Severity.OK, Severity.WARNING)
    assert "shows a consent page" in findings["failed"].words
    later = freshness_findings(tmp_path, clock() + timedelta(days=9))
    assert levels(later)["good"] is Severity.WARNING
    assert "missed 6 sessions" in later[0].words


def test_a_look_of_which_a_part_is_missing_is_told_until_one_is_whole(tmp_path):
    clock = HandClock()
    source = Source(clock, [DAY], complaints=("mdy.xlsx: has no line Date",))
    feed = feed_of(source, name="funds", dataset=Dataset.PRICES)
    run(feed.poll())
    write_states(tmp_path / STATES_FILE_NAME, [feed.state(clock())])
    [finding] = freshness_findings(tmp_path, clock())
    assert finding.level is Severity.WARNING
    assert "missed 0 sessions; part of the last look is missing: mdy.xlsx: has no line Date" in finding.words
    assert "not all: mdy.xlsx" in facts_of_feed(feed.state(clock())).words
    source.complaints = ()
    clock.move(minutes=5)
    run(feed.poll())
    write_states(tmp_path / STATES_FILE_NAME, [feed.state(clock())])
    [finding] = freshness_findings(tmp_path, clock())
    assert (finding.level, "missing" in finding.words) == (Severity.OK, False)
    assert facts_of_feed(feed.state(clock())).words == "missed 0 sessions"


def test_the_doctor_says_who_polls_and_takes_no_lease_away(tmp_path):
    clock = HandClock()
    assert "nobody" in poller_findings(tmp_path, clock)[0].words
    with Lease(tmp_path, clock) as lease:
        lease.acquire()
        assert f"process {os.getpid()}" in poller_findings(tmp_path, clock)[0].words
        assert lease.is_held
    assert Lease(tmp_path, clock).acquire()


def test_keys_are_found_and_never_shown(tmp_path):
    keys = Keys({KeyName.MASSIVE_KEY.value: SECRET})
    findings = key_findings(keys)
    text = findings_as_text(findings) + findings_as_json(findings)
    assert SECRET not in text
    assert "SHORTSIDE_MASSIVE_KEY comes from the environment" in text
    assert "SHORTSIDE_ORTEX_KEY is not set" in text
    file = tmp_path / "keys"
    file.write_text(f"{KeyName.ORTEX_KEY.value}={SECRET}\n")
    file.chmod(0o644)
    findings = key_findings(Keys({}, file=file))
    assert Severity.FAILURE in {one.level for one in findings}
    assert SECRET not in findings_as_text(findings)


@pytest.mark.parametrize(
    ("skew", "level"), [(2, Severity.OK), (-90, Severity.WARNING), (600, Severity.FAILURE), (-3_600, Severity.FAILURE)]
)
def test_the_clock_is_held_against_the_middle_of_the_servers(skew, level):
    clock = HandClock()
    times = [timedelta(seconds=skew), timedelta(seconds=skew + 1), timedelta(days=300)]
    probes = [answered(server_time=clock() + time) for time in times]
    [finding] = clock_findings([*probes, answered(server_time=None)], clock(), clock)
    # The middle one is a second ahead of the first.
    assert finding.level is level
    assert clock_findings([answered(server_time=None)], clock(), clock) == []
    assert timedelta(seconds=600) > CLOCK_SKEW_FAILED


def test_a_clock_that_is_set_is_named():
    clock = HandClock()
    [finding] = clock_findings([], clock() + timedelta(days=900), clock)
    assert "SHORTSIDE_NOW" in finding.words


def test_one_silent_host_is_a_warning_and_all_of_them_are_a_failure():
    silent = Probe(host="a", words="said nothing for 10 s")
    assert levels(host_findings([silent, answered()]))["a"] is Severity.WARNING
    assert levels(host_findings([silent]))["a"] is Severity.FAILURE
    assert "80 ms" in host_findings([answered()])[0].words


def test_where_ftp_is_blocked_the_doctor_warns_that_only_borrow_fees_are_missing(tmp_path):
    async def blocked():
        return FtpProbe(host=BROKER, seconds=10.0, error=BLOCKED)

    findings = run(examine(examined_at(tmp_path, ask_ftp=blocked)))
    assert exit_code(findings) == 0
    [finding] = [one for one in findings if one.level is not Severity.OK]
    assert (finding.subject, finding.level) == (BROKER, Severity.WARNING)
    assert "port 21 may be closed" in finding.words
    assert "n/a: borrow fees are missing (—), nothing else suffers" in finding.advice


def test_a_stock_loan_server_that_answers_is_well_and_named():
    finding = borrow_finding(FtpProbe(host=BROKER, seconds=0.09))
    assert (finding.level, finding.words) == (Severity.OK, "answers over FTP in 90 ms")


def test_a_port_that_nobody_listens_at_is_found_closed():
    with socket.socket() as taken:
        # Bound and not listening: nobody else takes the port, and whoever connects is refused.
        taken.bind(("127.0.0.1", 0))
        one = asyncio.run(probe_ftp(f"127.0.0.1:{taken.getsockname()[1]}"))
    assert isinstance(one.error, UnreachableError)
    assert borrow_finding(one).level is Severity.WARNING


def test_a_stock_loan_server_that_never_speaks_is_left_after_the_silence():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        one = asyncio.run(probe_ftp(f"127.0.0.1:{mute.getsockname()[1]}", silence=0.05))
    assert isinstance(one.error, UnreachableError)
    assert "did not answer in time" in str(one.error)


def test_a_conversation_that_outlasts_all_patience_is_broken_off():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        one = asyncio.run(probe_ftp(f"127.0.0.1:{mute.getsockname()[1]}", silence=0.5, patience=0.05))
    assert "said nothing for" in str(one.error)


@pytest.mark.shared
class TestAgainstTheReplayServer:
    @pytest.fixture
    def server(self, shared):
        server = replay_server(shared, "--ftp-port", "0")
        server.set_clock("2023-09-07T10:00:00-04:00")
        yield server
        server.reset()

    def asked(self, server) -> FtpProbe:
        one: FtpProbe = asyncio.run(probe_ftp(f"127.0.0.1:{server.ftp_port}"))
        return one

    def test_the_probe_fetches_the_digest_and_not_the_list(self, server):
        one = self.asked(server)
        assert one.error is None
        assert borrow_finding(one).level is Severity.OK
        assert [entry["path"] for entry in server.log()] == [f"{BORROW}.md5"]

    @pytest.mark.parametrize(
        ("status", "error", "words"),
        [(421, ThrottledError, "says later: 421"), (450, ThrottledError, "says later: 450"), (550, NoDataError, "550")],
    )
    def test_what_the_server_says_instead_is_told_in_words(self, server, status, error, words):
        server.inject({"match": BORROW, "kind": "status", "status": status})
        one = self.asked(server)
        assert isinstance(one.error, error)
        finding = borrow_finding(one)
        assert finding.level is Severity.WARNING
        assert words in finding.words
        assert "asked again by itself" in finding.advice

    def test_before_the_first_list_there_is_none_to_be_had(self, server):
        server.set_clock("2021-06-01T10:00:00-04:00")
        assert isinstance(self.asked(server).error, NoDataError)

    def test_doctor_asks_where_shortside_upstream_ftp_says(self, server, tmp_path, monkeypatch, capsys):
        monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
        monkeypatch.setenv("SHORTSIDE_UPSTREAM", server.upstream)
        monkeypatch.setenv("SHORTSIDE_UPSTREAM_FTP", f"127.0.0.1:{server.ftp_port}")
        server.inject({"match": BORROW, "kind": "status", "status": 450})
        main(["doctor", "--format", "json"])
        findings = {one["subject"]: one for one in json.loads(capsys.readouterr().out)["findings"]}
        assert "says later: 450" in findings["127.0.0.1"]["finding"]


def probed(answer, host=API_NASDAQ, **rest) -> Probe:
    one: Probe = run(probe(host, transport=httpx.MockTransport(answer), **rest))
    return one


def test_a_probe_asks_once_for_something_small_and_reads_the_time():
    asked = []

    def answer(request):
        asked.append(request)
        return httpx.Response(200, headers={"Date": "Thu, 07 Sep 2023 16:00:00 GMT"})

    one = probed(answer)
    assert (one.status, one.is_reachable, one.server_time) == (200, True, datetime(2023, 9, 7, 16, tzinfo=UTC))
    assert len(asked) == 1
    assert asked[0].headers["user-agent"].startswith("Mozilla")
    assert probed(answer, upstream="http://127.0.0.1:1/").is_reachable
    assert str(asked[1].url).startswith("http://127.0.0.1:1/api.nasdaq.com/")


@pytest.mark.parametrize(
    ("status", "is_reachable", "words"),
    [(403, True, ""), (404, True, ""), (429, True, "wants to be left alone"), (503, False, "is in trouble (503)")],
)
def test_any_answer_but_trouble_means_that_the_host_is_there(status, is_reachable, words):
    one = probed(lambda _: httpx.Response(status, headers={"Date": "no date"}))
    assert (one.is_reachable, one.server_time) == (is_reachable, None)
    assert words in one.words


def test_a_host_that_is_silent_or_gone_is_said_so_in_words():
    def refuse(_request):
        raise httpx.ConnectError("Connection refused")

    async def hang(_request):
        import asyncio

        await asyncio.sleep(3_600)

    assert "Connection refused" in probed(refuse).words
    silent = probed(hang)
    assert silent.words == f"said nothing for {SILENCE_SECONDS:.0f} s"
    assert silent.seconds == pytest.approx(SILENCE_SECONDS)


def options_at(home, text=""):
    (home / "config.toml").write_text(text)
    return configured({}, {"SHORTSIDE_HOME": str(home)})


def test_the_hosts_of_the_public_set_are_each_named_once(tmp_path):
    names = [asked.words for asked in asked_hosts(options_at(tmp_path).options)]
    assert len(names) == len(set(names)) == 11
    assert not any("alpaca" in name for name in names)


def test_a_host_with_a_key_is_knocked_at_only_where_there_is_the_key(tmp_path):
    options = options_at(tmp_path).options
    assert {asked.host.name for asked in asked_hosts(options, {"massive"})} - {
        asked.host.name for asked in asked_hosts(options)
    } == {"api.massive.com"}


def test_a_host_nobody_asks_is_not_knocked_at_and_another_address_is(tmp_path):
    text = """
        [providers.nasdaq_directory]
        enabled = false
        [providers.nasdaq_screener]
        base_url = "http://127.0.0.1:9000/x"
        [providers.finra_short_interest]
        enabled = false
        [providers.finra_reg_sho_daily]
        enabled = false
        [providers.finra_threshold]
        enabled = false
        [providers.nasdaq_threshold]
        enabled = false
    """
    words = [asked.words for asked in asked_hosts(options_at(tmp_path, text).options)]
    assert "www.nasdaqtrader.com" not in words
    # The splits calendar still lives at its own address, and short volume still asks FINRA's files, but nobody its API.
    assert {"api.nasdaq.com", "api.nasdaq.com at http://127.0.0.1:9000/x", "cdn.finra.org"} <= set(words)
    assert "api.finra.org" not in words


def test_a_probe_asks_at_the_address_that_is_set():
    asked = []

    def answer(request):
        asked.append(str(request.url))
        return httpx.Response(200)

    assert probed(answer, base_url="http://127.0.0.1:9000/x").is_reachable
    assert asked[0].startswith("http://127.0.0.1:9000/x/api/screener/stocks?")


def test_a_provider_that_is_switched_off_is_said_with_who_said_so(tmp_path):
    configuration = options_at(tmp_path, "[providers.yahoo_spark]\nenabled = false\n")
    examined = of_this_process(configuration, HandClock())
    place = f"{tmp_path}/config.toml: providers.yahoo_spark.enabled"
    assert examined.switched_off == {"yahoo_spark": place}
    findings = run(examine(examined_at(tmp_path, switched_off=examined.switched_off)))
    [said] = [one for one in findings if one.subject == "provider"]
    assert said.level is Severity.OK
    assert said.words == f"yahoo_spark is switched off: {place}"
    # Nobody else asks that host.
    assert "query1.finance.yahoo.com" not in {asked.host.name for asked in examined.hosts}
