"""A half-month of fails is found where the SEC's index page links it, and one that is not to be had is named."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, date, datetime

import httpx
import pytest
from mock_network import HTML, Network, ask

from providers.archive.absences import Absence, absence_notes, note_absences, read_absences, words_on_absences
from providers.archive.vintages import Archive
from providers.backfill.plan import Step, StepKind
from providers.backfill.run import Backfill
from providers.errors import BlockedError, MalformedError, NoDataError, PendingError, RefusedError, UnreachableError
from providers.sec.fails import SecFails
from providers.sec.fails_index import INDEX_PATH, parse_index
from providers.sec.tickers import SecTickers
from tui.commands.doctor import absence_findings

CONTACT = "reader@example.org"
UNDECLARED = (
    b"<!DOCTYPE html><html><head><title>SEC.gov | Your Request Originates from an Undeclared Automated Tool"
    b"</title></head><body></body></html>"
)
FAILS_TEXT = (
    "SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE\r\n"
    "20230703|00817Y108|AET|89|AETNA INC.(NEW)|205.36\r\n"
    "20230705|00817Y108|AET|1948|AETNA INC.(NEW)|210.10\r\n"
    "20230705|000375204|NA|529463|ABB LTD|.\r\n"
    "Trailer record count 3\r\nTrailer total quantity of shares 531500\r\n"
)
NOW = datetime(2023, 9, 17, 21, 30, tzinfo=UTC)
USUAL = "/files/data/fails-deliver-data/{}.zip"
MOVED = "/files/data/other/fails-deliver-data/cnsfails202308b_0.zip"
DENIED = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>"
PAGE = f"""<html><head><title>SEC.gov | Fails-to-Deliver Data</title></head><body><noscript>Please enable JavaScript
</noscript><table>
<tr><td><a href="/files/data/fails-deliver-data/cnsfails202309a.zip">September 2023, first half</a></td></tr>
<tr><td><a class="x" HREF='https://www.sec.gov{MOVED}'>August 2023, second half</a></td></tr>
<tr><td><a href="/files/data/fails-deliver-data/cnsfails202308b.zip">August 2023, an older link</a></td></tr>
<tr><td><a href="/files/node/add/data_distribution/cnsfails202002b.zip">February 2020, second half</a></td></tr>
<tr><td><a href="https://elsewhere.example/files/cnsfails202001a.zip">another server's</a></td></tr>
<tr><td><a href="/files/%2e%2e/cnsfails202001b.zip">a riddle</a></td></tr>
<tr><td><a href="/files/cnsfails202013a.zip">no month</a></td></tr>
</table></body></html>""".encode()


def zipped(text: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("fails.txt", text.encode("latin-1"))
    return body.getvalue()


class Sec:
    """The SEC's server: the index page, the files that are there, and a denial for all others."""

    def __init__(self, *paths: str, page: httpx.Response | None = None, denial: httpx.Response | None = None) -> None:
        self.paths = paths
        self.page = page or httpx.Response(200, content=PAGE)
        self.denial = denial or httpx.Response(403, content=DENIED)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == INDEX_PATH:
            return self.page
        return httpx.Response(200, content=zipped(FAILS_TEXT)) if request.url.path in self.paths else self.denial


def fetched(sec: Sec, *names: str, is_expected: bool = False):
    """What comes of some half-months, one after another, and the paths that were asked for."""
    network = Network(sec, NOW)

    async def story(clients):
        provider = SecFails(clients)
        outcomes: list[int | Exception | None] = []
        for name in names:
            try:
                snapshot = (await provider.fetch(name, is_expected=is_expected)).snapshot
                outcomes.append(None if snapshot is None else snapshot.rows)
            except (NoDataError, RefusedError, UnreachableError) as error:
                outcomes.append(error)
        return outcomes

    outcomes = ask(network, story, contact=CONTACT)
    return outcomes, [request.url.path for request in network.requests]


def test_the_page_tells_each_half_month_s_path_and_links_to_other_servers_are_none():
    assert parse_index(PAGE) == {
        "cnsfails202309a": "/files/data/fails-deliver-data/cnsfails202309a.zip",
        "cnsfails202308b": MOVED,
        "cnsfails202002b": "/files/node/add/data_distribution/cnsfails202002b.zip",
    }


def test_the_addresses_of_the_reference_case_are_those_expected(shared):
    folder = shared / "cases/04-sec-fails-moved-address"
    expected = json.loads((folder / "expected.json").read_text())["addresses"]
    found = parse_index((folder / "index.html").read_bytes())
    assert {name: f"https://www.sec.gov{path}" for name, path in found.items()} == {
        f"cnsfails{name.replace('-', '')}": address for name, address in expected.items()
    }


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"\x00" * 99, b'<a href="cnsfails.zip">', b"a" * (9 * 2**20)])
def test_a_page_without_half_months_is_refused(body):
    with pytest.raises(MalformedError) as caught:
        parse_index(body)
    assert len(str(caught.value)) <= 300


@pytest.mark.parametrize(
    "denial",
    [
        httpx.Response(403, content=DENIED),
        httpx.Response(404, content=HTML),
        httpx.Response(403),
        httpx.Response(403, content=b"<html><head><title>Access Denied</title></head></html>"),
    ],
    ids=["no such object", "a page that says 404", "a bare 403", "a page that says 403"],
)
def test_a_moved_half_month_is_had_from_the_index_which_is_read_once_for_all(denial):
    old = "/files/node/add/data_distribution/cnsfails202002b.zip"
    outcomes, asked = fetched(Sec(MOVED, old, denial=denial), "cnsfails202308b", "cnsfails202002b")
    assert outcomes == [3, 3]
    assert asked == [USUAL.format("cnsfails202308b"), INDEX_PATH, MOVED, old]


def test_a_half_month_at_its_usual_address_needs_no_index():
    outcomes, asked = fetched(Sec(USUAL.format("cnsfails202308a")), "cnsfails202308a")
    assert (outcomes, asked) == ([3], [USUAL.format("cnsfails202308a")])


@pytest.mark.parametrize(
    ("name", "page", "why"),
    [
        ("cnsfails202307a", None, "and its index page does not link it"),
        ("cnsfails202309a", None, "although its index page links it there"),
        ("cnsfails202307a", httpx.Response(404), "its index page could not be read (www.sec.gov has no such file)"),
        ("cnsfails202307a", httpx.Response(200, content=b"<html></html>"), "links no half-month of fails"),
        ("cnsfails202307a", httpx.Response(200, content=UNDECLARED), "takes us for an undeclared automated tool"),
    ],
)
@pytest.mark.parametrize(("is_expected", "kind"), [(False, NoDataError), (True, PendingError)])
def test_a_half_month_that_is_not_to_be_had_is_named_with_why(name, page, why, is_expected, kind):
    [error], asked = fetched(Sec(page=page), name, is_expected=is_expected)
    assert type(error) is kind
    assert str(error).startswith(f"{name}: www.sec.gov has ")
    assert why in str(error)
    assert asked == [USUAL.format(name), INDEX_PATH]


def test_a_denial_of_what_the_index_does_not_link_is_an_absence_and_any_other_stays_one():
    [error], _ = fetched(Sec(denial=httpx.Response(403)), "cnsfails202307a")
    assert type(error) is NoDataError
    [error], _ = fetched(Sec(denial=httpx.Response(403), page=httpx.Response(403)), "cnsfails202307a")
    assert isinstance(error, RefusedError)


def test_the_index_is_looked_at_again_an_hour_later():
    moment = [NOW]
    network = Network(Sec(), NOW)

    async def story(clients):
        clients._clock = lambda: moment[0]
        provider = SecFails(clients)
        for later in (0, 59, 61):
            moment[0] = NOW.replace(hour=20, minute=0) + (datetime.resolution * 60_000_000) * later
            with pytest.raises(NoDataError):
                await provider.fetch("cnsfails202307a")

    ask(network, story, contact=CONTACT)
    assert [request.url.path for request in network.requests].count(INDEX_PATH) == 2


# ---- a contact that is not accepted ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [lambda clients: SecTickers(clients).fetch(), lambda clients: SecFails(clients).fetch("cnsfails202308a")],
    ids=["tickers", "fails"],
)
@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize(
    ("contact", "words"),
    [
        ("", "set `contact`"),
        (
            "someone@users.noreply.example.org",
            "the SEC does not accept the contact someone@users.noreply.example.org; give an address that receives mail",
        ),
    ],
)
def test_a_contact_that_is_missing_and_one_that_is_refused_are_told_apart(question, status, contact, words):
    network = Network(httpx.Response(status, content=UNDECLARED), NOW)
    with pytest.raises(BlockedError) as caught:
        ask(network, question, contact=contact)
    assert words in str(caught.value)
    assert ("set `contact`" in str(caught.value)) is not contact
    # Whom it does not know it does not tell more: the index is not asked for.
    assert len(network.requests) == 1


# ---- what is remembered ----------------------------------------------------------------------------------------------

WHY = "www.sec.gov has no such file, and its index page does not link it"


def steps(*names: str) -> list[Step]:
    return [Step(ask=StepKind.FAILS, provider="sec_fails", requests=1, file=name) for name in names]


def test_what_cannot_be_had_is_written_down_told_by_doctor_and_the_market_and_forgotten_when_it_comes(tmp_path):
    half_months = ("cnsfails202307a", "cnsfails202307b")

    def run(sec: Sec) -> list[str]:
        async def story(clients):
            filler = Backfill(clients, Archive(tmp_path))
            return [(await filler.run(step)).complaint for step in steps(*half_months)]

        complaints: list[str] = ask(Network(sec, NOW), story, contact=CONTACT)
        return complaints

    assert run(Sec()) == [f"{name}: {WHY}" for name in half_months]
    assert read_absences(tmp_path) == tuple(Absence("sec_fails", WHY, name) for name in half_months)
    sentence = f"SEC fails to deliver: {WHY}: cnsfails202307a and cnsfails202307b"
    [finding] = absence_findings(tmp_path)
    assert finding.words == sentence
    assert absence_notes(tmp_path, NOW.date()) == (f"fails to deliver are not to be had: {sentence}",)
    # On a day of the past only what had ended by then was missed.
    assert absence_notes(tmp_path, date(2023, 7, 20)) == (
        f"fails to deliver are not to be had: SEC fails to deliver: {WHY}: cnsfails202307a",
    )
    assert run(Sec(USUAL.format("cnsfails202307a")))[0] == ""
    assert [one.what for one in read_absences(tmp_path)] == ["cnsfails202307b"]
    assert run(Sec(*map(USUAL.format, half_months))) == ["", ""]
    assert absence_findings(tmp_path) == []


def test_a_server_that_does_not_answer_is_no_absence(tmp_path):
    async def story(clients):
        return await Backfill(clients, Archive(tmp_path)).run(steps("cnsfails202307a")[0])

    outcome = ask(Network(httpx.Response(503), NOW), story, contact=CONTACT)
    assert not outcome.is_absent
    assert read_absences(tmp_path) == ()


def test_a_damaged_file_of_absences_counts_for_none_and_is_written_anew(tmp_path):
    (tmp_path / "not_to_be_had.json").write_text('{"schema": "shortside.absences/9"')
    assert read_absences(tmp_path) == ()
    note_absences(tmp_path, [Absence("sec_fails", "gone", "cnsfails202307a")])
    assert [one.what for one in read_absences(tmp_path)] == ["cnsfails202307a"]


def test_many_things_are_counted_after_the_first_forty():
    many = [Absence("yahoo_spark", "has none", f"S{number:03}") for number in range(50)]
    [words] = words_on_absences(many)
    assert words.startswith("Yahoo spark: has none: S000, S001")
    assert words.endswith("S039 and 10 others")
