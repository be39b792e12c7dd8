"""The operator's configuration: a folder of YAML files, read, validated, and edited without disturbing it.

    load(folder, environ)                             the validated Settings, or ConfigError with all problems
    init(folder), write_schemas(folder)               the example set; JSON Schemas for editors
    database(folder, environ)                         its database, also while another file is wrong
    problems_at(folder, name, found)                  what others found wrong, told with line and column
    add_feed(folder, feed), import_feeds(folder, feeds), add_subscriber(folder, newsletter, address)
    read_opml(content), left_out(content), write_opml(feeds)

Importing this costs little, and so does `load` of an unchanged configuration: pydantic, ruamel.yaml and the
parsers of XML are loaded by what needs them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from digest.config.cache import load

if TYPE_CHECKING:
    from digest.config.editing import add_feed, add_subscriber, import_feeds
    from digest.config.example import init, write_schemas
    from digest.config.opml import left_out, read_opml, write_opml
    from digest.config.reading import database, problems_at

__all__ = [
    "add_feed",
    "add_subscriber",
    "database",
    "import_feeds",
    "init",
    "left_out",
    "load",
    "problems_at",
    "read_opml",
    "write_opml",
    "write_schemas",
]

_LATER = {
    "add_feed": "editing",
    "add_subscriber": "editing",
    "database": "reading",
    "import_feeds": "editing",
    "init": "example",
    "problems_at": "reading",
    "write_schemas": "example",
    "left_out": "opml",
    "read_opml": "opml",
    "write_opml": "opml",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"digest.config.{_LATER[name]}"), name)
