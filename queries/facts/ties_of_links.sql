-- Links as numbers: those of their use, their issuance and the use that made its call.
select
    hash(use_id) as fact,
    hash(issuance_id) as issuance,
    nullif(hash(parent_use_id), hash(null::varchar)) as parent
from links
