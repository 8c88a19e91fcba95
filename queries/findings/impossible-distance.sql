-- title: Calls from two places that are too far apart
-- about: A row is one origin or session whose calls came from one place and then from another that no aircraft reaches in the time between.
-- about: Places are those of the `.mmdb` file that was given (`trailtrace networks import`); from the distance the radius of accuracy of both is taken off, 200 km where none is stated, and a minute is added to the time.
-- about: Each call is compared with the one before; calls from places that are known to 50 km, and to 200 km, also among themselves, so that a vague place between two others hides nothing.
-- about: People's calls are taken together, whatever roles they took; of anybody else each session is looked at by itself. One of the two places may be somebody else's.
-- severity: high
-- confidence: low
-- cannot see: Anything without a database of cities; anybody who uses an address near the owner's, or waits as long as the flight would take; addresses in AWS's ranges, where `ip-ranges.json` was given, and calls through a VPC endpoint or by a service.
-- false positives: A VPN, proxy or mobile network that leaves far from its user, and a key that machines in several places share: name these networks as known. Clouds other than AWS. Databases err, most of all over mobile and cloud addresses; where `ip-ranges.json` was not given, over AWS's own.
-- what to do: Ask the origin where they were and whether they use a VPN; see what was done from the stranger place with `trailtrace who-did --ip ADDRESS`, and revoke the session or key if nobody owns to it.
-- needs: places
-- sequence: too_far
-- param speed_km_h: integer = 900             -- an aircraft's; what is faster is impossible
-- param least_km: integer = 500               -- nearer places are not told apart surely
-- param known_networks: varchar[] = null      -- networks in CIDR notation that say nothing of where somebody is, such as a VPN's
-- param since: timestamp = null               -- only events at or after this UTC time
-- param until: timestamp = null               -- only events before this UTC time
-- column traveller: varchar                   -- the person, or the session
-- column event_time: timestamp                -- when a call was made
-- column event_id: varchar                    -- the call
-- column source_ip_address: varchar           -- its address
-- column latitude: double                     -- of its place
-- column longitude: double                    -- of its place
-- column accuracy_km: bigint                  -- how far off that may be
-- column place: varchar                       -- the place in words
-- column use_id: varchar                      -- the credential
-- column account_id: varchar                  -- its account
-- column who: varchar                         -- the origin in words
-- column speed_km_h: integer                  -- as the parameter
-- column least_km: integer                    -- as the parameter
with places as (
    select
        address,
        latitude,
        longitude,
        coalesce(accuracy_km, 200) as accuracy_km,
        coalesce(
            nullif(concat_ws(', ', city, country), ''), format('{:.1f} {:.1f}', latitude, longitude)
        ) as place
    from addresses
    where latitude is not null and not of_aws and kind = 'public'
        and not is_known_address(address, $known_networks::varchar[])
),
called as (
    -- Of identities first: a million calls come from some thousands of them.
    select records.identity_id, records.source_ip_address
    from records
    join places on places.address = records.source_ip_address
    -- A signature or password that was wrong tells nothing of where its principal is.
    anti join records_apart
        on records_apart.file_id = records.file_id and records_apart.record = records.record
    where ($since::timestamp is null or records.event_time >= $since)
        and ($until::timestamp is null or records.event_time < $until)
        and coalesce(records.event_category, '') <> 'NetworkActivity'
        and not starts_with(coalesce(records.vpc_endpoint_id, ''), 'vpce-')
    group by records.identity_id, records.source_ip_address
),
seen as (
    select
        named_identities.authenticated_use_id as use_id,
        called.source_ip_address,
        -- A use is one person's only if that is sure.
        case
            when origins.kind in ('iam_user', 'root', 'identity_center_user', 'saml_user')
                and origins.grade in ('proof', 'strong')
                then origin_key(origins.kind, origins.id, origins.arn, uses.principal_id, uses.use_id)
            when uses.creation_date is not null
                then coalesce(uses.principal_id, '') || ' of ' || cast(uses.creation_date as varchar)
            else uses.use_id
        end as traveller,
        origin_words(origins.kind, origins.name, origins.id, origins.arn, uses.arn, origins.grade) as who,
        uses.account_id,
        origins.covers_from,
        origins.covers_until
    from called
    join identities on identities.identity_id = called.identity_id
    join named_identities on named_identities.identity_id = called.identity_id
    join uses on uses.use_id = named_identities.authenticated_use_id
    join origins on origins.use_id = uses.use_id
    where coalesce(identities.invoked_by, '') = ''
        -- Functions and jobs of services, and what builds code anywhere, are in many places at once.
        and origins.kind not in ('lambda_function', 'aws_service', 'oidc_subject', 'anonymous', 'external_account')
    group by all
),
several as (
    select seen.traveller
    from seen
    join places on places.address = seen.source_ip_address
    group by seen.traveller
    having count(distinct (places.latitude, places.longitude)) > 1
)
select
    seen.traveller,
    calls.event_time,
    calls.event_id,
    places.address as source_ip_address,
    places.latitude,
    places.longitude,
    places.accuracy_km,
    places.place,
    seen.use_id,
    seen.account_id,
    seen.who,
    $speed_km_h::integer as speed_km_h,
    $least_km::integer as least_km
from seen
semi join several on several.traveller = seen.traveller
join places on places.address = seen.source_ip_address
join calls_of_uses(
    (select list(distinct use_id) from seen semi join several on several.traveller = seen.traveller), $since, $until
) as calls
    on calls.use_id = seen.use_id and calls.source_ip_address = seen.source_ip_address
where (seen.covers_from is null or calls.event_time >= seen.covers_from)
    and (seen.covers_until is null or calls.event_time <= seen.covers_until)
    and not starts_with(coalesce(calls.vpc_endpoint_id, ''), 'vpce-')
order by seen.traveller, calls.event_time, calls.event_id, seen.use_id
