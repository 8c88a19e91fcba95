-- All principals of which another account's record may tell.
create or replace temp table principals_again as
select distinct principal_id from identities where user_identity_type = 'AWSAccount'
