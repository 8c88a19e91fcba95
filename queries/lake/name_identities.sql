-- What each identity says, as one text that is the same wherever it was read.
create or replace temp table identity_contents as
select identity_id, sha256(to_json(identity)) as content
from (
    select identity_id, struct_pack(*columns(* exclude (identity_id))) as identity
    from identities
)
