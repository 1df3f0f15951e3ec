"""Makes text of a model's tokens as they come; pure, and knows neither tokens nor the library."""

from codecs import getincrementaldecoder

_DECODER = getincrementaldecoder("utf-8")


class TextStream:
    """The bytes of one output, given on as whole characters up to the first stop text.

    What could yet become a stop text is held back until it cannot any more.
    """

    def __init__(self, stop: tuple[str, ...] = ()) -> None:
        self._decoder = _DECODER("replace")
        self._stop = tuple(text for text in stop if text)
        self._held = ""
        self.stopped = False

    def feed(self, piece: bytes) -> str:
        """What can be given on now; nothing once stopped."""
        return self._pass(self._decoder.decode(piece))

    def finish(self) -> str:
        """What is left. A character that was cut off becomes a replacement character."""
        text = self._pass(self._decoder.decode(b"", final=True)) + self._held
        self._held = ""
        return text

    def _pass(self, text: str) -> str:
        if not self._stop:
            return text
        if self.stopped:
            return ""
        self._held += text
        found = [place for stop in self._stop if (place := self._held.find(stop)) >= 0]
        if found:
            self.stopped = True
            text, self._held = self._held[: min(found)], ""
            return text
        keep = max(_overlap(self._held, stop) for stop in self._stop)
        cut = len(self._held) - keep
        text, self._held = self._held[:cut], self._held[cut:]
        return text


def _overlap(text: str, stop: str) -> int:
    """How many of the last characters of `text` begin `stop`."""
    longest = min(len(text), len(stop) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(stop[:size])), 0)
