-- The records that are looked at one by one: `documents` (file_id, record, identity_id, raw).
create or replace temp view parsed as
select
    file_id,
    record,
    identity_id,
    false as plain,
    raw,
    try(from_json(raw, record_shape())) as r,
    try(json_keys(raw, '$')) as keys
from documents
