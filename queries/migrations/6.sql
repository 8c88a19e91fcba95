-- Every identity is named once, and records whose use is another than their identity's are listed.
drop view named_identities;
drop table copies
