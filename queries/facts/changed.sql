-- The facts that are not what they were. How many calls a credential signed, no rule asks.
with now as (
    select * exclude (event_count) from uses where use_id in (select use_id from new_uses)
    except
    select * exclude (event_count) from uses_before
)
select hash(use_id) as fact from now
union all
-- But whether any record in a sound file says what those in failed ones say.
select hash(use_id) from new_uses where exists (select 1 from files where integrity = 'failed')
union all
select hash(issuance_id) from issued_again
