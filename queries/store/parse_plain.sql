-- The records of plain documents: `documents` (file_id, first_record, identity_ids, records). None of a
-- document that cannot be read as a whole.
create or replace temp view parsed as
with documents_parsed as (
    -- By itself, so that unnesting does not carry the text along.
    select
        file_id,
        first_record,
        identity_ids,
        try(from_json(records, '[' || record_shape() || ']')) as read
    from documents
)
select
    file_id,
    first_record + generate_subscripts(identity_ids, 1) - 1 as record,
    unnest(identity_ids) as identity_id,
    true as plain,
    cast(null as varchar) as raw,
    unnest(read) as r,
    cast(null as varchar[]) as keys
from documents_parsed
