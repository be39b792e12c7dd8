"""What is said of a database that cannot be used. Without SQLAlchemy, for `report` says it, too."""

from __future__ import annotations

HEAD = "0010"
"""The migration that this code needs."""

_REMEDIES = {
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
    "authentication failed": "check the user and password in `database`",
}


def with_remedy(cause: str) -> str:
    """A driver's own words, and behind them what an operator can do about it, where that is known."""
    remedy = next((words for sign, words in _REMEDIES.items() if sign in cause), "")
    return f"{cause}; {remedy}" if remedy else cause


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
