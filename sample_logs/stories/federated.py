"""People and pipelines that arrive from outside AWS."""

from __future__ import annotations

from expected import Origin, Questions, identity_center_user
from federation import (
    assume_role_with_saml,
    assume_role_with_web_identity,
    identity_center_sign_in,
    on_behalf_of,
)
from identities import Credential, after, at
from issuing import assume_role
from organisation import (
    DATA,
    DATA_EXPLORER,
    GITHUB_DEPLOY,
    HANA,
    JOAO,
    PARTNER_ANALYST,
    RECORDINGS_READER,
)
from records import Trail


def identity_center(trail: Trail, questions: Questions) -> None:
    """Hana signs in through Identity Center, then assumes a role from that session."""
    explorer = identity_center_sign_in(trail, HANA, at(5, "08:31:26"), DATA_EXPLORER)
    stamp = on_behalf_of(HANA)
    # Services stamp the person on some calls of a session and not on others.
    for minute, action, request, stamped in (
        (32, "athena:ListWorkGroups", None, True),
        (33, "athena:StartQueryExecution", {"workGroup": "research"}, True),
        (34, "athena:GetQueryExecution", {"queryExecutionId": "HIDDEN"}, False),
        (36, "s3:ListObjects", {"bucketName": "wrenfield-recordings"}, False),
        (41, "glue:GetTables", {"databaseName": "catalogue"}, True),
    ):
        trail.call(
            explorer,
            at(5, f"08:{minute}:10"),
            action,
            request,
            on_behalf_of=stamp if stamped else None,
        )
    reader = assume_role(trail, explorer, at(5, "08:44:50"), RECORDINGS_READER, "chiffchaff-study")
    for minute in (46, 49, 53):
        song = {"bucketName": "wrenfield-recordings", "key": f"study/{minute}.flac"}
        trail.call(reader, at(5, f"08:{minute}:00"), "s3:GetObject", song)
    hana = identity_center_user(HANA)
    questions.ask(explorer, hana, "L05", grade="strong")
    questions.ask(reader, hana, "L01", "L05", grade="strong")
    questions.ask(explorer, hana, "L05", grade="strong", only_account=DATA)


def corporate_saml(trail: Trail, questions: Questions) -> None:
    """João of a partner organisation comes in through its own identity provider."""
    issued = at(6, "09:02:13")
    issuer = "https://idp.partner.example/saml/metadata"
    key = assume_role_with_saml(
        trail,
        JOAO,
        issued,
        PARTNER_ANALYST,
        provider="PartnerIdP",
        issuer=issuer,
        name_qualifier="cGFydG5lci1xdWFsaWZpZXI=",
        source_ip=JOAO.source_ip,
        user_agent=JOAO.user_agent,
        duration=3600,
    )
    identity = PARTNER_ANALYST.identity(JOAO.email, key, issued)
    analyst = Credential(identity, JOAO.source_ip, JOAO.user_agent)
    for minute, action in (
        (4, "monitoring:ListDashboards"),
        (5, "monitoring:GetDashboard"),
        (19, "quicksight:ListDashboards"),
    ):
        trail.call(analyst, at(6, f"09:{minute:02}:45"), action)
    origin = Origin("saml_user", f"{issuer}#{JOAO.email}", JOAO.email)
    questions.ask(analyst, origin, "L01")


def github_actions(trail: Trail, questions: Questions) -> None:
    """Three workflow runs at once, all named GitHubActions; two begin in the same second."""
    host = "token.actions.githubusercontent.com"
    runs = (
        ("12:00:41", "repo:wrenfield/catalogue:ref:refs/heads/main", "192.0.2.61"),
        ("12:00:41", "repo:wrenfield/song-ingest:environment:production", "192.0.2.62"),
        ("12:01:17", "repo:wrenfield/catalogue:pull_request", "192.0.2.63"),
    )
    for start, subject, source_ip in runs:
        begun = at(7, start)
        run = assume_role_with_web_identity(
            trail,
            begun,
            GITHUB_DEPLOY,
            "GitHubActions",
            host=host,
            subject=subject,
            source_ip=source_ip,
            user_agent="aws-sdk-js/3.826.0 ua/2.1 os/linux lang/js md/nodejs#22.16.0",
        )
        trail.call(run, after(begun, seconds=2), "sts:GetCallerIdentity")
        trail.call(run, after(begun, seconds=20), "ecr:GetAuthorizationToken")
        if subject.endswith("pull_request"):
            trail.call(run, after(begun, seconds=55), "lambda:ListFunctions20150331")
        else:
            function = {"functionName": subject.split("/")[1].split(":")[0], "dryRun": True}
            moment = after(begun, seconds=64)
            trail.call(run, moment, "lambda:UpdateFunctionCode20150331v2", function)
        questions.ask(run, Origin("oidc_subject", f"{host}#{subject}", subject), "L01")
