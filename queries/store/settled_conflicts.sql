-- Ids that name one record only, since others have left.
delete from conflicts
where event_id in (select event_id from repeats where translated_from is not null)
    and (event_id, coalesce(recipient_account_id, '')) not in (
        select (event_id, coalesce(recipient_account_id, ''))
        from records
        where event_id in (select event_id from repeats where translated_from is not null)
        group by event_id, coalesce(recipient_account_id, '')
        having count(*) > 1
    )
