-- How many other keys the sessions of a key have, as a console session has one for each service.
select count(distinct uses.access_key_id) as keys
from links
join uses on uses.use_id = links.use_id
where links.grade <> 'none'
    and uses.invoked_by is null
    and uses.access_key_id <> $target
    and links.issuance_id in (
        select links.issuance_id
        from links
        join uses on uses.use_id = links.use_id
        where links.grade <> 'none'
            and uses.access_key_id = $target
    )
