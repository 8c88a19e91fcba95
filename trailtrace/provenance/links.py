"""Ties uses to issuances: asks the rules in order and keeps the best grade of each use."""

from collections.abc import Callable

import polars as pl

from trailtrace.provenance.key_rules import (
    l01_key_principal_creation,
    l02_key_principal,
    l03_key_role_name,
    l04_refuted,
    l06_key,
    l12_sign_in_token,
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
    l05_same_session,
    l07_principal_window,
    l08_arn_window,
    l25_lake_formation,
)
from trailtrace.provenance.sign_in_rules import (
    l10_console_sign_in,
    l11_role_switch,
    l11_switch_record,
    l12_console_of_token,
    l13_cli_login,
    l13b_sign_in_session,
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


_Rule = Callable[[pl.LazyFrame, pl.LazyFrame], pl.LazyFrame]
"""From the uses still open, and the links found so far with their sessions, to links."""


def _without_key(issuances: pl.LazyFrame, borne: pl.LazyFrame) -> list[list[_Rule]]:
    """The rules that need no key, by turns: a turn is asked for the uses that those before left open."""
    return [
        [lambda uses, _: l13_cli_login(uses, issuances)],
        [
            lambda uses, _: l05_principal_creation(uses, issuances, borne),
            lambda uses, _: l10_console_sign_in(uses, issuances),
        ],
        [
            lambda uses, _: l11_role_switch(uses, issuances),
            lambda uses, _: l11_switch_record(uses, issuances),
        ],
        [lambda uses, _: l12_console_of_token(uses, issuances)],
        [lambda uses, tied: l13b_sign_in_session(uses, tied, issuances)],
        [lambda uses, tied: l05_same_session(uses, tied, issuances)],
        [
            lambda uses, _: l07_principal_window(uses, issuances),
            lambda uses, _: l08_arn_window(uses, issuances),
        ],
    ]


def _with_sessions(links: pl.DataFrame, uses: pl.LazyFrame) -> pl.LazyFrame:
    """Links found so far, with what names the session of their use beside any key."""
    named = uses.select("use_id", "sign_in_session_arn", "principal_id", "creation_date", "account_id")
    return links.lazy().filter(pl.col("grade") > 0).join(named, on="use_id")


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
            pl.lit(None, pl.String).alias("federated_provider"),
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
            l06_key(pairs),
            l12_sign_in_token(pairs),
        ]
    ).collect()
    refused = l04_refuted(pairs, by_key.lazy()).collect()
    borne = borne_issuances(uses, issuances, by_key.lazy()).collect()
    # A use refused for its own time or source identity must not come back by another rule, nor its
    # issuance as one that was never used.
    contradicted = refused.filter(pl.col("why").is_in(CONTRADICTIONS))
    # Lake Formation's own AssumeRole would end the chain at the service: who queried says more.
    sound = uses.join(contradicted.lazy(), on="use_id", how="anti")
    by_query = l25_lake_formation(sound, issuances).collect()
    by_key = by_key.join(by_query, on="use_id", how="anti")
    found = pl.concat([by_key, by_query])
    settled = pl.concat([found.select("use_id"), contradicted.select("use_id")])
    still_open = uses.join(settled.lazy(), on="use_id", how="anti").collect()
    for rules in _without_key(issuances, borne.lazy()):
        tied = _with_sessions(found, uses)
        more = pl.concat(pl.collect_all([rule(still_open.lazy(), tied) for rule in rules]))
        still_open = still_open.join(more, on="use_id", how="anti")
        found = pl.concat([found, more])
    best = found.filter(pl.col("grade") == pl.col("grade").max().over("use_id"))
    seen = pl.concat([borne, contradicted.select("issuance_id")])
    unused = issued_links(issuances, seen.lazy()).collect()
    return pl.concat([best, refused, unused]).unique(
        subset=["use_id", "issuance_id"], keep="first", maintain_order=True
    )
