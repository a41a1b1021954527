"""The keys that control a recording while it is played; they exist for no other source."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from textual.binding import Binding

from tui.screens.base import MarketScreen
from tui.screens.key_line import KeyLine

if TYPE_CHECKING:
    from datetime import datetime

    from textual.app import App

    from tui.screens.happenings import Happenings
    from tui.sources.playback import Playback
    from tui.sources.recording_places import Place
    from tui.sources.replay import ReplayedMarket
    from widgets.format import Glyphs

    AnyApp = App[Any]
else:
    AnyApp = object

REPLAY_BINDINGS: Final = (
    Binding("space", "replay_pause", "pause", id="replay.pause", tooltip="Hold the recording, or let it go on"),
    Binding("full_stop", "replay_step(1)", "step", id="replay.step", tooltip="To the next event, and hold there"),
    Binding("comma", "replay_step(-1)", "step back", id="replay.step_back",
            tooltip="To the event before, and hold there"),
    Binding("greater_than_sign", "replay_minute(1)", "minute on", id="replay.minute", tooltip="A minute further"),
    Binding("less_than_sign", "replay_minute(-1)", "minute back", id="replay.minute_back", tooltip="A minute back"),
    # The letters work on a name, too, where the signs zoom its chart.
    Binding("f,plus,equals_sign", "replay_speed(1)", "faster", id="replay.faster", tooltip="Play the recording faster"),
    Binding("F,minus", "replay_speed(-1)", "slower", id="replay.slower", tooltip="Play the recording slower"),
    Binding("n,right_curly_bracket", "replay_vintage(1)", "next vintage", id="replay.jump",
            tooltip="To the next market that was read"),
    Binding("left_curly_bracket", "replay_vintage(-1)", "vintage back", id="replay.jump_back",
            tooltip="To where this market was read, then to the one before"),
    Binding("T", "replay_moment", "to a time", id="replay.moment", tooltip="To a clock time, a day, or a share of it"),
    Binding("circumflex_accent", "replay_start", "to the start", id="replay.start", tooltip="To its beginning"),
    Binding("0", "replay_end", "to the end", id="replay.end", tooltip="To the newest it holds"),
)  # fmt: skip
REPLAY_KEYS: Final = (
    ("{replay.pause:space}", "pause"),
    ("{replay.minute_back:<} {replay.minute:>}", "minute"),
    ("{replay.step_back:,} {replay.step:.}", "step"),
    ("{replay.moment:T}", "time"),
    ("{replay.faster:f} {replay.slower:F}", "speed"),
)
"""The keys of a recording and their words, for the key line."""
ACTION_PREFIX: Final = "replay_"
"""The first letters of every action on a recording."""
PAST_PREFIX: Final = "past_"
"""The first letters of the actions that show a past evening, whose keys lead through a recording while it is played."""
MINUTE: Final = timedelta(minutes=1)


class ReplayKeys(AnyApp):
    """A mixin for the monitor with the actions of the keys that control a recording."""

    glyphs: Glyphs
    happenings: Happenings
    replay: ReplayedMarket | None

    def beat(self) -> None:
        """Bring the figures on the screen to the recording's moment; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass; `Monitor` answers.

    def take_publication_back(self) -> None:
        """Take the mark of a publication away; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action may run: those on a recording only while one is played, those on past days only else."""
        if action.startswith(ACTION_PREFIX):
            return self.replay is not None
        if action.startswith(PAST_PREFIX) and self.replay is not None:
            return False
        return super().check_action(action, parameters)

    def action_replay_pause(self) -> None:
        """Pause the recording, or let it go on."""
        playback = self._playback()
        playback.toggle()
        self._answer("paused" if playback.is_paused else "goes on")

    def action_replay_step(self, steps: int) -> None:
        """Go to the next recorded event or to the one before, and pause there."""
        before = self._playback().place
        self._playback().step(steps)
        self._arrive(before, "one step" if steps > 0 else "one step back")

    def action_replay_minute(self, steps: int) -> None:
        """Go a minute on or back."""
        self.go_to_moment(self._playback().place.at + steps * MINUTE)

    def action_replay_speed(self, steps: int) -> None:
        """Play the recording faster or slower."""
        playback = self._playback()
        playback.change_speed(steps)
        self._answer(f"{playback.speed:g} times life")

    def action_replay_vintage(self, steps: int) -> None:
        """Jump to the next market, which a publication brought, or to where this one or the one before was read."""
        from tui.sources.recording_places import market_beside

        playback = self._playback()
        place = market_beside(playback.recording, playback.place, steps)
        if place is None:
            self._answer("no vintage is left")
        else:
            self._go(place, "the next vintage" if steps > 0 else "where this vintage was read")

    def action_replay_start(self) -> None:
        """Go to the recording's beginning."""
        from tui.sources.recording_places import began_at

        self.go_to_moment(began_at(self._playback().recording))

    def action_replay_end(self) -> None:
        """Go to the recording's end."""
        self.go_to_moment(self._playback().recording.ended_at)

    def action_replay_moment(self) -> None:
        """Ask for a time and go there."""
        from tui.screens.prompt import ask_for_text
        from tui.sources.recording_places import moment_typed, refused_moment

        playback = self._playback()
        recording = playback.recording
        ask_for_text(
            self,
            f"Go to 15:42, {_new_york(playback.now()):%Y-%m-%d} 15:42, 63 %, start or end",
            lambda text: self.go_to_moment(moment_typed(text, recording, playback.now())),
            refusal=lambda text: refused_moment(text, recording, playback.now()),
            placeholder=f"{_new_york(playback.now()):%H:%M:%S}",
            glyphs=self.glyphs,
        )

    def go_to_moment(self, moment: datetime) -> None:
        """Show the recording as it stood at a moment; one outside it counts as its nearer end."""
        from tui.sources.recording_places import place_at

        place = place_at(self._playback().recording, moment)
        self._go(place, f"{_new_york(place.at):%H:%M:%S}")

    def _go(self, place: Place, words: str) -> None:
        before = self._playback().place
        self._playback().go(place)
        self._arrive(before, words)

    def _arrive(self, before: Place, words: str) -> None:
        assert self.replay is not None
        place = self._playback().place
        if place < before:
            self._forget_after(place.at)
        self.replay.arrive()
        self._answer(words)
        self._show_heads()

    def _forget_after(self, moment: datetime) -> None:
        """Have nothing on the screen that the recording tells only later."""
        # Imported late: the first paint must not wait for the table of sessions.
        from tui.screens.event_line import EventLine

        self.happenings.forget_after(moment)
        self.take_publication_back()
        for screen in self.screen_stack:
            for line in screen.query(EventLine):
                line.clear_after(moment)

    def replay_changed(self) -> None:
        """Show in every screen's head that the playback was paused, goes on, changed its speed, waits or has ended."""
        self._show_heads()
        if self.replay is not None and self.replay.complaint:
            self._say(self.replay.complaint)
        elif self._playback().has_ended:
            whole = self._playback().recording.is_whole
            self._say("the recording ends here" if whole else "the recording breaks off here")

    def _show_heads(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, MarketScreen):
                screen.replay_changed()

    def _playback(self) -> Playback:
        assert self.replay is not None, "check_action lets no key through otherwise"
        return self.replay.playback

    def _answer(self, words: str) -> None:
        """Say what a key did, and show what it moved; that may be the end, which has the last word."""
        self._say(words)
        self.beat()

    def _say(self, words: str) -> None:
        for line in self.screen.query(KeyLine):
            line.say(words)


def _new_york(moment: datetime) -> datetime:
    from shortside.sessions import NEW_YORK

    return moment.astimezone(NEW_YORK)
