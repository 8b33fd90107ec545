"""An e-mail as a file that Outlook and others open as a draft, with its sheet attached. Nothing is ever sent."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

_XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


def draft(to: str, subject: str, body: str, attachment: bytes, name: str) -> bytes:
    """Return an .eml draft.

    Args:
        to: one address, or blank for the sender to fill in.
        name: the attachment's file name.
    """
    message = EmailMessage(policy=SMTP)
    message["X-Unsent"] = "1"  # Outlook then opens it for sending, not as received mail
    if to.strip():
        message["To"] = " ".join(to.split())
    message["Subject"] = " ".join(subject.split())  # a line break would start a header of its own
    message.set_content(body)
    message.add_attachment(attachment, maintype=_XLSX[0], subtype=_XLSX[1], filename=name)
    return message.as_bytes()
