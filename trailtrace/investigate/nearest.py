"""What to say when the logs do not hold a target: what they hold, and the targets nearest to it."""

from trailtrace.investigate.coverage import days_text
from trailtrace.store import Store


def not_found(store: Store, text: str) -> str:
    """One line for a target that was not found."""
    near = [row["candidate"] for row in store.records("answers/nearest_targets", {"target": text})]
    [held] = store.records("answers/coverage")
    if not held["events"]:
        return f"{text}: not found: the store holds no events"
    parts = [
        f"{text}: not in the logs held: {held['events']} events of {held['accounts']} accounts,"
        f" {held['first_event']:%Y-%m-%dT%H:%M:%SZ} to {held['last_event']:%Y-%m-%dT%H:%M:%SZ}"
    ]
    [(pruned,)] = store.run("answers/pruned_before")
    if pruned is not None:
        parts.append(f"records before {pruned:%Y-%m-%dT%H:%M:%SZ} were pruned")
    days = [day for (day,) in store.run("answers/days_in_lake")]
    if days:
        parts.append(f"of {days_text(days)} only what chains are made of was loaded: ask the lake too")
    if near:
        parts.append("nearest: " + ", ".join(near))
    return "; ".join(parts)
