select
    coalesce(origin_grade, 'no answer') as grade,
    count(*) as events,
    count(*) filter (where stated is not null) as answers,
    count(*) filter (where verdict = 'right') as exact,
    count(*) filter (where verdict = 'coarser') as coarser,
    count(*) filter (where verdict = 'unfinished') as unfinished,
    count(*) filter (where verdict = 'wrong') as wrong
from verdicts
group by all
order by grade
