-- Where a use's chain ends.
select kind, id, arn, account_id, name, grade, stop, hops, covers_from, covers_until from origins where use_id = $use_id
