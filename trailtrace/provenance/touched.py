"""What a change of some facts can change of links and origins, and what must be looked at to tell.

A fact is known here by a number alone, and so are the values that tie it to others. What is found is
never too little: equal numbers of different values only make it more.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from trailtrace.provenance.resolved import ID_COLUMNS, Resolved
from trailtrace.provenance.ties import (
    CALLER,
    FOREIGN_CALLER,
    KEY,
    MATCHING,
    PRINCIPAL,
    QUERY_SESSION,
    SAML_CALLER,
    SUBJECT,
    SWITCHED_FROM,
    Tie,
)


@dataclass(frozen=True, slots=True)
class _Tied:
    """The facts that one tie can put together: fact and value, apart for uses and issuances."""

    uses: pl.DataFrame
    issuances: pl.DataFrame

    def all(self) -> pl.DataFrame:
        return pl.concat([self.uses, self.issuances])


class Neighbours:
    """All facts with what ties them, and the links that are known of them.

    `uses` and `issuances` have the columns of their tables, hashed, beside `fact`, the hash of the id, and
    uses `has_unique_id`, whether their principal id is no placeholder; a fact that has changed is there
    twice, as it was and as it is. `links` has fact, issuance and parent.
    """

    def __init__(self, uses: pl.DataFrame, issuances: pl.DataFrame, links: pl.DataFrame) -> None:
        self._uses, self._issuances, self._links = uses, issuances, links
        self._matching = {tie: self._tied(tie).all() for tie in MATCHING}
        self._key = self._tied(KEY).all()
        self._looking = {
            tie: self._looked_along(tie)
            for tie in (CALLER, FOREIGN_CALLER, SWITCHED_FROM, SUBJECT, SAML_CALLER)
        }

    def touched(self, changed: pl.Series) -> pl.Series:
        """The facts whose links, origin or caller's origin may be others, their callers' change apart."""
        direct = self._matched(_sum(changed, _beside(changed, self._key)))
        near = self._with_fringe(direct)
        calls = _sum(
            _looking_at(direct, self._matching[PRINCIPAL], self._looking[FOREIGN_CALLER]),
            _some(near, self._looking[FOREIGN_CALLER].issuances),
        )
        # A switch looks at the calls of its session, and at whom it names.
        switches = _sum(
            self._switches(_sum(direct, _beside(calls, self._matching[PRINCIPAL]))),
            _looking_at(direct, self._looking[SWITCHED_FROM].uses, self._looking[SWITCHED_FROM]),
        )
        searched = _sum(calls, switches)
        subjects = self._of_same_subjects(near)
        return _sum(
            direct,
            searched,
            self.linked_to(searched),
            subjects,
            _looked_at_by(subjects, self._looking[SAML_CALLER]),
        )

    def looked_at(self, touched: pl.Series) -> pl.Series:
        """The facts that decide what is touched, the origins of callers apart."""
        near = self.near(touched)
        portal = self._looking[SAML_CALLER]
        near = _sum(
            near,
            _looking_at(near, portal.uses, portal),
            _beside(self._switches(near), self._matching[PRINCIPAL]),
        )
        foreign = self._looking[FOREIGN_CALLER].issuances
        principals = foreign.join(near.to_frame(), on="fact", how="semi").select("value").unique()
        return self.near(
            _sum(
                near,
                self._of_same_subjects(near),
                self._matching[PRINCIPAL].join(principals, on="value", how="semi")["fact"],
                *(_looked_at_by(near, self._looking[tie]) for tie in (CALLER, SWITCHED_FROM)),
            )
        )

    def descendants(self, ancestors: pl.Series) -> pl.Series:
        """The facts whose chains pass through these, and those that are linked to these."""
        found = frontier = self.linked_to(ancestors)
        below = ancestors
        while True:
            children = self._links.join(_sum(below, frontier).to_frame("parent"), on="parent", how="semi")[
                "fact"
            ].unique()
            frontier = children.filter(~children.is_in(found.implode()))
            if frontier.is_empty():
                return found
            found, below = _sum(found, frontier), frontier

    def linked_to(self, issuances: pl.Series) -> pl.Series:
        """The uses that are linked to these issuances."""
        return self._links.join(issuances.to_frame("issuance"), on="issuance", how="semi")["fact"].unique()

    def near(self, facts: pl.Series) -> pl.Series:
        """All facts that decide the links of these, and of those that match these in any way."""
        return self._with_fringe(self._matched(facts))

    def _with_fringe(self, matched: pl.Series) -> pl.Series:
        fringe = _beside(matched, self._key)
        # Pairs of a key are judged by themselves, unless a query is known by its session's name.
        return _sum(matched, fringe, _beside(fringe, self._matching[QUERY_SESSION]))

    def _matched(self, facts: pl.Series) -> pl.Series:
        """The facts that ties lead to from these, however many."""
        found = frontier = facts.unique()
        while not frontier.is_empty():
            more = _sum(*(_beside(frontier, tied) for tied in self._matching.values()))
            frontier = more.filter(~more.is_in(found.implode()))
            found = _sum(found, frontier)
        return found

    def _switches(self, facts: pl.Series) -> pl.Series:
        return _some(facts, self._issuances.filter(pl.col("kind") == "switch_role"))

    def _of_same_subjects(self, facts: pl.Series) -> pl.Series:
        """These SAML calls, and all others of their subjects."""
        saml = _some(facts, self._issuances.filter(pl.col("kind") == "saml"))
        return _sum(saml, _beside(saml, self._looking[SUBJECT].issuances))

    def _looked_along(self, tie: Tie) -> _Tied:
        """Along a tie on which only some issuances look at other facts."""
        some = self._issuances if tie.made_by is None else self._issuances.filter(tie.made_by)
        issuances = _values(some, tie.issuances)
        return _Tied(_values(self._uses, tie.uses) if tie.uses else issuances.clear(), issuances)

    def _tied(self, tie: Tie) -> _Tied:
        issuances, uses = _values(self._issuances, tie.issuances), _values(self._uses, tie.uses)
        for facts, columns, only in (
            (self._issuances, tie.issuances, tie.made_by),
            (self._uses, tie.uses, tie.of),
        ):
            if only is not None:
                values = _values(facts.filter(only), columns).select("value").unique()
                uses = uses.join(values, on="value", how="semi")
                issuances = issuances.join(values, on="value", how="semi")
        return _Tied(uses, issuances)


def _values(facts: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """Each fact with the value that ties it, null in no column."""
    value = pl.col(columns[0]) if len(columns) == 1 else pl.struct(columns).hash()
    return facts.lazy().drop_nulls(columns).select("fact", value.alias("value")).collect()


def _sum(*facts: pl.Series) -> pl.Series:
    return pl.concat([each.cast(pl.UInt64) for each in facts]).rename("fact").unique()


def _beside(facts: pl.Series, tied: pl.DataFrame) -> pl.Series:
    """The facts that have a value of one of these."""
    values = tied.join(facts.to_frame("fact"), on="fact", how="semi").select("value").unique()
    return tied.join(values, on="value", how="semi")["fact"].unique()


def _some(facts: pl.Series, of: pl.DataFrame) -> pl.Series:
    """Those of the facts that are there."""
    return of.join(facts.to_frame("fact"), on="fact", how="semi")["fact"].unique()


def _looking_at(facts: pl.Series, valued: pl.DataFrame, tied: _Tied) -> pl.Series:
    """The issuances that have, to look at, a value of one of these facts."""
    values = valued.join(facts.to_frame("fact"), on="fact", how="semi").select("value").unique()
    return tied.issuances.join(values, on="value", how="semi")["fact"].unique()


def _looked_at_by(facts: pl.Series, tied: _Tied) -> pl.Series:
    """The uses that have a value of one of these issuances."""
    values = tied.issuances.join(facts.to_frame("fact"), on="fact", how="semi").select("value").unique()
    return tied.uses.join(values, on="value", how="semi")["fact"].unique()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is touched, as it was stored and as it was found.

    `ids` has id and fact of each. What was found of others is not right and is left out.
    """

    ids: pl.DataFrame
    stored: Resolved
    found: Resolved
    differing: pl.DataFrame
    """id and fact of all of which something else was found than was stored."""

    @classmethod
    def of(cls, ids: pl.DataFrame, stored: Resolved, found: Resolved) -> Outcome:
        found = _of(ids["id"], found)
        told = pl.concat(
            _differing(getattr(stored, table), getattr(found, table), column)
            for table, column in ID_COLUMNS.items()
        )
        return cls(ids, stored, found, ids.join(told.to_frame("id"), on="id", how="semi"))

    def seen_from(self, changed: pl.Series) -> pl.Series:
        """The facts whose change their children's links or origins can show: of which others are told
        now, or whose credential may have lived otherwise."""
        links = pl.concat([self.stored.links, self.found.links]).filter(pl.col("grade") != "none")
        facts = self.ids.filter(pl.col("fact").is_in(changed.implode()))["id"].implode()
        lived = links.filter(pl.col("use_id").is_in(facts) | pl.col("issuance_id").is_in(facts))
        holders = self.ids.join(lived.select(pl.col("use_id").alias("id")), on="id", how="semi")
        return _sum(self.differing["fact"], holders["fact"])

    def news(self) -> Resolved:
        """What was found of all that differ."""
        return _of(self.differing["id"], self.found)


def _of(ids: pl.Series, resolved: Resolved) -> Resolved:
    return Resolved(
        *(
            getattr(resolved, table).filter(pl.col(column).is_in(ids.implode()))
            for table, column in ID_COLUMNS.items()
        )
    )


def _differing(some: pl.DataFrame, others: pl.DataFrame, id_column: str) -> pl.Series:
    """The ids of rows that only one of them has."""
    others = others.select(some.columns)
    return pl.concat(
        one.join(other, on=some.columns, how="anti", nulls_equal=True)[id_column].alias("id")
        for one, other in ((some, others), (others, some))
    ).unique()
