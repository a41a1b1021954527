"""Speaks the Model Context Protocol over standard input and output: a tool for every document, all read only."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from functools import partial
from typing import Any, BinaryIO, Final, cast

import anyio
import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from tui import __version__
from tui.assistant.answers import DocumentTeller, ToldDocument, line_of_document, offered_documents
from tui.assistant.schemas import description, input_schema, output_schema
from tui.documents.kind import DocumentKind
from tui.errors import OutputError

LONGEST_LINE: Final = 1_048_576
"""Bytes of one message; what is longer is passed over, and only so much of it is ever held."""
INSTRUCTIONS = """\
Figures of the short side of US shares, made by the terminal monitor shortside: what short sellers earned (gross,
mark-to-market, price only), what they bet anew, who is crowded, hard to borrow, or squeezed.

Short interest is published twice a month, days after its settlement. Positions on every other day are estimates, and
so is all that rests on them: `measured_to` is the last settlement, `positions` the method, and documents have bands.
`known` says whether they are as published by that day or revised. `inputs` say how old each input is, and whether it is
late. null is unknown, never zero. Money is US dollars, ratios are fractions, P&L is that of the shorts: positive is
money made by them.

Where `simulated` is true the market is made up: say so whenever you name a figure of it. Name the sources that each
answer names. These are figures, no advice.
"""


def make_server(answers: DocumentTeller, *, with_book: bool) -> Server[Any]:
    """A server that offers every document, and changes nothing.

    Args:
        answers: makes the documents.
        with_book: whether what is the user's own is offered, too.
    """
    tools = [_tool(kind, with_book=with_book) for kind in offered_documents(with_book=with_book)]

    async def list_tools(
        _context: ServerRequestContext[Any], _parameters: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=tools)

    async def call_tool(
        _context: ServerRequestContext[Any], parameters: types.CallToolRequestParams
    ) -> types.CallToolResult:
        ask = partial(answers.answer, parameters.name, parameters.arguments or {})
        return _result(await _in_thread(ask))

    return Server(
        "shortside",
        version=__version__,
        title="shortside: the US short side",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _tool(kind: DocumentKind, *, with_book: bool) -> types.Tool:
    return types.Tool(
        name=kind.name,
        title=kind.title,
        description=description(kind),
        input_schema=input_schema(kind, with_book=with_book),
        output_schema=output_schema(kind),
        annotations=types.ToolAnnotations(
            title=kind.title, read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )


def _result(answer: ToldDocument) -> types.CallToolResult:
    words: list[types.ContentBlock] = [types.TextContent(type="text", text=one) for one in answer.words]
    if answer.document is None:
        return types.CallToolResult(content=words, is_error=True)
    # As text, too: not every client reads the structure.
    text = types.TextContent(type="text", text=line_of_document(answer.document))
    return types.CallToolResult(content=[text, *words], structured_content=answer.document)


async def _in_thread(ask: partial[ToldDocument]) -> ToldDocument:
    """Have a thread answer, so that pings are answered meanwhile; the end of the program does not wait for it."""
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[ToldDocument] = loop.create_future()

    def settle(answer: ToldDocument) -> None:
        # Whoever asked may have given up.
        if not answered.done():
            answered.set_result(answer)

    def work() -> None:
        answer = ask()
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, answer)

    threading.Thread(target=work, name="answer", daemon=True).start()
    return await answered


class WireLines:
    """Lines of a pipe as text, no longer than a message may be.

    Args:
        wire: what they are read from.
    """

    def __init__(self, wire: BinaryIO) -> None:
        self._wire = wire

    def readline(self) -> str:
        """The next line; an empty one in place of one that is too long, and nothing at the end."""
        line = self._wire.readline(LONGEST_LINE)
        if len(line) < LONGEST_LINE:
            return line.decode("utf-8", "replace")
        while line and not line.endswith(b"\n"):
            line = self._wire.readline(LONGEST_LINE)
        return "\n"


def lines_of_standard_input() -> WireLines:
    """What comes in on standard input, which nobody else reads from now on."""
    wire = os.fdopen(os.dup(0), "rb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return WireLines(wire)


async def speak(server: Server[Any]) -> None:
    """Speak with whoever started us until standard input ends, or nobody reads what we say.

    Raises:
        OutputError: standard output takes nothing, as on a full disk.
    """
    # What the protocol's library notes of a line that is no message is nothing for whoever reads our errors.
    logging.getLogger("mcp").setLevel(logging.CRITICAL)
    lines = cast("anyio.AsyncFile[str]", anyio.wrap_file(cast("Any", lines_of_standard_input())))
    complaint = ""
    try:
        async with stdio_server(stdin=lines) as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())
    except* BrokenPipeError:
        # The assistant has gone, and nothing is kept that it would miss.
        pass
    except* OSError as errors:
        first: BaseException = errors
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        complaint = f"what is answered cannot be written: {first}"
    if complaint:
        raise OutputError(complaint)
