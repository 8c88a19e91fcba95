-- The records leave, and with them the identities that no other record has; the ledger tells so.
update files
set pruned = files.pruned + counted.records
from (select file_id, count(*) as records from gone group by file_id) as counted
where counted.file_id = files.file_id;

delete from records
where struct_pack(file_id := file_id, record := record) in (
    select struct_pack(file_id := file_id, record := record) from gone
);

delete from identities
where identity_id not in (select identity_id from records)
