"""Work done in a process of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest
from records import article

from digest.elsewhere import elsewhere
from digest.matching import TopicIndex
from digest.settings import Topic
from digest.topics import compile_all

HERE = os.getpid()


def kill_unless(process: int) -> str:
    """Ends the process that it is done in, unless it is this one."""
    if os.getpid() != process:
        os.kill(os.getpid(), signal.SIGKILL)
    return "done here"


def what_cannot_be_sent() -> Callable[[], None]:
    return lambda: None


def test_the_result_is_that_of_another_process() -> None:
    assert elsewhere(os.getpid) != HERE
    assert elsewhere(pow, 3, 4, mod=5) == 1


def test_what_goes_wrong_goes_wrong_here() -> None:
    with pytest.raises(ZeroDivisionError):
        elsewhere(divmod, 1, 0)


def test_what_does_not_come_back_is_done_here() -> None:
    assert elsewhere(kill_unless, HERE) == "done here"
    assert callable(elsewhere(what_cannot_be_sent))


def test_topics_compiled_elsewhere_find_the_same() -> None:
    topics = (
        Topic(id="talks", name="T", watch=("Syria Turkey talks", '"peace process"'), exclude=("football",)),
        Topic(id="query", name="Q", query=('/tal[kc]s?/ AND syr* NEAR/3 "Turkey" AND ank?ra AND tallks~1')),
    )
    languages = frozenset({"en", "tr", "de"})
    of = article(1, "Turkey and Syria open talks in Ankara", summary="Şam ile görüşmeler: Turkey, Syria")
    one, other = (
        TopicIndex(compile_all(topics, languages)),
        TopicIndex(elsewhere(compile_all, topics, languages)),
    )
    assert one.judge(of) == other.judge(of)
    assert [verdict.topic_id for verdict in other.match(of)] == ["query", "talks"]
