-- For each derived table: its rows, and how many of them the stored table lacked or had too many.
create or replace temp macro compared(derived) as table
select
    derived as name,
    (select count(*) from query_table(derived)) as rows,
    (
        select count(*)
        from (from query_table(derived) except all from query_table('stored_' || derived))
    ) as lacking,
    (
        select count(*)
        from (from query_table('stored_' || derived) except all from query_table(derived))
    ) as surplus;

from compared('named_identities')
union all
from compared('records_apart')
union all
from compared('uses')
union all
from compared('issuing_calls')
union all
from compared('issuances')
union all
from compared('resource_events')
union all
from compared('copies')
union all
from compared('links')
union all
from compared('origins')
union all
from compared('caller_origins')
union all
from compared('addresses')
order by name
