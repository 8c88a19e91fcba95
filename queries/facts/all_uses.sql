-- Uses for provenance.
select * from uses
