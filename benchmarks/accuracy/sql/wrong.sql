select
    verdict,
    origin_grade as grade,
    origin_stop as stop,
    origin_hops as hops,
    kind,
    view,
    answerable,
    why_not,
    origin_kind as stated_kind,
    stated,
    true_kind,
    true_id,
    event_id,
    recipient_account_id,
    event_name,
    event_time,
    user_identity_type,
    principal_id,
    access_key_id,
    creation_date,
    use_id,
    (
        select string_agg(rule || ' ' || grade || ': ' || why, '; ' order by rule, why)
        from store.links
        where links.use_id = verdicts.use_id
    ) as links,
    count(*) over (partition by kind, view, origin_grade, origin_stop) as events_alike
from verdicts
where verdict = 'wrong'
qualify row_number() over (partition by use_id, view order by event_time, event_id) = 1
order by grade, kind, event_time, event_id
