-- Counts to compare with a store's, of the records of these days, before anything rests on the facts:
--     trailtrace sql "select kind, count(*) from issuances group by all"
--     trailtrace sql "select user_identity_type, count(*) from uses group by all"
select 'issuances' as facts, kind, count(*) as times
from issuances
group by kind
union all
select 'uses' as facts, user_identity_type as kind, count(*) as times
from new_uses
group by user_identity_type;
