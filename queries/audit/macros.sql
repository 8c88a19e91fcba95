-- Expressions that detections share; made anew for each run, so that a store need not hold them.

-- The ids of the first events that show a finding, at most twenty; an id may come twice.
create or replace temp macro evidence_ids(event, moment) as coalesce(
    list_transform(
        min({'moment': moment, 'event': event}, 20) filter (event is not null), lambda first: first.event
    ),
    []
);
