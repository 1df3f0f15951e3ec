"""A process that adds to a state file: `batches FILE`, or `uses FILE` until its input ends."""

import sys
import threading
from pathlib import Path

from common.state.file import StateFile
from common.state.recorder import Recorder
from common.state.records import Use, Weights
from common.state.tally import Tally

WEIGHTS = Weights("nllb", "1", "a/b", "int8")
BATCH = 1000
BUSY_S = 30


def batches(file: StateFile) -> None:
    """Each with one token out, told as soon as it is written."""
    batch = Tally()
    for number in range(BATCH):
        # Over many buckets, and so many rows, for a kill to fall between.
        use = Use(0.001 * 1.01**number, succeeded=True, tokens_out=1 if number == 0 else 0)
        batch.count(use, 1.0)
    while True:
        file.add(WEIGHTS, batch)
        sys.stdout.write("written\n")
        sys.stdout.flush()


def uses(file: StateFile) -> None:
    """As a service does, each with one token in; tells at last how many."""
    asked = threading.Thread(target=sys.stdin.read)
    asked.start()
    count = 0
    recorder = Recorder(file, WEIGHTS, every_s=0.001)
    recorder.start()
    recorder.loaded(1000)
    while asked.is_alive() or not count:
        count += 1
        recorder.used(Use(count % 1000 / 100, succeeded=True, tokens_in=1))
    recorder.stop()
    sys.stdout.write(f"{count}\n")


if __name__ == "__main__":
    kind, path = sys.argv[1:]
    {"batches": batches, "uses": uses}[kind](StateFile(Path(path), busy_s=BUSY_S))
