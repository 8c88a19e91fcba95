"""How grades look on a terminal."""

from trailtrace.model import Grade

GRADE_STYLE = {
    Grade.PROOF: "bold green",
    Grade.STRONG: "green",
    Grade.PROBABLE: "yellow",
    Grade.WEAK: "yellow",
    Grade.NONE: "bold red",
}
