"""The stories hidden in the sample week, one function each, in the order of the README."""

from __future__ import annotations

from collections.abc import Callable

from expected import Questions
from records import Trail

from . import assumed, console, federated, oddities, workloads

Story = Callable[[Trail, Questions], None]

STORIES: tuple[Story, ...] = (
    assumed.same_account,
    assumed.cross_account,
    assumed.three_hops,
    workloads.ec2_instance,
    workloads.lambda_function,
    assumed.session_policies,
    federated.identity_center,
    federated.corporate_saml,
    federated.github_actions,
    console.console_session,
    console.switch_role,
    oddities.recycled_key,
    oddities.no_issuance,
    oddities.borrowed_name,
    oddities.hostile_user_agent,
    oddities.session_token,
    oddities.federation_token,
    oddities.root_task,
    oddities.made_access_key,
    oddities.forward_access_session,
    workloads.service_role,
)
