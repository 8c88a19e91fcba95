-- The facts with the number of their part, by the name that stands for all of their names.
select
    named.* exclude (name, by_principal, by_session, by_arn, by_switch, by_query, by_use, by_subject, by_caller),
    cast(coalesce(firsts.first, named.name) % (select parts from division) as integer) as part
from names_of_issuances as named
left join firsts on firsts.name = named.name
