"""The database: all SQL of the program, as named functions grouped by subject.

    polls           feeds, and what their polls brought
    hubs            subscriptions of feeds at WebSub hubs
    articles        to be matched, grouped, looked at
    revisions       what edited articles said before
    memories        what matching has learned
    concordances    which articles have which words
    kept            what is kept and in force, for `plan` and the like
    offers          what readers are offered, for `plan`, too
    subscriptions   who gets what, and when it is due
    ledger          editions, and who was sent which story
    outbox          deliveries on their way
    notices         words to the operator
    news            whether anything came that an edition may hold
    leases          claims
    retention       what is thrown away, and what stays of it
    repairs         after a clock was wrong
    report          what `status`, `/health` and `/metrics` tell, without SQLAlchemy
    troubles        what is said of a database that cannot be used
    schema, engine, postgresql, migrations

Each function takes the transaction as its first argument, so that a step composes several into one:

    with database.write() as tx:
        polls.record(tx, intents, now)

To add one, add it to `tests/test_store_errors.py` too, where every function meets a locked and a lost database.
"""
