-- All records of the days that are looked into, and of a longer time before them those that can issue credentials.
export data
with connection `aws-us-east-1.trail_bucket`
options (uri = 's3://BUCKET/trailtrace/*', format = 'PARQUET')
as
select record_text as cloudtrail_record
from logs.record_texts
where day between '2026/05/08' and '2026/05/14'
    or (
        day between '2026/05/01' and '2026/05/07'
        and regexp_contains(record_text, r'(?i)(sts|signin|lakeformation|cognito-identity|rolesanywhere)[.]amazonaws[.]com|session_?token')
    );
