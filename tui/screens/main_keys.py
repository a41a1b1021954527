"""What the key line of the main screen names: before the market, with it, and in a side pane."""

from __future__ import annotations

from tui.screens.panels import PANELS
from widgets.feeds import FeedsPanel

FEEDS_DIGIT = [place.panel for place in PANELS].index(FeedsPanel) + 1
"""The built-in key of the panel that says what is wrong with a feed."""
MAIN_KEYS = (
    ("{view.window:w}", "window"),
    ("{view.basis:b}", "basis"),
    ("{view.positions:p}", "shares"),
    ("{tiers.rollup:t}", "roll-up"),
    ("{names.sort:s}", "sort"),
    ("{names.filter:/}", "filter"),
    ("{table.choose:⏎}", "open"),
    ("{app.help:?}", "keys"),
    ("{app.quit:q}", "quit"),
    ("{names.lists:L}", "lists"),
    ("{names.on_list:a}", "on list"),
    ("{names.next:]}", "next"),
    ("{app.explain:i}", "explain"),
    ("{app.doubtful:x}", "doubtful"),
    ("{names.published:P}", "published"),
    ("{view.knowledge:v}", "vintage"),
    ("{names.compare:=}", "compare"),
    ("{past.back:<} {past.on:>}", "past"),
    (f"{{panel.1:1}}-{{panel.{len(PANELS)}:{len(PANELS)}}}", "panels"),
    ("{names.columns:c}", "columns"),
    ("{names.my_book:B}", "my book"),
    ("{names.tables:M}", "tables"),
    ("{names.borrow:C}", "borrow"),
    ("{export.open:X}", "export"),
    ("{app.commands:^p}", "commands"),
)
UNSEEN_PUBLICATION_KEYS = (("{names.published:P}", "PUBLISHED"),)
"""What stands first among the keys while a publication has arrived that nobody has looked at."""
OPEN_IN_TABLE, OPEN_IN_LIST = ("{table.choose:⏎}", "open"), ("{list.choose:⏎}", "open")
"""What opens a row of the table of names, and of any other panel."""
PANE_KEYS = (
    ("{table.choose:⏎}", "open"),
    ("{names.filter:/}", "filter"),
    ("{view.window:w}", "window"),
    ("{app.help:?}", "keys"),
    ("{app.quit:q}", "quit"),
    ("{names.sort:s}", "sort"),
)
"""The keys a side pane names, which has room for four or five."""
