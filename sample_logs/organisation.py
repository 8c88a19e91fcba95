"""Wrenfield: an invented charity whose volunteers record bird song.

Volunteers upload recordings, an instance takes them in, a function serves the catalogue.
Addresses and domain names are those reserved for documentation.
"""

from __future__ import annotations

from identities import Colleague, Role, User, hex_id

ORGANISATION_ID = "o-w7renf1eld"

IDENTITY = "111122223333"  # management account: IAM users, Identity Center
WORKLOADS = "444455556666"
DATA = "777788889999"
SECURITY = "123456789012"
ACCOUNTS = (IDENTITY, WORKLOADS, DATA, SECURITY)

CLI = "aws-cli/2.30.1 md/awscrt#0.27.6 ua/2.1 os/{} lang/python#3.13.4 md/installer#exe"
MAC_CLI = CLI.format("macos#15.4 md/arch#arm64")
LINUX_CLI = CLI.format("linux#6.8.0 md/arch#x86_64")
BOTO3 = "Boto3/1.40.9 md/Botocore#1.40.9 ua/2.1 os/linux#6.8.0 lang/python#3.13.4"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.12.1 terraform-provider-aws/6.2.0"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0"

PRIYA = User(IDENTITY, "priya", "198.51.100.11", MAC_CLI)  # platform engineer
TOMAS = User(IDENTITY, "tomas", "198.51.100.12", TERRAFORM)  # keeps the workloads running
NOOR = User(IDENTITY, "noor", "198.51.100.13", BOTO3)  # data engineer
WIL = User(IDENTITY, "wil", "198.51.100.14", LINUX_CLI)  # security
BRAM = User(IDENTITY, "bram", "203.0.113.77", LINUX_CLI)  # contractor, curious
PEOPLE = (PRIYA, TOMAS, NOOR, WIL)

KIOSK_BROKER = User(IDENTITY, "kiosk-broker", "203.0.113.20", BOTO3)
KIOSK_UPLOADER = User(DATA, "kiosk-uploader", "203.0.113.21", BOTO3)
NEST_BACKUP = User(DATA, "nest-backup", "203.0.113.22", BOTO3)
LEGACY_BUILD = User(WORKLOADS, "legacy-build", "203.0.113.23", BOTO3)

HANA = Colleague("hana@wrenfield.example", "198.51.100.21", MAC_CLI)  # ornithologist
INGRID = Colleague("ingrid@wrenfield.example", "198.51.100.22", MAC_CLI)  # bookkeeper
LEO = Colleague("leo@wrenfield.example", "198.51.100.23", LINUX_CLI)  # volunteer coordinator
JOAO = Colleague("joao@partner.example", "192.0.2.40", BROWSER)  # analyst at a partner

DEPLOY = Role(WORKLOADS, "Deploy", "/ci/")
ON_CALL = Role(WORKLOADS, "OnCall")
INCIDENT_LEAD = Role(WORKLOADS, "IncidentLead")
SONG_INGEST = Role(WORKLOADS, "SongIngestInstance", "/ec2/")
WEB_TIER = Role(WORKLOADS, "WebTierInstance", "/ec2/")
CATALOGUE_API = Role(WORKLOADS, "CatalogueApiExecution", "/lambda/")
MAILER = Role(WORKLOADS, "NewsletterExecution", "/lambda/")
GITHUB_DEPLOY = Role(WORKLOADS, "GitHubDeploy", "/ci/")
PARTNER_ANALYST = Role(WORKLOADS, "PartnerAnalyst")

RECORDINGS_READER = Role(DATA, "RecordingsReader")
CATALOGUE_WRITER = Role(DATA, "CatalogueWriter")
EVIDENCE_COLLECTOR = Role(DATA, "EvidenceCollector")
SUPPORT_DESK = Role(DATA, "SupportDesk")
KIOSK_ADMIN = Role(DATA, "KioskAdmin")
NEST_RESTORE = Role(DATA, "NestRestore")

PLATFORM_ADMIN = Role(IDENTITY, "PlatformAdmin")
ROOT_TASKS = Role(IDENTITY, "RootTasks")
EVIDENCE_VAULT = Role(SECURITY, "EvidenceVault")
AUDIT_READER = Role(SECURITY, "AuditReader")
TRAIL_TO_LOGS = Role(SECURITY, "TrailToLogs")

IDENTITY_STORE_ARN = f"arn:aws:identitystore::{IDENTITY}:identitystore/d-9367c0ffee"


def permission_set(account_id: str, name: str) -> Role:
    """The role IAM Identity Center keeps in a member account for a permission set."""
    suffix = hex_id(f"permission set {account_id} {name}", 16)
    path = "/aws-reserved/sso.amazonaws.com/eu-west-1/"
    return Role(account_id, f"AWSReservedSSO_{name}_{suffix}", path)


DATA_EXPLORER = permission_set(DATA, "DataExplorer")
BOOKKEEPER = permission_set(WORKLOADS, "Bookkeeper")
COORDINATOR = permission_set(WORKLOADS, "Coordinator")


def service_linked_role(account_id: str, service: str, name: str) -> Role:
    """The role through which a service acts in an account of its own accord."""
    return Role(account_id, name, f"/aws-service-role/{service}.amazonaws.com/")


INSPECTOR = service_linked_role(WORKLOADS, "inspector2", "AWSServiceRoleForAmazonInspector2")
