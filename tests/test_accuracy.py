"""The organisation of `benchmarks/accuracy`, small: no proof is wrong, no event is without its truth."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[1]

KINDS = {
    "anonymous",
    "assume_role",
    "assume_root",
    "aws_login",
    "aws_service",
    "beside_an_impostor",
    "certificate",
    "cloudformation_role",
    "codebuild",
    "cognito_basic_flow",
    "cognito_enhanced_flow",
    "cognito_identity",
    "console_login",
    "console_login_root",
    "delegated_access",
    "ec2_instance",
    "ecs_execution_role",
    "ecs_task",
    "eks_pod_identity",
    "emr_serverless",
    "exported_console_keys",
    "failed_sign_in",
    "forward_access_session",
    "get_federation_token",
    "get_session_token",
    "get_signin_token",
    "get_web_identity_token",
    "github_actions",
    "github_same_second",
    "glue_job",
    "identity_center",
    "identity_center_application",
    "identity_center_console",
    "identity_center_portal",
    "impostor",
    "instance_identity",
    "iot_certificate",
    "irsa",
    "juggling",
    "lake_formation",
    "lambda_function",
    "lambda_function_unlogged",
    "lambda_role_check",
    "long_term_key",
    "mcp_agent_grant",
    "other_api",
    "outside_account",
    "rds_database",
    "recreated_role",
    "recreated_user",
    "roles_anywhere",
    "root_long_term_key",
    "s3_access_grants",
    "s3_express_create_session",
    "same_second",
    "saml",
    "saml_assertion",
    "saml_console",
    "self_assumption",
    "service_linked_role",
    "ssm_default_host_management",
    "ssm_hybrid_node",
    "ssm_just_in_time",
    "step_functions",
    "switch_role",
    "switch_role_same_second",
    "terraform_cloud",
    "web_identity_token",
}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("accuracy")
    command = [sys.executable, "-m", "benchmarks.accuracy", "--events", "5000", "--seeds", "1"]
    subprocess.run(
        [*command, "--ask", "20", "--out", str(out)], check=True, cwd=REPOSITORY, capture_output=True
    )
    [seed] = json.loads((out / "accuracy.json").read_text())
    assert isinstance(seed, dict)
    return seed


def test_no_proof_is_wrong(measured: dict[str, Any]) -> None:
    assert [answer for answer in measured["wrong"] if answer["grade"] == "proof"] == []


def test_truth_covers_every_event_once(measured: dict[str, Any]) -> None:
    assert (measured["not_loaded"], measured["unexpected"]) == (0, 0)


def test_every_kind_of_issuance_is_simulated(measured: dict[str, Any]) -> None:
    assert set(measured["generated"]["kinds"]) >= KINDS


def test_a_broken_chain_names_a_log_that_was_removed(measured: dict[str, Any]) -> None:
    assert measured["removed"]
    assert [row["event_id"] for row in measured["removed"] if not row["named"]] == []


def test_what_can_be_known_is_answered(measured: dict[str, Any]) -> None:
    [ours] = [row for row in measured["totals"] if row["answers"] == "trailtrace"]
    assert ours["exact"] >= 0.999 * ours["answerable"]
