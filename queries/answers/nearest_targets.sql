-- Identifiers that resemble a target which was not found.
select distinct candidate
from (
    select unnest([access_key_id, principal_id, arn]) as candidate from uses
)
where candidate is not null and candidate <> $target
order by levenshtein(candidate, $target), candidate
limit 3
