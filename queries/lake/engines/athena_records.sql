-- All records of the days that are looked into, and of a longer time before them those that can issue credentials.
unload (
    select record_text as cloudtrail_record
    from record_texts
    where day between '2026/05/08' and '2026/05/14'
)
to 's3://BUCKET/trailtrace/days/'
with (format = 'PARQUET', compression = 'SNAPPY');

unload (
    select record_text as cloudtrail_record
    from record_texts
    where day between '2026/05/01' and '2026/05/07'
        and regexp_like(record_text, '(?i)(sts|signin|lakeformation|cognito-identity|rolesanywhere)[.]amazonaws[.]com|session_?token')
)
to 's3://BUCKET/trailtrace/issuing/'
with (format = 'PARQUET', compression = 'SNAPPY');
