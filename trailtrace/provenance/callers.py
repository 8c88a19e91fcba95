"""The origin that an issuance's caller is, where it is no session or user of these logs."""

import polars as pl

from trailtrace.provenance.origin_cases import (
    bare_issuer,
    external_id,
    first_cases,
    origin_case,
)

CALLED_BY_NO_USE = ["switch_role", "cognito_identity", "roles_anywhere"]
"""Kinds whose record's own identity did not make the call: the new session, or nobody AWS knows."""


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
        origin_case(
            by_service & (service == "ec2.amazonaws.com") & session.str.contains("^i-[0-9a-zA-Z]+$"),
            "ec2_instance",
            4,
            "origin",
            id=session,
            account_id=account,
            name=session,
        ),
        # `awslambda_<n>_<time>`: the service checks the role at create or update; no function runs.
        origin_case(
            by_service & (service == "lambda.amazonaws.com") & ~session.str.starts_with("awslambda_"),
            "lambda_function",
            4,
            "origin",
            id=session,
            account_id=account,
            name=session,
        ),
        origin_case(
            by_service & (service == "ecs-tasks.amazonaws.com"),
            "ecs_task",
            4,
            "origin",
            id=session,
            account_id=account,
            name=session,
        ),
        origin_case(
            by_service & (service == "pods.eks.amazonaws.com") & pod.is_not_null(),
            "eks_pod",
            3,
            "origin",
            id=pl.concat_str(cluster, namespace, pod, separator="/"),
            account_id=account,
            name=pod,
        ),
        # IoT and Systems Manager: session names as AWS's guides describe them, not seen in records.
        origin_case(
            by_service & (service == "credentials.iot.amazonaws.com") & session.is_not_null(),
            "certificate",
            2,
            "origin",
            id=session,
            account_id=account,
            name=session,
        ),
        *(
            origin_case(
                by_service & (service == "ssm.amazonaws.com") & session.str.contains(form),
                kind,
                2,
                "origin",
                id=session,
                account_id=account,
                name=session,
            )
            for kind, form in (
                ("managed_node", "^mi-[0-9a-f]{8,17}$"),
                ("ec2_instance", "^i-[0-9a-f]{8,17}$"),
            )
        ),
        origin_case(by_service, "aws_service", 4, "service", id=service, name=service),
        *(
            origin_case(
                (pl.col("kind") == broker) & pl.col("subject").is_not_null(),
                kind,
                2,
                "origin",
                id=pl.col("subject"),
                account_id=account,
                name=pl.col("subject"),
            )
            for broker, kind in (("cognito_identity", "cognito_identity"), ("roles_anywhere", "certificate"))
        ),
        origin_case(
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
        origin_case(
            pl.col("caller_type") == "WebIdentityUser",
            "oidc_subject",
            4,
            "origin",
            id=bare_issuer(pl.concat_str("caller_identity_provider", pl.lit("#"), "caller_user_name")),
            arn=pl.when(pl.col("caller_identity_provider").str.starts_with("arn:")).then(
                "caller_identity_provider"
            ),
            name=pl.col("caller_user_name"),
        ),
        origin_case(
            (pl.col("caller_type") == "AWSAccount") & pl.col("caller_account_id").is_not_null(),
            "external_account",
            3,
            "missing_log",
            id=external_id(pl.col("caller_account_id"), pl.col("caller_principal_id")),
            account_id=pl.col("caller_account_id"),
        ),
        origin_case(
            switched.str.contains(r":iam::[0-9]+:user/"),
            "iam_user",
            3,
            "origin",
            arn=switched,
            account_id=switched_account,
            name=switched.str.extract(r"([^/]+)$"),
        ),
        origin_case(
            switched.str.contains(r":iam::[0-9]+:root$"),
            "root",
            3,
            "origin",
            id=switched_account,
            arn=switched,
            account_id=switched_account,
            name=pl.lit("root"),
        ),
        origin_case(
            switched.is_not_null(),
            "external_account",
            3,
            "missing_log",
            id=external_id(switched_account, switched),
            arn=switched,
            account_id=switched_account,
        ),
    ]
    foreign = pl.col("caller_type").is_in(["AWSService", "SAMLUser", "WebIdentityUser", "AWSAccount"])
    called = issuances.filter(foreign.fill_null(value=False) | pl.col("kind").is_in(CALLED_BY_NO_USE))
    anybody = origin_case(pl.lit(value=True), "unknown", 0, "no_issuance")
    return first_cases(called, "issuance_id", [*cases, anybody])


def ends_of_links(
    use_origins: pl.DataFrame, caller_origins: pl.DataFrame, two_people: pl.Series, found: pl.DataFrame
) -> pl.DataFrame:
    """Links with the origin each would end in: the caller's, or what AWS stamped on the use itself.

    `two_people` are the uses of sessions that name more than one person.

    L19: the Identity Center person, where the issuance only knows a SAML subject, which stays as
    the name. L21: the function's ARN, where the issuance only knows its name. The origin's grade
    comes as `grade_origin`, beside the link's.
    """
    names = ("kind", "id", "arn", "account_id", "name", "grade")
    stamped = use_origins.filter(
        pl.col("kind").is_in(["identity_center_user", "lambda_function", "ec2_instance", "ecs_task"])
        & (pl.col("grade") > 0)
    ).select("use_id", *(pl.col(name).alias(f"stamped_{name}") for name in names))
    joined = found.join(caller_origins.rename({"grade": "grade_origin"}), on="issuance_id", how="left").join(
        stamped, on="use_id", how="left"
    )
    # L19b puts people in place of subjects; a session's own stamp says more.
    saml = pl.col("kind").is_in(["saml_user", "identity_center_user"])
    # A stamp on another key of the session names its person only where Identity Center made both.
    person = saml & (pl.col("stamped_kind") == "identity_center_user") & (pl.col("stamped_grade") >= 3)
    workload = pl.col("kind").is_in(["lambda_function", "ec2_instance", "ecs_task"]) & (
        pl.col("kind") == pl.col("stamped_kind")
    )
    other_workload = workload & (pl.col("name") != pl.col("stamped_name"))
    refuted = (
        pl.col("callers_differ")
        | (pl.col("use_id").is_in(two_people.implode()) & saml)
        | other_workload.fill_null(value=False)
    )
    unknown = {"kind": "unknown", "stop": "contradiction", "grade_origin": 0}
    better = (person | (workload & (pl.col("stamped_grade") == 4))).fill_null(value=False)
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
        .when(person)
        .then("stamped_grade")
        .when(better)
        .then(pl.min_horizontal("grade_origin", "stamped_grade"))
        .otherwise("grade_origin")
        .alias("grade_origin"),
    ).drop("^stamped_.*$")
