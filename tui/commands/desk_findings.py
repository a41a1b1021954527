"""What `shortside doctor` finds out about a desk: whether it answers, who polls for it, and what is on it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from providers.catalog import KeyName
from providers.desk.address import desk_address
from providers.desk.layout import DESK_SCHEMA, LEASE, NOTE, SCHEMA, VINTAGES
from providers.errors import ProviderError, shortened
from tui.clock import Clock, system_clock
from tui.commands.findings import Finding, failure, ok, warning
from tui.extras import how_to_install

if TYPE_CHECKING:
    from providers.desk.connection import DeskConnection
    from providers.keyed.keys import Keys

CLOCK_DIFFERENCE_WARNED_OF: Final = timedelta(seconds=5)
CLOCK_DIFFERENCE_FAILED: Final = timedelta(seconds=30)
"""A machine whose clock differs by more does not poll for the desk."""
MEGABYTE: Final = 2**20
_ADVICE: Final = "see that its server runs, and who may log in: docs/desk.md"


async def desk_findings(address: str, keys: Keys, clock: Clock) -> list[Finding]:
    """Look at the desk that is configured; everything but its address and password in words.

    Args:
        address: of its server.
        keys: where its password may be.
        clock: the present moment.
    """
    from providers.desk.connection import EXTRA_WORDS, GARBLED, DeskConnection, is_installed

    if not is_installed():
        return [failure("desk", EXTRA_WORDS, how_to_install("desk"))]
    try:
        found = keys.find(KeyName.DESK_PASSWORD)
        async with DeskConnection(desk_address(address), None if found is None else found[0]) as connection:
            return [
                await _version(connection),
                await _poller(connection),
                await _contents(connection),
                await _clock(connection, clock),
                *await _memory(connection),
            ]
    except ProviderError as error:
        return [failure("desk", str(error), _ADVICE)]
    # Answers of the right form with something else in them, as where a key is none, or a number is a word.
    except GARBLED as error:
        words = f"{desk_address(address).words} answers as no server of its kind does ({type(error).__name__})"
        return [failure("desk", words, _ADVICE)]


async def _version(connection: DeskConnection) -> Finding:
    schema = (await connection.contents([(DESK_SCHEMA, 64)]))[0].decode("ascii", "replace")
    way = "encrypted" if connection.address.is_encrypted else "not encrypted"
    if schema not in ("", SCHEMA):
        words = f"{connection.address.words} is written as {shortened(schema)}, and this program writes {SCHEMA}"
        return failure("desk", words, "use one version of shortside at a desk, or empty its server")
    return ok("desk", f"{connection.address.words} answers, {way}")


async def _poller(connection: DeskConnection) -> Finding:
    from providers.desk.standing import poller_of
    from tui.polling.desk_seat import POLLER_NOTE

    held, note = await connection.contents([(LEASE, 256), (NOTE + POLLER_NOTE, 4_096)])
    poller = poller_of(note)
    if not held:
        return ok("desk", "nobody polls for it now")
    number = held.decode("ascii", "replace").partition(":")[0]
    return ok("desk", f"{poller.words if poller else 'somebody'} polls for it, fencing number {shortened(number)}")


async def _contents(connection: DeskConnection) -> Finding:
    count = await connection.count(VINTAGES)
    return ok("desk", f"{count:,} vintages are announced on it")


async def _clock(connection: DeskConnection, clock: Clock) -> Finding:
    if clock is not system_clock:
        return ok("desk", "the program's clock is set, so it is not compared with the server's")
    ahead = clock().timestamp() - await connection.server_seconds()
    words = f"its server's clock and this one differ by {abs(ahead):.1f} s"
    advice = "set both by the network: one that is far off does not poll"
    if abs(ahead) > CLOCK_DIFFERENCE_FAILED.total_seconds():
        return failure("desk", words, advice)
    return (
        warning("desk", words, advice) if abs(ahead) > CLOCK_DIFFERENCE_WARNED_OF.total_seconds() else ok("desk", words)
    )


async def _memory(connection: DeskConnection) -> list[Finding]:
    """What the server says of its memory, where it tells this user."""
    from providers.desk.connection import DeskRefusedError

    try:
        facts = await connection.facts("memory")
    except DeskRefusedError:
        return [ok("desk", "its server does not tell this user how much memory it uses")]
    used, most = (int(facts.get(name, 0)) / MEGABYTE for name in ("used_memory", "maxmemory"))
    policy = shortened(str(facts.get("maxmemory_policy", "")))
    words = f"its server uses {used:,.0f} MB{f' of {most:,.0f}' if most else ''}"
    if most and policy not in ("noeviction", ""):
        return [warning("desk", f"{words} and may throw vintages away ({policy})", "maxmemory-policy noeviction")]
    return [ok("desk", words)]
