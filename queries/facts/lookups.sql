-- What a question would count or seek in whole tables. A lake has these as tables of its own, in order,
-- so that a few of their rows lead to a few rows of the others.

-- What is held of each account and Region.
create or replace view held as
select
    recipient_account_id,
    aws_region,
    is_management(management_event, event_category) as management,
    read_only,
    min(event_time) as first_event,
    max(event_time) as last_event,
    count(*) as events
from records
group by recipient_account_id, aws_region, is_management(management_event, event_category), read_only;

-- How the sessions of each account name their access keys.
create or replace view keys_of_accounts as
select
    account_id,
    count(*) as sessions,
    count(join_key) as with_key,
    count(distinct join_key) as keys,
    count(distinct principal_id) as principals
from uses
where user_identity_type in ('AssumedRole', 'FederatedUser', 'IAMUser', 'Root')
    and authenticated
    and invoked_by is null
    and (creation_date is not null or access_key_id is not null)
group by account_id;

-- The names of people, as they are written: engines differ in small letters.
create or replace view people as
select distinct user_name as name
from uses
where user_identity_type in ('IAMUser', 'SAMLUser', 'WebIdentityUser', 'IdentityCenterUser', 'Unknown')
    and authenticated
    and user_name is not null;

-- The uses of each name that is asked for.
create or replace view used_keys as
select access_key_id, use_id
from uses
where access_key_id is not null;

create or replace view used_arns as
select arn, use_id
from uses
where arn is not null;

create or replace view used_principals as
select principal_id, use_id
from uses
where principal_id is not null;

create or replace view used_instances as
select distinct instance_id, use_id
from (
    select session_name as instance_id, use_id from uses where user_identity_type = 'AssumedRole'
    union all
    select split_part(credentials_issued_to, '/', -1) as instance_id, use_id
    from uses
    where user_identity_type = 'AssumedRole'
    union all
    select split_part(principal_id, ':', -1) as instance_id, use_id
    from uses
    where user_identity_type = 'AssumedRole'
) as named
where starts_with(instance_id, 'i-') or starts_with(instance_id, 'mi-');

create or replace view issued_keys as
select issued_key, issuance_id
from issuances
where issued_key is not null;

-- The credentials that EC2 issued to each instance.
create or replace view issued_to_instances as
select session_name as instance_id, issuance_id
from issuances
where caller_type = 'AWSService' and caller_invoked_by = 'ec2.amazonaws.com' and session_name is not null;
