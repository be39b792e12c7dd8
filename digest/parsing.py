"""Reading of documents that can be ended: what is large is read in a process of its own, within limits.

A feed is read within milliseconds, and nearly every one in the process that polls. But no rule about hostile input is
complete, and Python cannot interrupt a parser. So a document from `large` bytes on is handed to a second process,
which is ended when it takes more than `seconds` or `megabytes`; the feed then has a problem, and the others go on.
Below that size the worst that is known (83,000 elements, none closed) takes 1.7 s.

The process is started when the first large document comes, serves one document after another (pickles over its
standard input and output), and ends with `close`. It also ends when this process is gone: its input is at an end
then, and its CPU time is limited where the platform can do that. It holds 35 MB, and 80 after a feed of 10 MB.
"""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock, Timer
from typing import IO, Any

from digest.model import ParsedFeed

if sys.platform != "win32":
    import resource
    from signal import SIGXCPU

Parse = Callable[..., ParsedFeed]
_PATIENCE = 3
"""So many times `Limits.seconds` may go by on the clock: where much else runs, CPU time comes slowly."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a document may cost."""

    large: int | None = 250_000
    """Bytes from which on a document is read apart; None: never."""
    seconds: float = 10.0
    """Of CPU time, where the platform can limit it; and a third of the time from handing it over to the answer, which
    is longer on a busy machine."""
    megabytes: int = 400
    """Of the process's data, where the platform can limit it."""


class Parser:
    """`parse` (a function that can be imported: body, and what else it is told by name), bounded.

    To be closed. Threads may share it; they wait for each other's large documents.
    """

    def __init__(self, parse: Parse, limits: Limits = Limits()) -> None:
        self._parse = parse
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    def parse(self, body: bytes, **told: Any) -> ParsedFeed:
        """What the function returns, or a feed with nothing but a problem when reading had to be ended."""
        if self._limits.large is None or len(body) < self._limits.large:
            return self._parse(body, **told)
        with self._lock:
            return self._apart(body, told)

    def close(self) -> None:
        """Ends the process, if there is one. Another one is started when it is needed."""
        with self._lock:
            self._end()

    def _apart(self, body: bytes, told: Mapping[str, Any]) -> ParsedFeed:
        process = self._process = self._process or self._start()
        timer = Timer(_PATIENCE * self._limits.seconds, process.kill)
        timer.daemon = True
        timer.start()
        try:
            _send(process.stdin, (self._parse, body, told, self._limits))
            answer = pickle.load(_open(process.stdout))  # noqa: S301 - from our own process
        except (OSError, EOFError, pickle.UnpicklingError):
            answer = None
        finally:
            in_time = timer.is_alive()
            timer.cancel()
        if isinstance(answer, ParsedFeed):
            return answer
        code = self._end()
        return ParsedFeed(problem=self._ended(body, late=not in_time or _out_of_time(code)))

    def _ended(self, body: bytes, *, late: bool) -> str:
        limits = self._limits
        why = (
            f"took longer than {limits.seconds:g} s to read"
            if late
            else f"could not be read within {limits.megabytes} MB of memory"
        )
        return f"the feed ({len(body) / 1e6:.1f} MB) {why}: reading was ended; ask its publisher for a shorter one"

    def _start(self) -> subprocess.Popen[bytes]:
        code = f"import sys; sys.path[:] = {sys.path!r}; from digest.parsing import serve; serve()"
        # A session of its own: an interrupt from the keyboard is this process's business, which then closes it.
        return subprocess.Popen(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _end(self) -> int:
        """Its exit code. What ends by itself, for want of time or memory, is waited for."""
        process, self._process = self._process, None
        if process is None:
            return 0
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):  # what could not be sent to a process that had ended
                _open(pipe).close()
        try:
            return process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


def _out_of_time(code: int) -> bool:
    return sys.platform != "win32" and code == -SIGXCPU


def serve() -> None:
    """The process: reads documents from standard input until that ends, and answers each on standard output."""
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    while True:
        try:
            parse, body, told, limits = pickle.load(asked)  # noqa: S301 - from the process that started this one
        except EOFError:
            return
        _limit(limits)
        _send(answers, parse(body, **told))


def _limit(limits: Limits) -> None:
    if sys.platform == "win32":
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime + limits.seconds) + 1
    for kind, limit in ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_DATA, limits.megabytes * 1_000_000)):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _send(pipe: IO[bytes] | None, message: object) -> None:
    stream = _open(pipe)
    pickle.dump(message, stream, protocol=pickle.HIGHEST_PROTOCOL)
    stream.flush()


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None, "the process was started with pipes"
    return pipe
