"""What is said of a database that cannot be used. Without SQLAlchemy, for `report` says it, too."""

from __future__ import annotations

HEAD = "0010"
"""The migration that this code needs."""

READ_ONLY = "the server is a standby, or was made read-only; `database` has to name one that may be written to"

_REMEDIES = {
    "no answer for": "the server stands still, or what is on the way to it; what was not written is still to be done",
    "connection timeout": "nobody answers: check the host and port in `database`, firewalls, and the server itself",
    "resolve host": "check the host in `database`, and the name servers",
    "starting up": "wait for it, or run the command again",
    "shutting down": "wait for it, or run the command again",
    "in recovery mode": "wait for it, or run the command again",
    "not yet accepting connections": "wait for it, or run the command again",
    "too many c": "each `digest run` takes up to thirty: raise the limits of the server, or let fewer run",
    "connection slots": "each `digest run` takes up to thirty: raise the limits of the server, or let fewer run",
    'FATAL:  database "': "make it as docs/operating.md says, or check the name in `database`",
    'FATAL:  role "': "make the role, or check the user in `database`",
    "authentication failed": "check the user and password in `database`; a daemon reads them when it begins",
    "no password supplied": "write it into `database`, as ${DATABASE_PASSWORD}",
    "pg_hba.conf": "the server lets this user in from elsewhere only, or encrypted only: look there",
    "startup parameter": "a pooler takes no `options`: give them to the role, with ALTER ROLE",
    "permission denied": "the user in `database` has to own the database and its tables",
    "read-only transaction": READ_ONLY,
    "lock timeout": "another process has written for too long; look for one that stands still",
    " timeout": "the server allows too little time: ALTER ROLE ... SET statement_timeout = 0, or what it names here",
    "locked": "another process is writing for too long; look for a second program on the same file",
    "disk is full": "make room, then run the command again: what was not written is still to be done",
    "No space left": "make room, then run the command again: what was not written is still to be done",
    "disk I/O error": "look at the disk: full, over a quota or failing; what was not written is still to be done",
    "deadlock": "two processes waited for each other; run the command again",
    "unable to open": "check that the folder exists and may be written by this user",
    "readonly": "check that the file and its folder may be written by this user",
    "malformed": "the file is damaged; restore a backup",
    "not a database": "the file is something else, or damaged: check `database` in digest.yaml, or restore a backup",
    "no such table": "run `digest migrate`",
    "no such column": "make a backup and run `digest migrate`",
    "does not exist": "run `digest migrate`, or check the name in `database`",
    "refused": "check that the server runs and that `database` names its host and port",
}
"""By what a driver says; the first that fits counts."""


def with_remedy(cause: str) -> str:
    """The first line of a driver's own words, and behind it what an operator can do, where that is known."""
    told = cause.strip().partition("\n")[0]
    remedy = next((words for sign, words in _REMEDIES.items() if sign in told), "")
    return f"{told}; {remedy}" if remedy else told


def not_there(name: str) -> str:
    """What is said where a database should be, and nothing is."""
    return f"there is no database at {name} yet; `digest once` or `digest run` makes it"


def other_encoding(name: str, encoding: str) -> str:
    """What is said of a PostgreSQL database that cannot hold the letters of all languages."""
    remedy = "make it anew with CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0"
    return f"the database {name} cannot be used: its encoding is {encoding}; {remedy}"


def other_version(version: str) -> str:
    """What is said of a database that is not at the version of this code."""
    if version > HEAD:
        remedy = "use the newer program, or restore the backup made before the upgrade"
        return f"is at version {version}, newer than this program ({HEAD}); {remedy}"
    return f"is at version {version}, this program needs {HEAD}; make a backup and run `digest migrate`"
