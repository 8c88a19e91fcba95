-- Issuances for provenance.
select * exclude (evidence, session_policy, policy_arns) from issuances
