-- The identities of the records that were read, once for each day that has records of them.
select
    strftime(of_days.day, '%Y-%m-%d') as day,
    identities.* replace (strftime(of_days.day, '%Y-%m-%d') || '/' || identity_contents.content as identity_id)
from (select distinct identity_id, cast(event_time as date) as day from records) as of_days
join identities on identities.identity_id = of_days.identity_id
join identity_contents on identity_contents.identity_id = of_days.identity_id
