"""Opens a bucket: credentials, Region, endpoint. Reads only; credentials never leave this module."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from trailtrace.errors import TrailtraceError, UsageError, extra

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig, S3CredentialProvider

    from trailtrace.remote.place import Place

RETRIES = 8
"""How often a request is made again that failed by a timeout, a lost connection or a 5xx answer."""

RETRY_SECONDS = 30
"""For how long a request is made again."""

FIRST_PAUSE_SECONDS = 0.1
"""Before a request is made again; each further pause is up to twice as long."""

SILENT_SECONDS = 20
"""For how long a service may send nothing."""

REQUEST_SECONDS = 3600
"""For how long one request may take, its body included: an archive can be large, and a line slow."""

CREDENTIAL_SECONDS = 300
"""For how long credentials are used without asking again.

botocore renews what would end within a quarter of an hour, so they live longer than this.
"""

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")


@dataclass(frozen=True, slots=True)
class Access:
    """How to get at buckets of S3; what is None is as the environment says, or the AWS profile."""

    profile: str | None = None
    """A profile of AWS's configuration files."""
    bucket_region: str | None = None
    endpoint: str | None = None
    """URL of a service that speaks the S3 API."""
    requester_pays: bool = False


def open_store(place: Place, access: Access) -> ObjectStore:
    """The bucket of a place. Raises MissingExtraError, or TrailtraceError without credentials."""
    with extra("s3"):
        from obstore.store import AzureStore, GCSStore
    retry: RetryConfig = {
        "max_retries": RETRIES,
        "retry_timeout": timedelta(seconds=RETRY_SECONDS),
        "backoff": {
            "init_backoff": timedelta(seconds=FIRST_PAUSE_SECONDS),
            "max_backoff": timedelta(seconds=10),
            "base": 2,
        },
    }
    client: ClientConfig = {
        "timeout": timedelta(seconds=REQUEST_SECONDS),
        "read_timeout": timedelta(seconds=SILENT_SECONDS),
    }
    try:
        match place.scheme:
            case "gs":
                return GCSStore(place.bucket, client_options=client, retry_config=retry)
            case "az":
                return AzureStore(place.bucket, client_options=client, retry_config=retry)
            case _:
                return _s3(place.bucket, access, client, retry)
    except _bad_settings() as error:
        # Only its first line: what follows shows the settings.
        reason = str(error).splitlines()[0][:200]
        raise TrailtraceError(f"{place.uri('')}: cannot open the bucket: {reason}: see docs/s3.md") from None


def _s3(bucket: str, access: Access, client: ClientConfig, retry: RetryConfig) -> ObjectStore:
    from obstore.store import S3Store

    settings: dict[str, Any] = {}
    endpoint = access.endpoint or next(filter(None, map(os.environ.get, _ENDPOINTS)), None)
    if endpoint is not None:
        if "@" in endpoint:
            raise UsageError("an endpoint with credentials in it: leave them out, see docs/s3.md")
        settings["endpoint"] = endpoint
        # Somebody who names an endpoint by http:// means it: a service on this machine or network.
        client["allow_http"] = endpoint.startswith("http://")
    if access.requester_pays:
        settings["request_payer"] = True
    provider: S3CredentialProvider | None = None
    if os.environ.get("AWS_SKIP_SIGNATURE", "").lower() not in ("1", "true"):
        provider, region = _credentials(access.profile)
        if region is not None and "AWS_REGION" not in os.environ:
            settings["region"] = region
    if access.bucket_region is not None:
        settings["region"] = access.bucket_region
    return S3Store(
        bucket,
        config=settings,  # type: ignore[arg-type]
        client_options=client,
        retry_config=retry,
        credential_provider=provider,
    )


def _credentials(profile: str | None) -> tuple[S3CredentialProvider, str | None]:
    """What renews credentials, as AWS's own tools find them, and the profile's Region."""
    with extra("s3"):
        import boto3
        from botocore.exceptions import BotoCoreError
        from obstore.auth.boto3 import Boto3CredentialProvider
    try:
        session = boto3.Session(profile_name=profile)
        if session.get_credentials() is None:
            raise TrailtraceError(
                "no AWS credentials: set AWS_PROFILE, log in by `aws sso login`, or, for a public bucket,"
                " set AWS_SKIP_SIGNATURE=true"
            )
        provider = Boto3CredentialProvider(session, ttl=timedelta(seconds=CREDENTIAL_SECONDS))
        provider()  # an expired login is told now, in botocore's words
    except BotoCoreError as error:
        raise TrailtraceError(
            f"no AWS credentials: {error}: log in again, or choose another profile"
        ) from None
    return provider, session.region_name


def _bad_settings() -> tuple[type[Exception], ...]:
    from obstore.exceptions import BaseError

    return (BaseError, ValueError)
