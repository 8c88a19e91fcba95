select
    answers,
    count(*) as events,
    count(*) filter (where answerable) as answerable,
    count(*) filter (where answerable and verdict = 'right') as exact,
    count(*) filter (where answerable and verdict = 'coarser') as coarser,
    count(*) filter (where loose) as loose,
    count(*) filter (where loose and verdict = 'right') as loose_exact,
    count(*) filter (where not answerable and verdict in ('right', 'coarser')) as beyond,
    count(*) filter (where verdict = 'unfinished') as unfinished,
    count(*) filter (where verdict = 'none') as nothing,
    count(*) filter (where verdict = 'wrong') as wrong
from (
    select 'trailtrace' as answers, answerable, loose, verdict from verdicts
    union all
    select 'join on key', answerable, loose, key_verdict from verdicts
    union all
    select 'join on principal and date', answerable, loose, session_verdict from verdicts
)
group by all
order by answers
