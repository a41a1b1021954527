"""The broker's list comes whole over FTP, with its digest, or not at all."""

import asyncio
import hashlib
from datetime import UTC, date, datetime

import pytest
from ftp_server import ftp_server

from providers.errors import MalformedError, NoDataError, RefusedError, ThrottledError, UnreachableError
from providers.http.clients import Clients
from providers.http.ftp import Address
from providers.ibkr.borrow import IbkrBorrow
from providers.ibkr.ftp import Transfer, digest_of, parse_digest
from providers.ibkr.list_file import parse_borrow_list
from providers.parsing.unpacking import LARGEST_BORROW_LIST_BYTES

NOW = datetime(2026, 9, 30, 12, 30, tzinfo=UTC)
TEXT = (
    "#BOF|2026.09.30|08:22:51\n"
    "#SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE|FIGI|\n"
    "000000AB1|USD|INVENTED BOND|111111111|-|3.6300|0.2500|300000|BBG000000001|\n"
    "AAPL|USD|APPLE INC|111111112|US0378331005|3.6300|0.2500|>10000000|BBG000B9XRY4|\n"
    "BRK B|USD|BERKSHIRE | HATHAWAY|111111114|US0846707026|NA|NA|NA|BBG000DWG505|\n"
    "ZZHT|USD|INVENTED HOLDINGS|111111113|-|-90.5000|95.2500|0||\n"
    "BHLL.USD|USD|RETIRED|1|X|3.63|0.25|1||\n"
    "SAP|EUR|SAP SE|2|X|3.63|0.25|1||\n"
    "#EOF|6\n"
)
BODY = TEXT.replace("\n", "\r\n").encode("latin-1")
MD5 = hashlib.md5(TEXT.encode("latin-1")).hexdigest().encode() + b"  usa.txt\r\n"


def ftp(files=None, **refusals):
    return ftp_server({"usa.txt": BODY, "usa.txt.md5": MD5} if files is None else files, **refusals)


def provider(server, **options):
    return IbkrBorrow(offline(), upstream_ftp=f"127.0.0.1:{server.server_address[1]}", **options)


def offline():
    """Clients for their clock and their receipts; nobody listens where they would ask."""
    return Clients(clock=lambda: NOW, upstream="http://127.0.0.1:1")


class TestParsing:
    def test_unknown_none_and_more_than_ten_million_are_three_things(self):
        rows = parse_borrow_list(BODY, "usa.txt").rows.set_index("symbol")
        assert list(rows.index) == ["AAPL", "BRK B", "ZZHT"]
        assert rows["available"].fillna(-1).tolist() == [10_000_000, -1, 0]
        assert rows["is_capped"].tolist() == [True, False, False]

    def test_fees_and_rebates_are_fractions_a_year(self):
        rows = parse_borrow_list(BODY, "usa.txt").rows.set_index("symbol")
        assert rows.loc[["ZZHT"], ["fee", "rebate"]].to_numpy()[0].tolist() == pytest.approx([0.9525, -0.905])
        assert rows[["fee", "rebate"]].isna().all(axis=1).tolist() == [False, True, False]

    def test_a_fee_may_be_a_thousand_per_cent_and_what_is_not_ours_has_no_row(self):
        odd = (
            "#BOF|2025.12.26|18:15:03\n#SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE|FIGI|\n"
            "HOTT|USD|HOT|1|X|-1012.5|1016.14|300|B|\nCOLD|USD|COLD|2|X|NA|NA|0|NA|\nMAPL|CAD|MAPLE|3|X|1.9|0.4|1000|NA|\n"
            "GONE.OLD|USD|GONE|4|X|NA|NA|0|NA|\n#EOF|4\n"
        )
        rows = parse_borrow_list(odd.encode(), "usa.txt").rows.set_index("symbol")
        assert list(rows.index) == ["HOTT", "COLD"]
        assert rows["fee"].fillna(-1).tolist() == pytest.approx([10.1614, -1])
        assert rows["available"].tolist() == [300, 0]

    def test_the_list_says_when_it_was_made_in_new_york(self):
        look = parse_borrow_list(BODY, "usa.txt")
        assert look.made_at.astimezone(UTC) == datetime(2026, 9, 30, 12, 22, 51, tzinfo=UTC)
        assert look.as_of == date(2026, 9, 30)

    def test_older_lists_have_no_figi(self):
        older = TEXT.replace("FIGI|", "").replace("BBG000B9XRY4|", "")
        lines = [line for line in older.splitlines() if line.startswith(("#BOF", "#SYM", "AAPL"))]
        assert parse_borrow_list("\n".join([*lines, "#EOF|1", ""]).encode(), "usa.txt").rows["figi"].tolist() == [""]

    @pytest.mark.parametrize("name", ["usa_txt_sample.txt", "usa_txt_sample_20260907.txt"])
    def test_the_recorded_rows_are_read(self, shared, name):
        rows = parse_borrow_list((shared / "payloads/ibkr" / name).read_bytes(), name).rows.set_index("symbol")
        assert rows.loc["AAPL", "figi"] == "BBG000B9XRY4"
        assert rows.loc["AAPL", "rebate"] == pytest.approx(0.03, abs=0.01)

    def test_a_column_that_is_there_twice_is_named(self):
        with pytest.raises(MalformedError, match="line 2, column FEERATE: there is more than one such column"):
            parse_borrow_list(
                BODY.replace(b"REBATERATE", b"FEERATE", 1).replace(b"NAME", b"NAME|REBATERATE", 1), "usa.txt"
            )

    def test_a_time_that_is_none_is_refused(self):
        with pytest.raises(MalformedError, match="HH:MM:SS"):
            parse_borrow_list(BODY.replace(b"08:22:51", b"8 o'clock"), "usa.txt")

    def test_the_digest_is_of_the_text_with_plain_line_ends(self):
        assert digest_of(BODY) == digest_of(TEXT.encode("latin-1")) == parse_digest(MD5)

    @pytest.mark.parametrize("body", [b"", b"<html>", b"abc  usa.txt", b"\x00\xff" * 40])
    def test_anything_else_is_no_digest(self, body):
        with pytest.raises(MalformedError):
            parse_digest(body)


class TestTransfer:
    async def test_a_whole_list_arrives_with_its_two_clocks(self):
        with ftp() as server:
            asked = provider(server)
            snapshot = (await asked.fetch()).snapshot
        assert snapshot.frame["symbol"].tolist() == ["AAPL", "BRK B", "ZZHT"]
        assert (snapshot.as_of, snapshot.fetched_at) == (date(2026, 9, 30), NOW)
        assert snapshot.published_at == datetime(2026, 9, 30, 12, 22, 51, tzinfo=UTC)
        assert ("USER", "shortstock") in server.heard
        assert (asked.counters.requests_today, asked.counters.size) == (1, len(BODY))
        assert asked.counters.succeeded_at == NOW

    async def test_a_list_that_is_stored_is_not_fetched_again(self):
        clients = offline()
        with ftp() as server:
            asked = IbkrBorrow(clients, upstream_ftp=f"127.0.0.1:{server.server_address[1]}")
            first = await asked.fetch()
            again = await asked.fetch()
            await clients.keep(first)
            server.heard.clear()
            last = await asked.fetch()
        # Only what is stored is passed over: the second look came before the first was kept.
        assert again.snapshot is not None
        assert last.snapshot is None
        assert last.receipts == first.receipts
        assert ("RETR", "usa.txt") not in server.heard

    async def test_a_failure_is_remembered_in_words(self):
        with ftp(usa_txt="450 File busy") as server:
            asked = provider(server)
            with pytest.raises(ThrottledError):
                await asked.fetch()
        assert "450 File busy" in asked.counters.complaint
        assert asked.counters.succeeded_at is None

    async def test_a_list_without_a_digest_is_judged_by_its_count(self):
        with ftp({"usa.txt": BODY}) as server:
            snapshot = (await provider(server).fetch()).snapshot
        assert snapshot.rows == 3
        with ftp({"usa.txt": BODY[: len(BODY) // 2]}) as server, pytest.raises(MalformedError, match="cut off"):
            await provider(server).fetch()

    async def test_a_list_made_anew_between_the_two_files_is_taken(self):
        with ftp({"usa.txt": BODY, "usa.txt.md5": (b"0" * 32, MD5)}) as server:
            snapshot = (await provider(server).fetch()).snapshot
        assert snapshot.rows == 3

    @pytest.mark.parametrize("body", [BODY[:300], b"", b"<html><body>Unavailable</body></html>", b"\x00\xff" * 500])
    async def test_a_list_that_is_not_its_digest_is_refused(self, body):
        with ftp({"usa.txt": body, "usa.txt.md5": MD5}) as server, pytest.raises(MalformedError, match="digest"):
            await provider(server).fetch()

    @pytest.mark.parametrize(
        ("name", "reply", "error"),
        [
            ("usa_txt", "421 Service not available", ThrottledError),
            ("usa_txt", "450 File busy", ThrottledError),
            ("usa_txt", "550 No such file", NoDataError),
            ("usa_txt", "553 Not allowed", RefusedError),
            ("PASS", "530 Login incorrect", RefusedError),
            ("usa_txt", "nonsense", MalformedError),
            ("", "220-welcome\r\n" * 3_000 + "220 ready", MalformedError),
        ],
    )
    async def test_what_the_server_says_becomes_our_word_for_it(self, name, reply, error):
        with ftp(**{name: reply}) as server, pytest.raises(error) as caught:
            await provider(server).fetch()
        assert "127.0.0.1" in str(caught.value)

    async def test_a_list_larger_than_its_bound_is_refused_while_it_comes(self):
        endless = {"usa.txt": bytes(LARGEST_BORROW_LIST_BYTES + 1), "usa.txt.md5": MD5}
        with ftp(endless) as server, pytest.raises(MalformedError, match=r"usa\.txt: is larger than 32 MB"):
            await provider(server).fetch()

    async def test_a_busy_server_is_left_alone_for_a_quarter_of_an_hour(self):
        with ftp(usa_txt="421 Service not available") as server, pytest.raises(ThrottledError) as caught:
            await provider(server).fetch()
        assert caught.value.retry_after == 900

    async def test_a_closed_port_is_unreachable(self):
        with ftp() as server:
            closed = provider(server)
        with pytest.raises(UnreachableError):
            await closed.fetch()

    async def test_a_silent_server_is_given_up(self):
        with ftp({"usa.txt": None, "usa.txt.md5": MD5}) as server, pytest.raises(UnreachableError, match="in time"):
            await provider(server, timeout=0.2).fetch()

    async def test_leaving_does_not_wait_for_a_silent_server(self):
        with ftp({"usa.txt": None, "usa.txt.md5": MD5}) as server:
            asking = asyncio.create_task(provider(server, timeout=600).fetch())
            await asyncio.to_thread(server.is_hanging.wait)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            # The thread ends, too: the loop would otherwise wait ten minutes for it when it closes.
            async with asyncio.timeout(60):
                await asyncio.get_running_loop().shutdown_default_executor()

    def test_the_next_server_is_asked_when_one_fails(self):
        with ftp() as gone:
            closed = Address("127.0.0.1", gone.server_address[1])
        with ftp(usa_txt="450 busy") as busy, ftp() as good:
            servers = [Address("127.0.0.1", one.server_address[1]) for one in (busy, good)]
            download = Transfer([closed, *servers]).run()
            with pytest.raises(ThrottledError):
                Transfer([closed, servers[0]]).run()
        assert download is not None
        assert download.body == BODY

    def test_the_broker_is_asked_at_its_own_servers_unless_told_otherwise(self):
        hosts = [address.host for address in IbkrBorrow(offline()).addresses]
        assert hosts == ["ftp2.interactivebrokers.com", "ftp.interactivebrokers.com"]

    @pytest.mark.parametrize("text", ["", ":21", "host:port", "host:0", "host:70000"])
    def test_an_address_that_is_none_is_refused(self, text):
        with pytest.raises(ValueError):  # noqa: PT011 - int() has its own words
            Address.of(text)


def test_the_configuration_s_own_address_stands_for_a_server_and_an_upstream_for_all():
    base_urls = {"ibkr_borrow": {"ftp2.interactivebrokers.com": "127.0.0.1:8721"}}
    clients = Clients(clock=lambda: datetime(2026, 9, 30, 12, tzinfo=UTC), base_urls=base_urls)
    assert IbkrBorrow(clients).addresses == (Address("127.0.0.1", 8721), Address("ftp.interactivebrokers.com"))
    assert IbkrBorrow(clients, upstream_ftp="127.0.0.1:9").addresses == (Address("127.0.0.1", 9),)
