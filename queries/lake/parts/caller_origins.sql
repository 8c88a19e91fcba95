-- All origins of callers, in the order in which they are asked for.
select * from found_caller_origins order by issuance_id
