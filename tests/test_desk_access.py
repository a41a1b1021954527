"""Who may log in at a desk and what he may do there, what is sent, and what a desk that is away does to its members."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
import trustme
from desk_server import NOW, Member, desk_server, desk_words, prices_of, quotes, said_of, seated, until
from feed_examples import snapshot
from waiting import PATIENCE

from providers.archive.live_quotes import write_quotes
from providers.archive.vintages import Archive
from providers.desk.address import AddressError, PasswordInAddressError, desk_address
from providers.desk.asks import ASKS_AT_A_TIME, MOST_ASKS_LEFT, Asking, Hearing
from providers.desk.connection import DeskConnection, DeskRefusedError
from providers.desk.layout import ASKS, NEWS, VINTAGES
from providers.feeds.attention import Attention, AttentionNote
from providers.feeds.wishes import FetchHistory, PollNow, put_wish
from providers.keyed.keys import Secret
from shortside.datasets import Dataset
from tui.__main__ import main
from tui.errors import ConfigurationError, UsageError
from tui.settings.configuration import configured

LAST_NUMBER = 2**64 - 1
"""The largest that an entry of a stream can have; after it the server takes no other."""
PASSWORDS = {"poller": "poller-secret", "reader": "reader-secret"}


def acl_lines(repository: Path) -> list[str]:
    """The users of the manual, with passwords."""
    text = (repository / "docs" / "desk.md").read_text()
    lines = re.findall(r"^    (user .*)$", text, re.MULTILINE)
    return [line.replace(">…", f">{PASSWORDS.get(line.split()[1], '')}") for line in lines]


def member(root: Path, address: str, user: str = "") -> Member:
    made = Member(root, desk_address(address))
    made.seat._password = lambda: Secret(PASSWORDS[user]) if user else None
    return made


class TestTheManualsUsers:
    """The lines of docs/desk.md at a real server."""

    @pytest.fixture
    def server(self, repository, tmp_path):
        users = tmp_path / "users.acl"
        users.write_text("\n".join(acl_lines(repository)) + "\n")
        with desk_server(tmp_path, "--aclfile", str(users)) as server:
            yield server

    def address(self, server, user: str) -> str:
        return f"redis://{user}@127.0.0.1:{server.port}"

    async def test_a_reader_follows_and_never_polls(self, server, tmp_path):
        poller = member(tmp_path / "poller", self.address(server, "poller"), "poller")
        reader = member(tmp_path / "reader", self.address(server, "reader"), "reader")
        Archive(poller.root).append(snapshot(NOW.date(), NOW, dataset=Dataset.PRICES))
        async with seated(reader):
            await until(lambda: said_of(reader.root).is_reached)
            async with seated(poller):
                await until(lambda: poller.holds)
                write_quotes(poller.root, quotes(7.0, "AMC"))
                poller.seat.stored()
                await until(lambda: prices_of(reader.root) == {"AMC": 7.0})
                await until(lambda: reader.vintages() == poller.vintages())
                heard: list[object] = []
                poller.seat.granted = heard.append
                put_wish(reader.root, FetchHistory(symbol="AMC"))
                await until(lambda: heard == [FetchHistory(symbol="AMC")])
            assert reader.turns == 0
            assert not said_of(reader.root).complaint

    @pytest.mark.parametrize("trimmed", [(), ("MAXLEN", "0")], ids=["there", "trimmed away"])
    async def test_a_reader_that_gives_a_wish_the_last_number_there_is_silences_nobody(self, server, tmp_path, trimmed):
        who = {"username": "reader", "password": PASSWORDS["reader"]}
        desk_words(server, "XADD", ASKS, *trimmed, f"{LAST_NUMBER}-{LAST_NUMBER}", "v", "x", **who)
        with pytest.raises(redis.exceptions.ResponseError, match="exhausted"):
            desk_words(server, "XADD", ASKS, "*", "v", "x", **who)
        poller = member(tmp_path / "poller", self.address(server, "poller"), "poller")
        heard: list[object] = []
        poller.seat.granted = heard.append
        async with seated(poller):
            await until(lambda: poller.holds)
            await until(lambda: not desk_words(server, "EXISTS", ASKS, username="poller", password=PASSWORDS["poller"]))
            async with DeskConnection(
                desk_address(self.address(server, "reader")), Secret(PASSWORDS["reader"])
            ) as desk:
                await Asking(desk, "a" * 32, lambda: 0.0).wish(FetchHistory(symbol="AMC"))
            await until(lambda: heard == [FetchHistory(symbol="AMC")])

    async def test_a_flood_of_wishes_is_thrown_away(self, server):
        poller = Secret(PASSWORDS["poller"])
        async with DeskConnection(desk_address(self.address(server, "poller")), poller) as desk:
            for _ in range(MOST_ASKS_LEFT + ASKS_AT_A_TIME + 1):
                await desk.add(ASKS, b"x", 10 * MOST_ASKS_LEFT)
            complaints: list[str] = []
            assert not await Hearing(desk, lambda: 0.0, complaints.append).wishes()
            assert len(complaints) == ASKS_AT_A_TIME
            assert await desk.count(ASKS) == 0

    def test_the_server_lets_a_reader_publish_nothing(self, server):
        who = {"username": "reader", "password": PASSWORDS["reader"]}
        for words in (
            ("PUBLISH", NEWS, "x"),
            ("SET", "shortside:lease", "x"),
            ("SET", "shortside:vintage:x", "x"),
            ("XADD", VINTAGES, "*", "v", "x"),
            ("HSET", "shortside:quotes:x", "a", "b"),
            ("DEL", ASKS),
            ("EVAL", "return redis.call('SET', KEYS[1], 'x')", 1, "shortside:lease"),
            ("FLUSHALL",),
            ("CONFIG", "GET", "*"),
        ):
            with pytest.raises(redis.exceptions.NoPermissionError):
                desk_words(server, *words, **who)
        assert desk_words(server, "XADD", ASKS, "*", "v", "x", **who)

    async def test_a_wrong_password_is_told_without_it(self, server, tmp_path):
        wrong = member(tmp_path / "wrong", self.address(server, "poller"), "reader")
        async with seated(wrong):
            await until(lambda: said_of(wrong.root).complaint)
            assert said_of(wrong.root).trouble == "desk refuses"
            assert PASSWORDS["reader"] not in (wrong.root / "desk.json").read_text()


async def test_the_way_can_be_encrypted(tmp_path, monkeypatch):
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    files = ("--tls-cert-file", str(tmp_path / "cert.pem"), "--tls-key-file", str(tmp_path / "key.pem"))
    options = (*files, "--tls-ca-cert-file", str(tmp_path / "ca.pem"), "--tls-auth-clients", "no")
    with desk_server(tmp_path, *options, is_encrypted=True) as server:
        address = desk_address(f"rediss://localhost:{server.port}")
        async with DeskConnection(address) as connection:
            with pytest.raises(Exception, match="does not answer"):
                await connection.server_seconds()
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        async with DeskConnection(address) as connection:
            assert await connection.server_seconds() > 0


class TestThePassword:
    """Is never in an address, and never goes where others can read it."""

    @pytest.mark.parametrize(
        "address", ["redis://:secret@host", "rediss://me:secret@host:1/0", "redis://host?password=secret"]
    )
    def test_an_address_with_one_is_refused_and_not_quoted(self, address, tmp_path):
        with pytest.raises(PasswordInAddressError):
            desk_address(address)
        home = {"SHORTSIDE_HOME": str(tmp_path)}
        with pytest.raises(UsageError) as refusal:
            configured({"desk": address}, home)
        assert "SHORTSIDE_DESK_PASSWORD" in str(refusal.value)
        assert "secret" not in str(refusal.value)
        (tmp_path / "file.toml").write_text(f'desk = "{address}"\n')
        for given in ({"SHORTSIDE_DESK": address}, {"SHORTSIDE_CONFIG": str(tmp_path / "file.toml")}):
            with pytest.raises(ConfigurationError) as bad:
                configured({}, {**home, **given})
            assert "secret" not in str(bad.value)

    @pytest.mark.parametrize("address", ["http://host", "redis://", "redis://host:0", "redis://host:99999", "host"])
    def test_what_is_no_address_is_none(self, address):
        with pytest.raises(AddressError):
            desk_address(address)

    @pytest.mark.parametrize(
        "address", ["redis://127.0.0.1:6379", "rediss://me@desk.example:6380/2", "redis://[::1]:6379"]
    )
    def test_an_address_stays_what_it_is(self, address):
        assert desk_address(address).words == address

    @pytest.mark.parametrize("password", ["canary-4711", "canary-4711-wrong"])
    @pytest.mark.parametrize("words", [["doctor"], ["config", "show"], ["snapshot", "feeds", "--source", "desk"]])
    def test_no_command_at_a_desk_prints_it_or_writes_it_down(self, password, words, tmp_path, monkeypatch, capfd):
        monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("SHORTSIDE_DESK_PASSWORD", password)
        monkeypatch.setenv("SHORTSIDE_UPSTREAM", "http://127.0.0.1:1")
        monkeypatch.setenv("SHORTSIDE_UPSTREAM_FTP", "127.0.0.1:1")
        with desk_server(tmp_path, "--requirepass", "canary-4711") as server:
            monkeypatch.setenv("SHORTSIDE_DESK", server.address.words)
            main(words)
        said = capfd.readouterr()
        if words == ["doctor"]:
            assert ("refuses it" in said.out) == (password != "canary-4711")
        assert said.out + said.err
        assert "canary" not in said.out + said.err
        written = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
        assert [path for path in written if b"canary" in path.read_bytes()] == []

    def test_it_is_not_sent_over_a_network_unencrypted(self):
        with pytest.raises(DeskRefusedError, match="unencrypted"):
            DeskConnection(desk_address("redis://desk.example"), Secret("secret"))


class TestADeskThatIsAway:
    async def test_holds_the_polling_up_and_it_goes_on_when_the_desk_is_back(self, tmp_path):
        with desk_server(tmp_path) as server:
            one, two = (Member(tmp_path / name, server.address) for name in ("one", "two"))
            Archive(one.root).append(snapshot(NOW.date(), NOW, dataset=Dataset.PRICES))
            async with seated(one):
                await until(lambda: one.holds)
                async with seated(two):
                    await until(lambda: two.vintages() == one.vintages())
                    server.kill()
                    for each in (one, two):
                        await until(lambda each=each: said_of(each.root).trouble == "desk away")
                    assert one.holds
                    assert not one.seat.may_ask()
                    asking = asyncio.create_task(one.seat.our_turn())
                    # What came in the meantime is published once somebody can hear of it.
                    Archive(one.root).append(snapshot(NOW.date(), NOW, dataset=Dataset.SPLITS))
                    server.start()
                    async with asyncio.timeout(PATIENCE):
                        await asking
                    await until(lambda: two.vintages() == one.vintages())
                    assert len(two.vintages()) == 2
                    assert (one.turns, two.turns) == (1, 0)
                    await until(lambda: not said_of(two.root).complaint)


async def test_what_one_member_looks_at_and_wishes_reaches_the_poller_once(tmp_path):
    with desk_server(tmp_path) as server:
        one, two = (Member(tmp_path / name, server.address) for name in ("one", "two"))
        heard: list[object] = []
        one.seat.granted = heard.append
        async with seated(one):
            await until(lambda: one.holds)
            async with seated(two):
                note = AttentionNote(two.root)
                note.write(Attention(watched=("GME",), viewed=("AMC",)))
                put_wish(two.root, PollNow(feed="nasdaq_screener"))
                await until(lambda: Attention(watched=("GME",), viewed=("AMC",)) in one.attention.elsewhere)
                await until(lambda: heard)
                note.close()
        assert heard == [PollNow(feed="nasdaq_screener")]
        assert desk_words(server, "XLEN", ASKS) <= 1


def test_own_lists_are_not_among_what_is_sent():
    from tui.polling.names_in_view import NamesInView

    class Listing:
        """A monitor that shows nothing, whose user has a list."""

        board = None

        def symbol_in_view(self):
            return "AMC"

        def listed_symbols(self):
            raise AssertionError("nobody is to ask")

    stage: Any = Listing()
    assert NamesInView(stage, with_lists=False).attention() == Attention(watched=("AMC",), viewed=("AMC",))


def test_the_program_without_a_desk_imports_no_redis(repository, tmp_path):
    code = """
import sys
import tui.app, tui.command_line, tui.polling.fresh_market, tui.polling.in_back_office, tui.polling.assembly
import tui.sources.load, tui.commands.doctor, tui.commands.record, tui.commands.followed_market
assert not [name for name in sys.modules if name.partition(".")[0] == "redis"], "it does"
assert "providers.desk.connection" not in sys.modules
assert "tui.polling.desk_seat" not in sys.modules
"""
    environment = {**os.environ, "PYTHONPATH": str(repository), "SHORTSIDE_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=PATIENCE)


def test_an_entry_says_nothing_but_what_its_record_has():
    from providers.desk.entries import Ask

    assert set(msgspec.json.decode(msgspec.json.encode(Ask(member="a" * 32)))) == {
        "type", "schema", "member", "wish", "attention",
    }  # fmt: skip
