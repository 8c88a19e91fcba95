"""How grades look on a terminal, and which of two is the weaker."""

from trailtrace.model import Grade

GRADE_STYLE = {
    Grade.PROOF: "bold green",
    Grade.STRONG: "green",
    Grade.PROBABLE: "yellow",
    Grade.WEAK: "yellow",
    Grade.NONE: "bold red",
}

_ORDER = list(Grade)


def is_weaker(grade: Grade, other: Grade) -> bool:
    return _ORDER.index(grade) > _ORDER.index(other)
