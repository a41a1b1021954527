"""The reference replay server as a process of its own, on loopback, one for a whole test session."""

import atexit
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from waiting import PATIENCE, line_within

NOW = "2023-09-07T17:30:00-04:00"
# The server ends when our end of its standard input closes, so it outlives no test run, not even a killed one.
WATCHED = """
import os, runpy, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
"""
_running: dict[tuple[str, ...], "ReplayServer"] = {}


class ReplayServer:
    """Answers as the providers did at a virtual moment; see the reference material's replay/README.md."""

    def __init__(self, script: Path, options: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WATCHED, str(script), "--port", "0", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        first = line_within(self._process.stdout)
        if not first.strip().isdigit():
            self.stop()
            pytest.skip(f"the replay server did not start; it said {first!r}")
        self.port = int(first)
        self.ftp_port = int(line_within(self._process.stdout)) if "--ftp-port" in options else None

    @property
    def upstream(self) -> str:
        """What SHORTSIDE_UPSTREAM would say."""
        return f"http://127.0.0.1:{self.port}"

    def reset(self, now: str = NOW, speed: float = 0) -> None:
        """Set the clock; forget faults and the log."""
        self._control("clock", {"now": now, "speed": speed})
        self._control("faults", method="DELETE")
        self._control("log", method="DELETE")

    def set_clock(self, now: str, speed: float = 0) -> None:
        """Move the virtual moment; New York time unless it has an offset."""
        self._control("clock", {"now": now, "speed": speed})

    def inject(self, *rules: dict[str, Any]) -> None:
        """Replace the fault rules: match, kind, and what the kind needs."""
        self._control("faults", list(rules))

    def log(self, at_least: int = 0) -> list[dict[str, Any]]:
        """Every request since the last reset, once there are so many.

        The server writes a request down after its answer has gone out, so the last one may come a moment late.
        """
        until = time.monotonic() + PATIENCE
        entries: list[dict[str, Any]] = self._control("log")
        while len(entries) < at_least and time.monotonic() < until:
            time.sleep(0.01)
            entries = self._control("log")
        return entries

    def state(self) -> dict[str, Any]:
        """The virtual moment and what is public at it."""
        state: dict[str, Any] = self._control("state")
        return state

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait(PATIENCE)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def _control(self, what: str, body: Any = None, *, method: str | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.upstream}/__replay/{what}", data=data, method=method)
        # Loopback only: a proxy in the environment has no say.
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            return json.load(answer)


def replay_server(shared: Path, *options: str) -> ReplayServer:
    """The session's server with these options, reset; it is started at the first call and stopped at exit.

    Skips where the reference material has none.
    """
    script = shared / "replay" / "server.py"
    if not script.is_file():
        pytest.skip(f"no replay server at {script}")
    if options not in _running:
        server = ReplayServer(script, ["--now", NOW, *options])
        atexit.register(server.stop)
        _running[options] = server
    _running[options].reset()
    return _running[options]


def stop_server(*options: str) -> None:
    """End the server of these options, which nobody else wants; each holds the whole market in memory."""
    if (server := _running.pop(options, None)) is not None:
        server.stop()
