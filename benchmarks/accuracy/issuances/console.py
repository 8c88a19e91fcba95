"""The console and sign-in: sessions whose keys no event issues (T14)."""

from __future__ import annotations

from random import Random
from typing import Any

from ..calls import NULL, raw
from ..clock import HOUR, MINUTE, timestamp
from ..credentials import Credential, Evidence, Face, Origin
from ..identities import user_identity, user_origin
from ..ids import guid, unique_id
from ..organisation import Account, Json, Role, User
from ..simulation import BROWSER, World
from . import sts
from .assume import assume, issued, role_of
from .federation import saml_session

SIGN_IN = "signin.amazonaws.com"
CONSOLE_REGIONS = ("us-east-1", "us-east-2", "eu-north-1", "ap-southeast-2")
SAME_DEVICE = "arn:aws:signin:::devtools/same-device"


def sign_in_event(
    world: World, signer: Credential, second: int, name: str, identity: Json, account: Account, **more: Any
) -> object:
    """A record of the sign-in service; most have no request id."""
    region = more.pop("region", "us-east-1")
    more.setdefault("event_type", "AwsConsoleSignIn")
    return world.record(
        signer, second, SIGN_IN, name,
        account=account.id, region=region, identity=raw(identity), request_id=None,
        agent=BROWSER if "agent" not in more else more.pop("agent"), **more,
    )  # fmt: skip


def login_extra(account: Account, mfa: bool = True) -> Json:
    return {
        "additionalEventData": {
            "LoginTo": f"https://console.aws.amazon.com/console/home?region={account.regions[0]}",
            "MobileVersion": "No",
            "MFAUsed": "Yes" if mfa else "No",
        }
    }


def many_faces(world: World, made: Credential, keys: int) -> None:
    """Consoles mint a fresh key for each service or request; principal and creation date stay."""
    for _ in range(keys - 1):
        key = world.key(made.home)
        made.faces.append(Face(key, raw(made.identity | {"accessKeyId": key})))


def user_context(created: int, mfa: str = "true", more: Json | None = None) -> Json:
    attributes = {"creationDate": timestamp(created), "mfaAuthenticated": mfa}
    return {
        "sessionContext": {
            "sessionIssuer": {},
            "webIdFederationData": {},
            "attributes": attributes,
            **(more or {}),
        }
    }


def user_console(world: World, start: int, user: User | None = None, *, uses: int = 0) -> Credential:
    """An IAM user signs in with a password."""
    user = user or sts.some_user(world)
    identity = user_identity(user, "-")
    del identity["accessKeyId"]  # sign-in records have none
    made = world.credential(
        "console_login", user_origin(user),
        user_identity(user, world.key(user.account)) | user_context(start), user.account,
        start=start, end=start + world.rng.randint(1, 12) * HOUR, hops=1, named=True,
        agent=BROWSER, console=True,
    )  # fmt: skip
    response = {"ConsoleLogin": "Success"}
    region = world.pick(*CONSOLE_REGIONS)
    sign_in_event(
        world, made, start, "ConsoleLogin", identity, user.account,
        region=region, response=response, more=login_extra(user.account), view="sign_in",
    )  # fmt: skip
    many_faces(world, made, world.rng.randint(3, 12))
    world.use(made, uses)
    return made


def console_login(world: World, start: int) -> Credential:
    return user_console(world, start)


def root_console(world: World, start: int) -> Credential:
    """Somebody signs in as root."""
    account = world.organisation.any_account()
    origin = Origin("root", account.id, (f"arn:aws:iam::{account.id}:root",))
    identity = sts.root_identity(account, world.key(account)) | user_context(start)
    made = world.credential(
        "console_login_root", origin, identity, account,
        start=start, end=start + HOUR, hops=1, named=True, agent=BROWSER, console=True,
    )  # fmt: skip
    sign_in_event(
        world, made, start, "ConsoleLogin", sts.root_identity(account, ""), account,
        response={"ConsoleLogin": "Success"}, more=login_extra(account), view="sign_in",
    )  # fmt: skip
    many_faces(world, made, 3)
    world.use(made, 4, forwards=False)
    return made


def failed_login(world: World, start: int) -> Credential:
    """Somebody types a wrong password or name: nobody is behind that name (T17)."""
    user = sts.some_user(world)
    wrong_name = world.chance(0.4)
    identity: Json = {"type": "IAMUser", "accountId": user.account.id, "accessKeyId": ""}
    if wrong_name:
        identity["userName"] = "HIDDEN_DUE_TO_SECURITY_REASONS"
    else:
        identity |= {"principalId": user.id, "userName": user.name}
        if world.chance(0.5):
            identity["arn"] = user.arn
    nobody = world.credential(
        "failed_sign_in", Origin("unknown", "", not_sure="nobody is behind a failed sign-in"), identity,
        user.account, start=start, end=start + 60,
    )  # fmt: skip
    for attempt in range(3):
        sign_in_event(
            world, nobody, start + attempt, "ConsoleLogin", identity, user.account,
            response={"ConsoleLogin": "Failure"},
            more={"errorMessage": "Failed authentication", **login_extra(user.account)},
        )  # fmt: skip
    return nobody


def switch(world: World, console: Credential, role: Role, second: int, *, record: bool = True) -> Credential:
    """SwitchRole: the key that the AssumeRole shows is not the one that is used."""
    made = assume(
        world, console, role, switched_name(console), second,
        kind="switch_role", used_key=False, twice=False, console=True, agent=BROWSER,
        call_ip="AWS Internal", call_agent="AWS Signin, aws-internal/3 aws-sdk-java/1.12.780",
    )  # fmt: skip
    bare = {key: made.identity[key] for key in ("type", "principalId", "arn", "accountId")}
    if record:
        gone = sign_in_event(
            world, made, second, "SwitchRole", bare, role.account,
            response={"SwitchRole": "Success"}, event_type="AwsConsoleSignIn", view="sign_in",
            more={
                "additionalEventData": {
                    "SwitchFrom": console.identity["arn"],
                    "RedirectTo": "https://console.aws.amazon.com/console/home",
                }
            },
        )  # fmt: skip
        if gone is None:
            made.evidence.append(Evidence(None))
    many_faces(world, made, world.rng.randint(2, 8))
    return made


def switched_name(console: Credential) -> str:
    if console.identity["type"] == "AssumedRole":
        return console.principal.rpartition(":")[2]
    return str(console.identity.get("userName") or "root")


def switch_role(world: World, start: int) -> Credential:
    """A user switches to roles in the console; each time it is the signed-in user who switches."""
    console = user_console(world, start, uses=3)
    at, made = start, console
    for _ in range(world.pick(1, 1, 2, 3)):
        at += world.rng.randint(20, 15 * MINUTE)
        role = role_of(world, world.organisation.account())
        made = switch(world, console, role, at)
        world.use(made)
        if world.chance(0.2):
            bare = {key: made.identity[key] for key in ("type", "principalId", "arn", "accountId")}
            sign_in_event(
                world, made, at + 40, "ExitRole", bare, role.account,
                response={"ExitRole": "Success"}, view="sign_in", answerable=False,
            )  # fmt: skip
    return made


def recreated_user(world: World, start: int) -> Credential:
    """A user is deleted and made again under its name; both switch roles, known by one ARN (T08)."""
    namesake = sts.some_user(world)
    account = namesake.account
    # Somebody of this story alone: who was deleted acts in no other.
    own = Random(f"{namesake.id} {start}")
    first = User(
        account, f"temp-{own.randrange(10**8)}", unique_id(own, "AIDA", account.id, account.code),
        account.key(own, "AKIA"),
    )  # fmt: skip
    second = User(
        account, first.name, unique_id(world.rng, "AIDA", account.id, account.code),
        account.key(world.rng, "AKIA"),
    )  # fmt: skip
    made = []
    for number, user in enumerate((first, second)):
        at = start + number * 2 * HOUR
        if number:
            admin = world.user(account.users[-1])
            for offset, name in enumerate(("DeleteUser", "CreateUser")):
                world.record(
                    admin, at - HOUR + offset, "iam.amazonaws.com", name,
                    region="us-east-1", request={"userName": user.name},
                    response={"user": {"userId": user.id, "arn": user.arn}} if offset else None,
                )  # fmt: skip
        console = user_console(world, at, user, uses=2)
        switched = switch(world, console, role_of(world, world.organisation.any_account()), at + 5 * MINUTE)
        switched.kind = "recreated_user"
        # The ARN is both users' own.
        origin = switched.origin
        switched.origin = Origin(origin.kind, origin.id, (f"{account.id}#{user.id}",), origin.same)
        world.use(switched)
        made.append(switched)
    return made[-1]


def switch_same_second(world: World, start: int) -> Credential:
    """Two namesakes of two accounts switch to one role in one second: nothing tells the keys apart."""
    role = role_of(world, world.organisation.account())
    first = sts.some_user(world)
    other = sts.some_user(world, world.organisation.any_account())
    twin = User(other.account, first.name, other.id, other.key)
    sessions = []
    for user in (first, twin):
        console = user_console(world, start - 30, user, uses=1)
        made = switch(world, console, role, start)
        made.kind = "switch_role_same_second"
        if user.id != first.id or first.account is not twin.account:
            made.doubt = "several issuances of one session in one second"
        sessions.append(made)
    for made in sessions:
        world.use(made, 3, forwards=False)
    return sessions[0]


def saml_console(world: World, start: int) -> Credential:
    """A federated console re-runs AssumeRoleWithSAML about once a minute (T30)."""
    role = role_of(world, world.organisation.account())
    subject = world.pick(*world.organisation.people).user_name
    made = saml_session(world, role, subject, start, HOUR, kind="saml_console", console=True)
    made.agent = BROWSER
    bare = {key: made.identity[key] for key in ("type", "principalId", "arn", "accountId")}
    sign_in_event(
        world, made, start + 1, "ConsoleLogin", bare, role.account,
        response={"ConsoleLogin": "Success"}, view="sign_in", more=login_extra(role.account, False),
        answerable=False,  # principal and time, but no creation date
    )  # fmt: skip
    many_faces(world, made, 4)
    world.use(made)
    for minute in range(1, world.rng.randint(2, 8)):
        beat = saml_session(
            world, role, subject, start + minute * MINUTE, HOUR, kind="saml_console", console=True
        )
        many_faces(world, beat, 2)
        world.use(beat, 2)
    return made


def broker_console(world: World, start: int) -> Credential:
    """A broker turns a role session or a federated user into a console session with GetSigninToken."""
    if world.chance(0.5):
        role = role_of(world, world.organisation.account())
        user = sts.some_user(world, role.account)
        base = assume(world, world.user(user), role, user.name, start)
    else:
        base = sts.federation_token(world, start)
    at = start + 5
    passes_duration = world.chance(0.5)
    key = world.key(base.home) if passes_duration else base.faces[0].key
    world.record(
        base, at, SIGN_IN, "GetSigninToken",
        region="us-east-1", request_id=None, response=issued(world, key, at + 12 * HOUR),
        more={"additionalEventData": {"MobileVersion": "No", "MFAUsed": "No"}},
    )  # fmt: skip
    made = world.credential(
        "get_signin_token", base.origin, base.identity | {"accessKeyId": key}, base.home,
        start=at + 2, end=base.end, session=base, hops=base.hops, named=base.named, region=base.region,
        agent=BROWSER, console=True, doubt="",
    )  # fmt: skip
    sign_in_event(
        world, made, at + 2, "ConsoleLogin", made.identity, base.home,
        response={"ConsoleLogin": "Success"}, more=login_extra(base.home, False),
    )  # fmt: skip
    many_faces(world, made, 4)
    world.use(made)
    return made


def cloudshell(world: World, start: int) -> Credential:
    """CloudShell and exported console keys: flagged as from the console, used by an outside client."""
    console = user_console(world, start, uses=2)
    if world.chance(0.5):
        console = switch(world, console, role_of(world, console.home), start + MINUTE)
        world.use(console, 2)
    made = world.credential(
        "exported_console_keys", console.origin, console.identity | {"accessKeyId": world.key(console.home)},
        console.home, start=console.start + 2 * MINUTE, end=console.start + 17 * MINUTE,
        session=console, hops=console.hops, named=console.named, region=console.region,
    )  # fmt: skip
    made.console = world.chance(0.8)
    world.use(made, 4)
    return made


def grant(world: World, console: Credential, at: int, resource: str, arn: str) -> None:
    """The two halves of a sign-in by OAuth; the second names the session that is being minted."""
    bare = {key: console.identity[key] for key in ("type", "principalId", "arn", "accountId")}
    context = {"sessionContext": console.identity["sessionContext"] | {"signInSessionArn": arn}}
    request = {
        "client_id": SAME_DEVICE,
        "redirect_uri": "http://127.0.0.1:4567/oauth/callback",
        "scope": "openid",
    }
    if resource:
        request["resource"] = resource
    granted = {"success": "true", "grant_type": "authorization_code"}
    whole = world.chance(0.5)
    sign_in_event(
        world, console, at - 3, "AuthorizeOAuth2Access", bare | context if whole else bare,
        console.home, region=console.region, request=request, event_type="AwsApiCall",
        # A role session without its creation date is a principal at a time.
        answerable=None if whole or console.named else False,
    )  # fmt: skip
    sign_in_event(
        world, console, at, "CreateOAuth2Token", bare | context, console.home,
        region=console.region, request=NULL, event_type="AwsApiCall", agent="aws-cli/2.32.1",
        more={"additionalEventData": granted | {"signInSessionArn": arn}},
    )  # fmt: skip


def oauth(world: World, start: int, kind: str, resource: str, stamped: bool) -> Credential:
    """`aws login` or an agent: rotating keys with the console session's principal and creation date."""
    console = user_console(world, start, uses=3)
    if world.chance(0.4):
        console = switch(world, console, role_of(world, console.home), start + MINUTE)
        world.use(console, 3)
    at = console.start + 18
    arn = f"arn:aws:signin:{console.region}:{console.account}:session/{guid(world.rng)}"
    grant(world, console, at, resource, arn)
    identity = dict(console.identity)
    if stamped:
        identity["sessionContext"] = identity["sessionContext"] | {"signInSessionArn": arn}
    made = world.credential(
        kind, console.origin, identity | {"accessKeyId": world.key(console.home)}, console.home,
        start=at, end=max(at + 15 * MINUTE, min(at + HOUR, console.end)), session=console, hops=console.hops,
        named=console.named, region=console.region,
    )  # fmt: skip
    many_faces(world, made, 4)
    world.use(made)
    return made


def aws_login(world: World, start: int) -> Credential:
    return oauth(world, start, "aws_login", "", world.chance(0.5))


def agent_grant(world: World, start: int) -> Credential:
    return oauth(world, start, "mcp_agent_grant", "https://aws-mcp.us-east-1.api.aws/mcp", True)
