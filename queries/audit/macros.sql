-- Expressions that detections share; made anew for each run, so that a store need not hold them.

-- The ids of the first events that show a finding, at most twenty; an id may come twice.
create or replace temp macro evidence_ids(event, moment) as coalesce(
    list_transform(
        min({'moment': moment, 'event': event}, 20) filter (event is not null), lambda first: first.event
    ),
    []
);

-- Whether a call was refused for want of permission.
create or replace temp macro is_denied(error_code) as coalesce(
    regexp_matches(error_code, '(?i)denied|unauthori[sz]ed|forbidden|notauthorized'), false
);

-- Whether a call only reads. Records before version 1.05 do not say; the names of AWS's calls do.
create or replace temp macro is_read_only(stated, event_name) as coalesce(stated, regexp_matches(
    event_name, '^(Get|List|Describe|Head|BatchGet|Lookup|Search|Select|Scan|Query|Check|Simulate|View)'
));
