-- Every event's answer beside the truth. Verdicts: right, coarser (true, but says less than is true),
-- unfinished (says that logs are missing, and names a principal of the true chain), none, wrong.

create or replace temp table answered as
select
    events.event_id,
    events.recipient_account_id,
    events.view,
    events.credential,
    credentials.kind,
    credentials.chain_depth,
    events.answerable,
    events.answerable and credentials.loose as loose,
    case when not events.answerable then coalesce(credentials.why_not, 'this event alone') end as why_not,
    credentials.origin_kind as true_kind,
    credentials.origin_id as true_id,
    credentials.origin_same as true_same,
    credentials.origin_coarser as true_coarser,
    -- A copy whose signer's own record is gone needs that one first.
    list_concat(events.lost, credentials.removed) as removed,
    answers.event_id is not null as loaded,
    answers.use_id,
    answers.event_name,
    answers.event_time,
    answers.user_identity_type,
    answers.principal_id,
    answers.access_key_id,
    answers.creation_date,
    answers.origin_kind,
    answers.origin_grade,
    answers.origin_stop,
    answers.origin_hops,
    -- An answer that lists candidates or says that it does not know states no origin.
    case
        when answers.origin_stop in ('ambiguous', 'no_issuance', 'contradiction', 'cycle') then null
        when answers.origin_kind = 'unknown' then null
        when answers.origin_kind = 'anonymous' then 'anonymous'
        else coalesce(answers.origin_id, answers.origin_arn)
    end as stated,
    by_key.origin as key_stated,
    by_session.origin as session_stated
from read_parquet($events) as events
inner join read_parquet($credentials) as credentials on credentials.credential = events.credential
left join store.events_with_origin as answers
    on answers.event_id = events.event_id
    and answers.recipient_account_id = events.recipient_account_id
left join by_key
    on by_key.event_id = events.event_id and by_key.recipient_account_id = events.recipient_account_id
left join by_session
    on by_session.event_id = events.event_id
    and by_session.recipient_account_id = events.recipient_account_id;

create or replace temp macro judged(stated, kind, id, same, coarser) as case
    when stated is null then 'none'
    when kind = 'anonymous' and stated = 'anonymous' then 'right'
    when stated = id or list_contains(same, stated) then 'right'
    when list_contains(coarser, stated) then 'coarser'
    else 'open'
end;

-- What is not the origin may still be a principal on the way to it, which an unfinished chain may name.
create or replace temp table waypoints as
with recursive claims as (
    select distinct credential, stated
    from (
        select credential, stated from answered
        where judged(stated, true_kind, true_id, true_same, true_coarser) = 'open'
            and (origin_stop = 'missing_log' or origin_kind = 'external_account')
        union all
        select credential, key_stated from answered
        where judged(key_stated, true_kind, true_id, true_same, true_coarser) = 'open'
        union all
        select credential, session_stated from answered
        where judged(session_stated, true_kind, true_id, true_same, true_coarser) = 'open'
    )
    where contains(stated, '#')
),
walk as (
    select claims.credential, claims.stated, claims.credential as at, 0 as hops from claims
    union all
    select walk.credential, walk.stated, credentials.parent, walk.hops + 1
    from walk
    inner join read_parquet($credentials) as credentials on credentials.credential = walk.at
    where credentials.parent is not null and walk.hops < 1000
)
select distinct walk.credential, walk.stated
from walk
inner join read_parquet($credentials) as credentials on credentials.credential = walk.at
where walk.stated in (
    credentials.account_id || '#' || credentials.principal_id, credentials.account_id || '#' || credentials.arn
);

create or replace temp table verdicts as
with first_look as (
    select
        *,
        judged(stated, true_kind, true_id, true_same, true_coarser) as verdict,
        judged(key_stated, true_kind, true_id, true_same, true_coarser) as key_verdict,
        judged(session_stated, true_kind, true_id, true_same, true_coarser) as session_verdict
    from answered
)
select
    first_look.* exclude (verdict, key_verdict, session_verdict),
    case
        when verdict <> 'open' then verdict
        when own.stated is not null and origin_stop = 'missing_log' then 'unfinished'
        -- A principal of the true chain, stated as if it were the end of it.
        else 'wrong'
    end as verdict,
    case
        when key_verdict <> 'open' then key_verdict
        when keyed.stated is not null then 'unfinished'
        else 'wrong'
    end as key_verdict,
    case
        when session_verdict <> 'open' then session_verdict
        when sessioned.stated is not null then 'unfinished'
        else 'wrong'
    end as session_verdict
from first_look
left join waypoints as own
    on own.credential = first_look.credential and own.stated = first_look.stated
left join waypoints as keyed
    on keyed.credential = first_look.credential and keyed.stated = first_look.key_stated
left join waypoints as sessioned
    on sessioned.credential = first_look.credential and sessioned.stated = first_look.session_stated;
