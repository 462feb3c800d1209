"""`vigil notify test`: whether a channel reaches whom it should."""

import sys
from pathlib import Path
from typing import Final

import msgspec

from domain.errors import VigilError
from domain.identity import derive_id
from domain.notification import Notice, NoticeItem, NotifyReason, channel_of
from domain.priority import Priority
from domain.text import Text
from notify.sender import Verdict
from runtime.clock import wall_clock
from vigil.channels import make_senders
from vigil.configuration.loading import load_configuration
from vigil.data_folder import DataFolder, load_or_create_history
from vigil.settings import read_settings

_NAME: Final = Text("Test of a notification channel", "通知渠道测试")
_SEEN: Final = Text("somebody wanted to know whether this arrives; nothing is wrong", "仅为测试，无任何异常")


class NoSuchChannel(VigilError):
    """The configuration has no such channel."""


def run_test(recipient: str, data: str | None, config: str | None, *, as_json: bool) -> int:
    """Send a test notice at once, past journal and outbox; gives the exit status."""
    settings = read_settings({"data": data, "config": config}).settings
    channels = load_configuration(Path(settings.config)).channels
    name = channel_of(recipient)
    if name not in channels:
        known = ", ".join(sorted(channels)) or "none"
        raise NoSuchChannel(
            f"channel '{name}' is not configured in {settings.config}: known are {known}; add it under `channels:`"
        )
    folder = DataFolder(Path(settings.data))
    (sender,) = make_senders({name: channels[name]}, folder.root, load_or_create_history(folder))
    notice = _notice(recipient)
    attempt = sender.send(notice.id, recipient, msgspec.json.encode(notice), retain=False)
    sender.close()
    if as_json:
        answer = {"recipient": recipient, "verdict": attempt.verdict, "detail": attempt.detail}
        sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
    else:
        sys.stdout.write(f"{recipient}: {attempt.verdict}{f' ({attempt.detail})' if attempt.detail else ''}\n")
    return 0 if attempt.verdict is Verdict.SENT else 1


def _notice(recipient: str) -> Notice:
    now = wall_clock()
    item = NoticeItem(
        alarm="test", occurrence="test", rule="test", priority=Priority.LOW, name=_NAME, seen=_SEEN, raised_at=now
    )
    return Notice(
        id=derive_id("notice", "test", recipient, now),
        site="vigil",
        site_name=Text("Vigil", "Vigil"),
        timezone="UTC",
        recipient=recipient,
        reason=NotifyReason.NEWS,
        at=now,
        items=(item,),
    )
