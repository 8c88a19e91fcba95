-- The names by which facts are put into parts, as numbers. Any function of what ties two facts is right, if it is the
-- same for both: a fact of several names puts these names together.

-- The role of the ARN of a role or of one of its sessions, by account and name, else null.
create or replace temp macro role_in(arn) as case
    when arn like 'arn:%:assumed-role/%/%' then hash(split_part(arn, ':', 5), split_part(arn, '/', 2))
    when arn like 'arn:%:role/%' then hash(split_part(arn, ':', 5), split_part(arn, '/', -1))
end;

-- What stands before the first colon of a principal id: of a role session, the role's unique id. Null without one.
create or replace temp macro issuer_in(principal_id) as
    case when contains(principal_id, ':') then hash(split_part(principal_id, ':', 1)) end;

-- `role` is the name that stands for all names of the role, if there are others.
create or replace temp macro name_of_principal(principal_id, role) as case
    when contains(principal_id, ':')
        then hash(coalesce(role, issuer_in(principal_id)), substr(principal_id, strpos(principal_id, ':') + 1))
    when principal_id is not null then hash(principal_id)
end;

create or replace temp macro name_of_arn(arn, role) as case
    when arn like 'arn:%:assumed-role/%/%' then hash(coalesce(role, role_in(arn)), split_part(arn, '/', 3))
    when arn is not null then hash(arn)
end;

create or replace temp macro name_of_session(role_arn, role, session_name) as case
    when role_arn is not null and session_name is not null
        then hash(coalesce(role, role_in(role_arn), hash(role_arn)), session_name)
end;
