-- What a verification found.
update files
set integrity = frame.integrity, unnamed = frame.unnamed
from frame
where frame.file_id = files.file_id
