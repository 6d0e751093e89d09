"""Rights that an account in Redis lacks, in words that say what to grant.

What an account may do is set by its access control list
(https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/). A server says which
command or key it refused, in words that differ between its versions.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

_COMMAND = re.compile(r"(?:run|execute) the '([^']+)' command")
_UNKNOWN = re.compile(r"unknown command[ :,]+[`'\"]?(\w+)", re.IGNORECASE)
_OF_RIGHTS = (
    *("NOPERM", "no permission", "ACL failure in script", "can't run this command"),
    "unknown command",
)

KEYS = "~renai:* ~renai-lease:*"
"""The patterns of all keys that renai uses."""

COMMANDS = (
    *("ping", "info", "mget", "get", "strlen", "getrange", "object", "scan", "set", "unlink"),
    *("eval", "exists", "setrange", "pttl", "pexpire", "del"),
)
"""All commands that renai uses, those within its scripts included."""


def lacks_right(error: Exception) -> bool:
    """Return whether a server refused something because the account may not do it.

    Or nobody may, since the command was renamed or switched off, as some hosts do.
    """
    said = str(error).lower()
    return type(error).__name__ == "NoPermissionError" or any(
        words.lower() in said for words in _OF_RIGHTS
    )


def how_to_grant(error: Exception, user: str) -> str:
    """Return a sentence that says what an account may not do, and how to allow it.

    Args:
        error: what the server said.
        user: the name of the account.
    """
    said = str(error)
    if match := _COMMAND.search(said):
        command = match[1].partition("|")[0].lower()
        return (
            f"its account {user} may not run {command.upper()}; to allow that: "
            f"ACL SETUSER {user} +{command}"
        )
    if match := _UNKNOWN.search(said):
        return f"it has no command {match[1].upper()}, which may be renamed or switched off there"
    if "key" in said.lower():
        return (
            f"its account {user} may not use renai's keys; to allow that: ACL SETUSER {user} {KEYS}"
        )
    commands = " ".join(f"+{command}" for command in COMMANDS)
    return (
        f"its account {user} lacks a right ({said}); all that renai needs: "
        f"ACL SETUSER {user} {KEYS} {commands}"
    )


def user_in(url: str) -> str:
    """Return the name of the account that a URL names."""
    user = urlsplit(url).netloc.rpartition("@")[0].partition(":")[0]
    return unquote(user) or "default"
