"""The keys that control a recording while it is played; they exist for no other source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from textual.binding import Binding

from tui.screens.base import MarketScreen
from tui.screens.key_line import KeyLine

if TYPE_CHECKING:
    from textual.app import App

    from tui.sources.playback import Playback
    from tui.sources.replay import ReplayedMarket

    AnyApp = App[Any]
else:
    AnyApp = object

REPLAY_BINDINGS: Final = (
    Binding("space", "replay_pause", "pause", id="replay.pause", tooltip="Hold the recording, or let it go on"),
    Binding("full_stop", "replay_step", "step", id="replay.step", tooltip="To the next tick, and hold there"),
    # The letters work on a name, too, where the signs zoom its chart.
    Binding("f,plus,equals_sign", "replay_speed(1)", "faster", id="replay.faster", tooltip="Play the recording faster"),
    Binding("F,minus", "replay_speed(-1)", "slower", id="replay.slower", tooltip="Play the recording slower"),
    Binding("n", "replay_jump", "next vintage", id="replay.jump", tooltip="To the next market that was read"),
)
REPLAY_KEYS: Final = (("space", "pause"), (".", "step"), ("f F", "speed"), ("n", "vintage"))
"""The keys of a recording and their words, for the key line."""
ACTION_PREFIX: Final = "replay_"
"""The first letters of every action on a recording."""


class ReplayKeys(AnyApp):
    """A mixin for the monitor with the actions of the keys that control a recording."""

    replay: ReplayedMarket | None

    def beat(self) -> None:
        """Bring the figures on the screen to the recording's moment; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass; `Monitor` answers.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action may run: those on a recording only while one is played."""
        if action.startswith(ACTION_PREFIX):
            return self.replay is not None
        return super().check_action(action, parameters)

    def action_replay_pause(self) -> None:
        """Pause the recording, or let it go on."""
        playback = self._playback()
        playback.toggle()
        self._answer("paused" if playback.is_paused else "goes on")

    def action_replay_step(self) -> None:
        """Go to the next recorded event, and pause there."""
        self._playback().step()
        self._answer("one step")

    def action_replay_speed(self, steps: int) -> None:
        """Play the recording faster or slower."""
        playback = self._playback()
        playback.change_speed(steps)
        self._answer(f"{playback.speed:g} times life")

    def action_replay_jump(self) -> None:
        """Jump to the next market in the recording, which a publication brought."""
        self._answer("the next vintage" if self._playback().jump() else "no vintage is left")

    def replay_changed(self) -> None:
        """Show in every screen's head that the playback was paused, goes on, changed its speed, waits or has ended."""
        for screen in self.screen_stack:
            if isinstance(screen, MarketScreen):
                screen.replay_changed()
        if self.replay is not None and self.replay.complaint:
            self._say(self.replay.complaint)
        elif self._playback().has_ended:
            whole = self._playback().recording.is_whole
            self._say("the recording ends here" if whole else "the recording breaks off here")

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
