-- title: Logs fell silent
-- about: A row is one account, or one Region of it, that has records in nearly every hour and then none for hours on end, more than twice as long as at any other time.
-- about: Nothing can be said about these hours: a report without findings of them is no good news.
-- severity: medium
-- confidence: medium
-- cannot see: Gaps of accounts and Regions that are quiet at other times too, two gaps of about one length, gaps within an hour, and accounts of which nothing was ever held. Files that lack a few records are found by `trailtrace verify`.
-- false positives: An account whose workloads were stopped; logs that are delivered later, or not loaded yet.
-- what to do: See whether the files are in the bucket and load them; if not, look for who stopped the trail, and let `trailtrace verify` tell whether files were deleted.
-- sequence: silences
-- param hours: integer = 3             -- shortest silence, in whole hours
-- param percent: integer = 80          -- least share of the other hours that have records
-- param since: timestamp = null        -- only silences that end at or after this UTC time
-- param until: timestamp = null        -- only hours before this UTC time
-- column account_id: varchar           -- the account
-- column region: varchar               -- the Region; null for the whole account
-- column hour: timestamp               -- an hour with records
-- column last_hour: timestamp          -- last whole hour of the store or window; CloudTrail delivers within an hour
-- column hours: integer                -- as the parameter
-- column percent: integer              -- as the parameter
-- column since: timestamp              -- as the parameter
with hourly as (
    select distinct recipient_account_id as account_id, aws_region as region, date_trunc('hour', event_time) as hour
    from records
    where recipient_account_id is not null
        and ($until::timestamp is null or event_time < $until)
        and event_time >= coalesce((select max(before) from prunes), timestamp '2000-01-01')
),
ends as (
    select date_trunc('hour', case
        when $until::timestamp is null then max(event_time) else least($until, max(event_time))
    end) - interval 1 hour as last_hour
    from records
)
select
    places.account_id,
    places.region,
    places.hour,
    ends.last_hour,
    $hours::integer as hours,
    $percent::integer as percent,
    $since::timestamp as since
from (
    select account_id, region, hour
    from hourly
    where region is not null
    union
    select account_id, null, hour
    from hourly
) as places
cross join ends
order by places.account_id, places.region, places.hour
