-- Records of older files that left for better ones: these are the duplicates now.
update files
set kept = kept - frame.records, duplicate = duplicate + frame.records
from frame
where frame.file_id = files.file_id
