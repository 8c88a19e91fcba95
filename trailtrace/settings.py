"""What an organisation tells of itself: thresholds and severities of its own for each detection."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from trailtrace.finding import Severity


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """How one detection is run."""

    enabled: bool = True
    severity: Severity | None = None
    """Instead of the detection's own."""
    params: Mapping[str, object] = field(default_factory=dict)
    """Values for parameters of its query."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that may be set; the defaults suit an organisation that nobody described."""

    detections: Mapping[str, DetectionSettings] = field(default_factory=dict)

    def detection(self, name: str) -> DetectionSettings:
        return self.detections.get(name, _DEFAULT)


_DEFAULT = DetectionSettings()
