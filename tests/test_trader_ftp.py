"""Where Nasdaq Trader's site asks whether we are a robot, its FTP server is asked for the same file."""

from __future__ import annotations

from datetime import UTC, date, datetime

import httpx
import pytest
from ftp_server import ftp_server
from provider_examples import Script, clients_of
from threshold_examples import list_of
from virtual_time import run

from providers.errors import BlockedError, PendingError
from providers.nasdaq.directory import NasdaqDirectory
from providers.thresholds.nasdaq import NasdaqThreshold

DAY = date(2023, 9, 6)
CHECK = httpx.Response(200, content=b'<html><script src="/_Incapsula_Resource?x"></script></html>')
ELSEWHERE = "the same files are at ftp.nasdaqtrader.com/SymbolDirectory"
LISTED = b"""\
Nasdaq Traded|Symbol|Security Name|Listing Exchange|Market Category|ETF|Round Lot Size|Test Issue|Financial Status|\
CQS Symbol|NASDAQ Symbol|NextShares
Y|AAAA|Alpha Corp. Common Stock|Q|Q|N|100|N|N||AAAA|N
Y|BBB.A|Beta Inc. Class A|N| |N|100|N||BBB.A|BBB.A|N
File Creation Time: 0906202317:01|||||||||||
"""
DIRECTORY, THRESHOLD = "SymbolDirectory/nasdaqtraded.txt", "SymbolDirectory/regsho/nasdaqth20230906.txt"


def asked(fetch, files=None, **refusals):
    """What a provider brings whose site shows a robot check, and what was said to the FTP server."""

    async def story(address):
        async with clients_of(Script(CHECK)) as clients:
            return await fetch(clients, address)

    if files is None:
        return run(story(None)), []
    with ftp_server(files, **refusals) as server:
        return run(story(f"127.0.0.1:{server.server_address[1]}")), server.heard


async def listed(clients, address):
    return await NasdaqDirectory(clients, address, fewest_rows=2).fetch()


async def threshold(clients, address):
    return await NasdaqThreshold(clients, address).fetch(DAY)


def test_the_directory_comes_from_the_ftp_server():
    fetched, heard = asked(listed, {DIRECTORY: LISTED})
    assert fetched.snapshot.published_at == datetime(2023, 9, 6, 21, 1, tzinfo=UTC)
    assert fetched.snapshot.frame["symbol"].tolist() == ["AAAA", "BBB.A"]
    # No receipt: the site is asked first again the next time.
    assert fetched.receipts == ()
    assert ("USER", "anonymous") in heard


def test_the_threshold_list_comes_from_the_ftp_server():
    fetched, heard = asked(threshold, {THRESHOLD: list_of(DAY, "BYND")})
    assert fetched.snapshot.frame["symbol"].tolist() == ["BYND"]
    assert ("RETR", THRESHOLD) in heard


@pytest.mark.parametrize("fetch", [listed, threshold])
def test_where_the_site_is_asked_elsewhere_its_ftp_server_is_not_and_the_wall_names_it(fetch):
    with pytest.raises(BlockedError, match=ELSEWHERE):
        asked(fetch)


@pytest.mark.parametrize("fetch", [listed, threshold])
def test_an_ftp_server_that_refuses_leaves_the_wall_with_both_reasons(fetch):
    with pytest.raises(BlockedError, match=f"{ELSEWHERE}, but 127.0.0.1 refuses: 530 no"):
        asked(fetch, {}, PASS="530 no")


def test_a_list_that_the_ftp_server_does_not_have_either_is_not_there_yet():
    with pytest.raises(PendingError, match="nasdaqth20230906"):
        asked(threshold, {})
