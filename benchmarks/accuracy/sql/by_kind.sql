select
    kind,
    count(*) as events,
    count(*) filter (where answerable) as answerable,
    count(*) filter (where answerable and verdict = 'right') as exact,
    count(*) filter (where answerable and verdict = 'coarser') as coarser,
    count(*) filter (where answerable and verdict = 'unfinished') as unfinished,
    count(*) filter (where answerable and verdict = 'none') as nothing,
    count(*) filter (where verdict = 'wrong') as wrong,
    count(*) filter (where verdict = 'wrong' and origin_grade = 'proof') as wrong_proofs,
    count(*) filter (where answerable and key_verdict = 'right') as key_exact,
    count(*) filter (where key_verdict = 'wrong') as key_wrong,
    count(*) filter (where answerable and session_verdict = 'right') as session_exact,
    count(*) filter (where session_verdict = 'wrong') as session_wrong,
    max(chain_depth) as deepest
from verdicts
group by all
order by kind
