"""Small lists of networks: databases in MaxMind's format, `ip-ranges.json`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmdb_writer import MMDBWriter
from netaddr import IPSet

Member = Mapping[str, Any]

PLACES: dict[str, Member] = {
    "198.51.100.0/24": {"city": "Lisbon", "country": "PT", "at": (38.72, -9.14), "accuracy": 20},
    "203.0.113.0/25": {"city": "Tokyo", "country": "JP", "at": (35.68, 139.69), "accuracy": 50},
    "203.0.113.128/25": {"city": "Porto", "country": "PT", "at": (41.15, -8.61), "accuracy": 20},
    "192.0.2.0/25": {"country": "US", "at": (37.75, -97.82), "accuracy": 1000},
    "192.0.2.128/25": {"country": "BR"},
    "2001:db8::/48": {"city": "Sydney", "country": "AU", "at": (-33.87, 151.21), "accuracy": 50},
}
"""Networks of documentation, and where they are in these tests."""

NETWORKS = {
    "198.51.100.0/24": (64500, "Example Telecom"),
    "203.0.113.0/24": (64501, "<b>Other</b>\x1b[2J"),
    "2001:db8::/32": (64502, "Example Six"),
}


def city_database(path: Path, places: Mapping[str, Member] | None = None) -> Path:
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="Test-City", float_type="f64")
    for network, place in (PLACES if places is None else places).items():
        value: dict[str, Any] = {"country": {"iso_code": place["country"]}}
        if "city" in place:
            value["city"] = {"names": {"en": place["city"]}}
        if "at" in place:
            latitude, longitude = place["at"]
            value["location"] = {"latitude": float(latitude), "longitude": float(longitude)}
            if "accuracy" in place:
                value["location"]["accuracy_radius"] = place["accuracy"]
        writer.insert_network(IPSet([network]), value)
    writer.to_db_file(str(path))
    return path


def asn_database(path: Path) -> Path:
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="Test-ASN")
    for network, (number, name) in NETWORKS.items():
        value = {"autonomous_system_number": number, "autonomous_system_organization": name}
        writer.insert_network(IPSet([network]), value)
    writer.to_db_file(str(path))
    return path


def aws_ranges(path: Path) -> Path:
    def prefix(key: str, network: str, service: str, region: str) -> dict[str, str]:
        return {key: network, "region": region, "service": service, "network_border_group": region}

    value = {
        "syncToken": "1",
        "prefixes": [
            prefix("ip_prefix", "192.0.2.0/24", "AMAZON", "GLOBAL"),
            prefix("ip_prefix", "192.0.2.64/26", "AMAZON", "eu-west-1"),
            prefix("ip_prefix", "192.0.2.64/26", "EC2", "eu-west-1"),
        ],
        "ipv6_prefixes": [prefix("ipv6_prefix", "2001:db8:a::/48", "EC2", "us-east-1")],
    }
    path.write_text(json.dumps(value))
    return path
