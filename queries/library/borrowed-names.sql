-- title: Sessions that carry somebody else's name
-- about: A row is one session whose name is the name of a person in these logs, while its origin is another. Callers choose session names.
-- about: Cannot see names of people who left no record here, or names that only resemble.
-- column session_name: varchar   -- the name that was chosen
-- column arn: varchar            -- the session
-- column access_key_id: varchar  -- its key
-- column first_seen: timestamp   -- first use
-- column last_seen: timestamp    -- last use
-- column origin_kind: varchar    -- kind of origin
-- column origin_id: varchar      -- its id
-- column origin_name: varchar    -- its name, where the logs tell
-- column origin_grade: varchar   -- grade of the chain: below strong it is a lead
select
    session_name,
    arn,
    access_key_id,
    first_seen,
    last_seen,
    origin_kind,
    origin_id,
    origin_name,
    origin_grade
from sessions
where session_name is not null
    and origin_kind not in ('unknown', 'aws_service')
    and lower(coalesce(origin_name, '')) not in (lower(session_name), lower(split_part(session_name, '@', 1)))
    and lower(split_part(session_name, '@', 1)) in (
        select lower(split_part(origins.name, '@', 1))
        from origins
        where origins.kind in ('iam_user', 'identity_center_user', 'saml_user')
            and origins.name is not null
    )
    and lower(split_part(session_name, '@', 1)) <> lower(split_part(coalesce(origin_name, ''), '@', 1))
order by first_seen, use_id
