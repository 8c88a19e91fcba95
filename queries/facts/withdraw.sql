-- What is told anew of these uses and issuances.
delete from links where use_id in (select id from frame);
delete from origins where use_id in (select id from frame);
delete from caller_origins where issuance_id in (select id from frame)
