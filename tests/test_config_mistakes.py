"""Mistakes seeded into the example configuration: each is found where it is, and the message names the remedy.

A mistake is an edit of one file: `old` becomes `new`, in which `§` marks the place that must be reported (the mark
itself is not written). Line and column are counted from that mark.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from digest import config, resources
from digest.errors import ConfigError, Problem

ENVIRONMENT = {"SMTP_PASSWORD": "asecret.example", "FEED_TOKEN": "a token"}
SMTP = "  # smtp:\n"
BOMB = (("a", "x"), ("b", "*a"), ("c", "*b"), ("d", "*c"), ("e", "*d"), ("f", "*e"), ("g", "*f"), ("h", "*g"))


@dataclass(frozen=True)
class Mistake:
    what: str
    file: str
    old: str
    new: str
    says: tuple[str, ...]
    """Words that the problem must hold: what is wrong, and the remedy."""


def mistake(what: str, file: str, old: str, new: str, *says: str) -> Mistake:
    return Mistake(what, f"{file}.yaml", old, new, says)


MISTAKES = [
    # In digest.yaml, keys
    mistake("misspelt key", "digest", "polling:\n", "§poling:\n", "unknown key 'poling'", "did you mean 'polling'?"),
    mistake("misspelt key below", "digest", "  every: 30m", "  §evry: 30m", "'evry' in polling", "'every'"),
    mistake("key one level up", "digest", "site:\n", "§smtp: {}\nsite:\n", "'smtp'", "belongs under `delivery:`"),
    mistake("key of nowhere", "digest", "site:\n", "§colour: blue\nsite:\n", "'colour'", "remove it"),
    mistake(
        "key twice", "digest", "  timeout: 20s", "  every: 1h\n  §every: 2h", "second time", "line 29", "remove or"
    ),
    mistake("text where keys belong", "digest", 'listen: "127', "§x\n#", "expected a mapping"),
    mistake(
        "list where keys belong", "digest", "retention:\n", "retention: §[90d]\nx-y: &r\n", "retention is a list"
    ),
    # In digest.yaml, values
    mistake("no unit", "digest", "every: 30m", "every: §30", "'30' is not a duration", 'add the unit, such as "m"'),
    mistake("unit in words", "digest", "every: 30m", "every: §5 minutes", "'5 minutes'", 'write "5m"'),
    mistake("two units", "digest", "every: 30m", "every: §1h 30m", "'1h 30m'", 'write "90m"'),
    mistake("weeks", "digest", "articles: 90d", "articles: §2w", "'2w'", 'write "14d"'),
    mistake("unknown unit", "digest", "every: 30m", "every: §5x", "'5x'", "add the unit"),
    mistake("no time at all", "digest", "timeout: 20s", "timeout: §0s", "too short", "more than nothing"),
    mistake("size without unit", "digest", "max_bytes: 10MB", "max_bytes: §10", "not a size", 'such as "MB"'),
    mistake("size in MiB", "digest", "max_bytes: 10MB", "max_bytes: §10MiB", "not a size", 'write "MB"'),
    mistake("yes is no truth", "digest", "addresses: false", "addresses: §yes", 'write "true"', "YAML 1.2"),
    mistake("off is no truth", "digest", "addresses: false", "addresses: §off", 'write "false"', "YAML 1.2"),
    mistake("unknown word", "digest", "transport: maildir ", "transport: §smpt ", "'smpt'", "did you mean 'smtp'?"),
    mistake("no word at all", "digest", "when_unsure: resend", "when_unsure: §no", "resend, hold", "YAML 1.2"),
    mistake("port alone", "digest", '"127.0.0.1:8025"', "§8025", "place to listen", 'write "127.0.0.1:8025"'),
    mistake("port too high", "digest", '"127.0.0.1:8025"', '§"127.0.0.1:80250"', "host:port"),
    mistake(
        "URL without scheme", "digest", '"https://news.example.org"', "§news.example.org", '"https://news.example'
    ),
    mistake("URL with query", "digest", '"https://news.example.org"', "§https://a.example/?x=1", "leave out what"),
    mistake(
        "sender without brackets", "digest", '"World Watch <news@example.org>"', "§World Watch", "angle brackets"
    ),
    mistake(
        "sender with a bad address",
        "digest",
        '"World Watch <news@example.org>"',
        "§World Watch <news@@a>",
        "is not a sender",
    ),
    mistake(
        "two senders",
        "digest",
        '"World Watch <news@example.org>"',
        "§a@example.org, b@example.org",
        "is not a sender",
    ),
    mistake(
        "sender with a comma", "digest", '"World Watch <news@example.org>"', "§Watch, World <a@b.org>", 'in "quotes"'
    ),
    mistake("another database", "digest", "sqlite:///var", "§mysql://host/var", "SQLite or PostgreSQL"),
    mistake("two slashes", "digest", "sqlite:///var", "§sqlite://var", "three slashes before a relative path"),
    mistake("file alone", "digest", "sqlite:///var", "§var", 'write "sqlite:///var/digest.db"'),
    mistake("postgres:", "digest", "sqlite:///var", "§postgres://h/var", 'write "postgresql://"'),
    mistake("intervals upside down", "digest", "at_most: 24h", "at_most: §10m", "10 min", "30 min", "lengthen"),
    mistake("retention upside down", "digest", "deliveries: 400d", "deliveries: §30d", "30d", "90d", "lengthen"),
    mistake(
        "templates elsewhere",
        "digest",
        "# templates: my-templates ",
        "templates: §my-templates ",
        "no folder",
        "above",
    ),
    # In aliases.yaml, and beside topics
    mistake("alias of nothing", "aliases", "[al-Assad, ", "[§+, ", "has no letter and no digit", "a name"),
    mistake("nothing named", "aliases", "  Assad:", '  §"…":', "has no letter and no digit", "a name"),
    mistake("no alias", "aliases", "[al-Assad, Esad, Асад, الأسد]", "§[]", "no other name", "at least one name"),
    mistake("misspelt aliases", "aliases", "aliases:\n", "§alias:\n", "'alias'", "did you mean 'aliases'?"),
    mistake("a list of sets", "aliases", "aliases:\n", "aliases: §[[a, b]]\nx-y: &r\n", "expected a mapping"),
    mistake(
        "alias of nothing, in a topic",
        "topics",
        "    feeds: [world]",
        '    aliases: {PKK: [§"!"]}',
        "no letter and no",
    ),
    # In digest.yaml, secrets
    mistake(
        "password in the file",
        "digest",
        SMTP,
        "  smtp: {username: n, password: §hunter2}\n",
        "${SMTP_PASSWORD}",
        "set the",
    ),
    mistake(
        "half a password", "digest", SMTP, "  smtp: {username: n, password: §'x${SMTP_PASSWORD}'}\n", "stands in"
    ),
    mistake(
        "password in the database address",
        "digest",
        "sqlite:///var",
        "§postgresql://u:hunter2@h/var",
        "${DATABASE_PASS",
    ),
    mistake(
        "variable not set",
        "digest",
        SMTP,
        "  smtp: {username: n, password: §${SMTP_PASWORD}}\n",
        "'SMTP_PASSWORD'",
        "SMTP_PASW",
    ),
    mistake("variable like no other", "digest", "World Watch\n", "§${TPSM_WORD}\n", "export TPSM_WORD="),
    mistake("variable within a text", "digest", "World Watch\n", "World §${NOBODY} Watch\n", "export NOBODY="),
    mistake("no name of a variable", "digest", "World Watch\n", "World §${NO-BODY}\n", "${NAME}", "$${"),
    mistake("password without name", "digest", SMTP, "  smtp: {§password: '${SMTP_PASSWORD}'}\n", "add username:"),
    mistake("name without password", "digest", SMTP, "  smtp: {§username: news}\n", "add password: ${SMTP_PASSWORD}"),
    mistake(
        "secret file that is not",
        "digest",
        SMTP,
        "  smtp: {username: n, password_file: §no/such}\n",
        "cannot be read",
    ),
    mistake("tag for a secret", "digest", "World Watch\n", "§!secret name\n", "!secret", "${NAME}"),
    # In digest.yaml, mail server
    mistake("starttls: no", "digest", SMTP, "  smtp: {starttls: §no}\n", "auto, always, never, implicit", "YAML 1.2"),
    mistake("port in words", "digest", SMTP, "  smtp: {port: §smtp}\n", "'smtp'", "a whole number"),
    mistake(
        "host with a port", "digest", SMTP, "  smtp: {host: §'a.example:587'}\n", "host: a.example, and port: 587"
    ),
    mistake("host as a URL", "digest", SMTP, "  smtp: {host: §'smtps://j@a.example/'}\n", "write host: a.example"),
    mistake("TLS too late", "digest", SMTP, "  smtp: {§port: 465}\n", "starttls: implicit", "port 587"),
    mistake("TLS offered at 465", "digest", SMTP, "  smtp: {port: 465, §starttls: always}\n", "starttls: implicit"),
    mistake("another word for a key", "digest", SMTP, "  smtp: {§server: a.example}\n", "did you mean 'host'?"),
    mistake("no connections", "digest", SMTP, "  smtp: {connections: §0}\n", "'0'", "at least 1"),
    mistake("negative rate", "digest", SMTP, "  smtp: {per_second: §-1}\n", "'-1'", "more than 0"),
    # In feeds.yaml
    mistake(
        "feed without scheme", "feeds", "- https://www.france24.com/fr", "- §www.france24.com/fr", '"https://www.fr'
    ),
    mistake(
        "feed in a file", "feeds", "- https://www.france24.com/fr", "- §file:///etc/passwd#", "not a web address"
    ),
    mistake(
        "feed for feed readers",
        "feeds",
        "- https://www.france24.com/fr",
        "- §feed:https://www.france24.com/fr",
        'write "https://www.france24.com/fr',
    ),
    mistake(
        "podcast for feed readers",
        "feeds",
        "- https://www.france24.com/fr",
        "- §itpc://www.france24.com/fr",
        'write "http://www.france24.com/fr',
    ),
    mistake(
        "feed without URL",
        "feeds",
        '{url: "https://rss.dw.com/rdf/rss-en-all", ',
        "§{",
        "feeds[4] has no `url`",
        "https://…",
    ),
    mistake(
        "misspelt url", "feeds", '{url: "https://rss.dw.com/rdf/rss-en-all"', '§{ulr: "https://rss.dw.com/"', "'ulr'"
    ),
    mistake(
        "feed twice",
        "feeds",
        "- https://www.france24.com/fr/rss",
        "- §HTTPS://www.France24.com/en/rss",
        "line 12",
        "remove one",
    ),
    mistake("tags as a text", "feeds", "tags: [world]\n", "tags: §world\n", "tags is 'world'", "write [world]"),
    mistake("tags with a comma", "feeds", "tags: [world]\n", "tags: [§'world, sport']\n", "comma", "[world, sport]"),
    mistake("language in words", "feeds", "language: tr}", "language: §Turkish}", "two letters", "did you mean tr?"),
    mistake(
        "language with a region", "feeds", "language: tr}", "language: §tr-TR}", "two letters", "did you mean tr?"
    ),
    mistake(
        "nothing after a dash",
        "feeds",
        "- https://www.france24.com/fr/rss",
        "-§ ",
        "feeds[9] is nothing",
        "remove it",
    ),
    # In topics.yaml
    mistake("capitals in an id", "topics", "  pkk:\n", "  §PKK Watch:\n", "the id 'PKK Watch'", 'write "pkk-watch"'),
    mistake("misspelt tag", "topics", "feeds: [world]", "feeds: [§wrld]", "'wrld'", "did you mean 'world'?"),
    mistake("threshold in words", "topics", "threshold: balanced", "threshold: §stric", "did you mean 'strict'?"),
    mistake("threshold with a sign", "topics", "threshold: balanced", "threshold: §60%", 'write "0.6"'),
    mistake("threshold of 101", "topics", "threshold: balanced", "threshold: §101", "'101' is not"),
    mistake("phrases without watch", "topics", "topics:\n", "topics:\n  x: §[a b, c]\n", "put `watch:` before"),
    mistake("include is watch", "topics", "    watch: [PKK", "    §include: [PKK", "did you mean 'watch'?"),
    mistake("threshold in percent", "topics", "threshold: balanced", "threshold: §60", "at most 1", 'write "0.6"'),
    mistake(
        "nothing to watch for",
        "topics",
        "topics:\n",
        "topics:\n  §quiet: {exclude: [noise]}\n",
        "nothing to watch",
        "watch:",
    ),
    mistake(
        "topic without a word", "topics", "topics:\n", "topics:\n  quiet: §the of\n", "means something by itself"
    ),
    mistake(
        "open parenthesis",
        "topics",
        '\'("central bank" AND turk*) OR',
        '\'§("central bank" AND turk* OR',
        "not closed",
    ),
    mistake(
        "query on a line of a block",
        "topics",
        "query: '",
        "query: |\n      syria AND\n      §(assad\n    # '",
        "not closed",
    ),
    mistake(
        "query at the beginning of a block",
        "topics",
        "query: '",
        "query: |\n      §titel:assad\n    # '",
        "there is no field",
    ),
    mistake(
        "query on a line of a folded block",
        "topics",
        "query: '",
        "query: >-\n      syria AND\n      turkey AND §OR\n      assad\n    # '",
        "found “OR”",
    ),
    mistake(
        "query over lines without quotes",
        "topics",
        "query: '",
        "query: syria AND\n      turkey AND §OR\n      assad\n    # '",
        "found “OR”",
    ),
    mistake(
        "query that cannot be read among exclusions",
        "topics",
        "exclude: [football]",
        "exclude: [football, {query: 'a AND§'}]",
        "found the end of the query",
    ),
    mistake("phrase that cannot be required", "topics", "exclude: [football]", "require: [talks, §the]", "by itself"),
    mistake(
        "condition of two kinds",
        "topics",
        "exclude: [football]",
        "exclude: [§{phrase: football, query: match}]",
        "a phrase, or {query: …}",
    ),
    mistake("phrase that cannot be read", "topics", "exclude: [football]", "exclude: [football, §the]", "by itself"),
    mistake(
        "languages as a text", "topics", "languages: [en, tr]", "languages: §en", "languages is 'en'", "write [en]"
    ),
    mistake("misspelt watch", "topics", "    watch: [PKK", "    §wacth: [PKK", "'wacth'", "did you mean 'watch'?"),
    # In newsletters.yaml
    mistake("misspelt topic", "newsletters", "[syria-turkey-talks,", "[§syria-turky-talks,", "'syria-turkey-talks'?"),
    mistake(
        "topic of another newsletter", "newsletters", "topics: [pkk]", "topics: [§pk]", "has no topic 'pk'", "'pkk'"
    ),
    mistake(
        "no title",
        "newsletters",
        "  middle-east:\n    title: Middle",
        "  §middle-east:\n    #title: Middle",
        "middle-east has no `title`",
        "add title:",
    ),
    mistake(
        "misspelt title", "newsletters", "    title: Middle", "    §titel: Middle", "'titel'", "did you mean 'title'?"
    ),
    mistake(
        "title missing for a misspelt one",
        "newsletters",
        "  middle-east:\n    title: Middle",
        "  §middle-east:\n    titel: Middle",
        "middle-east has no `title`",
        "write 'title' for 'titel'",
    ),
    mistake(
        "no topics at all",
        "newsletters",
        "  middle-east:\n    title: Middle East watch\n    topics:",
        "  §middle-east:\n    title: Middle East watch\n    #",
        "middle-east has no `topics`",
        "ids of topics.yaml",
    ),
    mistake("recipients", "newsletters", "    subscribers:", "    §recipients:", "did you mean 'subscribers'?"),
    mistake("an offset is no zone", "newsletters", "Europe/Istanbul ", "§UTC+3 ", "'UTC+3'", "IANA"),
    mistake("a zone without summer", "newsletters", "Europe/Istanbul ", "§EST ", "America/New_York or America/Pan"),
    mistake("unknown day", "newsletters", "schedule: daily 07:30", "schedule: §dayly 07:30", "did you mean"),
    mistake("time of no day", "newsletters", "schedule: daily 07:30", "schedule: §daily 25:00", "00:00 to 23:59"),
    mistake(
        "six fields",
        "newsletters",
        "schedule: daily 07:30",
        'schedule: §"cron: 0 0 7 1 * *"',
        "leave out the seconds",
    ),
    mistake("misspelt zone", "newsletters", "Europe/Istanbul ", "§Europe/Instanbul ", "did you mean Europe/Istanbul"),
    mistake("zone of a subscriber", "newsletters", "America/St_Johns", "§America/Saint_Johns", "America/St_Johns"),
    mistake("language without words", "newsletters", "language: en", "language: §nl", "'nl'", "ar, de, en", "words/"),
    mistake("too many stories", "newsletters", "max_stories: 20", "max_stories: §500", "at most 200"),
    mistake(
        "stories in words", "newsletters", "max_stories: 20", "max_stories: §twenty", "'twenty'", "a whole number"
    ),
    mistake("unknown choice", "newsletters", "when_empty: skip", "when_empty: §sent", "did you mean 'send'?"),
    mistake(
        "bad address", "newsletters", "- amal@example.org", "- §amal.example.org", "not an e-mail address", "jo@"
    ),
    mistake(
        "address twice",
        "newsletters",
        "- amal@example.org",
        "- amal@example.org\n      - §Amal@Example.org",
        "line 16",
    ),
    mistake(
        "subscriber without email", "newsletters", "{email: jo@example.org, ", "§{", "subscribers[2] has no `email`"
    ),
    mistake(
        "no topics", "newsletters", "topics: [syria-turkey-talks, pkk, central-bank]", "topics: §[]", "at least one"
    ),
    # YAML itself
    mistake("tab", "newsletters", "    title: Middle", "§\ttitle: Middle", "a tab", "replace the tab"),
    mistake(
        "dedented key", "newsletters", "    timezone: Eur", "   §timezone: Eur", "same indentation", "same column"
    ),
    mistake("open quote", "feeds", "name: BBC World", "name: §'BBC World", "never closed", "closing quote"),
    mistake("open list", "newsletters", "topics: [pkk]}", "topics: §[pkk}", "not closed", "`]`"),
    mistake("colon in a text", "topics", "name: PKK\n", "name: PKK§: the party\n", "colon", "in quotes"),
    mistake(
        "no colon",
        "digest",
        "  contact: ops@example.org",
        "  §contact ops@example.org",
        "`key: value`",
        "add the colon",
    ),
    mistake("reserved character", "topics", "name: PKK\n", "name: §@PKK\n", "begin with @", "quotes"),
    mistake("alias of nothing", "topics", "query: '", "query: §*OR '", "stands for nothing", "quotes"),
    mistake("control character", "feeds", "name: BBC World", "name: BBC §\x07World", "U+0007", "remove it"),
]


def copy_of_example(folder: Path) -> Path:
    target = folder / "config"
    target.mkdir()
    for file in resources.folder("config").glob("*.yaml"):
        (target / file.name).write_bytes(file.read_bytes())
    return target


def seed(folder: Path, seeded: Mistake) -> tuple[int, int]:
    """Make the mistake in the folder; returns line and column of its mark, or of the nearest key above it."""
    path = folder / seeded.file
    text = path.read_text(encoding="utf-8")
    assert text.count(seeded.old) >= 1, f"{seeded.file} does not hold {seeded.old!r}"
    marked = text.replace(seeded.old, seeded.new, 1)
    path.write_text(marked.replace("§", ""), encoding="utf-8")
    before = marked.partition("§")[0]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def problems(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        config.load(folder, ENVIRONMENT)
    return caught.value.problems


def test_the_example_itself_has_no_mistake(tmp_path: Path) -> None:
    settings = config.load(copy_of_example(tmp_path), {})
    assert [topic.id for topic in settings.topics] == ["syria-turkey-talks", "pkk", "central-bank"]


@pytest.mark.parametrize("seeded", MISTAKES, ids=lambda seeded: seeded.what)
def test_a_mistake_is_found_where_it_is_and_its_remedy_named(seeded: Mistake, tmp_path: Path) -> None:
    folder = copy_of_example(tmp_path)
    line, column = seed(folder, seeded)
    found = problems(folder)
    place = f"{folder / seeded.file}:{line}:{column}: "
    fitting = [str(problem) for problem in found if str(problem).startswith(place)]
    assert fitting, f"nothing at {place} but\n" + "\n".join(map(str, found))
    for words in seeded.says:
        assert any(words in text for text in fitting), f"{words!r} is not in {fitting}"


def test_all_mistakes_of_all_files_are_reported_at_once_in_order(tmp_path: Path) -> None:
    chosen = (
        *(
            "misspelt key below",
            "no time at all",
            "size without unit",
            "yes is no truth",
            "unknown word",
            "port alone",
        ),
        *("retention upside down", "another database", "variable not set", "sender without brackets"),
        *("feed without URL", "feed twice", "language in words", "tags as a text"),
        *("capitals in an id", "misspelt tag", "threshold in words", "open parenthesis"),
        *(
            "misspelt topic",
            "misspelt zone",
            "too many stories",
            "address twice",
            "unknown choice",
            "zone of a subscriber",
        ),
    )
    folder = copy_of_example(tmp_path)
    seeded = [mistake for mistake in MISTAKES if mistake.what in chosen]
    assert len(seeded) == len(chosen)
    for one in seeded:
        seed(folder, one)
    found = problems(folder)
    for one in seeded:
        assert any(problem.file.endswith(one.file) and one.says[-1] in str(problem) for problem in found), one.what
    # "PKK Watch" is no id, so the newsletter names a topic that is not there, twice; "tags" may be of any feed.
    assert len(found) >= len(seeded)
    assert list(found) == sorted(found)


def test_a_file_that_is_not_yaml_hides_no_mistake_of_the_others(tmp_path: Path) -> None:
    folder = copy_of_example(tmp_path)
    (folder / "topics.yaml").write_text("topics:\n  x: [a\n", encoding="utf-8")
    (folder / "newsletters.yaml").write_text("newsletters: {n: {title: 'N, topics: [x]}}", encoding="utf-8")
    (folder / "feeds.yaml").write_text("feeds: [https://a.example/, 7]", encoding="utf-8")
    assert [(Path(problem.file).name, problem.line, problem.column) for problem in problems(folder)] == [
        ("feeds.yaml", 1, 29),
        ("newsletters.yaml", 1, 26),
        ("topics.yaml", 2, 6),
    ]


@pytest.mark.parametrize(
    "name,says",
    [
        ("topic.yaml", "rename it to topics.yaml"),
        ("feeds.yml", "rename it to feeds.yaml"),
        ("people.yaml", "move it out"),
    ],
)
def test_a_file_of_another_name_is_not_passed_over_in_silence(name: str, says: str, tmp_path: Path) -> None:
    folder = copy_of_example(tmp_path)
    (folder / name).touch()
    (problem,) = problems(folder)
    assert Path(problem.file).name == name
    assert says in problem.hint


def test_missing_files_are_named_with_the_command_that_writes_them(tmp_path: Path) -> None:
    found = problems(tmp_path)
    assert [Path(problem.file).name for problem in found] == ["feeds.yaml", "newsletters.yaml", "topics.yaml"]
    assert all("digest init" in problem.hint for problem in found)


def test_a_missing_folder_is_one_problem(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path / "none")
    assert "digest init" in problem.hint


def test_a_renamed_file_is_told_from_a_missing_one(tmp_path: Path) -> None:
    folder = copy_of_example(tmp_path)
    (folder / "topics.yaml").rename(folder / "topic.yaml")
    hints = [problem.hint for problem in problems(folder)]
    assert any("rename topic.yaml to topics.yaml" in hint for hint in hints)


def test_links_to_nowhere_and_folders_in_the_place_of_files_are_problems(tmp_path: Path) -> None:
    folder = copy_of_example(tmp_path)
    for name in ("digest.yaml", "topics.yaml"):
        (folder / name).unlink()
    (folder / "digest.yaml").symlink_to(folder / "nowhere")
    (folder / "topics.yaml").mkdir()
    messages = {Path(problem.file).name: problem.message for problem in problems(folder)}
    assert "a link to a file that is not there" in messages["digest.yaml"]
    assert "cannot be read" in messages["topics.yaml"]


def test_bytes_that_are_not_utf_8_are_found_by_line_and_column(tmp_path: Path) -> None:
    folder = copy_of_example(tmp_path)
    (folder / "topics.yaml").write_bytes("topics:\n  é: ".encode() + b"caf\xe9\n")
    assert any((p.line, p.column) == (2, 9) and "0xe9" in p.message for p in problems(folder))


@pytest.mark.parametrize(
    "text,says",
    [
        ("[" * 1000, "nested too deeply"),
        ("feeds: &a [*a]", "holds itself"),
        ("".join(f"{key}: &{key} [{of}{f', {of}' * 9}]\n" for key, of in BOMB), "many times"),
        ("feeds: [x, \ud800]", None),
        ("---\nfeeds: []\n---\nfeeds: []\n", "one document"),
        ("? [a]\n: b\n", "as a key"),
        ("feeds: []\n<<: 3\n", "merged"),
        ("- a\n", "a list"),
        ("just words\n", "the file"),
        ("", "no `feeds`"),
    ],
    ids=["depth", "circle", "bomb", "surrogate", "documents", "list as key", "merge", "list", "words", "empty"],
)  # fmt: skip
def test_no_file_makes_it_fall_over(text: str, says: str | None, tmp_path: Path) -> None:
    folder = copy_of_example(tmp_path)
    (folder / "feeds.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    found = [problem for problem in problems(folder) if problem.file.endswith("feeds.yaml")]
    assert found
    assert says is None or any(says in str(problem) for problem in found), found


def test_what_a_variable_holds_is_never_shown(tmp_path: Path) -> None:
    folder = copy_of_example(tmp_path)
    feeds = "feeds: [{url: 'https://X', name: a}, {url: 'https://X/', name: b}, {url: X, name: c, language: X}]"
    (folder / "feeds.yaml").write_text(feeds.replace("X", "${SMTP_PASSWORD}"), encoding="utf-8")
    letter = (
        "{title: X, topics: [X], schedule: X, timezone: X, language: X, subscribers: [X, {email: X, topics: [X]}]}"
    )
    (folder / "newsletters.yaml").write_text(
        f"newsletters: {{n: {letter}}}".replace("X", "${SMTP_PASSWORD}"), encoding="utf-8"
    )
    text = """
        site: {url: X, from: X}
        database: X
        web: {listen: X}
        polling: {every: X, max_bytes: X, private_addresses: X}
        delivery: {transport: X, smtp: {port: X, password: X}}
    """.replace("X", "${SMTP_PASSWORD}")
    (folder / "digest.yaml").write_text(text, encoding="utf-8")
    found = problems(folder)
    assert len(found) >= 20
    assert "asecret" not in "\n".join(map(str, found))
