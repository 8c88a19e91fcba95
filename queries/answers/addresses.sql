-- What is known of these addresses.
select address, kind, of_aws, network, aws_service, aws_region, asn, as_name, country, city, label
from addresses
where address in (select unnest($addresses::varchar[]))
order by address
