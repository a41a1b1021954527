"""Every question that takes a key is asked with it, and refused with advice and without the key."""

import logging
import traceback

import httpx
import pytest
from keyed_examples import AFTER_CLOSE, DAY, KEYS, SINCE, UNTIL, VALUE
from mock_network import Network, ask

from providers.alpaca import Alpaca
from providers.errors import (
    ProviderError,
    RefusedError,
)
from providers.keyed.keys import Keys, MissingKeyError
from providers.massive.massive import Massive
from providers.ortex import Ortex

NO_KEYS = Keys({})


def questions(keys):
    return {
        "alpaca": lambda clients: Alpaca(clients, keys).bars(["A"], SINCE),
        "alpaca snapshots": lambda clients: Alpaca(clients, keys).snapshots(["A"]),
        "alpaca assets": lambda clients: Alpaca(clients, keys).assets(),
        "massive": lambda clients: Massive(clients, keys).grouped(DAY),
        "massive snapshots": lambda clients: Massive(clients, keys).snapshots(),
        "massive counts": lambda clients: Massive(clients, keys).counts([("A", DAY)]),
        "massive splits": lambda clients: Massive(clients, keys).splits(SINCE),
        "ortex": lambda clients: Ortex(clients, keys).cost_to_borrow("A", SINCE, UNTIL, is_new=True),
    }


@pytest.mark.parametrize("name", questions(KEYS))
class TestEveryQuestion:
    def test_nothing_is_asked_without_a_key(self, name):
        network = Network(b"{}", AFTER_CLOSE)
        with pytest.raises(MissingKeyError, match="set SHORTSIDE_"):
            ask(network, questions(NO_KEYS)[name])
        assert network.requests == []

    @pytest.mark.parametrize("status", [200, 400, 401, 403, 500])
    def test_the_key_is_in_no_error_log_or_address(self, name, status, caplog):
        caplog.set_level(logging.DEBUG)
        # A service that says what it was sent is the worst there can be.
        network = Network(
            lambda request: httpx.Response(status, json={"message": f"bad key {VALUE}", "error": VALUE}), AFTER_CLOSE
        )
        with pytest.raises(ProviderError) as caught:
            ask(network, questions(KEYS)[name])
        assert network.requests
        assert VALUE not in str(caught.value)
        assert VALUE not in "".join(traceback.format_exception(caught.value))
        assert VALUE not in caplog.text
        assert all(VALUE not in str(request.url) for request in network.requests)
        assert all(VALUE not in exchange.url for exchange in network.exchanges)

    @pytest.mark.parametrize(("status", "before"), [(400, 140), (401, 145), (403, 150)])
    def test_no_part_of_the_key_is_left_where_a_reason_is_cut(self, name, status, before, caplog):
        caplog.set_level(logging.DEBUG)
        message = "x" * before + VALUE
        network = Network(lambda request: httpx.Response(status, json={"message": message}), AFTER_CLOSE)
        with pytest.raises(ProviderError) as caught:
            ask(network, questions(KEYS)[name])
        told = "".join(traceback.format_exception(caught.value)) + caplog.text
        assert VALUE[: len(VALUE) // 2] not in told

    def test_the_key_is_not_sent_in_the_clear(self, name):
        network = Network(b"{}", AFTER_CLOSE)
        with pytest.raises(RefusedError, match="unencrypted"):
            ask(network, questions(KEYS)[name], upstream="http://proxy.example:80")
        assert network.requests == []
