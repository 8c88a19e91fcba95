-- title: Days and hours without a record
-- about: A row is one account, Region and day on which nothing is held between days that have records, or with a long run of silent hours.
-- about: A silent hour may be quiet or missing; only the trail's digest files can tell.
-- param hours: integer = 12         -- shortest run of silent hours that is listed
-- column account_id: varchar        -- account that recorded
-- column aws_region: varchar        -- the Region
-- column day: date                  -- UTC day
-- column events: bigint             -- events that day
-- column hours_with_events: bigint  -- hours that hold any
-- column longest_gap_hours: bigint  -- longest run of whole hours without one
-- column state: varchar             -- events: some that day; gap: none, though before and after
select account_id, aws_region, day, events, hours_with_events, longest_gap_hours, state
from coverage
where state in ('events', 'gap')
    and longest_gap_hours >= $hours
order by account_id, aws_region, day
