-- What could not become an event, counted, and the facts.
select problem, count(*) as records
from read_texts
where problem is not null
group by problem;

insert into function s3('https://BUCKET.s3.amazonaws.com/trailtrace/uses.parquet', 'Parquet')
select
    * replace (
        cast(source_identity_differs as Bool) as source_identity_differs,
        cast(on_behalf_of_differs as Bool) as on_behalf_of_differs,
        cast(credentials_issued_to_differs as Bool) as credentials_issued_to_differs
    )
from new_uses;

insert into function s3('https://BUCKET.s3.amazonaws.com/trailtrace/issuances.parquet', 'Parquet')
select
    * replace (
        cast(callers_differ as Bool) as callers_differ,
        cast(conflicting as Bool) as conflicting,
        cast(paired_by_key as Bool) as paired_by_key
    )
from issuances;
