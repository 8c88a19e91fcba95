-- Objects of buckets that were read whole, each content once.
insert into loaded_objects by name
select frame.*
from frame
anti join loaded_objects using (uri, etag, size_bytes)
