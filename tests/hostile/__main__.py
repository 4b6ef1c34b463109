"""Read the whole corpus and print what it took: `python -m tests.hostile`."""

import tempfile
from collections import Counter
from pathlib import Path

from .corpus import CASES
from .sandbox import Sandbox

TITLES = {"recalculate": "recalculated", "return": "read as a return"}


def main() -> None:
    sandbox = Sandbox()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        path, out = Path(name, "bad.xlsx"), Path(name, "out.xlsx")
        for case, made in CASES.items():
            path.write_bytes(made.make())
            for action in TITLES:
                found = sandbox.run(action, path, *([out] if action == "recalculate" else []))
                rows.append((action, case, found["outcome"], found["seconds"], found["megabytes"], found["reached"]))
    sandbox.close()
    for action, title in TITLES.items():
        mine = [row for row in rows if row[0] == action]
        counts = ", ".join(f"{number} {outcome}" for outcome, number in Counter(row[2] for row in mine).items())
        print(f"{title}: {len(mine)} cases, {counts}; reached out: {sum(bool(row[5]) for row in mine)}")
        print(f"in less than 1 s and 150 MB: {sum(row[3] < 1 and row[4] < 150 for row in mine)}")
        for _, case, outcome, seconds, megabytes, _ in sorted(mine, key=lambda row: -row[3])[:6]:
            print(f"| {case} | {outcome} | {seconds:.1f} s | {megabytes:.0f} MB |")


if __name__ == "__main__":
    main()
