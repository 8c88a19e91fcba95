-- What was done.
insert into prunes (before, pruned_at, records) values ($before, $now, $records)
