"""Starting the command line, against starting Python and doing nothing."""

import subprocess
import sys
from collections.abc import Iterator

from benchmarks.timing import Series, measure


def series(quick: bool) -> Iterator[Series]:
    """Yield the tables of this benchmark."""
    yield measure(
        "crm-xl --help",
        "runs",
        "What a user waits for before a command begins. Aim: below 0.25 s.",
        (1,),
        lambda _: {
            "crm_xl": lambda: subprocess.run(
                [sys.executable, "-m", "crm_xl", "--help"], check=True, capture_output=True
            ),
            "python -c pass": lambda: subprocess.run([sys.executable, "-c", "pass"], check=True),
        },
    )
