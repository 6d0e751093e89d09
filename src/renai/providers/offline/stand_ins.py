"""What stands where a title should and is none of any work, not even of a book.

Pages that sites show before their own, the words with which templates ask for a title, what shops
and sites of copies put in its place, and what cameras and programs write into pictures. Unlike the
words of `left_by_software`, they are refused wherever they stand.
"""

from __future__ import annotations

import re

from renai.providers.offline.left_by_software import phrases_of
from renai.text_cleaning import words_of

_OF_SITES = """
    sign in; log in; login; sign up; log on; sign in or register; log in or sign up
    sign in to your account; please sign in; please log in; member login; create account
    anmelden; anmeldung; einloggen; registrieren; bitte anmelden; connexion; se connecter
    авторизация; регистрация
    s inscrire; s identifier; iniciar sesión; iniciar sesion; registrarse; accedi
    iniciar sessão; fazer login; inloggen; aanmelden; logga in; logg inn; log ind; zaloguj się
    logowanie; přihlášení; giriş yap; вход; войти; ログイン; サインイン
    登录; 登入; 登錄; 로그인; تسجيل الدخول

    please wait; please wait a moment; bitte warten; bitte warten sie; einen moment bitte
    einen augenblick bitte; veuillez patienter; un instant s il vous plaît
    merci de patienter; espere por favor; por favor espere; espere un momento
    un momento por favor; por favor aguarde; attendere; attendere prego
    si prega di attendere; even geduld; even geduld aub; een moment geduld
    een ogenblik geduld; подождите; пожалуйста подождите; подождите пожалуйста
    proszę czekać; čekejte prosím; vänta; vent venligst; lütfen bekleyin; お待ちください
    少々お待ちください; しばらくお待ちください; 请稍候; 请稍等; 请等待; 請稍候; 잠시만 기다려 주세요
    just a moment; one moment please; loading please wait
    checking your browser; ddos guard; ddos protection by cloudflare; attention required
    attention required cloudflare; verify you are human; are you human; are you a robot
    security check; access denied; cookie settings; cookie policy; captcha
    robots txt; ads txt; app ads txt; security txt
"""
"""Pages that a site shows before its own, with or without its name behind these words."""
_IN_PLACE_OF_TITLES = """
    book title; title of book; title of the book; title of your book; your book title
    buchtitel; titel des buches; titel des buchs; titre du livre
    titre de l ouvrage
    título del libro; titulo del libro; titolo del libro; título do livro; titulo do livro
    titel van het boek; boektitel; название книги; заголовок книги; tytuł książki; název knihy
    bokens titel; kitap adı; 書名; 书名; 本のタイトル; 書籍名; 图书标题; 책 제목
    image title; bildtitel; titre de l image; título de la imagen; titolo dell immagine
    título da imagem; picture title; photo title; 画像タイトル; 图片标题

    contents; table of contents; toc; inhalt; inhaltsverzeichnis; inhaltsangabe
    table des matières; table des matieres; sommaire; tabla de contenido; tabla de contenidos
    tabla de materias; contenido; contenidos; índice; indice; índice general; indice generale
    índice de contenidos; índice de contenido; sommario; tavola dei contenuti; sumário
    tabela de conteúdo; tabela de conteúdos; inhoud; inhoudsopgave; содержание; оглавление
    spis treści; obsah; innehåll; innehållsförteckning; indholdsfortegnelse; innhold; sisällys
    sisällysluettelo; tartalom; tartalomjegyzék; içindekiler; cuprins; зміст; περιεχόμενα
    目次; もくじ; 目录; 目錄; 内容目录; 차례; 목차; المحتويات; فهرس; תוכן עניינים

    kindle edition; kindle ebook; kindle e book; kindle book; kindle ausgabe; kindle edición
    édition kindle; edition kindle; edición kindle; formato kindle; edizione kindle; edição kindle
    kindle editie; kindle版; kindle 版; kindle 电子书; ebook; e book; ebook edition; e book edition
    epub; epub edition; 电子书; 電子書籍

    my beautiful picture; jpeg lossy; jpeg lossless; user comment; image description
    your image title; enter image title; add a caption
"""
"""What templates, shops, cameras and tables of contents have where a title should be."""


_SITE_PAGES = phrases_of(_OF_SITES)
_STAND_INS = _SITE_PAGES | phrases_of(_IN_PLACE_OF_TITLES)
_BEFORE_SITE = re.compile(r"\s+[|\u00b7\u2013\u2014-]\s+")
_FORMS = re.compile(
    r"^(?:loading|redirecting|one moment|(?:nur )?einen? moment|un instant"
    r"|un momento?|um momento|een moment|aguarde|un attimo|один момент"
    r")\W*(?:\.\.|\u2026)$"
    r"|^checking (?:your|if the) .*\bbrowser\b|^checking if the site connection is secure"
    r"|^(?:verifying|verify|confirm) (?:that )?you are (?:a )?human"
    r"|^(?:sign|log) ?(?:in|up|on) to (?:your )?\S{1,30}$"
    r"|^charset\s*=\s*\W?\w+|^jpeg:\w+$"
    r"|^(?:photo(?:graph)?s?|picture|image|foto|bild) (?:by|von|par|por|di)\b(?: \S+){0,3}\W*$"
    r"|\bdatasheet ?(?:search|archive|catalog)|\|\s*www\.\S+$"
    # sites of copies put their address in place of the title
    r"|^\W*(?:www\.)?(?:ocean ?of ?pdf|pdfdrive|z-?lib(?:rary)?|1lib|b-ok|libgen|all-?it-?e?books"
    r"|it-?ebooks|epubor|ebook3000|wowebook|bookzz|bookfi|vk|annas-archive|dokumen|pdfcoffee|scribd"
    r"|docplayer|vdoc|avxhome|epdf|royallib|flibusta|litres|coollib)"
    r"\.(?:com|net|org|is|io|pub|ru|cc|rs|li|se|to|me|info|asia|sk|tips)(?:/\S*)?\W*$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"^\W*(?:[\w-]+\.)+(?:com|net|org|info|biz|edu|gov|io|de|fr|es|it|nl|ru|cn|jp|uk|eu|br|pl|ch|at"
    r"|rs|is|li|to|me|cc|pub|online|site|xyz|club)(?:/\S*)?\W*$",
    re.IGNORECASE,
)
_FRAGMENT = re.compile(r"^[a-z]{1,3}$")


def is_stand_in(title: str) -> bool:
    """Return whether this is no title, whoever says so: "Sign in", "Book Title", "Bitte warten"."""
    first = _BEFORE_SITE.split(title, maxsplit=1)[0]
    is_listed = words_of(title) in _STAND_INS or words_of(first) in _SITE_PAGES
    return is_listed or _FORMS.search(title) is not None


def is_fragment(title: str) -> bool:
    """Return whether this is a few small letters, the name of a part such as "cof" or "hdr"."""
    return _FRAGMENT.match(title) is not None


def is_address(title: str) -> bool:
    """Return whether this is the bare address of a site, as which few books are called."""
    return _ADDRESS.match(title) is not None
