-- In a day of the lake: the identities of what is taken, each named by its content.
select substring(identity_id, 12) as content, identities.* exclude (identity_id)
from identities
where identity_id in (
    select identity_id
    from records
    semi join taken on taken.file_id = records.file_id and taken.record = records.record
)
