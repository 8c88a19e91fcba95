-- Of the files that verified digests of their time do not name: those of some hashes, and those with
-- records of some uses.
select uri
from files
where unnamed
    and (
        sha256 in (select unnest($hashes))
        or file_id in (
            select records.file_id
            from records
            join named_identities on named_identities.identity_id = records.identity_id
            where records.file_id in (select file_id from files where unnamed)
                and (
                    named_identities.authenticated_use_id in (select unnest($use_ids))
                    or named_identities.unauthenticated_use_id in (select unnest($use_ids))
                )
        )
    )
order by uri
