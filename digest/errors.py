"""Every error that Digest raises on purpose.

    DigestError                 message complete without a traceback
    ├── ConfigError             what is wrong in the configuration: all problems at once
    ├── TopicError              a phrase or query that cannot be read: line, column, what was expected
    ├── ScheduleError           a schedule or time zone that cannot be read
    ├── StoreError              the database: locked, gone, full, of another version
    ├── TransportError          the mail server (or the maildir) as a whole: nothing can be sent now
    └── RenderError             a template that fails: which file and line

Errors of one feed or one recipient are no exceptions: they are outcomes, and are stored (`FetchResult.problem`,
`Outcome`).
"""

from __future__ import annotations

from dataclasses import dataclass


def sentence(message: str, expected: str, hint: str) -> str:
    """What is wrong, what could stand there, what to do; the last two where they are known."""
    return "; ".join(part for part in (message, f"expected {expected}" if expected else "", hint) if part)


class DigestError(Exception):
    """The root: `str()` of it is a sentence that an operator can act on."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in one file. `line` and `column` count from 1; 0 means "the file as a whole"."""

    file: str
    line: int
    column: int
    message: str
    """What is wrong, with the value found."""
    expected: str
    """What could stand there."""
    hint: str = ""
    """What to do: the nearest valid word, the command to run."""

    def __str__(self) -> str:
        place = ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])
        return f"{place}: {sentence(self.message, self.expected, self.hint)}"


class ConfigError(DigestError):
    """The configuration cannot be used. `problems` has every one found, in the order of file and line."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class TopicError(DigestError):
    """A phrase or query that cannot be read. `line` and `column` count from 1 within the text of the query."""

    def __init__(self, message: str, *, line: int = 1, column: int = 1, expected: str = "", hint: str = "") -> None:
        self.message, self.line, self.column, self.expected, self.hint = message, line, column, expected, hint
        super().__init__(sentence(message, expected, hint))


class ScheduleError(DigestError):
    """A schedule or a time zone that cannot be read."""

    def __init__(self, message: str, *, expected: str = "", hint: str = "") -> None:
        self.message, self.expected, self.hint = message, expected, hint
        super().__init__(sentence(message, expected, hint))


class StoreError(DigestError):
    """The database cannot do what was asked; what it holds is as it was."""


class TransportError(DigestError):
    """Nothing can be sent at the moment: the server is unreachable, refuses us, or the maildir cannot be written."""


class RenderError(DigestError):
    """A template fails. The message names the template, the line and the undefined name or syntax."""
