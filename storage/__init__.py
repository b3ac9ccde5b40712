"""What trialdelta remembers, on SQLite or PostgreSQL.

    database = open_database("sqlite:///data/trialdelta.db")
    database.ensure_schema()
    with database.write() as session:      # one transaction of the only writer
        check(session, lease)              # refuses a holder whose lease has passed on
        add_versions(session, new)
        add_events(session, events, cycle_id)
    with database.read() as session:       # one snapshot; writing is refused
        payload(session, "NCT00000001", 2)

`engine` opens and migrates (`schema`, `migrations`); `tables` and `types` describe what is stored; then one module a
concern, of plain functions on a session: `studies` and `versions` (packed by `payloads`), `cohorts`, `events`,
`storms`, `silence`, `alerts`, `outbox`, `digests`, `reviews`, `audit`, `accounts`, `quarantine`, `ledger`, `lease`
(held by a process that `holder` names), `verify`. Nothing here knows the service.
"""
