-- In the store: objects that need not be fetched to be known.
insert into loaded_objects by name
select frame.*
from frame
anti join loaded_objects using (uri, etag, size_bytes)
