select
    count(*) filter (where not loaded) as not_loaded,
    (select count(*) from store.events) - count(*) filter (where loaded) as unexpected
from verdicts
