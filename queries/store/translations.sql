-- A translation leaves where CloudTrail's own record of the event is here and says nothing else, whichever
-- came first. Of translations one leaves where another says all that it says: that holds from one to the
-- next, so that the order in which they come never matters. What says otherwise stays and is a contradiction.
update repeats
set copy = 2
where (file_id, record) in (
    with said as materialized (
        select
            events.file_id,
            events.record,
            events.event_id,
            coalesce(events.recipient_account_id, '') as account,
            events.translated_from is null as native,
            date_trunc('second', event_time) as at,
            event_name,
            error_code,
            -- What a translation may leave out.
            [
                event_source,
                user_identity_type,
                principal_id,
                arn,
                account_id,
                access_key_id,
                source_identity,
                on_behalf_of_user_id,
                on_behalf_of_identity_store_arn,
                cast(date_trunc('second', creation_date) as varchar),
                error_code,
                try(json_extract_string(request_parameters, '$.roleArn')),
                try(json_extract_string(response_elements, '$.credentials.accessKeyId')),
                try(json_extract_string(response_elements, '$.assumedRoleUser.assumedRoleId'))
            ] as members,
            row_number() over (
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
    ),
    pairs as (
        select
            lesser.file_id,
            lesser.record,
            better.native,
            better.place < lesser.place as first,
            -- Without an error, CloudTrail's own record says that there was none.
            lesser.error_code is null or better.error_code is not null as error_told,
            list_transform(
                list_zip(lesser.members, better.members),
                lambda pair: case
                    when pair[1] is null and pair[2] is null then 'same'
                    when pair[1] is null then 'more'
                    when pair[2] is null then 'less'
                    when pair[1] = pair[2] then 'same'
                    else 'other'
                end
            ) as told
        from said as lesser
        join said as better
            on better.event_id = lesser.event_id
            and better.account = lesser.account
            and better.place <> lesser.place
            and better.at = lesser.at
            and better.event_name = lesser.event_name
        where not lesser.native
    )
    select file_id, record
    from pairs
    where not list_contains(told, 'other')
        and case
            when native then error_told
            else not list_contains(told, 'less') and (first or list_contains(told, 'more'))
        end
)
