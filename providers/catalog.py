"""Who can be asked: every server with our manners towards it, and every provider with what it gives and on whose terms.

A provider's entry is all that the settings, the keys, `doctor`, a recording, the feeds panel, the tests of pace and the
tables of docs/data.md know of it. Read before the first paint: it imports no provider and nothing heavy, and its
records are named tuples, because a dataclass takes ten times as long to set up. It is long because it is a list.

The published figures are in docs/data.md; where a publisher names none, the pace is what independent clients get by on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from shortside.datasets import Dataset


class Limit(NamedTuple):
    """How often a publisher lets itself be asked."""

    words: str
    """What the publisher says of it."""
    requests: int
    """The most requests in any `seconds`: the publisher's figure, or what others get by on where it names none."""
    seconds: float
    is_shared: bool = False
    """Whether the requests to all hosts with this limit are counted together."""


class Host(NamedTuple):
    """A server and our manners towards it."""

    name: str
    """Its name on the network."""
    seconds_between: float
    """The least time between the starts of two requests; there are no bursts."""
    limit: Limit
    """What the publisher allows; the pace stays below it."""
    at_once: int = 8
    """Most requests in flight."""
    is_browser_wanted: bool = False
    """Whether it hangs or refuses unless the reader calls itself a browser."""
    second_agent: str = ""
    """What we call ourselves, once, where the first name is refused before any answer; empty for no other."""
    headers: Mapping[str, str] = MappingProxyType({})
    """Sent with every request."""
    connect_seconds: float = 10.0
    """Longest wait for a connection."""
    read_seconds: float = 60.0
    """Longest silence while an answer is awaited or under way."""
    answer_seconds: float = 240.0
    """Longest time for a whole answer, however steadily it trickles."""
    attempts: int = 4
    """How often one request is sent before we give up: transport failures, 5xx and short throttles only."""
    throttle_seconds: float = 30.0
    """How long we keep quiet at most after a 429 that does not say."""
    probe_path: str = "/"
    """Something small that it has: `doctor` asks for the head of it."""
    is_ftp: bool = False
    """Whether it speaks FTP, so that the HTTP clients do not ask it."""


class KeyName(StrEnum):
    """The keys we know; the value is the environment's variable, and the name in keyring and key file."""

    ALPACA_KEY_ID = "SHORTSIDE_ALPACA_KEY_ID"
    ALPACA_SECRET_KEY = "SHORTSIDE_ALPACA_SECRET_KEY"
    MASSIVE_KEY = "SHORTSIDE_MASSIVE_KEY"
    ORTEX_KEY = "SHORTSIDE_ORTEX_KEY"
    DESK_PASSWORD = "SHORTSIDE_DESK_PASSWORD"


class Card(NamedTuple):
    """A provider's entry: what can be had of it, when, with which key, and on which terms."""

    name: str
    """Its name in the configuration, in the archive and in JSON."""
    title: str
    """Its name for people."""
    publisher: str
    """Whose the figures are."""
    hosts: tuple[Host, ...]
    datasets: tuple[Dataset, ...]
    gives: str
    """What can be had of it, in words for docs/data.md."""
    cadence: str
    """When it has something new, in words; New York time."""
    attribution: str
    """The words its terms ask us to show."""
    terms: str
    """What its terms allow, in one sentence."""
    keys: tuple[KeyName, ...] = ()
    """The keys it wants; none where anybody may ask."""
    unlocks: str = ""
    """What its keys open, in words for docs/data.md."""
    is_metered: bool = False
    """Whether it charges by the question, so that a day's credits can be set."""
    is_on_demand: bool = False
    """Whether it is asked only for what somebody looks at, or what is missing: then it can miss no publication."""
    wants_contact: bool = False
    """Whether it answers only readers who leave a mail address."""

    part_of: str = ""
    """Of a part of what a provider gives, which is polled by itself: the provider's name."""

    @property
    def provider(self) -> str:
        """The provider's name in the configuration and in the archive, also of a part of what it gives."""
        return self.part_of or self.name

    def part(self, title: str, dataset: Dataset, name: str = "") -> Card:
        """The entry of a part of what it gives, which is polled by itself.

        Args:
            title: the part's name for people.
            dataset: what is brought.
            name: the part's own name; the provider's where it is the one that what a backfill asks is counted to.
        """
        return self._replace(name=name or self.name, title=title, datasets=(dataset,), part_of=self.name)

    @property
    def is_over_ftp(self) -> bool:
        """Whether it is asked over FTP, and so by no HTTP client."""
        return any(host.is_ftp for host in self.hosts)


# ---- hosts ------------------------------------------------------------------------------------------------------

CDN_FINRA: Final = Host(
    name="cdn.finra.org",
    # Bursts are answered with the same 403 as a missing file, which would pass for "not posted yet".
    seconds_between=1.0,
    limit=Limit("none published; bursts are refused", requests=1, seconds=1),
)
API_FINRA: Final = Host(
    name="api.finra.org",
    seconds_between=0.2,
    limit=Limit("20 requests a second; 5,000 rows and 3 MB a page", requests=20, seconds=1),
    headers={"Accept": "application/json"},
    probe_path="/partitions/group/otcMarket/name/consolidatedShortInterest",
)
API_NASDAQ: Final = Host(
    name="api.nasdaq.com",
    seconds_between=1.0,
    limit=Limit("none published", requests=1, seconds=1),
    at_once=2,
    is_browser_wanted=True,
    headers={
        "Accept": "application/json, text/plain, */*",
        "Accept-Language": "en-US,en;q=0.9",
        "Origin": "https://www.nasdaq.com",
        "Referer": "https://www.nasdaq.com/",
    },
    probe_path="/api/screener/stocks?tableonly=true&limit=1&offset=0",
)
NASDAQ_TRADER: Final = Host(
    name="www.nasdaqtrader.com",
    seconds_between=2.0,
    limit=Limit("none published", requests=1, seconds=1),
    at_once=1,
    probe_path="/dynamic/SymDir/nasdaqtraded.txt",
)
QUERY_YAHOO: Final = Host(
    name="query1.finance.yahoo.com",
    seconds_between=0.25,
    limit=Limit("none published; more than 8 connections are refused", requests=8, seconds=1),
    at_once=4,
    # Yahoo answers programs that say what they are with 429.
    is_browser_wanted=True,
    # Less of a browser than the first name, and no other identity: it is tried once, and never to get round a limit.
    second_agent="Mozilla/5.0",
    headers={"Accept": "application/json"},
    # Once annoyed it stays so: asking sooner only prolongs it.
    throttle_seconds=900.0,
    probe_path="/v8/finance/spark?symbols=SPY&range=1d&interval=1d",
)
# https://www.sec.gov/os/accessing-edgar-data: two hosts share one allowance of ten a second; four each leaves room.
_SEC_LIMIT: Final = Limit("10 requests a second over all hosts of the SEC", requests=10, seconds=1, is_shared=True)
WWW_SEC: Final = Host(
    name="www.sec.gov",
    seconds_between=0.25,
    limit=_SEC_LIMIT,
    at_once=2,
    probe_path="/files/company_tickers_exchange.json",
)
DATA_SEC: Final = Host(name="data.sec.gov", seconds_between=0.25, limit=_SEC_LIMIT, at_once=2)


def _of_broker(name: str) -> Host:
    return Host(
        name=name,
        seconds_between=900.0,
        limit=Limit("none published; the list changes about every 15 minutes", requests=1, seconds=900),
        at_once=1,
        attempts=1,
        is_ftp=True,
    )


# ftp3, which old articles name, does not answer any more.
FTP2_IBKR: Final = _of_broker("ftp2.interactivebrokers.com")
FTP_IBKR: Final = _of_broker("ftp.interactivebrokers.com")
WWW_ISHARES: Final = Host(
    name="www.ishares.com",
    seconds_between=2.0,
    limit=Limit("none published", requests=1, seconds=1),
    at_once=1,
    is_browser_wanted=True,
    headers={"Accept": "text/csv, */*", "Accept-Language": "en-US,en;q=0.9"},
)
WWW_SSGA: Final = Host(
    name="www.ssga.com",
    seconds_between=2.0,
    limit=Limit("none published", requests=1, seconds=1),
    at_once=1,
    is_browser_wanted=True,
    headers={"Accept-Language": "en-US,en;q=0.9"},
)
WWW_NYSE: Final = Host(
    name="www.nyse.com",
    seconds_between=5.0,
    limit=Limit(
        "none published; some eighty quick calls are followed by an hour of 429",
        requests=1,
        seconds=5,
    ),
    at_once=1,
    is_browser_wanted=True,
    headers={"Accept": "text/plain, */*", "Accept-Language": "en-US,en;q=0.9"},
    throttle_seconds=3_600.0,
)
CDN_CBOE: Final = Host(
    name="cdn.cboe.com",
    seconds_between=2.0,
    limit=Limit("none published", requests=1, seconds=1),
    at_once=1,
)
_ALPACA_LIMIT: Final = Limit("200 requests a minute", requests=200, seconds=60, is_shared=True)
DATA_ALPACA: Final = Host(name="data.alpaca.markets", seconds_between=0.5, limit=_ALPACA_LIMIT, at_once=4)
PAPER_ALPACA: Final = Host(name="paper-api.alpaca.markets", seconds_between=2.0, limit=_ALPACA_LIMIT, at_once=1)
API_MASSIVE: Final = Host(
    name="api.massive.com",
    # A free key has five a minute; paid plans have no limit, and none of our questions needs more.
    seconds_between=12.5,
    limit=Limit("5 requests a minute with a free key", requests=5, seconds=60),
    at_once=1,
)
API_ORTEX: Final = Host(
    name="api.ortex.com",
    seconds_between=0.5,
    limit=Limit(
        "2 at once and 3 requests a second, by its own client; metered in credits",
        requests=3,
        seconds=1,
    ),
    at_once=2,
    # A repeated question may be charged again.
    attempts=2,
)

# ---- providers: those without a key first -----------------------------------------------------------------------

_FINRA_TERMS: Final = "non-commercial use; passed on only free of charge and with FINRA named as the owner and source"
_NASDAQ_SITE_TERMS: Final = "undocumented; for personal use, not to be passed on"
_NASDAQ_TRADER_TERMS: Final = "published for public use by Nasdaq Trader"
_SEC: Final = "U.S. Securities and Exchange Commission"
_SEC_TERMS: Final = "Public information; may be used and redistributed freely."

FINRA_SHORT_INTEREST: Final = Card(
    name="finra_short_interest",
    title="FINRA short interest",
    publisher="FINRA",
    hosts=(CDN_FINRA, API_FINRA),
    datasets=(Dataset.SHORT_INTEREST,),
    gives="shares short of the whole market, twice a month; the API single names and revisions",
    cadence="twice a month, on the 7th business day after the settlement date, from 16:40",
    attribution="Source: FINRA",
    terms=_FINRA_TERMS,
)
FINRA_SHORT_VOLUME: Final = Card(
    name="finra_short_volume",
    title="FINRA daily short volume",
    publisher="FINRA",
    hosts=(CDN_FINRA,),
    datasets=(Dataset.SHORT_VOLUME,),
    gives="off-exchange short sale volume a session; not short interest",
    cadence="each session by 18:00",
    attribution="Source: FINRA",
    terms=_FINRA_TERMS,
)
NASDAQ_SCREENER: Final = Card(
    name="nasdaq_screener",
    title="Nasdaq screener",
    publisher="Nasdaq",
    hosts=(API_NASDAQ,),
    datasets=(Dataset.QUOTES, Dataset.PRICES, Dataset.SHARES_OUTSTANDING, Dataset.REFERENCE),
    gives="price, volume, market cap, sector of every listed stock, today",
    cadence="during the session, and the closes after 16:15",
    attribution="Source: Nasdaq",
    terms=_NASDAQ_SITE_TERMS,
)
NASDAQ_SPLITS: Final = Card(
    name="nasdaq_splits",
    title="Nasdaq splits calendar",
    publisher="Nasdaq",
    hosts=(API_NASDAQ,),
    datasets=(Dataset.SPLITS,),
    gives="splits with their ex-dates",
    cadence="as announced; once a day is enough",
    attribution="Source: Nasdaq",
    terms=_NASDAQ_SITE_TERMS,
)
NASDAQ_DIRECTORY: Final = Card(
    name="nasdaq_directory",
    title="Nasdaq symbol directory",
    publisher="Nasdaq",
    hosts=(NASDAQ_TRADER,),
    datasets=(Dataset.REFERENCE,),
    gives="every symbol, its exchange, whether it is a fund",
    cadence="several times a day; once before the open is enough",
    attribution="Source: Nasdaq",
    terms=_NASDAQ_TRADER_TERMS,
)
YAHOO_SPARK: Final = Card(
    name="yahoo_spark",
    title="Yahoo spark",
    publisher="Yahoo Finance",
    hosts=(QUERY_YAHOO,),
    datasets=(Dataset.QUOTES, Dataset.PRICES),
    gives="closes of twenty names a request; last prices of a watch list",
    cadence="whenever asked, in session; closes after 16:00",
    attribution="Prices: Yahoo Finance",
    terms="Undocumented; Yahoo's terms forbid automated use and redistribution: personal use, a watch list at most.",
    is_on_demand=True,
)
SEC_FAILS: Final = Card(
    name="sec_fails",
    title="SEC fails to deliver",
    publisher=_SEC,
    hosts=(WWW_SEC,),
    datasets=(Dataset.FAILS,),
    gives="fails to deliver, with a price of each name that has any",
    cadence="twice a month: about its end, and about the 15th of the next",
    attribution=f"Source: {_SEC}",
    terms=_SEC_TERMS,
    wants_contact=True,
)
SEC_TICKERS: Final = Card(
    name="sec_tickers",
    title="SEC company tickers",
    publisher=_SEC,
    hosts=(WWW_SEC,),
    datasets=(Dataset.REFERENCE,),
    gives="companies and their tickers",
    cadence="every day, 07:00",
    attribution=f"Source: {_SEC}",
    terms=_SEC_TERMS,
    wants_contact=True,
)
SEC_FRAMES: Final = Card(
    name="sec_frames",
    title="SEC frames, shares outstanding",
    publisher=_SEC,
    hosts=(DATA_SEC,),
    datasets=(Dataset.SHARES_OUTSTANDING,),
    gives="shares outstanding, as on the covers of reports",
    cadence="as reports are filed; every week",
    attribution=f"Source: {_SEC}",
    terms=_SEC_TERMS,
    wants_contact=True,
)
IBKR_BORROW: Final = Card(
    name="ibkr_borrow",
    title="Interactive Brokers, stock loan",
    publisher="Interactive Brokers",
    hosts=(FTP2_IBKR, FTP_IBKR),
    datasets=(Dataset.BORROW,),
    gives="borrow fee, rebate, availability; the second host is asked where the first fails",
    cadence="every 15 to 30 minutes, 07:00 to 18:00 on weekdays",
    attribution="Source: Interactive Brokers, indicative inventory of one broker",
    terms="No terms are published; for personal use, not for redistribution.",
)
ISHARES_HOLDINGS: Final = Card(
    name="ishares_holdings",
    title="iShares holdings",
    publisher="BlackRock iShares",
    hosts=(WWW_ISHARES,),
    datasets=(Dataset.INDEX_MEMBERS, Dataset.FUND_FLOWS),
    gives="funds' holdings and shares outstanding",
    cadence="every session, the next morning by 09:00",
    attribution="Source: BlackRock iShares",
    terms="For personal, non-commercial use; not for redistribution.",
)
SPDR_NAV_HISTORY: Final = Card(
    name="spdr_nav_history",
    title="SPDR share counts",
    publisher="State Street",
    hosts=(WWW_SSGA,),
    datasets=(Dataset.FUND_FLOWS,),
    gives="net asset values and shares outstanding of SPDR funds, day by day; read by the documented layout alone",
    cadence="every session, the next morning",
    attribution="Source: State Street Global Advisors",
    terms="For personal, non-commercial use; not for redistribution.",
)
FINRA_REG_SHO_DAILY: Final = Card(
    name="finra_reg_sho_daily",
    title="FINRA short volume, API",
    publisher="FINRA",
    hosts=(API_FINRA,),
    datasets=(Dataset.SHORT_VOLUME,),
    gives="short sale volume of one name for a year, and of a session whose file is refused",
    cadence="each session by 18:00; twelve months back",
    attribution="Source: FINRA",
    terms=_FINRA_TERMS,
)
FINRA_THRESHOLD: Final = Card(
    name="finra_threshold",
    title="FINRA threshold list",
    publisher="FINRA",
    hosts=(API_FINRA,),
    datasets=(Dataset.THRESHOLD,),
    gives="over-the-counter securities on the threshold list",
    cadence="the morning after each session",
    attribution="Source: FINRA",
    terms=_FINRA_TERMS,
)
NASDAQ_THRESHOLD: Final = Card(
    name="nasdaq_threshold",
    title="Nasdaq threshold list",
    publisher="Nasdaq",
    hosts=(NASDAQ_TRADER,),
    datasets=(Dataset.THRESHOLD,),
    gives="the threshold list of Nasdaq",
    cadence="each session at 23:00",
    attribution="Source: Nasdaq",
    terms=_NASDAQ_TRADER_TERMS,
)
NYSE_THRESHOLD: Final = Card(
    name="nyse_threshold",
    title="NYSE threshold lists",
    publisher="NYSE",
    hosts=(WWW_NYSE,),
    datasets=(Dataset.THRESHOLD,),
    gives="the threshold lists of NYSE, NYSE American and NYSE Arca",
    cadence="each session at 22:00",
    attribution="Source: NYSE",
    terms="published on NYSE's site; for personal use",
)
CBOE_THRESHOLD: Final = Card(
    name="cboe_threshold",
    title="Cboe threshold list",
    publisher="Cboe",
    hosts=(CDN_CBOE,),
    datasets=(Dataset.THRESHOLD,),
    gives="the threshold list of Cboe BZX",
    cadence="the morning after each session, by 04:00",
    attribution="Source: Cboe",
    terms="published on Cboe's site; for personal use",
)

# ---- providers that want a key ----------------------------------------------------------------------------------

ALPACA: Final = Card(
    name="alpaca",
    title="Alpaca",
    publisher="Alpaca",
    hosts=(DATA_ALPACA, PAPER_ALPACA),
    datasets=(Dataset.PRICES, Dataset.QUOTES, Dataset.BORROW),
    gives="bars, snapshots, what is lent",
    cadence="bars a quarter of an hour after the close; prices in session",
    attribution="Prices: Alpaca",
    terms="For the account's holder; not for redistribution.",
    keys=(KeyName.ALPACA_KEY_ID, KeyName.ALPACA_SECRET_KEY),
    unlocks="free: closes and volumes of every name after the close, and their history from 2016 on in place of "
    "Yahoo's, **delisted names too**; last prices of the names opened and the 200 most shorted, a quarter of an hour "
    "late, every minute of the session; what one broker lends, once a day",
)
MASSIVE: Final = Card(
    name="massive",
    title="Massive",
    publisher="Massive",
    hosts=(API_MASSIVE,),
    datasets=(
        Dataset.PRICES,
        Dataset.QUOTES,
        Dataset.SPLITS,
        Dataset.SHORT_INTEREST,
        Dataset.SHORT_VOLUME,
        Dataset.SHARES_OUTSTANDING,
    ),
    gives="the whole market's day, splits, short interest, share counts",
    cadence="the next morning with a free key",
    attribution="Prices: Massive",
    terms="For individual use; not for publication.",
    keys=(KeyName.MASSIVE_KEY,),
    unlocks="free: the whole market's session the next morning, and without Alpaca's key the history of two years in "
    "whole sessions; splits that Nasdaq's calendar lacks; share counts of names that are gone; FINRA's short interest "
    "as a second witness, and FINRA's figures while FINRA itself fails; last prices where the plan has them",
)
ORTEX: Final = Card(
    name="ortex",
    title="ORTEX",
    publisher="ORTEX",
    hosts=(API_ORTEX,),
    datasets=(Dataset.SHORT_INTEREST, Dataset.BORROW),
    gives="estimates of short interest, cost to borrow",
    cadence="every session; lending data from 07:00 on",
    attribution="Source: ORTEX, estimates",
    terms="For the subscriber; not for redistribution.",
    keys=(KeyName.ORTEX_KEY,),
    unlocks="paid: an estimate of short interest and the cost to borrow of the names opened, each once a day",
    is_metered=True,
    is_on_demand=True,
)

CARDS: Final[Mapping[str, Card]] = MappingProxyType(
    # Collected, so that no entry above can be left out of the list.
    {card.name: card for card in list(vars().values()) if isinstance(card, Card)}
)
"""Every provider by its name, in the order above."""


# ---- whom to name -----------------------------------------------------------------------------------------------

SIMULATED: Final = "simulated by shortside"
"""Whose the figures of the demo are."""
OWNERS: Final[Mapping[Dataset, str]] = MappingProxyType({Dataset.SHORT_INTEREST: "FINRA"})
"""Whom the terms ask us to name for a dataset, whoever handed the rows over."""


def attribution(figures: Iterable[tuple[Dataset, str]], *, is_simulated: bool) -> str:
    """The one line that says whose figures are shown, such as `Source: FINRA`; empty where nobody asks to be named.

    Args:
        figures: the dataset of each figure shown, and the name of the source that handed it over: a provider's, or
            `files`, `public` and the like, which own nothing.
        is_simulated: whether they are made up, so that no publisher is to be named.
    """
    if is_simulated:
        return f"Source: {SIMULATED}"
    figures = list(figures)
    owners = {OWNERS[dataset] for dataset, _ in figures if dataset in OWNERS}
    owners |= {CARDS[source].publisher for _, source in figures if source in CARDS}
    return f"Source: {', '.join(sorted(owners))}" if owners else ""


def attribution_of(dataset: Dataset, source: str, *, is_simulated: bool) -> str:
    """The words that stand beside one figure; empty where nobody asks to be named.

    Args:
        dataset: what the figure is of.
        source: the name of the source that handed it over.
        is_simulated: whether it is made up.
    """
    return SIMULATED if is_simulated else attribution([(dataset, source)], is_simulated=False)
