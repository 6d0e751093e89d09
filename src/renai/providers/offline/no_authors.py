"""Who stands in an author's place and wrote nothing: nobody, an account, a magazine, the quoted.

Tables in the languages met so far: whoever is unknown is made of two of them, a word for "unknown"
and one for "author"; an account of two others, a word for "user" and a maker.
"""

from __future__ import annotations

import re

from renai.providers.offline.left_by_software import phrases_of
from renai.text_cleaning import words_of


def _words(said: str) -> frozenset[str]:
    return frozenset(map(words_of, said.split()))


_UNKNOWN = _words("""
    unknown unnamed anonymous anon various unbekannt unbekannter unbekannte unbekannten anonym
    anonymer verschiedene diverse inconnu inconnue inconnus anonyme divers desconocido desconocida
    desconocidos anónimo anonimo anónima varios sconosciuto sconosciuta ignoto vari desconhecido
    desconhecida anônimo anônima vários onbekend onbekende anoniem anonieme diversen okänd okänt
    anonymus ukendt ukjent tuntematon nieznany nieznani anonimowy neznámý neznáma neznámy anonymní
    ismeretlen névtelen bilinmeyen bilinmiyor anonim necunoscut непознат неизвестный неизвестен
    неизвестная неизвестно анонимный аноним анонимно невідомий анонімний άγνωστος ανώνυμος
    """)
_AUTHORS = _words("""
    author authors writer autor autorin autoren autores autori autore auteur auteurs auteure
    schrijver verfasser författare forfatter forfattere kirjoittaja tekijä szerző yazar автор авторы
    писатель συγγραφέας the an is not de del della name account
    """)
_NOBODY = phrases_of("""
    作者不明; 作者未詳; 著者不明; 不明; 未知作者; 未知; 佚名; 无名氏; 無名氏; 匿名; 匿名者
    作者未知; 未知著者; 작자 미상; 작자미상; 미상; 익명; 알 수 없음; مؤلف غير معروف; غير معروف
    مجهول; نامعلوم; לא ידוע; אנונימי; ไม่ทราบ; ไม่ทราบผู้แต่ง; không rõ; vô danh; अज्ञात; n n
    nn; aa vv; aavv; vv aa; v a; s n; sine nomine; author name; name of author
    name of the author; author s name; name des autors; nom de l auteur; nombre del autor
    nome dell autore; nome do autor; имя автора; 作者名; 著者名; 作者姓名; your name here
    some author; an author; no author; kein autor; ohne autor; sans auteur; sin autor
    senza autore; hp inc; hewlett packard; dell inc; lenovo group; apple inc; администратор
    admin admin; super user
""")
_USER = (
    "users?|customers?|owner|admin(?:istrator)?|benutzer(?:in)?|anwender|nutzer|utilisateurs?|usuarios?"
    "|usuário|utente|utilizador|gebruiker|användare|bruger|bruker|käyttäjä|użytkownik|uživatel"
    "|používateľ|felhasználó|kullanıcısı|kullanıcı|utilizator|пользователь|користувач|потребител|χρήστης"
    "|用户|用戶|使用者|ユーザー|ユーザ|사용자|مستخدم"
)
_MAKER = (
    "windows(?: ?(?:xp|nt|7|8|10|11))?|microsoft(?: office)?|ms office|office|dell|hp|acer|asus"
    "|lenovo|toshiba|sony|samsung|apple|mac|ubuntu|linux|medion|fujitsu|gateway|compaq"
)
_ACCOUNT = re.compile(
    rf"^(?:the )?(?:{_MAKER}|super|registered|valued|preferred|authori[sz]ed|satisfied"
    r"|site|local|test|guest|default|normal|power|end|new|web|system)"
    rf"[ -]*(?:{_USER})\W*\d*$"
    rf"|^(?:{_USER})(?:[ -](?:de|do|del|di|von|van|systemu|systému"
    r"|системы))?"
    rf"[ -]?(?:{_MAKER})?\W*\d*$",
    re.IGNORECASE,
)
_PERIODICALS = phrases_of("""
    le monde; le figaro; libération; les echos; mediapart; l équipe; der spiegel
    spiegel online; die zeit; zeit online; süddeutsche zeitung; frankfurter allgemeine zeitung
    faz; die welt; taz; mac & i; c't; heise online; heise; golem; golem.de; t3n; chip online
    the new york times; new york times; nytimes; the guardian; the washington post
    washington post; the economist; the atlantic; the new yorker; the times; the verge
    the register; wired; wired staff; forbes; bloomberg; reuters; associated press; bbc news
    bbc; cnn; npr; techcrunch; ars technica; slashdot; hacker news; medium; medium.com
    wikipedia; wikipedia contributors; el país; el mundo; la vanguardia; abc.es; la repubblica
    corriere della sera; la stampa; il sole 24 ore; folha de s paulo; o globo; público
    de volkskrant; nrc; коммерсантъ; ведомости; хабр; habr; известия; 朝日新聞; 読売新聞
    毎日新聞; 日本経済新聞; 人民日报; 新华社; 新华网; 新浪网; national geographic
    scientific american; time magazine; newsweek; linux magazin; linux journal
""")
_OF_A_QUOTATION = re.compile(r"^\s*(?:-{2,3}\s*|-(?=\S)|[~\u2012-\u2015]\s*)(?=[^\W\d_])")


def is_nobody(name: str) -> bool:
    """Return whether this says that the author is unknown, or names an account: "Windows User"."""
    words = words_of(name)
    said = words.split()
    is_unknown = any(map(_UNKNOWN.__contains__, said)) and set(said) <= _UNKNOWN | _AUTHORS
    return is_unknown or words in _NOBODY or _ACCOUNT.search(name) is not None


def is_periodical(name: str) -> bool:
    """Return whether this is a newspaper, a magazine or a site, which writes nothing by itself."""
    return words_of(name) in _PERIODICALS


def is_quoted(line: str) -> bool:
    """Return whether a line names whom the words above it are of, as below an epigraph."""
    return _OF_A_QUOTATION.match(line) is not None
