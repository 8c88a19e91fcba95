-- Records can be pruned: the ledger of a file then tells how many of its kept records have left.
alter table files add column pruned bigint default 0;
alter table files alter column pruned set not null
