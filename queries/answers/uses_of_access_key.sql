-- Uses of an access key id, whoever held it.
select *
from uses
where access_key_id = $target
    and use_id in (select use_id from used_keys where access_key_id = $target)
order by use_id
