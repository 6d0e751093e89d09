"""Groups that sign as an author, by the word for a group in their name: "The Kelp Team"."""

from __future__ import annotations

import re

_GROUPS = (
    *("Team", "team", "Projekt", "Project", "Group", "group", "Consortium", "Foundation"),
    *("Mailing List", "Developers", "Contributors", "Collaborators", "Community"),
)
_FIRST_OF_GROUPS = (
    *("l'\u00e9quipe", "l\u2019\u00e9quipe", "el equipo", "a equipa", "a equipe", "equipa"),
    *("il team", "das team", "le projet", "el proyecto", "o projeto", "il progetto"),
    *("la comunidad", "la communaut\u00e9", "t\u00fdm", "zesp\u00f3\u0142"),
    *("\u043a\u043e\u043c\u0430\u043d\u0434\u0430", "\u043f\u0440\u043e\u0435\u043a\u0442"),
)
WORDS_OF_GROUPS = (
    *(group.split()[-1] for group in _GROUPS),
    *(group.split()[-1][1:] for group in _FIRST_OF_GROUPS),
)
"""What stands in each name of a group, less a first letter that may be a capital."""
_GROUP = re.compile(
    rf"^(?:The |Das |L[ae']\s?)?(?:[A-Z][\w'\u2019-]*\s){{1,4}}(?:{'|'.join(_GROUPS)})$"
    rf"|^(?i:{'|'.join(_FIRST_OF_GROUPS)})\s(?:[^\W\d_]{{2,14}}\s){{0,3}}"
    r"[A-Z\u0410-\u042f][^\s.,]*(?:\s[A-Z]\S*)?$"
)


def is_group(text: str) -> bool:
    """Return whether a text names a group that signs as an author: "The LaTeX Project"."""
    return _GROUP.match(text) is not None
