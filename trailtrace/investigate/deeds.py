"""What the sessions of a tree did: calls, resources, addresses, and the access they gave away."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from trailtrace.investigate.links import Record
from trailtrace.scope import Deed, Grant, GrantKind, Touched
from trailtrace.store import Store


@dataclass(slots=True)
class Deeds:
    """What one node did within the time asked for."""

    calls: int = 0
    uncovered: int = 0
    told: int = 0
    first_use: datetime | None = None
    last_use: datetime | None = None
    deeds: list[Deed] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    resources: list[Touched] = field(default_factory=list)
    resource_count: int = 0
    grants: list[Grant] = field(default_factory=list)


def deeds_of(
    store: Store,
    nodes: list[list[str]],
    since: datetime | None,
    until: datetime | None,
    most_resources: int | None,
) -> list[Deeds]:
    """The deeds of each node, given its uses; a fixed number of statements however many there are."""
    pairs = [(use_id, number) for number, uses in enumerate(nodes) for use_id in uses]
    store.run(
        "answers/what_did/events",
        {
            "use_ids": [use_id for use_id, _ in pairs],
            "nodes": [number for _, number in pairs],
            "since": since,
            "until": until,
        },
    )
    found: defaultdict[int, Deeds] = defaultdict(Deeds)
    for row in store.records("answers/what_did/calls"):
        _add(found[row["node"]], row)
    for row in store.records("answers/what_did/resources", {"most": most_resources}):
        node = found[row["node"]]
        node.resource_count = row["resources"]
        node.resources.append(
            Touched(row["event_source"], row["resource"], row["writes"], row["done"], row["refused"])
        )
    for row in store.records("answers/what_did/apart"):
        found[row["node"]].uncovered = row["uncovered"]
        found[row["node"]].told = row["told"]
    grants = store.records("answers/what_did/grants")
    made = [row["access_key_id"] for row in grants if row["event_name"] == "CreateAccessKey"]
    states = key_states(store, made)
    for row in grants:
        found[row["node"]].grants.append(_grant(row, states))
    for node in found.values():
        # What changed something comes first, then by number.
        node.deeds.sort(
            key=lambda deed: (
                not (deed.write and deed.done),
                -deed.done,
                -deed.denied - deed.failed,
                deed.event_source or "",
                deed.event_name,
            )
        )
    return [found[number] for number in range(len(nodes))]


def _add(node: Deeds, row: Record) -> None:
    match row["what"]:
        case "call":
            node.calls += row["calls"]
            node.first_use = min(filter(None, [node.first_use, row["first_seen"]]))
            node.last_use = max(filter(None, [node.last_use, row["last_seen"]]))
            node.deeds.append(
                Deed(
                    row["event_source"],
                    row["event_name"],
                    not row["read_only"],
                    row["done"],
                    row["denied"],
                    row["failed"],
                )
            )
        case "address" if row["source_ip_address"] is not None:
            node.addresses.append(row["source_ip_address"])
        case "agent" if row["user_agent"] is not None:
            node.agents.append(row["user_agent"])


def key_states(store: Store, access_key_ids: Iterable[str | None]) -> dict[tuple[str | None, str], str]:
    """What became of long-term keys, by account and key: `deleted`, `inactive` or `active`."""
    keys = sorted({key for key in access_key_ids if key is not None and key.startswith("AKIA")})
    if not keys:
        return {}
    changes = store.records("answers/what_did/key_changes", {"access_key_ids": keys})
    return {(row["account_id"], row["access_key_id"]): row["state"] for row in changes}


def _grant(row: Record, states: dict[tuple[str | None, str], str]) -> Grant:
    made = row["event_name"] == "CreateAccessKey"
    return Grant(
        GrantKind(row["kind"]),
        row["event_source"],
        row["event_name"],
        row["event_time"],
        row["recipient_account_id"],
        list(dict.fromkeys(row["named"])),
        row["access_key_id"],
        row["key_calls"],
        row["key_last_seen"],
        states.get((row["recipient_account_id"], row["access_key_id"])) if made else None,
        row["event_id"],
    )
