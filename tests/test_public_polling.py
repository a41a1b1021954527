"""What the public source is polled with: the feeds the options allow, and the gaps of the archive, oldest first."""

import asyncio
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from feed_examples import HandClock
from replay_server import ReplayServer, replay_server

from providers.archive.vintages import Archive
from providers.catalog import API_NASDAQ
from providers.feeds.ledger import Ledger
from providers.keyed.keys import Keys
from shortside.datasets import Dataset
from shortside.sessions import NEW_YORK
from tui.polling.assembly import public_polling
from tui.polling.facts import poll_facts, poll_line
from tui.polling.watch import PublicWatch
from tui.processes.back_office import polling_options
from tui.settings.configuration import configured

THEN = datetime(2023, 8, 24, 17, 30, tzinfo=NEW_YORK)
KEYS = Keys(
    dict.fromkeys(
        ("SHORTSIDE_ALPACA_KEY_ID", "SHORTSIDE_ALPACA_SECRET_KEY", "SHORTSIDE_MASSIVE_KEY", "SHORTSIDE_ORTEX_KEY"), "k"
    )
)
NOW = datetime(2023, 9, 12, 17, 30, tzinfo=NEW_YORK)


def options_of(home: Path, **settings: str):
    return polling_options(configured(settings, {"SHORTSIDE_HOME": str(home)}).options)


async def test_without_a_mail_address_the_sec_is_not_asked(tmp_path):
    for contact in ({}, {"contact": "reader@example.org"}):
        make = public_polling(options_of(tmp_path, upstream="http://127.0.0.1:9", **contact), HandClock())
        polling = make(Ledger(), ())
        names = {feed.name for feed in polling.feeds}
        assert (names >= {"sec_fails", "sec_tickers", "sec_frames"}) is bool(contact)
        assert "finra_short_interest" in names
        await polling.clients.aclose()


async def test_who_is_switched_off_has_no_feed_and_stands_on_the_panel_all_the_same(tmp_path):
    (tmp_path / "config.toml").write_text(
        "[providers.nasdaq_screener]\nenabled = false\n[providers.alpaca]\nenabled = false\n"
    )
    make = public_polling(options_of(tmp_path, upstream="http://127.0.0.1:9"), HandClock(), keys=KEYS)
    polling = make(Ledger(), ())
    assert not {"nasdaq_screener", "alpaca", "alpaca_quotes"} & {feed.name for feed in polling.feeds}
    told = {state.name: (state.letter.value, state.words) for state in polling.idle}
    assert told["nasdaq_screener"] == told["alpaca"] == ("O", "switched off")
    assert told["sec_fails"] == ("O", "not asked: it wants a mail address, contact")
    await polling.clients.aclose()


async def test_keys_open_their_feeds_and_a_key_file_that_others_may_read_opens_none(tmp_path):
    for keys, names in ((KEYS, {"alpaca", "massive", "ortex"}), (Keys({}), set())):
        polling = public_polling(options_of(tmp_path, upstream="http://127.0.0.1:9"), HandClock(), keys=keys)(
            Ledger(), ()
        )
        assert {feed.name for feed in polling.feeds} & {"alpaca", "massive", "ortex"} == names
        await polling.clients.aclose()
    open_file = tmp_path / "keys"
    open_file.write_text("SHORTSIDE_MASSIVE_KEY=k\n")
    open_file.chmod(0o644)
    keys = Keys({}, file=open_file)
    polling = public_polling(options_of(tmp_path, upstream="http://127.0.0.1:9"), HandClock(), keys=keys)(Ledger(), ())
    assert "massive" not in {feed.name for feed in polling.feeds}
    [words] = [state.words for state in polling.idle if state.name == "massive"]
    assert words.startswith("its key is not used: keys may be read by others (mode 0644)")
    await polling.clients.aclose()


async def test_a_provider_s_own_address_reaches_its_client(tmp_path):
    (tmp_path / "config.toml").write_text('[providers.nasdaq_screener]\nbase_url = "http://127.0.0.1:9000/x"\n')
    polling = public_polling(options_of(tmp_path), HandClock(), keys=Keys({}))(Ledger(), ())
    addresses = {name: polling.clients.of(API_NASDAQ, name).base_url for name in ("nasdaq_screener", "nasdaq_splits")}
    assert addresses == {"nasdaq_screener": "http://127.0.0.1:9000/x", "nasdaq_splits": "https://api.nasdaq.com"}
    await polling.clients.aclose()


async def test_an_archive_that_was_never_filled_has_no_gaps(tmp_path):
    polling = public_polling(options_of(tmp_path, upstream="http://127.0.0.1:9"), HandClock())(Ledger(), ())
    assert await polling.gaps() == []
    await polling.clients.aclose()


@pytest.fixture
def server(shared: Path) -> Iterator[ReplayServer]:
    server = replay_server(shared, "--ftp-port", "0")
    yield server
    server.reset()


@pytest.mark.shared
async def test_after_three_weeks_away_the_newest_comes_first_and_then_the_rest(server, tmp_path):
    clock = HandClock(THEN)
    options = options_of(tmp_path, upstream=server.upstream, upstream_ftp=f"127.0.0.1:{server.ftp_port}")
    archive = Archive(Path(options.archive))

    async def look(moment: datetime) -> list[str]:
        clock.now = moment
        server.reset(moment.isoformat())
        polling = public_polling(options, clock)(Ledger(), ())
        async with polling.clients:
            feeds = {feed.name: feed for feed in polling.feeds}
            for name in ("nasdaq_screener", "nasdaq_directory", "nasdaq_splits", "finra_short_interest"):
                await feeds[name].poll()
            errands = await polling.gaps()
            for errand in errands:
                if errand.feed == "finra_short_interest":
                    await errand.run()
        return [errand.words for errand in errands]

    words = await look(THEN)
    # The session the archive begins with is there, so what came before is nobody's gap but the settlement under it.
    assert not [one for one in words if one.startswith("closes")]
    await look(NOW)
    held = {one.as_of for one in archive.vintages(Dataset.SHORT_INTEREST)}
    assert {date(2023, 8, 15), date(2023, 8, 31)} <= held
    words = [one for one in await look(NOW) if one]
    # What was filled is no gap any more; the closes of the weeks between still are.
    assert words
    assert all(one.startswith("closes") for one in words)


async def test_the_panel_is_told_who_polls_and_what_was_complained_of(tmp_path):
    clock = HandClock()
    watch = PublicWatch(tmp_path, clock, public_polling(options_of(tmp_path, upstream="http://127.0.0.1:9"), clock))
    assert poll_line(watch).poller == ""
    polling = public_polling(options_of(tmp_path, upstream="http://127.0.0.1:9"), clock)(Ledger(), ())
    async with polling.clients, asyncio.timeout(30):
        watched = next(feed for feed in polling.feeds if feed.name == "yahoo_spark")
        await watched.poll()
        facts = poll_facts([feed.state(clock()) for feed in polling.feeds])
    spark = next(one for one in facts if one.title == "Yahoo spark")
    assert (spark.letter, spark.words) == ("C", "as needed")
    assert all(one.attribution for one in facts)
    assert all(one.terms.publisher and one.terms.terms and one.terms.hosts for one in facts)
    assert [poll.letter for poll in spark.polls] == ["C"]
    assert len({one.name for one in facts}) == len(facts)
