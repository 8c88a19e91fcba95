"""The origin that a use names itself: what stands at the end of a chain of our own records."""

from collections.abc import Callable
from datetime import datetime

import polars as pl

from trailtrace.provenance.facts import Facts, at_least, forms, rows_of, told_in
from trailtrace.provenance.matching import FAILED_INTEGRITY, FORM_GRADE, SSO_PATH, TRANSLATED
from trailtrace.provenance.origin_cases import (
    UNKNOWN,
    at_most,
    bare_issuer,
    external_id,
    first_cases,
    origin_case,
    store_account,
)

_TYPE = pl.col("user_identity_type")

SESSION = ["principal_id", "creation_date", "account_id"]
"""What the keys of one role session share."""

FIRST_ASSUME_ROOT = datetime(2024, 11, 1)
"""Before any privileged root session: IAM announced central root access on 15 November 2024."""


def _workload_kind(issued_to: pl.Expr) -> pl.Expr:
    """The kind of workload of the resource a credential was vended to (L21)."""
    return (
        pl.when(issued_to.str.contains(":lambda:", literal=True))
        .then(pl.lit("lambda_function"))
        .when(issued_to.str.contains(r":ec2:[^:]*:[0-9]*:instance/"))
        .then(pl.lit("ec2_instance"))
        .when(issued_to.str.contains(":ecs:", literal=True))
        .then(pl.lit("ecs_task"))
    )


def l19_people(uses: pl.LazyFrame) -> pl.LazyFrame:
    """L19: the Identity Center person of each (principal_id, creation_date, account_id) group.

    A service stamps the person on some events only; the whole group is one session. A group that
    names two people contradicts itself: `two_people`.
    """
    stamped = pl.col("on_behalf_of")
    return (
        uses.filter(
            stamped.is_not_null()
            & pl.col("authenticated")
            & ~FAILED_INTEGRITY
            & pl.col("principal_id").is_not_null()
            & pl.col("creation_date").is_not_null()
        )
        .group_by(SESSION)
        .agg(
            stamped.min().alias("person"),
            ((stamped.n_unique() > 1) | pl.col("on_behalf_of_differs").any()).alias("two_people"),
        )
    )


def l21_workloads(uses: pl.LazyFrame) -> pl.LazyFrame:
    """L21: the workload that each (principal_id, creation_date, account_id) group was vended to.

    A service that acts for the session does not repeat the stamp. A group with two names none.
    """
    stamped = pl.col("credentials_issued_to")
    return (
        uses.filter(
            stamped.is_not_null()
            & pl.col("authenticated")
            & ~FAILED_INTEGRITY
            & ~pl.col("credentials_issued_to_differs")
            & pl.col("principal_id").is_not_null()
            & pl.col("creation_date").is_not_null()
        )
        .group_by(SESSION)
        .agg(stamped.min().alias("vended_to"), stamped.n_unique().alias("workloads"))
        .filter(pl.col("workloads") == 1)
        .drop("workloads")
    )


def _users(uses: pl.LazyFrame) -> pl.LazyFrame:
    """IAM users that their own account's records name: a unique id is never given twice."""
    return (
        uses.filter((_TYPE == "IAMUser") & pl.col("authenticated") & pl.col("arn").is_not_null())
        .filter(~FAILED_INTEGRITY)
        .filter(pl.col("principal_id").str.starts_with("AIDA"))
        .group_by("principal_id", "account_id")
        .agg(
            pl.col("arn").min().alias("user_arn"),
            pl.col("user_name").min().alias("known_name"),
            pl.col("arn").n_unique().alias("arns"),
        )
        .filter(pl.col("arns") == 1)
        .drop("arns")
    )


def _saml_issuers(issuances: pl.LazyFrame) -> pl.LazyFrame:
    """The issuer of each SAML caller: its own records name only a hash of it."""
    return (
        issuances.filter((pl.col("kind") == "saml") & pl.col("saml_issuer").is_not_null())
        .group_by(pl.col("caller_use_id").alias("use_id"))
        .agg(
            pl.col("saml_issuer").min(),
            pl.col("saml_issuer").n_unique().alias("issuers"),
            pl.col("subject").min().alias("saml_subject"),
        )
        .filter(pl.col("issuers") == 1)
        .drop("issuers")
    )


def origins_of_uses(facts: Facts, callers: pl.LazyFrame) -> pl.DataFrame:
    """The origin each use names itself, as if it had no issuance. Adds use_id; most sessions name none.

    `callers` has the people behind SAML subjects (`people_of_callers` of `people.py`).
    """
    account, arn, principal = pl.col("account_id"), pl.col("arn"), pl.col("principal_id")
    own_stamp = pl.col("credentials_issued_to")
    issued_to = pl.coalesce(own_stamp, pl.when(pl.col("invoked_by").is_not_null()).then(pl.col("vended_to")))
    issuer = pl.col("session_issuer_arn")
    last_part = issued_to.str.extract(r"([^:/]+)$")
    function_name = issued_to.str.extract(r":function:([^:]+)")
    workload = _workload_kind(issued_to)
    # A key that is no temporary one, masked or not. Without any, the record names the principal, but
    # not how it was proven.
    long_term = (
        pl.col("creation_date").is_null()
        & pl.col("access_key_id").is_not_null()
        & ~pl.col("access_key_id").str.starts_with("ASIA")
    )
    role_session = _TYPE == "AssumedRole"
    slr_service = issuer.str.extract(r":role/aws-service-role/([^/]+)/")
    person = pl.coalesce("person", pl.when(_TYPE == "IdentityCenterUser").then("on_behalf_of"))
    caller = pl.col("portal_person")
    cases = [
        origin_case(~pl.col("authenticated"), "unknown", 0, "no_issuance"),
        # A product provider acts under a customer principal's authority: not that person's act (C46).
        origin_case(
            pl.col("delegate_account_id").is_not_null(),
            "external_account",
            2,
            "external_account",
            id=pl.col("delegate_account_id"),
            account_id=pl.col("delegate_account_id"),
        ),
        origin_case(
            (_TYPE == "IAMUser") & long_term,
            "iam_user",
            4,
            "origin",
            id=principal,
            arn=arn,
            account_id=account,
            name=pl.col("user_name"),
        ),
        # The record names the user; how the session began is not in the logs, or a service
        # forwards it: strong.
        origin_case(
            _TYPE == "IAMUser",
            "iam_user",
            3,
            "origin",
            id=principal,
            arn=arn,
            account_id=account,
            name=pl.col("user_name"),
        ),
        # A privileged root session is not the root user (C29): without its AssumeRoot, unknown.
        origin_case((_TYPE == "Root") & pl.col("assumed_root"), "unknown", 0, "no_issuance"),
        origin_case(
            (_TYPE == "Root") & long_term,
            "root",
            4,
            "origin",
            id=account,
            arn=arn,
            account_id=account,
            name=pl.lit("root"),
        ),
        *(
            origin_case(
                (_TYPE == "Root") & where,
                "root",
                grade,
                "origin",
                id=account,
                arn=arn,
                account_id=account,
                name=pl.lit("root"),
            )
            for where, grade in (
                # A bare temporary key may be of a privileged root session, which a person began (C29).
                (
                    pl.col("access_key_id").is_not_null()
                    & pl.col("creation_date").is_null()
                    & pl.col("invoked_by").is_null()
                    & (pl.col("last_seen") >= pl.lit(FIRST_ASSUME_ROOT)),
                    2,
                ),
                # A translation may have left out that it is one.
                (TRANSLATED & (pl.col("last_seen") >= pl.lit(FIRST_ASSUME_ROOT)), 2),
                (pl.lit(value=True), 3),
            )
        ),
        origin_case(
            (_TYPE == "FederatedUser") & (pl.col("session_issuer_type") == "IAMUser"),
            "iam_user",
            4,
            "origin",
            id=pl.col("session_issuer_principal_id"),
            arn=issuer,
            account_id=pl.col("session_issuer_account_id"),
            name=pl.col("session_issuer_user_name"),
        ),
        origin_case(
            (_TYPE == "FederatedUser") & (pl.col("session_issuer_type") == "Root"),
            "root",
            4,
            "origin",
            id=pl.col("session_issuer_account_id"),
            arn=issuer,
            account_id=pl.col("session_issuer_account_id"),
            name=pl.lit("root"),
        ),
        origin_case(pl.col("two_people"), "unknown", 0, "contradiction"),
        # L19: proof where the stamp is, and for all keys of an Identity Center session, whose name the
        # service chose. Elsewhere two sessions of one name may begin in one second: probable.
        *(
            origin_case(
                person.is_not_null() & (role_session | (_TYPE == "IdentityCenterUser")) & where,
                "identity_center_user",
                grade,
                "origin",
                id=person,
                account_id=store_account(person),
            )
            for where, grade in (
                (pl.col("on_behalf_of").is_not_null(), 4),
                (issuer.str.contains(SSO_PATH, literal=True), 4),
                (pl.lit(value=True), 2),
            )
        ),
        origin_case(pl.col("credentials_issued_to_differs"), "unknown", 0, "contradiction"),
        *(
            origin_case(
                role_session & workload.is_not_null() & where,
                workload,
                grade,
                "origin",
                id=pl.when(workload == "ec2_instance").then(last_part).otherwise(issued_to),
                arn=issued_to,
                account_id=account,
                name=pl.coalesce(function_name, last_part),
            )
            for where, grade in ((own_stamp.is_not_null(), 4), (pl.lit(value=True), 2))
        ),
        # L22: only the metadata service writes how it delivered a role; the name alone proves nothing.
        origin_case(
            role_session
            & pl.col("ec2_role_delivery").is_not_null()
            & pl.col("session_name").str.contains("^i-[0-9a-f]{8,17}$"),
            "ec2_instance",
            3,
            "origin",
            id=pl.col("session_name"),
            account_id=account,
            name=pl.col("session_name"),
        ),
        # The instance identity role: no AROA, no AssumeRole; the principal id names the instance.
        origin_case(
            role_session & principal.str.contains(r"^\d{12}:aws:ec2-(?:instance|infrastructure):i-"),
            "ec2_instance",
            4,
            "origin",
            id=principal.str.extract(r"(i-[0-9a-zA-Z]+)$"),
            account_id=account,
            name=principal.str.extract(r"(i-[0-9a-zA-Z]+)$"),
        ),
        # Only the service itself can assume a role below its /aws-service-role/ path.
        origin_case(
            role_session & slr_service.is_not_null(),
            "aws_service",
            3,
            "service",
            id=slr_service,
            account_id=account,
            name=slr_service,
        ),
        origin_case(
            (_TYPE == "AWSService") | (_TYPE.is_null() & pl.col("invoked_by").is_not_null()),
            "aws_service",
            4,
            "service",
            id=pl.col("invoked_by"),
            name=pl.col("invoked_by"),
        ),
        origin_case((_TYPE == "AWSAccount") & (account == "ANONYMOUS_PRINCIPAL"), "anonymous", 4, "origin"),
        origin_case((_TYPE == "Unknown") & (principal == "Anonymous"), "anonymous", 4, "origin"),
        # L17: another account's copy of a user's call; the user's own account knows the name.
        origin_case(
            (_TYPE == "AWSAccount") & pl.col("user_arn").is_not_null(),
            "iam_user",
            3,
            "origin",
            id=principal,
            arn=pl.col("user_arn"),
            account_id=account,
            name=pl.col("known_name"),
        ),
        origin_case(
            (_TYPE == "AWSAccount") & account.is_not_null(),
            "external_account",
            3,
            "missing_log",
            id=external_id(account, principal),
            account_id=account,
        ),
        *(
            origin_case(
                (_TYPE == "SAMLUser") & (pl.col("portal_grade") == grade),
                "identity_center_user",
                grade,
                "origin",
                id=caller,
                account_id=store_account(caller),
                name=pl.coalesce("saml_subject", "user_name"),
            )
            for grade in (3, 2)
        ),
        origin_case(
            _TYPE == "SAMLUser",
            "saml_user",
            4,
            "origin",
            id=pl.coalesce(pl.col("saml_issuer") + "#" + pl.col("saml_subject"), pl.col("subject")),
            name=pl.col("user_name"),
        ),
        origin_case(
            _TYPE == "WebIdentityUser",
            "oidc_subject",
            4,
            "origin",
            id=bare_issuer(pl.col("subject")),
            name=pl.col("user_name"),
        ),
    ]
    stamped_uses = _stamped(facts, callers)
    found = first_cases(stamped_uses, "use_id", cases).collect()
    # Of what failed verification all is weak.
    cap = pl.min_horizontal(FORM_GRADE, pl.when(FAILED_INTEGRITY).then(1).otherwise(4)).cast(pl.Int8)
    capped = stamped_uses.select("use_id", cap.alias("cap")).filter(pl.col("cap") < 4).collect()
    return at_most(found, facts.placed(capped["use_id"], capped["cap"]))


def of_sessions(uses: pl.DataFrame, groups: Callable[[pl.LazyFrame], pl.LazyFrame]) -> pl.DataFrame:
    """What is known of (principal_id, creation_date, account_id) groups, for each of their uses.

    `groups` finds it in uses: in those that are told in no lesser form than the use.
    """
    found = []
    for form in forms(uses):
        known = groups(at_least(uses, form)).collect()
        # Few sessions are stamped, and their times tell most others apart from them.
        times = known["creation_date"].unique().implode()
        near = told_in(uses, form).filter(pl.col("creation_date").is_in(times))
        found.append(near.select("use_id", *SESSION).join(known.lazy(), on=SESSION).drop(SESSION))
    return pl.concat(pl.collect_all(found))


def of_two_people(uses: pl.DataFrame) -> pl.Series:
    """The uses of sessions that name more than one person."""
    return of_sessions(uses, lambda told: l19_people(told).filter("two_people"))["use_id"]


def _named_users(uses: pl.DataFrame) -> pl.DataFrame:
    """user_arn and known_name of each use that is another account's copy of a call by a user we know."""
    found = [
        told_in(uses, form)
        .filter(_TYPE == "AWSAccount")
        .select("use_id", "principal_id", "account_id")
        .join(_users(at_least(uses, form)), on=["principal_id", "account_id"])
        .drop("principal_id", "account_id")
        for form in forms(uses)
    ]
    return pl.concat(pl.collect_all(found))


def _stamped(facts: Facts, callers: pl.LazyFrame) -> pl.LazyFrame:
    """Uses with what other records say of them; of most, none does."""
    known = [
        of_sessions(facts.uses, l19_people),
        of_sessions(facts.uses, l21_workloads),
        _saml_issuers(facts.issuances.lazy()).collect(),
        callers.collect(),
        _named_users(facts.uses),
    ]
    stamped = facts.marks_of_uses(*(each["use_id"] for each in known))
    few = facts.uses.filter(stamped).lazy()
    for each in known:
        few = few.join(each.lazy(), on="use_id", how="left")
    return pl.concat([rows_of(facts.uses, ~stamped), few], how="diagonal")


def contradicting(use_origins: pl.DataFrame, refused: pl.DataFrame) -> pl.DataFrame:
    """Origins of uses, where those that name nobody and whose own issuance refutes them stop at that."""
    named = use_origins.filter(pl.col("kind") != "unknown")
    stops = (
        refused.select("use_id")
        .unique()
        .join(named, on="use_id", how="anti")
        .select("use_id", *UNKNOWN.origin)
        .with_columns(pl.lit("contradiction").alias("stop"))
    )
    return pl.concat([use_origins.join(stops, on="use_id", how="anti"), stops])
