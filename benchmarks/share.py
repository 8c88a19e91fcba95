"""The share of temporary-credential events whose origin is given, by grade and rule.

Beside it, what a plain join on the issued key reaches, as one would write it in Athena.

    python benchmarks/share.py FOLDER [FOLDER …]
"""

import sys
from pathlib import Path

import duckdb

from trailtrace import load

PLAIN_JOIN = """
select count(*)
from events
where access_key_id in (
    select json_extract_string(response_elements, '$.credentials.accessKeyId') from events
)
and access_key_id like 'ASIA%'
"""

SHARE = """
with temporary as (
    select * from events_with_origin
    where access_key_id like 'ASIA%' or user_identity_type in ('AssumedRole', 'FederatedUser')
),
first_link as (select use_id, min(rule) as rule from links where grade <> 'none' group by use_id)
select
    coalesce(first_link.rule, case when invoked_by is not null then 'FAS' else 'on the record' end) as rule,
    origin_kind,
    origin_grade,
    origin_stop,
    count(*) as events
from temporary
left join first_link on first_link.use_id = temporary.use_id
group by all
order by events desc, rule
"""


def main() -> None:
    store = Path("share.duckdb")
    for folder in sys.argv[1:]:
        store.unlink(missing_ok=True)
        load(store, [folder])
        with duckdb.connect(str(store), read_only=True) as connection:
            [(plain,)] = connection.execute(PLAIN_JOIN).fetchall()
            rows = connection.execute(SHARE).fetchall()
        total = sum(row[-1] for row in rows)
        known = sum(row[-1] for row in rows if row[1] != "unknown")
        print(f"\n{Path(folder).name}: {total} events of temporary credentials")
        print(f"  origin given  {known} ({known / max(total, 1):.1%})")
        print(f"  plain join    {plain} ({plain / max(total, 1):.1%})")
        print("  rule           origin                 grade     stop          events")
        for rule, kind, grade, stop, events in rows:
            print(f"  {rule:<14} {kind:<22} {grade:<9} {stop:<13} {events:>6}")
    store.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
