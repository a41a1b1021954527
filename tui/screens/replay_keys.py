"""The keys of a recording that is played: they are there for nothing else, in the help and the palette too."""

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
    Binding("plus,equals_sign", "replay_speed(1)", "faster", id="replay.faster", tooltip="Play the recording faster"),
    Binding("minus", "replay_speed(-1)", "slower", id="replay.slower", tooltip="Play the recording slower"),
    Binding("n", "replay_jump", "next vintage", id="replay.jump", tooltip="To the next market that was read"),
)
REPLAY_KEYS: Final = (("space", "pause"), (".", "step"), ("+-", "speed"), ("n", "vintage"))
"""For the key line."""
PREFIX: Final = "replay_"
"""Begins the names of these actions."""


class ReplayKeys(AnyApp):
    """What the keys do; mixed into the monitor, which has the recording and the screens."""

    replay: ReplayedMarket | None

    def beat(self) -> None:
        """Move the figures to this moment; the monitor knows how."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No key of a recording where none is played."""
        if action.startswith(PREFIX):
            return self.replay is not None
        return super().check_action(action, parameters)

    def action_replay_pause(self) -> None:
        """Hold the recording, or let it go on."""
        playback = self._playback()
        playback.toggle()
        self._answer("paused" if playback.is_paused else "goes on")

    def action_replay_step(self) -> None:
        """To the next thing that happened, and hold there."""
        self._playback().step()
        self._answer("one step")

    def action_replay_speed(self, steps: int) -> None:
        """Faster or slower."""
        playback = self._playback()
        playback.change_speed(steps)
        self._answer(f"{playback.speed:g} times life")

    def action_replay_jump(self) -> None:
        """To the next market that was read."""
        self._answer("the next vintage" if self._playback().jump() else "no vintage is left")

    def replay_changed(self) -> None:
        """The playback is held, goes on, runs at another speed, waits or has ended: the heads say so."""
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
