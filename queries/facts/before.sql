-- The facts of which new records say something, as they were.
create or replace temp table uses_before as
select * from uses where use_id in (select use_id from new_uses);

create or replace temp table issuances_before as
select * exclude (evidence, session_policy, policy_arns, tags) from issuances where issuance_id in (from issued_again)
