"""What a daemon does seldom and would carry the memory of for ever after, done in a process of its own.

Compiling topics reads the names of all countries in all languages, a gazetteer and a thesaurus: 20 MB, of which the
topics are a few. Memory that Python has used once seldom goes back to the system.
"""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")

_PATIENCE = 120
"""Seconds."""


def elsewhere(function: Callable[_Given, _Result], *given: _Given.args, **named: _Given.kwargs) -> _Result:
    """What the function, one that can be imported, returns: computed in a process of its own, for a second or so.

    Arguments and result are pickled. Nothing hangs on the process: what does not come back from it, for whatever
    reason, is computed here, and raised here if it raises.
    """
    with contextlib.suppress(Exception):  # be it that the program was replaced by a newer one meanwhile
        result: _Result = _computed((function, given, named))
        return result
    return function(*given, **named)


def _computed(asked: object) -> Any:
    code = f"import sys; sys.path[:] = {sys.path!r}; from digest.elsewhere import serve; serve()"
    # A session of its own: an interrupt from the keyboard is for the daemon, which finishes what it does.
    done = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", code],
        input=pickle.dumps(asked, pickle.HIGHEST_PROTOCOL),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        timeout=_PATIENCE,
        check=True,
    )
    return pickle.loads(done.stdout)  # noqa: S301 - from our own process


def serve() -> None:
    """The process: computes what it is asked on standard input, and answers on standard output."""
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    function, given, named = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started this one
    pickle.dump(function(*given, **named), answers, pickle.HIGHEST_PROTOCOL)
