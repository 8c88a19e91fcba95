"""Ties uses to issuances: asks the rules in order and keeps the best grade of each use."""

import polars as pl

from trailtrace.provenance.key_rules import (
    l01_key_principal_creation,
    l02_key_principal,
    l03_key_role_name,
    l04_refuted,
    l06_key_creation,
    same_key_pairs,
)
from trailtrace.provenance.matching import (
    CONTRADICTIONS,
    NAMED,
    issued_columns,
    links_of,
)
from trailtrace.provenance.session_rules import (
    l05_principal_creation,
    l10_console_sign_in,
    l11_role_switch,
)


def borne_issuances(uses: pl.LazyFrame, issuances: pl.LazyFrame, links: pl.LazyFrame) -> pl.LazyFrame:
    """issuance_id of the issuances whose own key is that of a linked use."""
    return (
        links.join(uses.select("use_id", "join_key"), on="use_id")
        .join(issuances.select("issuance_id", "issued_key"), on="issuance_id")
        .filter(pl.col("join_key") == pl.col("issued_key"))
        .select("issuance_id")
        .unique()
    )


def issued_links(issuances: pl.LazyFrame, borne: pl.LazyFrame) -> pl.LazyFrame:
    """`issued`: a key that the record of its call names and that no use of these logs bears."""
    unused = (
        issued_columns(issuances)
        .filter(pl.col("issued_key").is_not_null())
        .join(borne, on="issuance_id", how="anti")
        .with_columns(
            pl.col("issuance_id").alias("use_id"),
            pl.col("issued_event_time").alias("first_seen"),
            pl.col("issued_event_time").alias("last_seen"),
        )
    )
    grade = pl.when(NAMED).then(4).otherwise(2)
    return links_of(unused, "issued", grade, "the record of the call names the issued key")


def best_links(uses: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.DataFrame:
    """All links: each use's best grade kept, the pairs that only share a key id refused.

    Columns as for every rule. A key that was issued and never used has a link of its own, whose
    use_id is its issuance_id.

    Key rules come first; a rule without the key is asked only for uses that they leave open.
    """
    pairs = same_key_pairs(uses, issuances).collect().lazy()
    by_key = pl.concat(
        [
            l01_key_principal_creation(pairs),
            l02_key_principal(pairs),
            l03_key_role_name(pairs),
            l06_key_creation(pairs),
        ]
    ).collect()
    refused = l04_refuted(pairs, by_key.lazy()).collect()
    # A use refused for its own time or source identity must not come back by another rule, nor its
    # issuance as one that was never used.
    contradicted = refused.filter(pl.col("why").is_in(CONTRADICTIONS))
    still_open = uses.join(by_key.lazy(), on="use_id", how="anti").join(
        contradicted.lazy(), on="use_id", how="anti"
    )
    borne = borne_issuances(uses, issuances, by_key.lazy()).collect()
    by_session = pl.concat(
        [
            l05_principal_creation(still_open, issuances, borne.lazy()),
            l10_console_sign_in(still_open, issuances),
        ]
    ).collect()
    still_open = still_open.join(by_session.lazy(), on="use_id", how="anti")
    by_switch = l11_role_switch(still_open, issuances).collect()
    found = pl.concat([by_key, by_session, by_switch])
    best = found.filter(pl.col("grade") == pl.col("grade").max().over("use_id"))
    seen = pl.concat([borne, contradicted.select("issuance_id")])
    unused = issued_links(issuances, seen.lazy()).collect()
    return pl.concat([best, refused, unused]).unique(
        subset=["use_id", "issuance_id"], keep="first", maintain_order=True
    )
