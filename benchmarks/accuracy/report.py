"""Draw what was measured as Markdown; seeds are summed. Knows no database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from .measure import Measured, Rows
from .stories import UNVERIFIED

GRADES = ("proof", "strong", "probable", "weak", "none", "no answer")


def summed(measured: Sequence[Measured], table: str, key: str) -> dict[str, dict[str, int]]:
    """The rows of all seeds added up, by `key`; `deepest` is a maximum."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for each in measured:
        rows: Rows = getattr(each, table)
        for row in rows:
            total = sums[row[key]]
            for name, value in row.items():
                if name == "deepest":
                    total[name] = max(total[name], value)
                elif name != key:
                    total[name] += value
    return sums


def table(header: Sequence[str], lines: Sequence[Sequence[Any]]) -> str:
    shown = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in line] for line in lines]
    rule = ["---", *["--:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in ([*header], rule, *shown))


def share(part: int, whole: int) -> str:
    return f"{part / whole:.2%}" if whole else "—"


def grades(measured: Sequence[Measured]) -> str:
    sums = summed(measured, "grades", "grade")
    lines = [
        [
            grade,
            each["events"],
            each["answers"],
            each["exact"],
            each["coarser"],
            each["unfinished"],
            each["wrong"],
        ]
        for grade in GRADES
        if (each := sums.get(grade)) is not None
    ]
    return table(("grade", "events", "stated", "exact", "coarser", "unfinished", "**wrong**"), lines)


def totals(measured: Sequence[Measured]) -> str:
    lines = []
    for name, each in sorted(summed(measured, "totals", "answers").items(), reverse=True):
        known = each["answerable"]
        stated = (
            known and each["exact"] + each["coarser"] + each["beyond"] + each["unfinished"] + each["wrong"]
        )
        lines.append(
            [name, each["events"], known, share(each["exact"], known), share(each["coarser"], known),
             each["unfinished"], each["nothing"], each["wrong"], share(each["wrong"], stated)]
        )  # fmt: skip
    header = (
        "answers", "events", "answerable", "exact", "coarser", "unfinished", "nothing", "**wrong**",
        "of what it states",
    )  # fmt: skip
    return table(header, lines)


def kinds(measured: Sequence[Measured]) -> str:
    lines = []
    for kind, each in sorted(summed(measured, "kinds", "kind").items()):
        known = each["answerable"]
        lines.append(
            [f"{kind} *" if kind in UNVERIFIED else kind, each["events"], known, share(each["exact"], known),
             share(each["exact"] + each["coarser"], known), each["wrong"],
             each["wrong_proofs"], share(each["key_exact"], known), each["key_wrong"],
             share(each["session_exact"], known), each["session_wrong"], each["deepest"]]
        )  # fmt: skip
    header = (
        "kind", "events", "answerable", "exact", "exact or coarser", "wrong", "wrong proofs",
        "key join", "wrong", "session join", "wrong", "deepest",
    )  # fmt: skip
    return table(header, lines)


def removed(measured: Sequence[Measured]) -> str:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for each in measured:
        for row in each.removed:
            counts[row["removed_why"]][0] += 1
            counts[row["removed_why"]][1] += bool(row["named"])
    lines = [[why, asked, named, share(named, asked)] for why, (asked, named) in sorted(counts.items())]
    return table(("what was removed", "chains asked about", "log named", "share"), lines)


def gaps(measured: Sequence[Measured], most: int = 40) -> str:
    """What is answerable and not answered, most frequent first."""
    counts: dict[tuple[str, ...], list[Any]] = {}
    for each in measured:
        for row in each.not_answered:
            key = (row["kind"], row["view"], row["verdict"], row["stop"], row["stated_kind"])
            seen = counts.setdefault(key, [0, row["example"]])
            seen[0] += row["events"]
    ordered = sorted(counts.items(), key=lambda item: (-item[1][0], item[0]))[:most]
    lines = [[*key, number, f"`{example}`"] for key, (number, example) in ordered]
    return table(("kind", "record", "verdict", "stop", "origin stated", "events", "an event"), lines)


def wrong(measured: Sequence[Measured], most: int) -> str:
    lines: list[list[Any]] = []
    for each in measured:
        lines.extend(
            [each.seed, row["grade"], row["stop"], row["kind"], row["view"],
             f"{row['stated_kind']} `{row['stated']}`",
             f"{row['true_kind']} `{row['true_id']}`", row["why_not"] or "answerable",
             f"`{row['event_id']}`", row["events_alike"], row["links"] or "no link"]
            for row in each.wrong[:most]
        )  # fmt: skip
    if not lines:
        return "No wrong answer.\n"
    header = (
        "seed",
        "grade",
        "stop",
        "kind",
        "record",
        "stated",
        "true",
        "answerable?",
        "event",
        "alike",
        "links",
    )
    return table(header, lines)


def markdown(measured: Sequence[Measured], most: int) -> str:
    events = sum(each.generated["events"] for each in measured)
    seeds = ", ".join(str(each.seed) for each in measured)
    rate = events / sum(each.generated["seconds"] for each in measured)
    deepest = max(row["deepest"] for each in measured for row in each.kinds)
    lost = sum(each.not_loaded + each.unexpected for each in measured)
    return (
        f"{events:,} events, seeds {seeds}, chains to {deepest} hops; made at {rate:,.0f} events a second,"
        f" loaded in {sum(each.ingest_seconds for each in measured):.1f} s;"
        f" {lost} events lost or unexpected.\n\n"
        f"## By grade\n\n{grades(measured)}\n\n## Beside plain joins\n\n{totals(measured)}\n\n"
        f"## Unfinished chains: is the missing log named?\n\n{removed(measured)}\n\n"
        f"## By kind of issuance\n\n{kinds(measured)}\n\n\\* one plausible shape; unverified\n\n"
        f"## Answerable, and not answered exactly\n\n{gaps(measured)}\n\n"
        f"## Wrong answers\n\n{wrong(measured, most)}\n"
    )
