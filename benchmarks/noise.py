"""Writes the table of docs/findings-noise.md: how many findings each set of logs gives, by detection.

    python benchmarks/noise.py FOLDER

FOLDER holds the sets of public logs, a folder each; the sample logs are counted too.
"""

import re
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import trailtrace
from trailtrace.detections import detection_names

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "findings-noise.md"
TABLE = re.compile(r"^\| finding \|.*\n(?:\|.*\n)+", re.MULTILINE)


def counts(logs: Path) -> Counter[str]:
    """How many findings of each detection the logs give."""
    with trailtrace.from_logs([str(logs)]) as investigation:
        return Counter(found.name for found in investigation.findings())


def table(sets: Mapping[str, Counter[str]]) -> str:
    """The Markdown table of all detections and sets."""
    lines = [
        f"| finding | {' | '.join(sets)} |",
        f"|---|{'--:|' * len(sets)}",
        *(
            f"| [`{name}`](findings.md#{name}) | {' | '.join(str(found[name]) for found in sets.values())} |"
            for name in detection_names()
        ),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    folders = sorted(path for path in Path(sys.argv[1]).iterdir() if path.is_dir())
    sets = {"sample": counts(ROOT / "sample_logs" / "AWSLogs")}
    sets |= {folder.name: counts(folder) for folder in folders}
    page, replaced = TABLE.subn(lambda _: table(sets), PAGE.read_text(encoding="utf-8"))
    assert replaced == 1
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
