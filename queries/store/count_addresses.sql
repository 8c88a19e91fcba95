-- Distinct source addresses, and how many of them have a label.
select
    (select count(distinct source_ip_address) from records) as addresses,
    (select count(*) from addresses where label is not null) as labelled
