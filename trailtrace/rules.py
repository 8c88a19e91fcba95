"""The linking rules by id: what each needs, claims and is worth at best. Data alone.

The rules themselves are in `provenance/`, `investigate/` and `queries/facts/`; `docs/rules.md` says
when each is wrong. Listed here once, for the command `rules`.
"""

from dataclasses import dataclass

from trailtrace.model import Grade


@dataclass(frozen=True, slots=True)
class Rule:
    """One way in which records belong together."""

    id: str
    name: str
    needs: str
    best: Grade
    """The best grade it can give; `none` for a rule that refuses, supports or warns."""
    claims: str


RULES = (
    Rule(
        "L01",
        "key, principal and creation date",
        "access key id and principal id of the issuance, created in its second, within its life",
        Grade.PROOF,
        "that call issued this credential",
    ),
    Rule(
        "L02",
        "key and principal",
        "as L01 or L03, on a use without a creation date",
        Grade.STRONG,
        "that call issued this credential",
    ),
    Rule(
        "L03",
        "key, role and session name",
        "as L01, for an issuance that names no session principal: same role and session name",
        Grade.PROOF,
        "that call issued this credential to the workload",
    ),
    Rule(
        "L04",
        "refuted",
        "an issuance of the same key id with another principal, second, life or source identity",
        Grade.NONE,
        "that call did not issue this credential: the key id was used again",
    ),
    Rule(
        "L05",
        "another key of the same session",
        "principal id and second of the issuance, under a key that no event issued",
        Grade.STRONG,
        "the key belongs to the session that call began",
    ),
    Rule(
        "L06",
        "key alone named",
        "the issued key, and a principal that the issuance or the use does not name",
        Grade.PROBABLE,
        "that call issued this credential",
    ),
    Rule(
        "L07",
        "principal and lifetime",
        "principal id of the issuance, used within its life, and nothing else",
        Grade.WEAK,
        "one of the sessions of that principal alive then",
    ),
    Rule(
        "L08",
        "session ARN and lifetime",
        "session ARN of the issuance, used within its life, where no unique id is given",
        Grade.WEAK,
        "one of the sessions of that ARN alive then; the role may have been made again",
    ),
    Rule(
        "L10",
        "console sign-in",
        "a successful ConsoleLogin of the same user or root in the second of the creation date",
        Grade.STRONG,
        "the key belongs to that console session",
    ),
    Rule(
        "L11",
        "console role switch",
        "a SwitchRole to the same session in the second of the creation date",
        Grade.STRONG,
        "the session is that of the principal switched from",
    ),
    Rule(
        "L12",
        "console through a sign-in token",
        "a key that GetSigninToken returned, or a console session of that principal and second",
        Grade.STRONG,
        "the session was opened with that token; the chain goes on to who asked for it",
    ),
    Rule(
        "L13",
        "aws login",
        "CreateOAuth2Token of the same principal and creation date, or the same sign-in session ARN",
        Grade.STRONG,
        "the key is that of a command line or agent granted from the console session",
    ),
    Rule(
        "L13b",
        "sign-in session",
        "the same signInSessionArn and principal on a use that is tied to an issuance",
        Grade.STRONG,
        "both are one sign-in session, whatever their keys; worth what the other use's link is",
    ),
    Rule(
        "L14",
        "request id",
        "the same request id, or for a service acting for a caller the same second and service",
        Grade.STRONG,
        "one call caused the other: context, never a hop",
    ),
    Rule(
        "L15",
        "copies of one call",
        "the same shared event id or request id in two accounts' records of one call",
        Grade.PROOF,
        "both records are one call, and the caller's own copy says who called",
    ),
    Rule(
        "L16",
        "copies without shared ids",
        "the same key, second, role and session name in two accounts' records",
        Grade.STRONG,
        "both records are one call",
    ),
    Rule(
        "L17",
        "caller of another account",
        "a session or user of that principal id in the caller's account, alive at the time of the call",
        Grade.STRONG,
        "that session (probable) or user (strong) made the call; with the caller's own copy it is L15",
    ),
    Rule(
        "L18",
        "source identity",
        "a source identity that was set further up the chain",
        Grade.NONE,
        "nothing when equal; another value or none refutes the link",
    ),
    Rule(
        "L19",
        "Identity Center person",
        "onBehalfOf on an event of the session",
        Grade.PROOF,
        "the person the session was issued for",
    ),
    Rule(
        "L19b",
        "Identity Center person by portal subject",
        "a portal session without a stamp, and stamped sessions of its SAML issuer and subject near it",
        Grade.STRONG,
        "the person those stamps name; another person never, if the name was given anew between them",
    ),
    Rule(
        "L20",
        "Identity Center portal",
        "GetRoleCredentials of that account and permission set within 2 s of the session's issuance",
        Grade.PROBABLE,
        "the person who asked the portal for the session: context, never a hop",
    ),
    Rule(
        "L21",
        "vended to a workload",
        "inScopeOf.credentialsIssuedTo on a role session",
        Grade.PROOF,
        "the credential was vended to that workload, not that it made the call",
    ),
    Rule(
        "L22",
        "instance session",
        "the metadata service's mark (ec2RoleDelivery) and an instance id as session name",
        Grade.STRONG,
        "the credential was delivered to that instance",
    ),
    Rule(
        "L23",
        "creation of the workload or key",
        "the event that launched, made or changed the instance, function, task or long-term key",
        Grade.STRONG,
        "who made the resource: context, never a hop",
    ),
    Rule(
        "L24",
        "identity provider",
        "the OIDC provider on the session",
        Grade.NONE,
        "nothing by itself; another provider than the issuance's makes the link weak",
    ),
    Rule(
        "L25",
        "Lake Formation query",
        "the session name that GetDataAccess announced, on the use",
        Grade.STRONG,
        "the data was read for the principal that GetDataAccess names",
    ),
    Rule(
        "L26",
        "EKS pod",
        "the pod's tags on its session's issuance",
        Grade.STRONG,
        "the session is that pod's; the node that asked for it is context",
    ),
    Rule(
        "L27",
        "account in the id",
        "the account that AWS encodes in key and unique ids",
        Grade.NONE,
        "nothing: a warning where it is not the recorded account",
    ),
    Rule(
        "issued",
        "issued and never used",
        "an issuance whose key no use bears",
        Grade.PROOF,
        "who called for the key",
    ),
)
