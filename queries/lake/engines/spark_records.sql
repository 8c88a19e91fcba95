-- All records of the days that are looked into, and of a longer time before them those that can issue credentials.
create table trailtrace_records
using parquet
location 's3a://BUCKET/trailtrace/records/'
as select record_text as cloudtrail_record
from record_texts
where day between '2026/05/08' and '2026/05/14'
    or (
        day between '2026/05/01' and '2026/05/07'
        and record_text rlike '(?i)(sts|signin|lakeformation|cognito-identity|rolesanywhere)[.]amazonaws[.]com|session_?token'
    );
