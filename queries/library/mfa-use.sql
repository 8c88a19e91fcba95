-- title: Who worked with a second factor and who did not
-- about: A row is one origin and account, with its sessions counted by what they say of MFA.
-- about: A session says no more than that MFA was used when it was issued; long-term keys and most federation say nothing.
-- param since: timestamp = null       -- only events at or after this UTC time
-- param until: timestamp = null       -- only events before this UTC time
-- column origin_kind: varchar         -- kind of origin
-- column origin_id: varchar           -- its id
-- column origin_name: varchar         -- its name, where the logs tell
-- column account_id: varchar          -- where the sessions belong
-- column with_mfa: bigint             -- sessions that say MFA was used
-- column without_mfa: bigint          -- sessions that say it was not
-- column not_said: bigint             -- sessions and keys that do not say
-- column changes_without_mfa: bigint  -- calls that change something, by those without
select
    origin_kind,
    origin_id,
    max(origin_name) as origin_name,
    account_id,
    count(distinct use_id) filter (where mfa_authenticated) as with_mfa,
    count(distinct use_id) filter (where not mfa_authenticated) as without_mfa,
    count(distinct use_id) filter (where mfa_authenticated is null) as not_said,
    count(*) filter (where not mfa_authenticated and read_only is false) as changes_without_mfa
from calls
where origin_kind in ('iam_user', 'root', 'identity_center_user', 'saml_user')
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
group by origin_kind, origin_id, account_id
order by changes_without_mfa desc, origin_kind, origin_id, account_id
