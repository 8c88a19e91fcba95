-- A translation leaves where CloudTrail's own record of the event is here and does not say otherwise, whichever
-- came first; of translations that agree, one stays. What says otherwise stays and is a contradiction.
update repeats
set copy = 2
where (file_id, record) in (
    with told as materialized (
        select
            events.*,
            coalesce(events.recipient_account_id, '') as account,
            row_number() over (
                partition by events.event_id, coalesce(events.recipient_account_id, '')
                order by
                    form_grade(events.translated_from) desc,
                    events.translated_from,
                    cast(row(columns(events.* exclude (identity_id, file_id, record))) as varchar)
            ) as place
        from events
        join repeats on repeats.file_id = events.file_id and repeats.record = events.record
        where repeats.copy = 1
            and repeats.event_id in (select event_id from repeats where translated_from is not null)
            and events.file_id in (select file_id from repeats)
    )
    select lesser.file_id, lesser.record
    from told as lesser
    join told as better
        on better.event_id = lesser.event_id and better.account = lesser.account and better.place = 1
    where lesser.place > 1
        and lesser.translated_from is not null
        and date_trunc('second', better.event_time) = date_trunc('second', lesser.event_time)
        and coalesce(better.event_source = lesser.event_source, true)
        and better.event_name = lesser.event_name
        and coalesce(better.user_identity_type = lesser.user_identity_type, true)
        and coalesce(better.arn = lesser.arn, true)
        and coalesce(better.account_id = lesser.account_id, true)
        and coalesce(better.access_key_id = lesser.access_key_id, true)
)
