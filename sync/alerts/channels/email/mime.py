"""The letter: headers that let mail programs thread, filter and unsubscribe, a text part and an HTML part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from sync.alerts.channels.base import Outgoing
from sync.alerts.channels.html import templates
from sync.alerts.channels.plain import text
from sync.alerts.content import Message
from sync.alerts.truncate import fitted

MOST_HTML = 100_000
"""Letters; beyond 102 KB Gmail cuts a mail without saying what is missing."""
MOST_TEXT = 200_000

_TEMPLATES = templates(Path(__file__).parent)


def letter(outgoing: Outgoing, sender: str, to: Sequence[str], unsubscribe: str) -> EmailMessage:
    """The delivery as a mail; the same delivery gives the same headers on every attempt."""
    message, domain = outgoing.message, sender.rpartition("@")[2]
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = message.subject
    mail["From"] = Address("trialdelta", addr_spec=sender)
    mail["To"] = ", ".join(to)
    # Not the time of the attempt: a repeat must be the same mail.
    mail["Date"] = outgoing.created_at
    mail["Message-ID"] = f"<{outgoing.id}@{domain}>"
    thread = f"<thread-{message.thread}@{domain}>"
    # To a mail that was never sent: programs thread by the common ancestor, whether they have it or not.
    mail["In-Reply-To"] = mail["References"] = thread
    mail["List-Id"] = f"<{re.sub('[^A-Za-z0-9.-]+', '-', message.watch) or 'all'}.trialdelta.{domain}>"
    mail["List-Unsubscribe"] = f"<{unsubscribe}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Trialdelta-Severity"] = message.severity
    mail["X-Trialdelta-Delivery"] = outgoing.id
    if message.severity in ("critical", "high") and outgoing.kind == "alert":
        mail["Importance"] = "high"
    mail.set_content(fitted(message, text, len, MOST_TEXT))
    page = fitted(message, lambda each: html(each, outgoing.id, outgoing.created_at), len, MOST_HTML)
    mail.add_alternative(page, subtype="html")
    return mail


def html(message: Message, delivery: str, created_at: datetime) -> str:
    """The HTML part."""
    return _TEMPLATES.get_template("mail.html.j2").render(
        message=message, delivery=delivery, day=f"{created_at:%Y-%m-%d}"
    )
