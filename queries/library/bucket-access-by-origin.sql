-- title: Who touched which bucket
-- about: A row is one origin and bucket, with reads, writes, deletions and the bytes the records give.
-- about: Object-level calls are data events and are here only if those are on.
-- param bucket: varchar = null   -- only this bucket
-- param since: timestamp = null  -- only events at or after this UTC time
-- param until: timestamp = null  -- only events before this UTC time
-- column bucket: varchar         -- the bucket
-- column origin_kind: varchar    -- kind of origin
-- column origin_id: varchar      -- its id
-- column origin_name: varchar    -- its name, where the logs tell
-- column reads: bigint           -- GetObject and the like
-- column writes: bigint          -- PutObject and the like
-- column deletions: bigint       -- DeleteObject and the like
-- column other_calls: bigint     -- listing, settings
-- column errors: bigint          -- calls that failed
-- column bytes_out: bigint       -- bytes sent to the caller, where the record says
-- column first_seen: timestamp   -- first call
-- column last_seen: timestamp    -- last call
select
    json_extract_string(request_parameters, '$.bucketName') as bucket,
    origin_kind,
    origin_id,
    max(origin_name) as origin_name,
    count(*) filter (where event_name in ('GetObject', 'HeadObject', 'SelectObjectContent', 'CopyObject')) as reads,
    count(*) filter (
        where event_name in ('PutObject', 'CompleteMultipartUpload', 'CreateMultipartUpload', 'UploadPart', 'RestoreObject')
    ) as writes,
    count(*) filter (where event_name in ('DeleteObject', 'DeleteObjects')) as deletions,
    count(*) filter (
        where event_name not in (
            'GetObject', 'HeadObject', 'SelectObjectContent', 'CopyObject', 'PutObject',
            'CompleteMultipartUpload', 'CreateMultipartUpload', 'UploadPart', 'RestoreObject', 'DeleteObject',
            'DeleteObjects'
        )
    ) as other_calls,
    count(error_code) as errors,
    cast(sum(
        try_cast(json_extract_string(additional_event_data, '$.bytesTransferredOut') as double)
    ) as bigint) as bytes_out,
    min(event_time) as first_seen,
    max(event_time) as last_seen
from calls
where event_source in ('s3.amazonaws.com', 's3express.amazonaws.com')
    and json_extract_string(request_parameters, '$.bucketName') is not null
    and ($bucket::varchar is null or json_extract_string(request_parameters, '$.bucketName') = $bucket)
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
group by bucket, origin_kind, origin_id
order by bucket, origin_kind, origin_id
