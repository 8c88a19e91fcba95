-- In the store: how many event ids name records of different content.
select count(*) as conflicts
from conflicts
