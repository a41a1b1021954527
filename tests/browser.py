"""Drives a headless Chromium by its DevTools protocol: opens pages as visitors of their own, types, and looks."""

import asyncio
import base64
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from waiting import PATIENCE, OverdueError

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
)
KEYS = {"ArrowDown": 40, "ArrowUp": 38, "Enter": 13, "Escape": 27}


class Page:
    """One page, with the cookies of its visitor."""

    def __init__(self, browser: "Browser", session: str) -> None:
        self._browser, self._session = browser, session

    async def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        return await self._browser.ask(method, self._session, **parameters)

    async def go(self, address: str) -> None:
        await self.ask("Page.navigate", url=address)

    async def value(self, expression: str) -> Any:
        answer = await self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return answer["result"].get("value")

    async def until(self, expression: str) -> Any:
        """What an expression of the page says, as soon as that is anything."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while asyncio.get_running_loop().time() < deadline:
            if found := await self.value(expression):
                return found
            await asyncio.sleep(0.1)
        raise OverdueError(f"the page never said {expression}")

    async def press(self, key: str, *, with_control: bool = False) -> None:
        code = KEYS.get(key, ord(key.upper()) if with_control else 0)
        held = {"modifiers": 2} if with_control else {}
        text = {} if code and key != "Enter" else {"text": "\r" if key == "Enter" else key}
        await self.ask("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, **text, **held)
        await self.ask("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code, **held)

    async def shown(self) -> str:
        """The text of the terminal on the page: it is selected with the mouse, and read where a copy would find it."""
        width, height = await self.value("[innerWidth, innerHeight]")
        for kind, x, y in (("Pressed", 2, 2), ("Moved", width - 3, height - 12), ("Released", width - 3, height - 12)):
            # With shift, or the monitor would be told of the mouse.
            await self.ask(
                "Input.dispatchMouseEvent", type=f"mouse{kind}", x=x, y=y, button="left", buttons=1, modifiers=8,
                clickCount=1,
            )  # fmt: skip
        menu = "new MouseEvent('contextmenu', {bubbles: true, cancelable: true, clientX: 9, clientY: 9})"
        await self.value(f"document.querySelector('.xterm-screen').dispatchEvent({menu})")
        return str(await self.value("document.querySelector('.xterm-helper-textarea').value"))

    async def until_shown(self, words: str) -> str:
        """The text of the terminal, as soon as these words are in it."""
        deadline, text = asyncio.get_running_loop().time() + PATIENCE, ""
        while asyncio.get_running_loop().time() < deadline:
            if await self.value("!!document.querySelector('.xterm-screen')") and words in (text := await self.shown()):
                return text
            await asyncio.sleep(0.2)
        raise OverdueError(f"{words!r} never came; the page shows:\n{text}")

    async def resize(self, width: int, height: int) -> None:
        await self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    async def picture(self, file: Path) -> None:
        answer = await self.ask("Page.captureScreenshot", format="png")
        _keep(file, base64.b64decode(answer["data"]))

    async def close(self) -> None:
        await self.ask("Page.close")


class Browser:
    """A Chromium that listens."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket, self._count = socket, 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.requests: list[str] = []
        """Every address that any page asked for."""

    async def listen(self) -> None:
        async for message in self._socket:
            answer = json.loads(message.data)
            if answer.get("method") == "Network.requestWillBeSent":
                self.requests.append(answer["params"]["request"]["url"])
            waiting = self._waiting.pop(answer.get("id", 0), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(answer)

    async def ask(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        self._waiting[self._count] = answered = asyncio.get_running_loop().create_future()
        message = {"id": self._count, "method": method, "params": parameters}
        await self._socket.send_json(message | ({"sessionId": session} if session else {}))
        async with asyncio.timeout(PATIENCE):
            answer = await answered
        assert "error" not in answer, answer
        result: dict[str, Any] = answer.get("result", {})
        return result

    async def visitor(self, width: int = 1280, height: int = 800) -> Page:
        """An empty page of somebody who was never here."""
        context = (await self.ask("Target.createBrowserContext"))["browserContextId"]
        target = await self.ask("Target.createTarget", url="about:blank", browserContextId=context)
        session = await self.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = Page(self, session["sessionId"])
        await page.ask("Network.enable")
        await page.ask("Page.enable")
        await page.resize(width, height)
        return page


@asynccontextmanager
async def running_browser(folder: Path) -> AsyncIterator[Browser]:
    """A Chromium with a new profile in an empty folder, which is gone at the end with all its processes."""
    assert CHROMIUM is not None
    nowhere = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *(CHROMIUM, *FLAGS, f"--user-data-dir={folder}", "about:blank"),
        stdout=nowhere,
        stderr=nowhere,
        env={**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_CACHE_HOME": str(folder)},
        start_new_session=True,
    )
    try:
        port, path = await _listening(folder / "DevToolsActivePort")
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(f"ws://127.0.0.1:{port}{path}", max_msg_size=0) as socket,
        ):
            browser = Browser(socket)
            listening = asyncio.create_task(browser.listen())
            try:
                yield browser
            finally:
                listening.cancel()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        async with asyncio.timeout(PATIENCE):
            await process.wait()


async def _listening(file: Path) -> tuple[str, str]:
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < deadline:
        if len(lines := _words_in(file)) == 2:
            return lines[0], lines[1]
        await asyncio.sleep(0.05)
    raise OverdueError("Chromium does not listen")


def _words_in(file: Path) -> list[str]:
    return file.read_text().split() if file.exists() else []


def _keep(file: Path, picture: bytes) -> None:
    file.write_bytes(picture)
