"""What a store holds, for people: its ledger, and a strip of days for each account and Region."""

from collections.abc import Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from trailtrace.names import Names
from trailtrace.render.layout import hanging, labelled
from trailtrace.render.names import account_text
from trailtrace.render.places import span_text, time_text
from trailtrace.render.visible import visible
from trailtrace.status import Day, Place, Status

LEVELS = "▁▂▃▄▅▆▇█"
"""From one hour with events to all 24."""

GAP = "×"
PRUNED = "-"

LEAST_STRIP = 7

LEAST_LABEL = 14
"""Columns that an account and a Region have at least: the longest that AWS has given so far."""

GAPS_SHOWN = 10

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def status_text(status: Status, width: int) -> RenderableType:
    """The whole status in at most `width` columns."""
    parts: list[RenderableType] = [labelled(_facts(status))]
    for each in status.unaccounted:
        source = "records of no known file" if each.source is None else visible(each.source)
        text = (
            f"{source}: read {each.read:,}, kept {each.kept:,}, duplicate {each.duplicate:,},"
            f" rejected {each.rejected:,}, not events {each.not_events:,}, pruned {each.pruned:,};"
            f" the tables hold {each.events:,} events and {each.rejects:,} rejects of it"
        )
        parts.append(hanging("Does not add up", "bold red", text))
    if not status.places:
        parts.append(Text("\nNo event is held: an answer is empty because logs are missing."))
        return Group(*parts)
    parts += [Text(""), *_coverage(status, width)]
    return Group(*parts)


def _facts(status: Status) -> list[tuple[str, str]]:
    where = bytes_text(status.size_bytes) if status.size_bytes else "in memory"
    facts = [
        ("store", f"{where}, schema {status.schema_version}"),
        ("files", f"{status.files:,}, {bytes_text(status.source_bytes)}"),
        *_checked(status),
        ("records", f"{status.read:,}"),
        ("  kept", f"{status.kept:,}"),
        ("  duplicate", f"{status.duplicate:,}"),
        ("  not events", f"{status.not_events:,}"),
        ("  rejected", f"{status.rejected:,}"),
        *(("", f"{each.rejected:,} {visible(each.reason)}") for each in status.reasons),
    ]
    if status.pruned_before is not None:
        text = f"{status.pruned:,} of the kept, from before {time_text(status.pruned_before)}"
        facts.append(("pruned", text))
    elif status.days_in_lake:
        days = "1 day" if status.days_in_lake == 1 else f"{status.days_in_lake:,} days"
        facts.append(("in the lake", f"{status.pruned:,} of the kept, of {days} without all records"))
    facts.append(("ledger", _ledger(status)))
    if status.translated:
        text = f"{status.translated:,} events are not CloudTrail's own records: strong at most"
        facts.append(("translated", text))
    if status.conflicts:
        facts.append(("conflicts", f"{status.conflicts:,} event ids name records of different content"))
    facts.append(("events", f"{status.events:,}, {span_text(status.first_event, status.last_event)}"))
    if status.seconds_since_last_event is not None:
        facts.append(("last event", ago_text(status.seconds_since_last_event)))
    return facts


def _checked(status: Status) -> list[tuple[str, str]]:
    """What a verification said of the files; nothing if there was none."""
    if status.unchecked == status.files:
        return []
    unnamed = f" ({status.unnamed:,} that no digest names)" if status.unnamed else ""
    text = (
        f"{status.verified:,} verified, {status.unverified:,} unverified{unnamed}, {status.failed:,} failed"
    )
    return [("  integrity", f"{text}, {status.unchecked:,} unchecked" if status.unchecked else text)]


def _ledger(status: Status) -> str:
    count = len(status.unaccounted)
    if count:
        return f"does not add up in {count:,} {'file' if count == 1 else 'files'}"
    return "adds up: every record that was read is accounted for"


def _coverage(status: Status, width: int) -> list[RenderableType]:
    counts = [f"{place.events:,}" for place in status.places]
    room = width - max(map(len, counts)) - 3
    most = max(LEAST_LABEL, (room - LEAST_STRIP) // 2)
    labels = [
        (_label(_account(place.account_id, status.names), most), _label(visible(place.region), most))
        for place in status.places
    ]
    room -= max(account.cell_len for account, _ in labels) + max(region.cell_len for _, region in labels)
    days = status.places[0].days
    step = -(-len(days) // max(room, LEAST_STRIP))
    table = Table.grid(padding=(0, 1, 0, 0))
    for _ in range(3):
        table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    for place, (account, region), count in zip(status.places, labels, counts, strict=True):
        table.add_row(account, region, Text(strip(place.days, step)), Text(count))
    each = "a day" if step == 1 else f"{step} days"
    first, last = days[0].day, days[-1].day
    legend = f"{LEVELS[0]}{LEVELS[-1]} events in 1 to 24 hours of the day, {GAP} none"
    if step > 1:
        legend += "; the least of them"
    if status.pruned_before is not None or status.days_in_lake:
        legend += f", {PRUNED} {'in a lake' if status.pruned_before is None else 'pruned'}"
    parts: list[RenderableType] = [
        Text(f"Coverage {first} to {last}, a column is {each}", "bold"),
        table,
        Text(legend, "dim"),
    ]
    gaps = [text for place in status.places for text in _gaps(place, status.names)]
    if gaps:
        parts += [Text(""), Text("Days without a record, between days that have some", "bold")]
        parts += [Text(text) for text in gaps[:GAPS_SHOWN]]
        if len(gaps) > GAPS_SHOWN:
            parts.append(Text(f"and {len(gaps) - GAPS_SHOWN:,} more: trailtrace query coverage-gaps", "dim"))
    return parts


def strip(days: Sequence[Day], step: int) -> str:
    """A character for each `step` days: the worst of them."""
    return "".join(_mark(days[start : start + step]) for start in range(0, len(days), step))


def _mark(days: Sequence[Day]) -> str:
    states = {day.state for day in days}
    if "gap" in states:
        return GAP
    hours = [day.hours_with_events for day in days if day.state == "events"]
    if hours:
        return LEVELS[min(max(min(hours) - 1, 0) // 3, len(LEVELS) - 1)]
    return PRUNED if "pruned" in states else " "


def _account(account_id: str | None, names: Names) -> str:
    """The number first, for the end is cut where there is no room."""
    name = names.account_names.get(account_id or "")
    return visible(account_id) if name is None else f"{visible(account_id)} {visible(name)}"


def _label(text: str, most: int) -> Text:
    """A log may call an account or a Region anything: not at the strip's cost."""
    label = Text(text)
    label.truncate(most, overflow="ellipsis")
    return label


def _gaps(place: Place, names: Names) -> list[str]:
    found = []
    for state, run in groupby(place.days, lambda day: day.state):
        if state != "gap":
            continue
        days = list(run)
        span = str(days[0].day) if len(days) == 1 else f"{days[0].day} to {days[-1].day}"
        found.append(f"{account_text(place.account_id, names)} {visible(place.region)} {span}")
    return found


def ago_text(seconds: int) -> str:
    """How long ago, in the two largest units."""
    rest = abs(seconds)
    words: list[tuple[int, str]] = []
    for unit, name in _UNITS:
        count, rest = divmod(rest, unit)
        if count or words:
            words.append((count, name))
    shown = " ".join(f"{count:,} {name}{'' if count == 1 else 's'}" for count, name in words[:2] if count)
    if not shown:
        return "now"
    return f"{shown} ago" if seconds > 0 else f"in {shown}, by the clock of this machine"


def bytes_text(count: int) -> str:
    """A size in the largest unit of a thousand that fits."""
    size = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{count:,} bytes" if unit == "bytes" else f"{size:,.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"
