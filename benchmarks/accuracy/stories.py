"""Which stories there are, and how often each is told."""

from __future__ import annotations

from collections.abc import Callable

from .credentials import Credential
from .issuances import (
    brokers,
    chains,
    console,
    data_access,
    federation,
    identity_center,
    services,
    sts,
    workloads,
)
from .simulation import World

Story = Callable[[World, int], Credential]

# Kinds whose records the reference could not compare with real ones: one plausible shape each.
UNVERIFIED = frozenset(
    {
        "certificate",
        "cloudformation_role",
        "codebuild",
        "delegated_access",
        "emr_serverless",
        "get_web_identity_token",
        "iot_certificate",
        "lambda_function_unlogged",
        "other_api",
        "roles_anywhere",
        "s3_access_grants",
        "ssm_default_host_management",
        "ssm_hybrid_node",
        "ssm_just_in_time",
    }
)

STORIES: tuple[tuple[Story, float], ...] = (
    (chains.chain, 120),
    (chains.juggling, 0.6),
    (chains.self_assumption, 4),
    (chains.impostor, 6),
    (sts.long_term_key, 30),
    (sts.root_key, 1),
    (sts.session_token, 8),
    (sts.federation_token, 6),
    (sts.assume_root, 3),
    (sts.delegated_access, 2),
    (sts.outbound_web_identity, 2),
    (sts.outside_principal, 8),
    (sts.same_second, 3),
    (sts.recreated_role, 2),
    (sts.refused, 4),
    (federation.github_actions, 12),
    (federation.concurrent_pipelines, 2),
    (federation.terraform_cloud, 5),
    (federation.irsa, 10),
    (federation.cognito_basic, 5),
    (federation.saml_cli, 8),
    (console.console_login, 12),
    (console.root_console, 1),
    (console.failed_login, 4),
    (console.switch_role, 10),
    (console.switch_same_second, 1),
    (console.recreated_user, 2),
    (console.saml_console, 8),
    (console.broker_console, 5),
    (console.cloudshell, 5),
    (console.aws_login, 6),
    (console.agent_grant, 4),
    (identity_center.command_line, 30),
    (identity_center.console, 20),
    (identity_center.application, 3),
    (workloads.instance, 30),
    (workloads.instance_identity, 4),
    (workloads.function, 24),
    (workloads.task, 12),
    (workloads.database, 2),
    (brokers.pod_identity, 10),
    (brokers.roles_anywhere, 5),
    (brokers.cognito_enhanced, 6),
    (brokers.iot_device, 4),
    (brokers.hybrid_node, 3),
    (brokers.default_host_management, 3),
    (brokers.just_in_time, 2),
    (data_access.s3_express, 4),
    (data_access.access_grants, 3),
    (data_access.lake_formation, 5),
    (data_access.other_api, 3),
    (services.glue, 4),
    (services.step_functions, 4),
    (services.code_build, 4),
    (services.cloud_formation, 3),
    (services.emr_serverless, 2),
    (services.service_linked, 6),
    (services.service_calls, 10),
    (services.anonymous, 2),
)
