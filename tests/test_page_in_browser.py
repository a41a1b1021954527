"""The page of `shortside serve` in a real browser, where Chromium is installed."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browser import CHROMIUM, running_browser
from waiting import PATIENCE, line_within, started

TOKEN = "a token for the tests"[2:].replace(" ", "-")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.terminal,
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (apt-get install chromium)"),
]


@contextmanager
def served(home: Path, port: int = 0) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The demo on a page that wants the token, with the server's process and port."""
    environment = {**os.environ, "SHORTSIDE_HOME": str(home), "SHORTSIDE_PAGE_TOKEN": TOKEN, "COLUMNS": "80"}
    command = [sys.executable, "-m", "tui", "serve", "--port", str(port), "--source", "demo", "--theme", "day"]
    with started(command, stdout=subprocess.PIPE, env=environment) as process:
        found = re.search(r":(\d+)/", line_within(process.stdout))
        assert found is not None
        yield process, int(found[1])


async def test_two_browsers_see_the_demo_each_where_he_left_it_and_nobody_without_the_token(tmp_path):
    async with running_browser(tmp_path / "profile") as browser:
        one, other = await browser.visitor(), await browser.visitor(1000, 640)
        with served(tmp_path / "home") as (process, port):
            address = f"http://127.0.0.1:{port}/"
            await one.go(f"{address}?token=another-token-than-that")
            assert "wants its token" in await one.until("document.body.innerText")
            assert await one.value(f"fetch('{address}ws').then((answer) => answer.status)") == 401
            # Typed into the form, and as a link: neither leaves the token in the address.
            await one.value(
                f"document.querySelector('input').value = '{TOKEN}'; document.querySelector('form').submit()"
            )
            await other.go(f"{address}?token={TOKEN}")
            first = await one.until_shown("1/6,")
            assert "SIM" in first
            assert "Short P&L by cap tier" in first
            assert "YTD" in first
            await other.until_shown("1/6,")
            assert await one.value("location.href") == await other.value("location.href") == address
            # The page's margins have the background of the theme.
            assert (
                await one.until("document.documentElement.style.getPropertyValue('--ground')") == "rgb(250, 250, 247)"
            )

            await one.press("ArrowDown")
            await one.press("w")
            await one.until_shown("2/6,")
            wide, narrow = await one.until_shown("· 1Y ·"), await other.until_shown("· YTD ·")
            assert max(map(len, wide.splitlines())) > 120 > max(map(len, narrow.splitlines()))
            # What a page has of its own: a clipboard, and no shell behind it.
            await one.value("Clipboard.prototype.writeText = async (text) => { window.copied = text; }; 1")
            await one.press("y")
            assert re.search(rf"▸ +\d* *{re.escape(await one.until('window.copied'))} ", wide)
            await one.press("z", with_control=True)
            await one.until_shown("there is no shell behind a page")
            process.send_signal(signal.SIGKILL)
            await one.until("document.getElementById('reason').textContent.includes('lost')")
            # In dark letters, on the light ground of the theme.
            assert await one.value("getComputedStyle(document.getElementById('reason')).color") == "rgb(28, 30, 34)"
        with served(tmp_path / "home", port) as (process, _):
            # Both look for it by themselves.
            await one.until_shown("2/6,")
            before = (await one.until_shown("· 1Y ·")).splitlines()
            await one.resize(1280, 480)
            await one.until("document.querySelector('.xterm-screen').clientHeight <= 480")
            after = (await one.until_shown("2/6,")).splitlines()
            assert len(after) < len(before)
            assert "1Y" not in await other.until_shown("· YTD ·")
            await other.press("q")
            assert "You left the monitor" in await other.until("document.getElementById('reason').textContent")
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, PATIENCE) == 143
        assert {re.sub(r"^(\w+://[^/:]+).*", r"\1", one) for one in browser.requests} == {"http://127.0.0.1"}
