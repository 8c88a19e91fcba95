"""Writes docs/chain.svg, the picture of docs/pictures.md, from the sample logs.

Run it with `make docs`; a test holds what the picture says to what it would say.
"""

from pathlib import Path

import trailtrace
from trailtrace.render.graph.answers import answers_graph
from trailtrace.render.graph.svg import svg_text

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "chain.svg"


def chain_svg() -> str:
    with trailtrace.from_logs([str(ROOT / "sample_logs" / "AWSLogs")]) as logs:
        return svg_text(answers_graph(logs.who_did("ASIA3KF6UTOHSVAMMEK6")))


if __name__ == "__main__":
    PICTURE.write_text(chain_svg(), encoding="utf-8")
