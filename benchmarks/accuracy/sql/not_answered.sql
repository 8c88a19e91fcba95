-- The answerable events without a right answer, by what the answer says instead.
select
    kind,
    view,
    loose,
    verdict,
    coalesce(origin_stop, 'no row') as stop,
    coalesce(origin_kind, 'none') as stated_kind,
    coalesce(origin_grade, 'none') as grade,
    count(*) as events,
    min(event_id) as example,
    arg_min(recipient_account_id, event_id) as example_account
from verdicts
where answerable and verdict not in ('right', 'wrong')
group by all
order by events desc, kind, view, loose, verdict, stop, stated_kind, grade
