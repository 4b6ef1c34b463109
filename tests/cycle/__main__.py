"""Try the round trip: `python -m tests.cycle --forms 2000 [--seed 1]`; ends with 1 where anything is wrong."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from .judge import Tally
from .trial import run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forms", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", type=Path, help="keep forms and collected workbooks in this folder")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    started, told = time.perf_counter(), 0

    def heard(tally: Tally) -> None:
        nonlocal told
        for text in tally.wrong[told:] if not told else [t for t in tally.wrong if t not in shown]:
            print(text[:400], flush=True)
            shown.add(text)
        told = len(tally.wrong)

    shown: set[str] = set()
    with tempfile.TemporaryDirectory() as name:
        tally = run(given.forms, given.seed, given.keep or Path(name), heard)
    seconds = time.perf_counter() - started
    print(f"{tally.forms} forms, {tally.collections} collections, {tally.figures} figures, {seconds:.0f} s")
    print(f"lost {len(tally.lost)}, doubled {len(tally.doubled)}, unlisted {len(tally.unlisted)}")
    others = {
        "misread": tally.misread,
        "false alarms": tally.false_alarms,
        "totals": tally.totals,
        "broken": tally.broken,
    }
    print(", ".join(f"{name} {len(found)}" for name, found in others.items()))
    sys.exit(bool(tally.wrong))


if __name__ == "__main__":
    main()
