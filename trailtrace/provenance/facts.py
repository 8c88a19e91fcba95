"""The facts as the rules read them: ids are numbers, so that joins compare no texts.

A use has the number of its row; issuances and callers that are no use here follow. A key that was issued
and never used is a use of its issuance's number. Texts are kept for orders that must not depend on rows.
"""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Facts:
    """Uses and issuances whose use_id, issuance_id and caller_use_id are numbers.

    `use_text` and `issuance_text` are the ids as the tables have them, `ids` the text of each number.
    """

    uses: pl.DataFrame
    issuances: pl.DataFrame
    ids: pl.Series

    def marked(self, *numbers: pl.Series) -> pl.Series:
        """True at the place of each of the numbers, for all ids."""
        marks = pl.repeat(False, self.ids.len(), eager=True)
        for some in numbers:
            marks = marks.scatter(some, pl.repeat(True, some.len(), eager=True))
        return marks

    def marks_of_uses(self, *numbers: pl.Series) -> pl.Series:
        """True for each use of these numbers, in the order of their rows."""
        return self.marked(*numbers).head(self.uses.height)

    def marks_of_issuances(self, *numbers: pl.Series) -> pl.Series:
        """True for each issuance of these numbers, in the order of their rows."""
        return self.marked(*numbers).slice(self.uses.height, self.issuances.height)

    def repeated(self, numbers: pl.Series) -> pl.Series:
        """True for each of the numbers that is there more than once."""
        row = pl.int_range(numbers.len(), dtype=pl.UInt32, eager=True)
        others = numbers.filter(self.placed(numbers, row).gather(numbers) != row)
        return self.marked(others).gather(numbers)

    def placed(self, numbers: pl.Series, values: pl.Series) -> pl.Series:
        """Each value at the place of its number, null elsewhere, for all ids."""
        return pl.repeat(None, self.ids.len(), dtype=values.dtype, eager=True).scatter(numbers, values)


def forms(facts: pl.DataFrame) -> list[int]:
    """The form grades of these uses or issuances: 4 alone, where all are CloudTrail's own."""
    return sorted(facts["form_grade"].unique()) or [4]


def told_in(facts: pl.DataFrame, form: int) -> pl.LazyFrame:
    return facts.lazy().filter(pl.col("form_grade") == form)


def at_least(facts: pl.DataFrame, form: int) -> pl.LazyFrame:
    """What facts of this form may draw on: a lesser form lends nothing to a better one."""
    return facts.lazy().filter(pl.col("form_grade") >= form)


def rows_of(frame: pl.DataFrame, marks: pl.Series) -> pl.LazyFrame:
    """The rows that are marked; columns that are not asked for are not copied."""
    return frame.with_columns(marks.alias("marked")).lazy().filter("marked").drop("marked")


def numbered(uses: pl.DataFrame, issuances: pl.DataFrame) -> Facts:
    """Facts with the columns of their tables, each id replaced by its number."""
    use_numbers = pl.int_range(uses.height, dtype=pl.UInt32, eager=True)
    first_caller = uses.height + issuances.height
    issuance_numbers = pl.int_range(uses.height, first_caller, dtype=pl.UInt32, eager=True)
    callers = issuances.select("caller_use_id").join(
        pl.DataFrame({"caller_use_id": uses["use_id"], "number": use_numbers}),
        on="caller_use_id",
        how="left",
        maintain_order="left",
    )
    strangers = callers.filter(pl.col("number").is_null())["caller_use_id"].drop_nulls().unique()
    if strangers.len():
        strange = pl.int_range(first_caller, first_caller + strangers.len(), dtype=pl.UInt32, eager=True)
        callers = callers.join(
            pl.DataFrame({"caller_use_id": strangers, "strange": strange}),
            on="caller_use_id",
            how="left",
            maintain_order="left",
        ).with_columns(pl.coalesce("number", "strange").alias("number"))
    return Facts(
        uses.with_columns(pl.col("use_id").alias("use_text"), use_numbers.alias("use_id")),
        issuances.with_columns(
            pl.col("issuance_id").alias("issuance_text"),
            issuance_numbers.alias("issuance_id"),
            callers["number"].alias("caller_use_id"),
        ),
        pl.concat([uses["use_id"], issuances["issuance_id"], strangers]),
    )
