-- Objects of buckets whose contents are in the store already.
select uri, etag, size_bytes, files
from loaded_objects
