-- In the store: the identities of a day that no earlier day had, with numbers of their own.
create or replace temp table day_identities as
select
    (select coalesce(max(identity_id), 0) from identities)
    + row_number() over (order by frame.content) as identity_id,
    frame.*
from frame
anti join taken_identities on taken_identities.content = frame.content;

insert into taken_identities by name
select content, identity_id from day_identities;

insert into identities by name
select * exclude (content) from day_identities
