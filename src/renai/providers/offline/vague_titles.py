"""Titles that do not say what a work is about: of many works, of products, of forms, of people.

A work may well be called so, but it may as well be called otherwise.
"""

from __future__ import annotations

import re

from renai.providers.offline.left_by_software import TITLES_OF_NO_WORK
from renai.providers.offline.stand_ins import is_address, is_fragment

_OF_ANY_WORK = frozenset(
    """
    a an the der die das ein eine le la les un une el los las il lo i gli o os de du des del of for
    to user users user\u2019s user's manual guide handbook documentation reference tutorial report
    overview notes primer faq course lecture introduction installation installing quick start
    getting started developer developer's developers administrator administrator's release
    technical programmer programmer's handbuch anleitung benutzerhandbuch bedienungsanleitung
    dokumentation einf\u00fchrung manuel guide d'utilisation utilisateur l'utilisateur mode d'emploi
    manuale utente guida gu\u00eda usuario gids handleiding podr\u0119cznik p\u0159\u00edru\u010dka
    data sheet datasheet product specification advance preliminary information document documents
    datenblatt produktinformation
    """.split()  # noqa: SIM905 - words read better than a list of strings
)
"""Words of which a title is made that does not say what the work is about."""
_PRODUCT = re.compile(
    r"^\S+(?:\s?[\u2122\u00ae]|\s+(?:version\s+|v\.?\s?)?\d+(?:[./]\d+)+\w*)$", re.I
)
_VERSION = re.compile(r"\s(?:version|release|v\.?)\s?\d[\w.]*$")
_VERSION_AMID = re.compile(r"\s(?:version\s+|v\.?\s?)\d+(?:\.\d+)+\s+[^\W\d]{3}", re.IGNORECASE)
"""A title and what stands below it, read as one."""
_NUMBER_OF_FORM = re.compile(r"\bno\.\s?\d[\d-]{3,}", re.IGNORECASE)
"""What an office prints on its forms, in the same line as their titles."""
_PERIODICAL = re.compile(r"^(?:[A-Z]{2,6}\s+)?(?:the\s+)?journal\s+(?:of|for)\b", re.IGNORECASE)
"""What stands above the titles of all papers in it."""
_ENDS_AMID = re.compile(
    r"\s(?:of|the|and|with|der|die|das|und|f\u00fcr|von|zur|zum|des|da|dos|das|del|della|delle|dei|du"
    r"|de|la|le|les|et|pour|avec|sur|el|los|las)$",
    re.IGNORECASE,
)
"""A title that goes on in other print."""
_HAN_NAMES = re.compile(r"^[\u3400-\u9fff]{2,5}(?:[ \u3000\u3001\u30fb,]+[\u3400-\u9fff]{2,5})+$")


def is_vague(title: str) -> bool:
    """Return whether other works have this title, or it may be a product, a number or people."""
    of_many = (_PRODUCT.match(title), _NUMBER_OF_FORM.search(title), _PERIODICAL.match(title))
    if title.endswith(("...", "\u2026")) or _ENDS_AMID.search(title):  # a text that goes on
        return True
    if any(of_many) or _VERSION_AMID.search(title) or TITLES_OF_NO_WORK.search(title):
        return True
    if is_fragment(title) or is_address(title):
        return True
    bare = [word.strip(".,:;!?") for word in _VERSION.sub("", title.casefold()).split()]
    return all(word in _OF_ANY_WORK for word in bare) or bool(_HAN_NAMES.match(title))
