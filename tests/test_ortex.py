"""ORTEX gives estimates and costs for a key, tells what they cost, and explains its refusals."""

import json

import httpx
import pytest
from keyed_examples import AFTER_CLOSE, KEYS, SINCE, UNTIL, VALUE
from mock_network import Network, ask

from providers.errors import (
    MalformedError,
    NoDataError,
)
from providers.ortex import Ortex, parse_availability, parse_cost
from providers.ortex import parse_short_interest as parse_estimates


def estimates(*rows, length=None, left=998.75):
    return {
        "rows": list(rows),
        "length": len(rows) if length is None else length,
        "creditsUsed": 1.25,
        "creditsLeft": left,
    }


class TestOrtex:
    def test_per_cent_become_fractions(self):
        row = {"date": "2023-09-06", "shortInterestShares": 1000.4, "shortInterestPcFreeFloat": 23.5}
        page = parse_estimates(json.dumps(estimates(row)).encode(), "A")
        assert page.rows[["short_interest", "short_float_ratio"]].values.tolist() == [[1000, 0.235]]
        assert page.credits.words == "998.75 ORTEX credits left"

    def test_a_cost_is_of_all_loans_or_of_new_ones(self):
        page = parse_cost(json.dumps(estimates({"date": "2023-09-06", "costToBorrowNew": "3.5"})).encode(), "A")
        assert page.rows["new_fee"].tolist() == pytest.approx([0.035])
        assert page.rows["fee"].isna().all()

    def test_availability_counts_shares(self):
        page = parse_availability(
            json.dumps(estimates({"date": "2023-09-06", "shortAvailabilityShares": 42000})).encode(), "A"
        )
        assert page.rows["available"].tolist() == [42000]

    @pytest.mark.parametrize(
        "record",
        [
            {},
            [],
            {"rows": [{"date": "2023-09-06", "renamed": 5}]},
            {"rows": [{"date": "soon", "shortInterestShares": 5}]},
            {"rows": [{"date": "2023-09-06", "shortInterestShares": "many"}]},
            {"rows": [{"date": "2023-09-06", "shortInterestShares": -5}]},
            {"rows": [{"shortInterestShares": 5}]},
        ],
    )
    def test_garbage_is_refused(self, record):
        with pytest.raises(MalformedError):
            parse_estimates(json.dumps(record).encode(), "A")

    def test_pages_are_followed_and_credits_are_shown(self):
        def answer(request):
            number = int(request.url.params["page"])
            row = {"date": f"2023-09-0{8 - number}", "shortInterestShares": number}
            return httpx.Response(200, json=estimates(row, length=2, left=10 - number))

        network = Network(answer, AFTER_CLOSE)
        providers = []

        async def question(clients):
            providers.append(Ortex(clients, KEYS))
            return await providers[0].short_interest("BRK.B", SINCE, UNTIL)

        snapshot = ask(network, question).snapshot
        assert snapshot.frame["short_interest"].tolist() == [2, 1]
        assert (providers[0].credits.used, providers[0].credits.left) == (2.5, 8)
        assert snapshot.notes[1] == "8.00 ORTEX credits left"
        assert "estimate" in snapshot.notes[0]
        assert network.requests[0].url.path == "/api/v1/stock/US/BRK.B/short_interest"
        assert network.requests[0].headers["ortex-api-key"] == VALUE

    def test_an_answer_with_fewer_rows_than_it_says_is_refused(self):
        def answer(request):
            rows = [{"date": "2023-09-06", "shortInterestShares": 5}] if request.url.params["page"] == "1" else []
            return httpx.Response(200, json=estimates(*rows, length=3))

        with pytest.raises(MalformedError, match="says 3"):
            ask(Network(answer, AFTER_CLOSE), lambda clients: Ortex(clients, KEYS).short_interest("A", SINCE, UNTIL))

    def test_no_rows_are_no_data(self):
        with pytest.raises(NoDataError):
            ask(
                Network(httpx.Response(200, json=estimates()), AFTER_CLOSE),
                lambda clients: Ortex(clients, KEYS).availability("A", SINCE, UNTIL),
            )
