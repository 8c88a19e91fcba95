-- Names that are to be in one part: those of one fact, and of facts of one key.
select distinct name, other
from (
    select name, unnest([by_session, by_arn, by_query, by_use]) as other
    from names_of_uses
    where by_session <> name or by_arn <> name or by_query is not null or by_use is not null
    union all
    select name, unnest([by_session, by_arn, by_switch, by_query, by_use, by_subject, by_caller])
    from names_of_issuances
    where by_session <> name
        or by_arn <> name
        or coalesce(by_switch, by_query, by_use, by_subject, by_caller) is not null
    union all
    select used.name, issued.name
    from names_of_uses as used
    join names_of_issuances as issued on issued.issued_key = used.join_key
)
where name <> other
