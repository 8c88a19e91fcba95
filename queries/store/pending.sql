-- Rows that need a second look, taken out of `incoming`.
delete from incoming
where problem is not null and problem <> 'not_event'
returning file_id, record, problem, raw
