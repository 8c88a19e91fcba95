-- The names of every fact; `roles` has, for each name of a role, the one that stands for all of its names.

create or replace temp table looked_for_callers as
select distinct caller_use_id from told_issuances where kind in ('saml', 'switch_role');

create or replace temp table query_sessions as
select distinct session_name from told_issuances where kind = 'lake_formation' and session_name is not null;

create or replace temp table foreign_principals as
select distinct caller_principal_id as principal_id
from told_issuances
where caller_type = 'AWSAccount' and not caller_held and caller_principal_id is not null;

create or replace temp table foreign_principals_held as
select distinct principal_id from told_uses where principal_id in (from foreign_principals)
union
select distinct session_principal_id from told_issuances where session_principal_id in (from foreign_principals);

create or replace temp view names_of_uses as
select
    told.*,
    name_of_principal(told.principal_id, of_principal.role) as by_principal,
    name_of_session(told.session_issuer_arn, of_issuer.role, told.session_name) as by_session,
    name_of_arn(told.arn, of_arn.role) as by_arn,
    case when told.session_name in (from query_sessions) then hash('query', told.session_name) end as by_query,
    case when told.use_id in (from looked_for_callers) then hash('use', told.use_id) end as by_use,
    coalesce(by_principal, by_session, by_arn, hash(coalesce(told.join_key, told.use_id))) as name
from told_uses as told
left join roles as of_principal on of_principal.name = issuer_in(told.principal_id)
left join roles as of_issuer on of_issuer.name = role_in(told.session_issuer_arn)
left join roles as of_arn on of_arn.name = role_in(told.arn);

create or replace temp view names_of_issuances as
select
    told.*,
    name_of_principal(told.session_principal_id, of_principal.role) as by_principal,
    name_of_session(told.role_arn, of_role.role, told.session_name) as by_session,
    name_of_arn(told.session_arn, of_arn.role) as by_arn,
    name_of_arn(told.switched_from, of_switch.role) as by_switch,
    -- Whoever else assumed a session of that name refutes the query.
    case when told.session_name in (from query_sessions) then hash('query', told.session_name) end as by_query,
    case
        when told.kind in ('saml', 'switch_role') and told.caller_use_id is not null
            then hash('use', told.caller_use_id)
    end as by_use,
    case
        when told.kind = 'saml' and told.subject is not null and told.saml_issuer is not null
            then hash('subject', told.saml_issuer, told.subject)
    end as by_subject,
    case
        when told.caller_type = 'AWSAccount'
            and not told.caller_held
            and told.caller_principal_id in (from foreign_principals_held)
            then name_of_principal(told.caller_principal_id, of_caller.role)
    end as by_caller,
    coalesce(by_principal, by_session, by_arn, hash(coalesce(told.issued_key, told.issuance_id))) as name
from told_issuances as told
left join roles as of_principal on of_principal.name = issuer_in(told.session_principal_id)
left join roles as of_role on of_role.name = role_in(told.role_arn)
left join roles as of_arn on of_arn.name = role_in(told.session_arn)
left join roles as of_switch on of_switch.name = role_in(told.switched_from)
left join roles as of_caller on of_caller.name = issuer_in(told.caller_principal_id);
