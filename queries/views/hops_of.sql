-- hops_of('ASIA…'), hops_of(use_id): every hop from a credential back, nearest first. Of several
-- candidates all are walked; a circle is walked once.
create or replace macro hops_of(credential) as table
with recursive walk as (
    select 1 as hop, [chains.use_id] as path, chains.*
    from chains
    where chains.use_id = credential or chains.access_key_id = credential
    union all
    select walk.hop + 1 as hop, list_append(walk.path, chains.use_id) as path, chains.*
    from walk
    join chains on chains.use_id = walk.parent_use_id
    where not list_contains(walk.path, chains.use_id)
        and walk.hop < 100
)
select path[1] as from_use_id, * exclude (path)
from walk
order by from_use_id, hop, issued_at, issuance_id, parent_use_id;
