-- Source addresses in new files that have no row yet.
select distinct records.source_ip_address as address
from records
where records.file_id >= $first_file_id
    and records.source_ip_address is not null
    and records.source_ip_address not in (select addresses.address from addresses)
order by address
