"""What stands at the end of a chain: the origin that a use, or an issuance's caller, names itself.

Both functions return frames with the columns kind, id, arn, account_id, name: text,
grade: int (as in links), stop: text.
"""

import polars as pl

_TYPE = pl.col("user_identity_type")
_NULL = pl.lit(None, pl.String)


def _origin(
    when: pl.Expr,
    kind: str | pl.Expr,
    grade: int,
    stop: str,
    *,
    id: pl.Expr = _NULL,
    arn: pl.Expr = _NULL,
    account_id: pl.Expr = _NULL,
    name: pl.Expr = _NULL,
) -> tuple[pl.Expr, pl.Expr]:
    value = pl.struct(
        (pl.lit(kind) if isinstance(kind, str) else kind).alias("kind"),
        id.cast(pl.String).alias("id"),
        arn.cast(pl.String).alias("arn"),
        account_id.cast(pl.String).alias("account_id"),
        name.cast(pl.String).alias("name"),
        pl.lit(grade, pl.Int8).alias("grade"),
        pl.lit(stop).alias("stop"),
    )
    return when.fill_null(value=False), value


def _first(cases: list[tuple[pl.Expr, pl.Expr]], otherwise: pl.Expr) -> pl.Expr:
    """The origin of the first case that applies."""
    result = otherwise
    for when, value in reversed(cases):
        result = pl.when(when).then(value).otherwise(result)
    return result


_UNKNOWN = _origin(pl.lit(value=True), "unknown", 0, "no_issuance")[1]


def _workload_kind(issued_to: pl.Expr) -> pl.Expr:
    """The kind of workload of the resource a credential was vended to (L21)."""
    return (
        pl.when(issued_to.str.contains(":lambda:", literal=True))
        .then(pl.lit("lambda_function"))
        .when(issued_to.str.contains(":instance/", literal=True))
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
            & pl.col("principal_id").is_not_null()
            & pl.col("creation_date").is_not_null()
        )
        .group_by("principal_id", "creation_date", "account_id")
        .agg(
            stamped.min().alias("person"),
            ((stamped.n_unique() > 1) | pl.col("on_behalf_of_differs").any()).alias("two_people"),
        )
    )


def origins_of_uses(uses: pl.LazyFrame) -> pl.LazyFrame:
    """The origin each use names itself, as if no issuance were known. Adds use_id."""
    account, arn, principal = pl.col("account_id"), pl.col("arn"), pl.col("principal_id")
    issued_to = pl.col("credentials_issued_to")
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
    store_account = person.str.extract(r"arn:[^:]*:identitystore::([0-9]+):")
    cases = [
        _origin(~pl.col("authenticated"), "unknown", 0, "no_issuance"),
        # A product provider acts under a customer principal's authority: not that person's act (C46).
        _origin(
            pl.col("delegate_account_id").is_not_null(),
            "external_account",
            2,
            "external_account",
            id=pl.col("delegate_account_id"),
            account_id=pl.col("delegate_account_id"),
        ),
        _origin(
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
        _origin(
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
        _origin((_TYPE == "Root") & pl.col("assumed_root"), "unknown", 0, "no_issuance"),
        _origin(
            (_TYPE == "Root") & long_term,
            "root",
            4,
            "origin",
            id=account,
            arn=arn,
            account_id=account,
            name=pl.lit("root"),
        ),
        _origin(
            _TYPE == "Root", "root", 3, "origin", id=account, arn=arn, account_id=account, name=pl.lit("root")
        ),
        _origin(
            (_TYPE == "FederatedUser") & (pl.col("session_issuer_type") == "IAMUser"),
            "iam_user",
            4,
            "origin",
            id=pl.col("session_issuer_principal_id"),
            arn=issuer,
            account_id=pl.col("session_issuer_account_id"),
            name=pl.col("session_issuer_user_name"),
        ),
        _origin(
            (_TYPE == "FederatedUser") & (pl.col("session_issuer_type") == "Root"),
            "root",
            4,
            "origin",
            id=pl.col("session_issuer_account_id"),
            arn=issuer,
            account_id=pl.col("session_issuer_account_id"),
            name=pl.lit("root"),
        ),
        _origin(pl.col("two_people"), "unknown", 0, "contradiction"),
        # L19: proof where the stamp is, and for all keys of an Identity Center session, whose name the
        # service chose. Elsewhere two sessions of one name may begin in one second: probable.
        *(
            _origin(
                person.is_not_null() & (role_session | (_TYPE == "IdentityCenterUser")) & where,
                "identity_center_user",
                grade,
                "origin",
                id=person,
                account_id=store_account,
            )
            for where, grade in (
                (pl.col("on_behalf_of").is_not_null(), 4),
                (issuer.str.contains("/aws-reserved/sso.amazonaws.com/", literal=True), 4),
                (pl.lit(value=True), 2),
            )
        ),
        _origin(pl.col("credentials_issued_to_differs"), "unknown", 0, "contradiction"),
        _origin(
            role_session & workload.is_not_null(),
            workload,
            4,
            "origin",
            id=pl.when(workload == "ec2_instance").then(last_part).otherwise(issued_to),
            arn=issued_to,
            account_id=account,
            name=pl.coalesce(function_name, last_part),
        ),
        # The instance identity role: no AROA, no AssumeRole; the principal id names the instance.
        _origin(
            role_session & principal.str.contains(r"^\d{12}:aws:ec2-(?:instance|infrastructure):i-"),
            "ec2_instance",
            4,
            "origin",
            id=principal.str.extract(r"(i-[0-9a-zA-Z]+)$"),
            account_id=account,
            name=principal.str.extract(r"(i-[0-9a-zA-Z]+)$"),
        ),
        # Only the service itself can assume a role below its /aws-service-role/ path.
        _origin(
            role_session & slr_service.is_not_null(),
            "aws_service",
            3,
            "service",
            id=slr_service,
            account_id=account,
            name=slr_service,
        ),
        _origin(
            (_TYPE == "AWSService") | (_TYPE.is_null() & pl.col("invoked_by").is_not_null()),
            "aws_service",
            4,
            "service",
            id=pl.col("invoked_by"),
            name=pl.col("invoked_by"),
        ),
        _origin((_TYPE == "AWSAccount") & (account == "ANONYMOUS_PRINCIPAL"), "anonymous", 4, "origin"),
        _origin((_TYPE == "Unknown") & (principal == "Anonymous"), "anonymous", 4, "origin"),
        _origin(
            (_TYPE == "AWSAccount") & account.is_not_null(),
            "external_account",
            3,
            "missing_log",
            id=_external_id(account, principal),
            account_id=account,
        ),
        _origin(
            _TYPE == "SAMLUser", "saml_user", 4, "origin", id=pl.col("subject"), name=pl.col("user_name")
        ),
        _origin(
            _TYPE == "WebIdentityUser",
            "oidc_subject",
            4,
            "origin",
            id=_bare_issuer(pl.col("subject")),
            name=pl.col("user_name"),
        ),
    ]
    return (
        uses.join(l19_people(uses), on=["principal_id", "creation_date", "account_id"], how="left")
        .select("use_id", _first(cases, _UNKNOWN).alias("origin"))
        .unnest("origin")
        .pipe(_certain)
    )


def origins_of_callers(issuances: pl.LazyFrame) -> pl.LazyFrame:
    """The origin that an issuance's caller is, where the caller is no session or user of ours.

    Adds issuance_id; rows only for such callers. The others are uses of their own.
    """
    service = pl.col("caller_invoked_by")
    session, role = pl.col("session_name"), pl.col("role_arn")
    account = role.str.extract(r"^arn:[^:]*:iam::([0-9]+):")
    by_service = pl.col("caller_type") == "AWSService"
    cluster = pl.col("tags").str.extract(r'"key":\s*"eks-cluster-arn",\s*"value":\s*"([^"]+)"')
    namespace = pl.col("tags").str.extract(r'"key":\s*"kubernetes-namespace",\s*"value":\s*"([^"]+)"')
    pod = pl.col("tags").str.extract(r'"key":\s*"kubernetes-pod-name",\s*"value":\s*"([^"]+)"')
    switched = pl.col("switched_from")
    switched_account = switched.str.extract(r"^arn:[^:]*:(?:iam|sts)::([0-9]+):")
    cases = [
        _origin(
            by_service & (service == "ec2.amazonaws.com") & session.str.contains("^i-[0-9a-zA-Z]+$"),
            "ec2_instance",
            4,
            "origin",
            id=session,
            account_id=account,
            name=session,
        ),
        # `awslambda_<n>_<time>`: the service checks the role at create or update; no function runs.
        _origin(
            by_service & (service == "lambda.amazonaws.com") & ~session.str.starts_with("awslambda_"),
            "lambda_function",
            4,
            "origin",
            id=session,
            account_id=account,
            name=session,
        ),
        _origin(
            by_service & (service == "ecs-tasks.amazonaws.com"),
            "ecs_task",
            4,
            "origin",
            id=session,
            account_id=account,
            name=session,
        ),
        _origin(
            by_service & (service == "pods.eks.amazonaws.com") & pod.is_not_null(),
            "eks_pod",
            3,
            "origin",
            id=pl.concat_str(cluster, namespace, pod, separator="/"),
            account_id=account,
            name=pod,
        ),
        _origin(by_service, "aws_service", 4, "service", id=service, name=service),
        _origin(
            pl.col("caller_type") == "SAMLUser",
            "saml_user",
            4,
            "origin",
            id=pl.concat_str(
                pl.coalesce("saml_issuer", "caller_identity_provider"),
                pl.lit("#"),
                pl.coalesce("subject", "caller_user_name"),
            ),
            name=pl.coalesce("subject", "caller_user_name"),
        ),
        _origin(
            pl.col("caller_type") == "WebIdentityUser",
            "oidc_subject",
            4,
            "origin",
            id=_bare_issuer(pl.concat_str("caller_identity_provider", pl.lit("#"), "caller_user_name")),
            arn=pl.when(pl.col("caller_identity_provider").str.starts_with("arn:")).then(
                "caller_identity_provider"
            ),
            name=pl.col("caller_user_name"),
        ),
        _origin(
            (pl.col("caller_type") == "AWSAccount") & pl.col("caller_account_id").is_not_null(),
            "external_account",
            3,
            "missing_log",
            id=_external_id(pl.col("caller_account_id"), pl.col("caller_principal_id")),
            account_id=pl.col("caller_account_id"),
        ),
        _origin(
            switched.str.contains(r":iam::[0-9]+:user/"),
            "iam_user",
            3,
            "origin",
            arn=switched,
            account_id=switched_account,
            name=switched.str.extract(r"([^/]+)$"),
        ),
        _origin(
            switched.str.contains(r":iam::[0-9]+:root$"),
            "root",
            3,
            "origin",
            id=switched_account,
            arn=switched,
            account_id=switched_account,
            name=pl.lit("root"),
        ),
        _origin(
            switched.is_not_null(),
            "external_account",
            3,
            "missing_log",
            id=_external_id(switched_account, switched),
            arn=switched,
            account_id=switched_account,
        ),
    ]
    foreign = pl.col("caller_type").is_in(["AWSService", "SAMLUser", "WebIdentityUser", "AWSAccount"])
    return (
        issuances.filter(foreign | (pl.col("kind") == "switch_role"))
        .select("issuance_id", _first(cases, _UNKNOWN).alias("origin"))
        .unnest("origin")
        .pipe(_certain)
    )


def ends_of_links(
    found: pl.DataFrame, uses: pl.DataFrame, use_origins: pl.DataFrame, caller_origins: pl.DataFrame
) -> pl.DataFrame:
    """Links with the origin each would end in: the caller's, or what AWS stamped on the use itself.

    L19: the Identity Center person, where the issuance only knows a SAML subject, which stays as
    the name. L21: the function's ARN, where the issuance only knows its name. The origin's grade
    comes as `grade_origin`, beside the link's.
    """
    names = ("kind", "id", "arn", "account_id", "name", "grade")
    stamped = use_origins.filter(
        pl.col("kind").is_in(["identity_center_user", "lambda_function", "ec2_instance"])
        & (pl.col("grade") > 0)
    ).select("use_id", *(pl.col(name).alias(f"stamped_{name}") for name in names))
    two_people = (
        l19_people(uses.lazy())
        .filter("two_people")
        .join(uses.lazy(), on=["principal_id", "creation_date", "account_id"])
        .select("use_id", "two_people")
        .collect()
    )
    joined = (
        found.join(caller_origins.rename({"grade": "grade_origin"}), on="issuance_id", how="left")
        .join(stamped, on="use_id", how="left")
        .join(two_people, on="use_id", how="left")
    )
    saml = pl.col("kind") == "saml_user"
    # A stamp on another key of the session names its person only where Identity Center made both.
    person = saml & (pl.col("stamped_kind") == "identity_center_user") & (pl.col("stamped_grade") >= 3)
    workload = pl.col("kind").is_in(["lambda_function", "ec2_instance"]) & (
        pl.col("kind") == pl.col("stamped_kind")
    )
    other_workload = workload & (pl.col("name") != pl.col("stamped_name"))
    refuted = (
        pl.col("callers_differ")
        | (pl.col("two_people").fill_null(value=False) & saml)
        | other_workload.fill_null(value=False)
    )
    unknown = {"kind": "unknown", "stop": "contradiction", "grade_origin": 0}
    better = (person | workload).fill_null(value=False)
    return joined.with_columns(
        *(
            pl.when(refuted)
            .then(pl.lit(unknown.get(name)))
            .when(better)
            .then(f"stamped_{name}")
            .otherwise(name)
            .alias(name)
            for name in ("kind", "id", "arn", "account_id")
        ),
        *(
            pl.when(refuted).then(pl.lit(unknown.get(name))).otherwise(name).alias(name)
            for name in ("name", "stop")
        ),
        pl.when(refuted)
        .then(0)
        .when(better)
        .then(pl.min_horizontal("grade_origin", "stamped_grade"))
        .otherwise("grade_origin")
        .alias("grade_origin"),
    ).drop("^stamped_.*$", "two_people")


def _certain(origins: pl.LazyFrame) -> pl.LazyFrame:
    """Origins that name somebody: an origin without a usable id is unknown, one by ARN alone strong."""
    hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"  # T17
    nameless = pl.col("id").is_null() | (
        pl.col("id").str.starts_with("#")
        | pl.col("id").str.ends_with("#")
        | pl.col("id").str.contains(hidden)
    )
    unknown = nameless & pl.col("arn").is_null() & ~pl.col("kind").is_in(["unknown", "anonymous"])
    kept = {"kind": "unknown", "stop": "no_issuance", "grade": 0}
    return origins.with_columns(
        *(
            pl.when(unknown).then(pl.lit(kept.get(name))).otherwise(name).alias(name)
            for name in ("kind", "stop", "account_id")
        ),
        pl.when(nameless).then(None).otherwise("id").alias("id"),
        pl.when(unknown | (pl.col("name") == hidden)).then(None).otherwise("name").alias("name"),
        pl.when(unknown)
        .then(0)
        .when(nameless & (pl.col("kind") != "anonymous"))
        .then(pl.min_horizontal("grade", pl.lit(3)))
        .otherwise("grade")
        .cast(pl.Int8)
        .alias("grade"),
    )


def _external_id(account: pl.Expr, principal: pl.Expr) -> pl.Expr:
    return pl.when(principal.is_null()).then(account).otherwise(account + "#" + principal)


def _bare_issuer(subject: pl.Expr) -> pl.Expr:
    """`<issuer>#<subject>` with the issuer's host, not the ARN of one account's provider for it."""
    return subject.str.replace(r"^arn:[^:]*:iam::[0-9]*:oidc-provider/", "").str.replace("^https://", "")
