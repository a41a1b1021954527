"""What is asked at an address of this machine goes through no proxy, and may carry a key without TLS."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from feed_examples import HandClock

from providers.catalog import CARDS
from providers.errors import RefusedError
from providers.http.clients import Clients
from providers.http.this_machine import is_loopback, is_this_machine
from providers.keyed.keys import require_private_way

LOOPBACK = [
    "localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.9.8.7", "127.1", "2130706433", "0x7f000001", "0.0.0.0",
    "::1", "0:0:0:0:0:0:0:1", "::", "::ffff:127.0.0.1", "::ffff:7f00:1",
]  # fmt: skip
ELSEWHERE = [
    "", None, "example.org", "localhost.example.org", "notlocalhost", "128.0.0.1", "10.0.0.1", "192.168.1.1",
    "::2", "fe80::1", "::ffff:10.0.0.1", "2130706432.example", "127.0.0.1.example.org",
]  # fmt: skip


@pytest.mark.parametrize("host", LOOPBACK)
def test_every_way_to_write_the_loopback_address_is_this_machine(host):
    assert is_loopback(host)
    written = f"[{host}]" if ":" in host else host
    require_private_way(f"http://{written}:8080/x", "a service")


@pytest.mark.parametrize("host", ELSEWHERE)
def test_what_only_looks_like_it_is_elsewhere(host):
    assert not is_loopback(host)
    assert not is_this_machine(host)
    if host:
        written = f"[{host}]" if ":" in host else host
        with pytest.raises(RefusedError):
            require_private_way(f"http://{written}/", "a service")


def test_the_machines_own_name_is_this_machine():
    assert is_this_machine(socket.gethostname())
    assert is_this_machine(socket.gethostname().upper() + ".")


class Noting(BaseHTTPRequestHandler):
    """Answers everything, and notes what it was asked with which key."""

    asked: list[tuple[str, str | None]]

    def do_GET(self):
        self.asked.append((self.path, self.headers.get("X-Key")))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture
def servers():
    """A proxy that must not be asked, and a server of this machine's."""
    found = []
    for _ in range(2):
        asked: list[tuple[str, str | None]] = []
        server = HTTPServer(("127.0.0.1", 0), type("Handler", (Noting,), {"asked": asked}))
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        found.append((server, asked))
    yield found
    for server, _ in found:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "[::ffff:127.0.0.1]"])
async def test_a_key_for_this_machine_does_not_go_through_a_proxy(servers, monkeypatch, host):
    (proxy, at_proxy), (server, at_server) = servers
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.server_port}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    own = CARDS["massive"].hosts[0]
    base_urls = {"massive": {own.name: f"http://{host}:{server.server_port}"}}
    async with Clients(clock=HandClock(), contact="reader@example.org", base_urls=base_urls) as clients:
        http = clients.of(own, "massive")._http
        await http.get(f"http://{host}:{server.server_port}/figures", headers={"X-Key": "canary"})
        outside = clients._http(own, "http://example.org")
        await outside.get("http://example.org/figures", headers={"X-Key": "none"})
        await outside.aclose()
    assert at_server == [("/figures", "canary")]
    assert at_proxy == [("http://example.org/figures", "none")], "the world outside is asked through it as before"
