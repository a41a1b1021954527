"""Looks at the market with every rule, and says what rang. Runs in a thread; one look at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from providers.events import Events
from shortside.alerts.crossings import NOBODY, answers, crossed, moved
from shortside.alerts.memory import RuleMemory
from shortside.alerts.quiet import is_silent, is_within, silence_since
from shortside.alerts.reading import BOOK, LIST, THRESHOLD_ENTERED
from shortside.alerts.rules import (
    Change,
    CountMoving,
    Crossing,
    Doubtful,
    FeedDark,
    FigureMoving,
    NamesCrossing,
    Published,
    Rule,
    SumCrossing,
)
from shortside.arrays.ranked_values import unknown_last
from shortside.conditions.answers import Answers
from shortside.conditions.errors import ConditionError
from shortside.conditions.labels import Labels
from shortside.conditions.matching import Memberships, TruthOfNames
from shortside.conditions.syntax import Comparison
from shortside.datasets import Dataset
from shortside.listings import Flags, Indexes
from shortside.named_windows import WindowError
from shortside.positions import Knowledge
from shortside.tiers import TierBasis
from shortside.view import View
from tui.alerts.figures_in_words import MOST_NAMED, figure_words, first_few, moved_words, names_words
from tui.alerts.rule_tables import Alert
from tui.alerts.seen import Seen, doubts_of_market, rests_on, stale_datasets, withheld
from widgets.name_conditions import NO_LISTS, BoardNames, NameLists, condition_figures, rests_on_fee_paths
from widgets.name_index import NameIndex
from widgets.name_inputs import moves_with_prices

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.market import Market

_events: Final = Events("alerts")
SECONDS_BETWEEN_AGES: Final = 20.0
"""How often it is looked how old the inputs are."""
FORESEEN: Final = (WindowError, ConditionError, LookupError)
"""What a rule comes to whose window, words or list this market does not have."""
SESSIONS_OF_WHO_TRADES: Final = 3
"""A name that had a price within so many sessions trades."""
MOST_LACKING: Final = 0.1
"""Which part of the names that trade may lack a price of the session under way, for a sum to be of today."""
MOST_SYMBOLS_TOLD: Final = 200
"""Symbols that are handed to a command or an address; a message counts them all."""


class Ring(NamedTuple):
    """One message: what a rule has to tell."""

    alert: Alert
    at: datetime
    """When, by the program's clock."""
    words: str
    keys: tuple[str, ...]
    """The names, feeds or sums that crossed, the first ones."""
    total: int
    """How many crossed."""

    @property
    def text(self) -> str:
        """The whole message."""
        return f"{self.alert.rule.name}: {self.words}"


class _Told(NamedTuple):
    words: str
    keys: tuple[str, ...]
    total: int


class _Figures:
    """The Board of one window, with the answers kept of it."""

    def __init__(self, board: Board, names: BoardNames) -> None:
        self.board, self.names = board, names
        self.answers = Answers(names, moves_with_prices)
        self._quoted: Flags | None = None

    @property
    def quoted(self) -> Flags:
        """(N,) names whose price is of the last session; the same array until something moves."""
        if self._quoted is None:
            self._quoted = ~self.board.is_stale
        return self._quoted

    @property
    def are_mostly_quoted(self) -> bool:
        """Whether sums and counts are of today: only few of the names that trade lack the session's price."""
        trade = self.board.market.last_priced >= len(self.board.market.sessions) - SESSIONS_OF_WHO_TRADES
        lacking = np.count_nonzero(trade & ~self.quoted)
        return bool(lacking <= MOST_LACKING * np.count_nonzero(trade))

    def moved(self) -> None:
        """Forget what rests on figures that move."""
        self._quoted = None
        self.names.moved()
        self.answers.moved()


class RuleWatch:
    """The rules of one monitor, and what each told last.

    Args:
        alerts: the rules.
        memories: what each told last, by its name.
    """

    def __init__(self, alerts: Iterable[Alert], memories: Mapping[str, RuleMemory]) -> None:
        self.alerts = tuple(alerts)
        self.memories = dict(memories)
        self._rests_on_quotes = {
            alert.rule.name: Dataset.PRICES in rests_on(alert.rule) and Doubtful.STALE not in alert.rule.also
            for alert in self.alerts
        }
        self._wants_fees = any(alert.is_on and rests_on_fee_paths(alert.rule.text) for alert in self.alerts)
        self._texts = {alert.rule.name: alert.rule.text for alert in self.alerts}
        self.withheld: dict[str, str] = {}
        """Why a rule was not looked at last, by its name."""
        self.complaints: list[str] = []
        """What went wrong since this was asked last."""
        self._failed: dict[str, str] = {}
        self._market: Market | None = None
        self._index: NameIndex | None = None
        self._symbols: tuple[str, ...] = ()
        self._figures: dict[tuple[str, Knowledge], _Figures] = {}
        self._stale: frozenset[Dataset] = frozenset()
        self._stale_at: datetime | None = None
        self._lists: NameLists = NO_LISTS
        self._checked: set[str] = set()
        """The rules whose words this market knows."""
        self._unmoved: dict[str, tuple[object, ...]] = {}
        """What a rule compared last with nothing left to tell, by its name."""

    @property
    def is_changed(self) -> bool:
        """Whether something was learned since it was last kept."""
        return any(memory.is_changed for memory in self.memories.values())

    def look(self, seen: Seen, columns: Indexes = NOBODY, is_rescored: bool = False) -> list[Ring]:
        """What rings now.

        Args:
            seen: the market.
            columns: the names whose prices moved since the last look, by their columns.
            is_rescored: whether crowding was ranked anew since.
        """
        self._follow(seen, columns, is_rescored)
        self._read_fees(seen)
        of_market, stale = doubts_of_market(seen), self._stale_now(seen)
        rings = []
        for alert in self.alerts:
            rule = alert.rule
            # Whatever one rule comes to, the others and the figures go on.
            try:
                ring = self._look(alert, seen, withheld(rule, of_market, stale))
            except Exception as error:
                self._fail(rule, error)
            else:
                self._failed.pop(rule.name, None)
                if ring is not None:
                    rings.append(ring)
        return rings

    def _read_fees(self, seen: Seen) -> None:
        """Have fees over time read where a rule wants them, before it is looked at: unknown is not untrue."""
        paths = seen.loaded.desk.fee_paths
        if self._wants_fees:
            paths.wanted()
        if paths.fill():
            self._unmoved.clear()
            for figures in self._figures.values():
                figures.moved()

    def _fail(self, rule: Rule, error: Exception) -> None:
        is_foreseen = isinstance(error, FORESEEN)
        words = str(error) if is_foreseen else f"{type(error).__name__}: {error}"
        self.withheld[rule.name] = words
        if self._failed.get(rule.name) != words:
            self._failed[rule.name] = words
            (_events.warning if is_foreseen else _events.error)("failed", rule=rule.name, reason=words)
            self.complaints.append(f"alert {rule.name} cannot be looked at: {words}")

    def _look(self, alert: Alert, seen: Seen, reason: str) -> Ring | None:
        rule = alert.rule
        if not alert.is_on:
            # Switched on again, it starts anew: nobody wants to hear of what was meanwhile.
            if self.memories.pop(rule.name, None) is not None:
                self._unmoved.pop(rule.name, None)
            return None
        self.withheld[rule.name] = reason
        if reason:
            return None
        memory = self._memory(rule)
        memory.told_at = silence_since(memory.told_at, seen.now)
        may_tell = not is_silent(memory.told_at, rule.cooldown, seen.now) and not (
            rule.quiet is not None and rule.quiet.hold(seen.now, seen.here)
        )
        told = self._told(rule, memory, seen, may_tell)
        if told is None:
            return None
        memory.told_at, memory.is_changed = seen.now, True
        return Ring(alert, seen.now, told.words, told.keys, told.total)

    def _memory(self, rule: Rule) -> RuleMemory:
        memory, text = self.memories.get(rule.name), self._texts[rule.name]
        if memory is None or memory.text != text:
            memory = self.memories[rule.name] = RuleMemory(text)
            memory.is_changed = True
            self._unmoved.pop(rule.name, None)
        return memory

    # -- the market -----------------------------------------------------------------------------------------------

    def _follow(self, seen: Seen, columns: Indexes, is_rescored: bool) -> None:
        """Bring the Boards to the present moment."""
        market = seen.loaded.market
        if market is not self._market:
            self._market, self._index = market, NameIndex(market)
            self._symbols = tuple(map(str, market.symbols))
            self._lists = seen.lists
            self._figures.clear()
            self._checked.clear()
            self._unmoved.clear()
            self._stale_at = None
            return
        are_other_lists = seen.lists is not self._lists and seen.lists != self._lists
        for key, figures in list(self._figures.items()):
            if len(columns):
                figures.board.follow(columns)
            if is_rescored:
                figures.board.take_scores()
            if len(columns) or is_rescored:
                figures.moved()
            if are_other_lists:
                self._figures[key] = self._figures_on(figures.board, seen.lists)
        self._lists = seen.lists
        if are_other_lists:
            self._checked.clear()
            self._unmoved.clear()

    def _of(self, rule: Rule, seen: Seen) -> _Figures:
        """The figures a rule speaks of; its window's, by the same tiers and estimates whatever the screen shows.

        Raises:
            WindowError: the market has no such window.
        """
        hindsight = Doubtful.HINDSIGHT in rule.also and seen.loaded.knowledge is Knowledge.REVISED
        key = rule.window, Knowledge.REVISED if hindsight else Knowledge.AS_KNOWN
        if key not in self._figures:
            view = View(window=rule.window, basis=TierBasis.END, knowledge=key[1])
            self._figures[key] = self._figures_on(seen.loaded.desk.board(view), seen.lists)
        figures = self._figures[key]
        if rule.name not in self._checked:
            self._require_known(rule, figures.names)
            self._checked.add(rule.name)
        return figures

    def _figures_on(self, board: Board, lists: NameLists) -> _Figures:
        assert self._index is not None
        return _Figures(board, BoardNames(board, self._index, lists))

    @staticmethod
    def _require_known(rule: Rule, names: BoardNames) -> None:
        """Let a rule pass whose words this market knows: its tiers, its sectors, the user's lists.

        Raises:
            ConditionError: there is no such word.
        """
        if isinstance(rule.subject, NamesCrossing | CountMoving) and rule.when.casefold() != THRESHOLD_ENTERED:
            names.condition(rule.when)
        if rule.among is not None:
            names.condition(rule.among_words)

    def _stale_now(self, seen: Seen) -> frozenset[Dataset]:
        if not is_within(SECONDS_BETWEEN_AGES, self._stale_at, seen.now):
            self._stale, self._stale_at = stale_datasets(seen), seen.now
        return self._stale

    # -- what each kind of rule tells -----------------------------------------------------------------------------

    def _told(self, rule: Rule, memory: RuleMemory, seen: Seen, may_tell: bool) -> _Told | None:
        match rule.subject:
            case NamesCrossing() as subject:
                return self._names(rule, subject, memory, seen, may_tell)
            case FigureMoving() as subject:
                return self._figure(rule, subject, memory, seen, may_tell)
            case CountMoving() as subject:
                return self._count(rule, subject, memory, seen, may_tell)
            case Published() as subject:
                return self._published(rule, subject, memory, seen, may_tell)
            case FeedDark() as subject:
                return self._dark(subject, memory, seen, may_tell)
            case SumCrossing() as subject:
                return self._sum(rule, subject, memory, seen, may_tell)

    def _names(
        self, rule: Rule, subject: NamesCrossing, memory: RuleMemory, seen: Seen, may_tell: bool
    ) -> _Told | None:
        figures = self._of(rule, seen)
        answer, among = figures.answers.of(subject.condition), self._among(rule, figures)
        quoted = self._quoted(rule, figures)
        compared = answer.is_true, among, quoted
        if self._is_as_before(rule, compared):
            return None
        if Doubtful.MISSING in rule.also:
            answer = TruthOfNames(answer.is_true, ~answer.is_true)
        memory.align(self._symbols)
        places = crossed(memory, answer, subject.crossing, among=_both(among, quoted), may_tell=may_tell)
        if may_tell:
            self._unmoved[rule.name] = compared
        if not len(places):
            return None
        symbols = self._largest_first(figures.board, places)
        return _Told(names_words(rule, symbols), tuple(symbols[:MOST_SYMBOLS_TOLD]), len(symbols))

    def _is_as_before(self, rule: Rule, compared: tuple[object, ...]) -> bool:
        """Whether a rule was told all that there is to tell of the very same answers."""
        before = self._unmoved.get(rule.name)
        return before is not None and all(one is other for one, other in zip(before, compared, strict=True))

    def _figure(
        self, rule: Rule, subject: FigureMoving, memory: RuleMemory, seen: Seen, may_tell: bool
    ) -> _Told | None:
        figures = self._of(rule, seen)
        values, among = figures.answers.figures(subject.figure), self._among(rule, figures)
        # A vector that moves is the same array before and after.
        quoted = self._quoted(rule, figures)
        compared = figures.answers.revision_of(subject.figure), among, quoted
        if self._is_as_before(rule, compared):
            return None
        if isinstance(values, Labels | Memberships):
            raise TypeError(f"{subject.figure} is words")
        memory.align(self._symbols)
        places, before = moved(memory, values, subject.change, among=_both(among, quoted), may_tell=may_tell)
        if may_tell:
            self._unmoved[rule.name] = compared
        if not len(places):
            return None
        was = dict(zip(places.tolist(), before.tolist(), strict=True))
        ordered = self._in_order(figures.board, places)
        told = [(self._symbols[place], was[place], float(values[place])) for place in ordered[:MOST_NAMED]]
        figure = condition_figures().required(subject.figure, 0)
        words = moved_words(figure.key, figure.kind, told, len(ordered))
        return _Told(words, tuple(self._symbols[place] for place in ordered[:MOST_SYMBOLS_TOLD]), len(ordered))

    def _quoted(self, rule: Rule, figures: _Figures) -> Flags | None:
        """(N,) the names whose price is of today, where a rule rests on prices; None where it does not ask."""
        return figures.quoted if self._rests_on_quotes[rule.name] else None

    def _among(self, rule: Rule, figures: _Figures) -> Flags | None:
        return None if rule.among is None else figures.answers.of(rule.among).is_true

    def _in_order(self, board: Board, places: Indexes) -> list[int]:
        """Names by their short interest, the largest first; unknown ones last."""
        order = np.argsort(unknown_last(board.short_interest[places], descends=True), kind="stable")
        return [int(place) for place in places[order]]

    def _largest_first(self, board: Board, places: Indexes) -> list[str]:
        return [self._symbols[place] for place in self._in_order(board, places)]

    def _count(self, rule: Rule, subject: CountMoving, memory: RuleMemory, seen: Seen, may_tell: bool) -> _Told | None:
        figures = self._of(rule, seen)
        if self._rests_on_quotes[rule.name] and not figures.are_mostly_quoted:
            return None
        is_true, among = figures.answers.of(subject.condition).is_true, self._among(rule, figures)
        found = int(np.count_nonzero(is_true if among is None else is_true & among))
        memory.align(("names",))
        places, before = moved(memory, np.array([float(found)]), subject.change, may_tell=may_tell)
        if not len(places):
            return None
        return _Told(f"{found:,} names, {before[0]:,.0f} before: {rule.when}", (), found)

    def _published(
        self, rule: Rule, subject: Published, memory: RuleMemory, seen: Seen, may_tell: bool
    ) -> _Told | None:
        days = {age.dataset: age.as_of for age in seen.loaded.inputs}
        threshold = seen.loaded.market.threshold
        if threshold is not None:
            days[Dataset.THRESHOLD] = threshold.as_of.astype("datetime64[D]").astype(object)
        day = days.get(subject.dataset)
        if day is None:
            return None
        memory.align((subject.dataset.value,))
        # An older one, as of a day in the past, is none that arrived.
        if day.toordinal() < memory.anchors[0]:
            return None
        places, _ = moved(memory, np.array([float(day.toordinal())]), Change(1, False), may_tell=may_tell)
        if not len(places):
            return None
        words = f"{subject.dataset.value.replace('_', ' ')} of {day.day} {day:%b} arrived"
        if rule.among is None:
            return _Told(words, (subject.dataset.value,), 1)
        figures = self._of(rule, seen)
        names = self._in_order(figures.board, np.flatnonzero(figures.answers.of(rule.among).is_true))
        shares = figures.board.shares_short
        named = [f"{self._symbols[place]} {shares[place]:,.0f} short" for place in names[:MOST_NAMED]]
        symbols = tuple(self._symbols[place] for place in names[:MOST_SYMBOLS_TOLD])
        return _Told(f"{words}: {first_few(named, len(names))}" if names else words, symbols, max(len(names), 1))

    def _dark(self, subject: FeedDark, memory: RuleMemory, seen: Seen, may_tell: bool) -> _Told | None:
        watched = [feed for feed in seen.feeds if subject.feed.casefold() in ("", feed.name.casefold())]
        are_dark: dict[str, bool] = {}
        titles: dict[str, str] = {}
        for feed in watched:
            since = feed.looked_at or feed.answered_at
            is_old = since is None or seen.loaded.clock() - since >= subject.span
            are_dark[feed.name or feed.title] = feed.is_troubled and is_old
            titles[feed.name or feed.title] = feed.title
        if not subject.feed and seen.line is not None:
            are_dark["polling"], titles["polling"] = seen.line.is_unpolled, "polling"
        if not are_dark:
            return None
        # Feeds come and go with the configuration: each is told by its name.
        known = tuple(sorted({*are_dark, *memory.keys}))
        memory.align(known)
        answer = answers([are_dark.get(key) for key in known])
        places = crossed(memory, answer, Crossing.ENTERS, may_tell=may_tell)
        keys = [known[place] for place in places]
        if not keys:
            return None
        named = first_few([titles[key] for key in keys], len(keys))
        return _Told(f"{named} dark for {_span_words(subject.span.total_seconds())}", tuple(keys), len(keys))

    def _sum(self, rule: Rule, subject: SumCrossing, memory: RuleMemory, seen: Seen, may_tell: bool) -> _Told | None:
        if self._rests_on_quotes[rule.name] and not self._of(rule, seen).are_mostly_quoted:
            return None
        dollars = self._profit(rule, subject, seen)
        memory.align((subject.of,))
        is_below = subject.comparison is Comparison.BELOW
        is_over = None if dollars is None else dollars < subject.dollars if is_below else dollars > subject.dollars
        places = crossed(memory, answers([is_over]), Crossing.ENTERS, may_tell=may_tell)
        if not len(places) or dollars is None:
            return None
        kind = condition_figures().required("profit", 0).kind
        word = f"{'below' if is_below else 'above'} {figure_words(kind, subject.dollars)}"
        # Of own positions no figure goes anywhere: a message is kept, shown and sent on.
        words = word if subject.of == BOOK else f"{figure_words(kind, dollars)}, {word}"
        return _Told(f"{subject.of} P&L {words}", (subject.of,), 1)

    def _profit(self, rule: Rule, subject: SumCrossing, seen: Seen) -> float | None:
        """The P&L in the rule's window, of the names on a list held short by anybody, or of the user's own positions.

        Raises:
            LookupError: there is no such list, or no book.
        """
        figures = self._of(rule, seen)
        if subject.of == BOOK:
            if seen.own_profit is None:
                raise LookupError("there is no book here")
            return seen.own_profit(figures.board, seen.loaded)
        wanted = subject.of.removeprefix(f"{LIST} ").casefold()
        name = next((one for one in seen.lists if one.casefold() == wanted), None)
        if name is None:
            raise LookupError(f"there is no {subject.of}")
        columns = np.flatnonzero(figures.names.on_list(name).is_true)
        return figures.board.summed(columns)["profit"] if len(columns) else None


def _both(flags: Flags | None, others: Flags | None) -> Flags | None:
    """(N,) where both hold; None holds of all."""
    if flags is None or others is None:
        return others if flags is None else flags
    return np.asarray(flags & others)


def _span_words(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"
