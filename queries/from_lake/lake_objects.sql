-- In the lake: the objects of buckets that were read, and how many files each of them held; not those of which
-- a limit stopped something.
select sources.uri, sources.stamp as etag, sources.size_bytes, count(*) as files
from sources
join files on files.file_id >> $file_bits = sources.number
where files.file_id in (from wanted_files)
    and files.sha256 <> ''
    and sources.number not in (
        select file_id >> $file_bits from rejects where reason in ('too_large', 'compression_bomb')
    )
    and regexp_matches(sources.uri, '^[a-z0-9]+://')
group by sources.number, sources.uri, sources.stamp, sources.size_bytes
