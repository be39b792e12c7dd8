"""The steps, from feeds to inboxes, each claim → compute → record:

    apply     the configuration into the store: feeds, subscriptions, the generation of topics
    poll      fetch → parse → [articles]
    subscribe ask hubs to push → [articles], in between polls
    match     → [matches]
    group     → [stories]
    compose   → [editions + deliveries]
    send      render → hand over → [outcome]
    clean     what retention says

Words in brackets are stored: a crash resumes from the last one. Every step may run at any time, beside any other, in
several processes at once. What fails inside a step is one feed's, article's, newsletter's or recipient's matter: it
is recorded where the operator looks, and the rest goes on. Only a failing database ends a step (`StoreError`).
"""

from digest.pipeline.applying import apply
from digest.pipeline.cleaning import clean, clean_when_due
from digest.pipeline.composing import compose
from digest.pipeline.grouping import group
from digest.pipeline.matching import match
from digest.pipeline.newsroom import Clock, Newsroom, build
from digest.pipeline.polling import Polled, pauses, poll
from digest.pipeline.sending import Sent, send
from digest.pipeline.subscribing import subscribe

__all__ = [
    "Clock",
    "Newsroom",
    "Polled",
    "Sent",
    "apply",
    "build",
    "clean",
    "clean_when_due",
    "compose",
    "group",
    "match",
    "pauses",
    "poll",
    "send",
    "subscribe",
]
