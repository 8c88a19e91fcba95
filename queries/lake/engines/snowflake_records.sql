-- All records of the days that are looked into, and of a longer time before them those that can issue credentials.
copy into 's3://BUCKET/trailtrace/'
from (
    select record_text as "cloudtrail_record"
    from record_texts
    where day between '2026/05/08' and '2026/05/14'
        or (
            day between '2026/05/01' and '2026/05/07'
            and regexp_instr(record_text, '(sts|signin|lakeformation|cognito-identity|rolesanywhere)[.]amazonaws[.]com|session_?token', 1, 1, 0, 'i') > 0
        )
)
storage_integration = TRAIL_BUCKET
file_format = (type = parquet)
header = true;
