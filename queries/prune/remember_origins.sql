-- Where the chains end before anything leaves.
create or replace temp table before_origins as
from origins
