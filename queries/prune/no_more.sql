-- Facts of which records stay although nothing else needs them: none is known yet.
create or replace temp table more (id varchar)
