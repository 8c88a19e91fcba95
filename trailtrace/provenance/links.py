"""Ties uses to issuances: asks the rules in order and keeps the best grade of each use."""

from collections.abc import Callable

import polars as pl

from trailtrace.provenance.facts import Facts, rows_of
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
    CAP,
    CONTRADICTIONS,
    NAMED,
    OTHER_PROVIDER,
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

KEY_RULES = [
    l01_key_principal_creation,
    l02_key_principal,
    l03_key_role_name,
    l06_key,
    l12_sign_in_token,
    l04_refuted,
]
"""Rules that judge pairs of one key. The last has what the others leave."""

_ROLE_CALLS = {"assume_role", "saml", "web_identity"}
_SESSION_CALLS = _ROLE_CALLS | {"federation_token"}

_Rule = Callable[[pl.LazyFrame, pl.LazyFrame], pl.LazyFrame]
"""From the uses still open, and the links found so far with their sessions, to links."""


def _without_key(issuances: pl.LazyFrame) -> list[list[tuple[set[str] | None, _Rule]]]:
    """The rules that need no key, by turns: a turn is asked for the uses that those before left open.

    With each, the kinds of issuance of which it needs one, if only some do. Issuances have the column
    `borne` beside those of their table: whether a use has their own key.
    """
    return [
        [({"oauth2_token"}, lambda uses, _: l13_cli_login(uses, issuances))],
        [
            (_ROLE_CALLS, lambda uses, _: l05_principal_creation(uses, issuances)),
            # Sessions that keys tie to other calls of those seconds are rivals.
            (None, lambda uses, tied: l05_same_session(uses, tied, issuances)),
            ({"console_login"}, lambda uses, _: l10_console_sign_in(uses, issuances)),
        ],
        [
            ({"switch_role"}, lambda uses, _: l11_role_switch(uses, issuances)),
            ({"switch_role"}, lambda uses, _: l11_switch_record(uses, issuances)),
        ],
        [({"signin_token"}, lambda uses, _: l12_console_of_token(uses, issuances))],
        [(None, lambda uses, tied: l13b_sign_in_session(uses, tied, issuances))],
        [(None, lambda uses, tied: l05_same_session(uses, tied, issuances))],
        [
            (_SESSION_CALLS, lambda uses, _: l07_principal_window(uses, issuances)),
            (_SESSION_CALLS, lambda uses, _: l08_arn_window(uses, issuances)),
        ],
    ]


def _with_sessions(links: pl.DataFrame, uses: pl.LazyFrame, still_open: pl.LazyFrame) -> pl.LazyFrame:
    """Links found so far, with what names the session of their use beside any key.

    Only those of principals with uses still open, for which alone rules ask.
    """
    named = uses.select(
        "use_id",
        "sign_in_session_arn",
        "principal_id",
        "creation_date",
        "account_id",
        pl.col("form_grade").alias("known_form"),
    )
    asked = still_open.select("principal_id")
    return (
        links.lazy()
        .filter(pl.col("grade") > 0)
        .join(named.join(asked, on="principal_id", how="semi"), on="use_id")
    )


def issued_links(issuances: pl.LazyFrame) -> pl.LazyFrame:
    """`issued`: a key that the record of its call names and that no use of these logs bears."""
    unused = (
        issued_columns(issuances)
        .filter(pl.col("issued_key").is_not_null())
        .with_columns(
            pl.col("issuance_id").alias("use_id"),
            pl.col("issued_event_time").alias("first_seen"),
            pl.col("issued_event_time").alias("last_seen"),
            pl.lit(None, pl.String).alias("federated_provider"),
            pl.lit(value=False).alias("failed_integrity"),
            pl.lit(4, pl.Int8).alias("form_grade"),
        )
        .with_columns(CAP.alias("cap"), OTHER_PROVIDER.alias("other_provider"))
    )
    grade = pl.when(NAMED).then(4).otherwise(2)
    return links_of(unused, "issued", grade, "the record of the call names the issued key")


def best_links(facts: Facts) -> pl.DataFrame:
    """All links: each use's best grade kept, the pairs that only share a key id refused.

    Columns as for every rule. A key that was issued and never used has a link of its own, whose
    use_id is its issuance_id.

    Key rules come first; a rule without the key is asked only for uses that they leave open.
    """
    uses, issuances = facts.uses.lazy(), facts.issuances.lazy()
    pairs = same_key_pairs(uses, issuances).collect()
    *kept, refused = pl.collect_all([rule(pairs.lazy()) for rule in KEY_RULES])
    del pairs
    by_key = pl.concat(kept)
    borne = facts.marks_of_issuances(by_key["issuance_id"])
    # A use refused for its own time or source identity must not come back by another rule, nor its
    # issuance as one that was never used.
    contradicted = refused.filter(pl.col("why").is_in(CONTRADICTIONS))
    sound = rows_of(facts.uses, ~facts.marks_of_uses(contradicted["use_id"]))
    # Lake Formation's own AssumeRole would end the chain at the service: who queried says more.
    by_query = l25_lake_formation(sound, issuances).collect()
    queried = facts.marked(by_query["use_id"])
    found = pl.concat([by_key.filter(~queried.gather(by_key["use_id"])), by_query])
    del by_key, kept
    kinds = set(facts.issuances["kind"].unique())
    with_borne = facts.issuances.with_columns(borne.alias("borne")).lazy()
    for turn in _without_key(with_borne):
        settled = facts.marks_of_uses(found["use_id"], contradicted["use_id"])
        still_open = rows_of(facts.uses, ~settled)
        tied = _with_sessions(found, uses, still_open)
        rules = [rule(still_open, tied) for needed, rule in turn if needed is None or needed & kinds]
        found = pl.concat([found, *pl.collect_all(rules)])
    unused = ~(borne | facts.marks_of_issuances(contradicted["issuance_id"]))
    never_used = issued_links(rows_of(facts.issuances, unused)).collect()
    return pl.concat([*_best(facts, found, refused), never_used])


def _best(facts: Facts, found: pl.DataFrame, refused: pl.DataFrame) -> list[pl.DataFrame]:
    """Each use's links of its best grade, and the refused pairs that no other rule has linked."""
    pair = ["use_id", "issuance_id"]
    several = facts.repeated(found["use_id"])
    best = (
        found.filter(several)
        .filter(pl.col("grade") == pl.col("grade").max().over("use_id"))
        .unique(pair, keep="first", maintain_order=True)
    )
    alone = found.filter(~several)
    return [alone, best, refused.join(pl.concat([alone, best]), on=pair, how="anti")]
