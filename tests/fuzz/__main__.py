"""Fuzz for some minutes: `python -m tests.fuzz --minutes 10 [--seed 1] [--only formula]`.

Each target has its turn for a share of the time. A failure is printed with its traceback and kept as a file.
"""

import argparse
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path

from .targets import ALLOWED, targets

# What one input may take, in seconds; a corpus input of this size takes a hundredth of it.
SLOW = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only")
    parser.add_argument("--keep", type=Path, default=Path("fuzz_found"))
    given = parser.parse_args()
    print(f"seed {given.seed}")
    from .forms import forms

    found: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as name:
        made = targets(Path(name), forms())
        chosen = {k: v for k, v in made.items() if given.only in (None, k)}
        for target, (run, make) in chosen.items():
            chance, tried, slowest = random.Random(f"{given.seed} {target}"), 0, 0.0
            end = time.monotonic() + given.minutes * 60 / len(chosen)
            while time.monotonic() < end:
                data = make(chance)
                started = time.monotonic()
                try:
                    run(data)
                    kind = ""
                except ALLOWED:
                    kind = ""
                except BaseException as fault:
                    if isinstance(fault, KeyboardInterrupt):
                        raise
                    place = traceback.extract_tb(fault.__traceback__)[-1]
                    kind = f"{target}: {type(fault).__name__} at {Path(place.filename).name}:{place.lineno}"
                    text = traceback.format_exc()
                took = time.monotonic() - started
                slowest, tried = max(slowest, took), tried + 1
                if took > SLOW and not kind:
                    kind, text = f"{target}: slow", f"{took:.1f} s"
                if kind:
                    found[kind] = found.get(kind, 0) + 1
                    if found[kind] == 1:
                        given.keep.mkdir(exist_ok=True)
                        file = given.keep / f"{target}_{len(found)}.bin"
                        file.write_bytes(data)
                        print(f"--- {kind}, kept as {file}\n{text}", flush=True)
            print(f"{target}: {tried} inputs, the slowest took {slowest:.2f} s", flush=True)
    for kind, count in found.items():
        print(f"{count} × {kind}")
    print(f"{len(found)} kinds of failure")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
