-- The principals of whose sessions something changed, or of which new records of other accounts tell.
create or replace temp table principals_again as
select principal_id from uses where use_id in (select id from frame)
union
select session_principal_id from issuances where issuance_id in (select id from frame)
union
select session_principal_id from issuances_before
union
select principal_id from new_uses where user_identity_type = 'AWSAccount'
union
select identities.principal_id
from records
semi join shared_places
    on shared_places.file_id = records.file_id and shared_places.record = records.record
join identities on identities.identity_id = records.identity_id
where identities.user_identity_type = 'AWSAccount' and file_id in (select file_id from shared_places)
