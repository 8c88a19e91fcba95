-- For each derived table: its rows, and how many of them the stored table lacked or had too many.
select
    'named_identities' as name,
    (select count(*) from named_identities) as rows,
    (select count(*) from (from named_identities except all from stored_named_identities)) as lacking,
    (select count(*) from (from stored_named_identities except all from named_identities)) as surplus
union all
select
    'records_apart' as name,
    (select count(*) from records_apart) as rows,
    (select count(*) from (from records_apart except all from stored_records_apart)) as lacking,
    (select count(*) from (from stored_records_apart except all from records_apart)) as surplus
union all
select
    'uses' as name,
    (select count(*) from uses) as rows,
    (select count(*) from (from uses except all from stored_uses)) as lacking,
    (select count(*) from (from stored_uses except all from uses)) as surplus
union all
select
    'issuing_calls' as name,
    (select count(*) from issuing_calls) as rows,
    (select count(*) from (from issuing_calls except all from stored_issuing_calls)) as lacking,
    (select count(*) from (from stored_issuing_calls except all from issuing_calls)) as surplus
union all
select
    'issuances' as name,
    (select count(*) from issuances) as rows,
    (select count(*) from (select * replace (list_sort(evidence) as evidence) from issuances except all from stored_issuances)) as lacking,
    (select count(*) from (from stored_issuances except all select * replace (list_sort(evidence) as evidence) from issuances)) as surplus
union all
select
    'resource_events' as name,
    (select count(*) from resource_events) as rows,
    (select count(*) from (from resource_events except all from stored_resource_events)) as lacking,
    (select count(*) from (from stored_resource_events except all from resource_events)) as surplus
union all
select
    'copies' as name,
    (select count(*) from copies) as rows,
    (select count(*) from (from copies except all from stored_copies)) as lacking,
    (select count(*) from (from stored_copies except all from copies)) as surplus
union all
select
    'links' as name,
    (select count(*) from links) as rows,
    (select count(*) from (from links except all from stored_links)) as lacking,
    (select count(*) from (from stored_links except all from links)) as surplus
union all
select
    'origins' as name,
    (select count(*) from origins) as rows,
    (select count(*) from (from origins except all from stored_origins)) as lacking,
    (select count(*) from (from stored_origins except all from origins)) as surplus
union all
select
    'caller_origins' as name,
    (select count(*) from caller_origins) as rows,
    (select count(*) from (from caller_origins except all from stored_caller_origins)) as lacking,
    (select count(*) from (from stored_caller_origins except all from caller_origins)) as surplus
order by name
