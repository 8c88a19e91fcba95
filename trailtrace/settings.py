"""What an organisation tells of itself: thresholds and severities of its own for each detection."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from trailtrace.finding import Severity
from trailtrace.names import Account, Relation


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """How one detection is run."""

    enabled: bool = True
    severity: Severity | None = None
    """Instead of the detection's own."""
    params: Mapping[str, object] = field(default_factory=dict)
    """Values for parameters of its query."""


@dataclass(frozen=True, slots=True)
class Network:
    """Addresses that the organisation knows."""

    name: str
    cidrs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """All that may be set; the defaults suit an organisation that nobody described."""

    path: str | None = None
    """The file it was read from."""
    accounts: tuple[Account, ...] = ()
    """One without relation is ours, unless a store says whose it is."""
    people_roles: tuple[str, ...] = ()
    """Names of roles that people take, with `*` for any text."""
    networks: tuple[Network, ...] = ()
    detections: Mapping[str, DetectionSettings] = field(default_factory=dict)

    def detection(self, name: str) -> DetectionSettings:
        return self.detections.get(name, _DEFAULT)

    @property
    def shared(self) -> dict[str, object]:
        """What every detection gets that declares a parameter of the name; None where nothing is said."""
        return {
            "known_networks": [cidr for network in self.networks for cidr in network.cidrs] or None,
            "own_accounts": self._accounts(Relation.OURS),
            "partner_accounts": self._accounts(Relation.PARTNER),
            "people_roles": list(self.people_roles) or None,
        }

    def _accounts(self, relation: Relation) -> list[str] | None:
        return [each.account_id for each in self.accounts if each.relation is relation] or None


_DEFAULT = DetectionSettings()
