"""L19b: the Identity Center person behind a portal's SAML subject, on sessions that bear no stamp.

The portal's assertion names its person by user name, and services stamp the person on most of the
sessions it begins. What the stamped sessions of a subject say holds for the others near them in time.
"""

import polars as pl

from trailtrace.provenance.facts import Facts, at_least, forms
from trailtrace.provenance.matching import SSO_PATH
from trailtrace.provenance.origin_cases import store_account
from trailtrace.provenance.origins import l19_people

NAME_DAYS = 7
"""A user name may be given to somebody else (T08): a stamp on one side only counts for this long."""

_SUBJECT = ["saml_issuer", "subject"]
_TWO = ""
"""In place of a person where stamps of one second name two."""


def l19b_people_of_subjects(facts: Facts, links: pl.LazyFrame) -> pl.DataFrame:
    """issuance_id, person and grade of the portal's calls whose subject other sessions' stamps explain.

    Strong between two stamps of one person, since a person's id is never given twice; probable beside one.
    A call is explained by sessions and calls that are told in no lesser form than itself.
    """
    found = [
        _of_subjects(form, at_least(facts.uses, form), at_least(facts.issuances, form), links)
        for form in forms(facts.issuances)
    ]
    return pl.concat(pl.collect_all(found))


def _of_subjects(form: int, uses: pl.LazyFrame, issuances: pl.LazyFrame, links: pl.LazyFrame) -> pl.LazyFrame:
    calls = issuances.filter(
        (pl.col("kind") == "saml")
        & pl.col("role_arn").str.contains(SSO_PATH, literal=True)
        & pl.all_horizontal(pl.col(*_SUBJECT).is_not_null())
        & ~pl.col("conflicting")
    ).select("issuance_id", "event_time", "form_grade", *_SUBJECT)
    stamps = (
        _stamped(uses, links)
        .join(calls, on="issuance_id")
        # Calls of one second and name that are not of one subject teach nothing.
        .filter(pl.struct(_SUBJECT).n_unique().over("use_id") == 1)
        .group_by(*_SUBJECT, "event_time")
        .agg(pl.when(pl.col("person").n_unique() == 1).then(pl.col("person").min()).otherwise(pl.lit(_TWO)))
        .with_columns(pl.col("event_time").alias("at"))
        .sort("event_time")
    )
    beside = (
        calls.filter(pl.col("form_grade") == form)
        .sort("event_time")
        .join_asof(
            stamps.rename({"person": "person_before", "at": "at_before"}),
            on="event_time",
            by=_SUBJECT,
            strategy="backward",
            check_sortedness=False,
        )
        .join_asof(
            stamps.rename({"person": "person_after", "at": "at_after"}),
            on="event_time",
            by=_SUBJECT,
            strategy="forward",
            check_sortedness=False,
        )
    )
    before, after = pl.col("person_before"), pl.col("person_after")
    apart = pl.coalesce(pl.col("event_time") - pl.col("at_before"), pl.col("at_after") - pl.col("event_time"))
    lone = (before.is_null() != after.is_null()) & (apart <= pl.duration(days=NAME_DAYS))
    return (
        beside.with_columns(
            pl.coalesce(before, after).alias("person"),
            pl.when(before == after).then(3).when(lone).then(2).cast(pl.Int8).alias("grade"),
        )
        .filter(pl.col("grade").is_not_null() & (pl.col("person") != _TWO))
        .select("issuance_id", "person", "grade")
    )


def _stamped(uses: pl.LazyFrame, links: pl.LazyFrame) -> pl.LazyFrame:
    """use_id, issuance_id and person of stamped sessions that are tied to their call beyond doubt."""
    people = l19_people(uses).filter(~pl.col("two_people")).drop("two_people")
    tied = links.filter(pl.col("grade") >= 3).select("use_id", "issuance_id")
    return (
        uses.filter(
            pl.col("authenticated") & pl.col("session_issuer_arn").str.contains(SSO_PATH, literal=True)
        )
        .join(people, on=["principal_id", "creation_date", "account_id"])
        .join(tied, on="use_id")
        .select("use_id", "issuance_id", "person")
    )


def with_people(caller_origins: pl.LazyFrame, people: pl.LazyFrame) -> pl.LazyFrame:
    """Callers' origins, where a person stands for the portal's SAML subject; the subject stays the name."""
    known = pl.col("person").is_not_null() & (pl.col("kind") == "saml_user")
    person = {
        "kind": pl.lit("identity_center_user"),
        "id": pl.col("person"),
        "account_id": store_account(pl.col("person")),
        "grade": pl.min_horizontal("grade", "person_grade"),
    }
    return (
        caller_origins.join(people.rename({"grade": "person_grade"}), on="issuance_id", how="left")
        .with_columns(
            pl.when(known).then(value).otherwise(name).alias(name) for name, value in person.items()
        )
        .drop("person", "person_grade")
    )


def people_of_callers(issuances: pl.LazyFrame, people: pl.LazyFrame) -> pl.LazyFrame:
    """use_id, portal_person and portal_grade of SAML callers all of whose calls were one person's."""
    return (
        issuances.filter(pl.col("kind") == "saml")
        .join(people, on="issuance_id", how="left")
        .group_by(pl.col("caller_use_id").alias("use_id"))
        .agg(
            pl.col("person").min().alias("portal_person"),
            pl.col("grade").min().alias("portal_grade"),
            (pl.col("person").is_not_null().all() & (pl.col("person").n_unique() == 1)).alias("one"),
        )
        .filter("one")
        .drop("one")
    )
