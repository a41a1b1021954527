"""A real sshd on loopback, with keys of its own, that lets the user of the tests in and nobody else."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from waiting import PATIENCE, line_within, started

SBIN: Final = "/usr/sbin:/usr/local/sbin:/usr/lib/ssh"
"""Where sshd stands, which is on nobody's path but root's."""
PRIVILEGE_FOLDER: Final = Path("/run/sshd")
"""Without it no sshd of root's starts on Debian; installing the package makes it, or the first boot afterwards."""
TRIES: Final = 3
"""A port that was free may be taken before sshd has it."""


class SshServer:
    """A running sshd, and how to reach it.

    Args:
        folder: holds its keys.
        port: on 127.0.0.1.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port

    def command(self, remote: Sequence[str]) -> list[str]:
        """What runs a program at the far end, on a terminal of its own there."""
        options = {
            "BatchMode": "yes", "IdentitiesOnly": "yes", "LogLevel": "ERROR", "StrictHostKeyChecking": "yes",
            "UserKnownHostsFile": str(self.folder / "known_hosts"), "ConnectTimeout": "20",
        }  # fmt: skip
        words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        user = pwd.getpwuid(os.getuid()).pw_name
        key = str(self.folder / "user_key")
        return [tool("ssh"), "-tt", "-F", "none", *words, "-i", key, "-p", str(self.port), f"{user}@127.0.0.1", *remote]


def tool(name: str) -> str:
    """The path of a program of OpenSSH; skips the test where it is not installed."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{SBIN}")
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: openssh-server, openssh-client)")
    return found


@contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """A server that takes connections from now on; skips the test where it cannot be had."""
    sshd, keygen = tool("sshd"), tool("ssh-keygen")
    if os.getuid() == 0 and not PRIVILEGE_FOLDER.is_dir() and PRIVILEGE_FOLDER.parent.is_dir():
        pytest.skip(f"root's sshd does not start without {PRIVILEGE_FOLDER}")
    for name in ("host_key", "user_key"):
        command = [keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True, timeout=PATIENCE)
    (folder / "authorized_keys").write_text((folder / "user_key.pub").read_text())
    said = ""
    for _ in range(TRIES):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {(folder / 'host_key.pub').read_text()}")
        (folder / "sshd_config").write_text(_configuration(folder, port))
        command = [sshd, "-D", "-e", "-f", str(folder / "sshd_config")]
        with started(command, stderr=subprocess.PIPE) as process:
            said = line_within(process.stderr)
            if "Server listening" in said:
                yield SshServer(folder, port)
                return
    raise AssertionError(f"sshd did not start: {said}")


def _configuration(folder: Path, port: int) -> str:
    """What sshd may do: keys only, and no word of the client's environment but TERM, which comes with the terminal."""
    return f"""
ListenAddress 127.0.0.1
Port {port}
HostKey {folder / "host_key"}
AuthorizedKeysFile {folder / "authorized_keys"}
PidFile {folder / "sshd.pid"}
AuthenticationMethods publickey
PermitRootLogin prohibit-password
# Its folder is made by the test, under folders that anybody may write to.
StrictModes no
UsePAM no
PermitUserRC no
PrintMotd no
PrintLastLog no
"""
