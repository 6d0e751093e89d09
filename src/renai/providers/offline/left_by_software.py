"""Titles and names that software leaves in files: word processors, templates, scanners, servers.

These are tables of data, in the languages met so far. Where the answers of `offline` can change by
a new row, `offline` also gets a new revision. They are apart from `renai.providers.placeholders`
because these expressions take long to compile, and a run that reads no document needs none of them.
"""

from __future__ import annotations

import re

from renai.text_cleaning import words_of


def phrases_of(table: str) -> frozenset[str]:
    """Return the phrases of a table, which lines and semicolons part, as `words_of` has them."""
    return frozenset(map(words_of, re.split(r"[;\n]", table))) - {""}


_EXTENSION = (
    "docx?|dot[mx]?|pdf|indd|qxd|p65|tex|dvi|ps|rtf|odt|ott|pptx?|potx?|xlsx?|x?html?|txt|md|wpd"
    "|jpe?g|png|tiff?|svg|eps|epub|mobi|djvu|fm|cdr|ai|psd|lyx"
)
_VARIABLE = r"^\$[\w.]+\$$|\$\{|\{\{|\{%|<%|%[A-Z_]{3,}%|@[A-Z_]{3,}@|\[%"
"""What a template would have put a title in place of."""
TITLES_LEFT_BY_SOFTWARE = re.compile(
    "|".join(
        (
            r"^microsoft (word|powerpoint|excel|publisher|office)\b",
            (
                r"^(powerpoint|word|excel|keynote)[ -]*(presentation|document|template|sheet"
                r"|präsentation|dokument|vorlage|présentation|presentatie|bemutató)$"
            ),
            (
                r"^(présentation|presentación|presentazione|apresentação|prezentacja"
                r"|презентация)( (de|do|di|programu))? "
                r"(microsoft )?(power ?point|office)"
            ),
            (  # what PowerPoint calls a new presentation, in other languages
                r"^(?=.*power ?point)(?:(?:microsoft|power ?point|standard|de|do|di|en|în|på"
                r"|của|του"
                r"|programu|aplikace|aplikácie|presentations?|présentation|presentazione|presentació"
                r"|presentasjon|præsentation|prezentace|prezentácia|prezentare|prezentacija"
                r"|esitys|esitlus|sunusu|bemutató|bản trình bày|презентація|презентацыя|презентация"
                r"|παρουσίαση|מצגת|של|عرض|تقديمي|演示文稿|演示文档|簡報|プレゼンテーション|프레젠테이션"
                r"|งานนำเสนอ|प्रस्तुति)\W*)+\d*$"
            ),
            (
                r"^(print|printing|scan|scanned|img|image|dsc|dscn|p\d{3}|fax|photo|foto|picture)\b"
                r"[ _-]*\d*$"
            ),
            (
                r"^(layout|slide|document|doc|book|page|sheet|presentation|template|title|chapter|file"
                r"|dokument|documento?|diapositiva|diapositive|folie|bild|slajd|слайд|スライド|幻灯片|main"
                r"|search|recherche|suche|búsqueda|genindex|index|paper|article|manuscript|final"
                r"|about|draft|cover|test|foo|bar|sample|example|report|thesis|index|home|readme|output|default"
                r"|präsentation|titel|titre|título|titolo|overview|new|neu|blank|empty|leer|body"
                r"|untitled|unbenannt|ohne titel|sans titre|sin título|senza titolo|sem título"
                r"|naamloos|bez tytułu|без имени|無題|无标题"
                r"|未命名|文書|タイトル)"
                r"[ _-]*\d*$"
            ),
            (
                r"^(untitled|unnamed|unbenannt|neues?|new|nouveau|nuevo|nuovo)[ _-]+"
                r"(document|dokument|documento|file|page|book)\b(?:\W+my (?:series|book)\b.*)?\W*$"
            ),
            (
                r"^(?:an? |my )?(?:test|sample|example|dummy|demo)[ -]"
                r"(?:document|e-?book|book|epub|file)(?:\s*\(.*\))?\W*\d*$"
            ),
            r"^(type (the )?(document )?title|enter title|insert title|title of|title goes here)\b",
            r"^(your|my|ihr|votre) (document )?(title|titel|titre)\b|\btitle here\b|^lorem ipsum\b",
            _VARIABLE,
            r"^[\[<{(].{0,60}\b(title|titel|titre|título|titolo|name|subject)\b.{0,20}[\]>})]$",
            r"^\[[^\]]*\]$|^<[^>]*>$|^\{[^}]*\}$",
            r"^normal(\.dot[mx]?)?$",
            r"^(pii|doi|arxiv|issn|isbn|job|ms no|manuscript no)\b(?!.*\b(is|the|of|and|for)\b)",
            (
                r"^(acrobat|adobe|quark|latex|tex output|ghostscript|pdftex|calibre|openoffice)\b"
                r"(?! \w+ \w)"
            ),
            r"^r graphics output$|^(?:gnuplot|matplotlib|r) plot$|^matlab handle graphics$",
            r"^latex with\b|^tex output\b|^adobe (photoshop|illustrator|indesign|pagemaker)\b",
            r"^https?:|^www\.|^file:|[\\/].*[\\/]|^[a-z]:\\|^urn:|^[\w.+-]+@[\w-]+\.\w+$",
            rf"\.({_EXTENSION})\b",
            r"^[^\W\d_]*[\d_][\w.-]*$",
            # nothing that could be a word, nor an Asian character
            r"^(?!.*(?:[^\W\d_]{2}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]))[^a-z]*$",
            r"^(please wait|loading|for the best experience, open this pdf portfolio)\b",
            (
                r"^(olympus digital camera|sony dsc|samsung|kodak digital still camera|dcim|default"
                r"|exif_\w*|created with gimp|created by .*|sdc\d+"
                r"|minolta digital camera|picasa)\s*$"
            ),
        )
    ),
    re.IGNORECASE,
)
"""Titles that word processors, templates, scanners, viewers and cameras write by themselves."""

_OF_TESTS = (
    "foo|bar|baz|qux|quux|foobar|tests?|testing|tester|samples?|examples?|demo|dummy|fixture"
    "|placeholder|lorem|ipsum|beispiel|testdokument|testseite|prueba|essai|prova|prov"
    "|テスト|サンプル|测试|測試|示例|тест|пример|تست|اختبار|테스트|δοκιμή|परीक्षण|ทดสอบ"
)
_AROUND_THEM = (
    "hello|hi|world|title|document|doc|file|page|text|blank|empty|my|the|a|an|this|is|some|just"
    "|simple|dolor|sit|amet|one|two|article|presentation|report|slide|heading|subtitle|\\d+"
)
_TEMPLATE = "template|vorlage|modèle|plantilla|modello|modelo|szablon|sablon|шаблон"
TITLES_OF_NO_WORK = re.compile(
    "|".join(
        (
            (
                rf"^(?:(?:{_AROUND_THEM})\W+)*(?:{_OF_TESTS})"
                rf"(?:\W+(?:{_OF_TESTS}|{_AROUND_THEM}))*\W*$"
            ),
            r"^(?:hello(?:\W+(?:world|there))?|hi)\W*$",
            r"^(?:java ?doc|api) help\W*$|^index\W+\w{1,2}$",
            r"\b(?:first|second|1st|2nd)[ -]level (?:header|heading)\b",
            r"^the quick brown fox\b|^franz jagt im\b|^portez ce vieux whisky\b|^съешь ещё этих\b",
            (
                r"^(?:an? |my )?(?:tests?|sample|example|dummy|demo)\b.{0,30}"
                r"\b(?:document|file|page|presentation|slide ?show|spreadsheet)\W*\d*$"
            ),
            (
                r"^(?:this is )?(?:(?:the|a|an|my|your|main|document|presentation|slide|report"
                r"|first|second|page|paper|article|book|chapter|thesis|project|poster|lecture) ?)*"
                r"(?:sub)?title(?: (?:text|slide|here|goes here|page))?\W*$"
            ),
            rf"^\w+ (?:{_TEMPLATE})$",
            (
                r"^(?:\W*(?:error|http)?\W*(?:40[0-9]|50[0-9])\b.*)?(?:page |file |site )?"
                r"(?:not found|forbidden|access denied|bad gateway|internal server error)\W*$"
            ),
            (
                r"^(?:page |url |meta )?redirect(?:ion|ing|ed)?(?: to .*)?\W*$"
                r"|^(?:object |page )?moved(?: permanently| temporarily)?$"
                r"|^just a moment\W*$|^are you a (?:robot|human)\W*$"
            ),
            (
                r"^(?:seite nicht gefunden|page (?:non trouvée|introuvable)|página no encontrada"
                r"|pagina non trovata|página não encontrada|страница не найдена|weiterleitung"
                r"|ページが見つかりません|找不到页面|页面不存在)\W*$"
            ),
            (
                r"^(?:über|à propos|acerca de|start|startseite|accueil|inicio"
                r"|change ?log|changes|release notes|news"
                r"|(?:alphabetical |general )?index|indice analitico|cross.?references?"
                r"|inbox|outbox|checkout|(?:shopping )?cart|log ?in|sign ?(?:in|up)|session expired"
                r"|(?:my )?account|posteingang|warenkorb|anmelden|anmeldung"
                r"|(?:option|command|function|variable|concept|keyword|macro)s?"
                r"(?:,? (?:and|&) \w+)? index(?: \([^()]*\))?"
                r"|(?:stichwort|sach)verzeichnis|ホーム|首页|主页|главная)\W*$"
            ),
            (  # the lists of what a site has, of a month, a subject or a person
                r"^(?:archives? (?:for|from)|archive:|posts (?:tagged|filed under|by|in)"
                r"|(?:articles|entries) (?:tagged|by)|(?:category|tag|kategorie|schlagwort"
                r"|catégorie|étiquette|categoría|etiqueta|categoria|рубрика|метка|カテゴリー|タグ|分类|标签)"
                r"\s*[:\uff1a]|search results\b)"
            ),
            r"^(?:re|fwd?|aw|wg|antw)\s?:\s",  # mail
            _VARIABLE,
            (  # what Doxygen, Javadoc and Sphinx call the pages that they make
                r"^(?:all|functions|variables|typedefs|enumerations|enumerator|macros|classes|namespaces"
                r"|modules|files|(?:file|class|namespace) (?:list|members|index|hierarchy)"
                r"|data fields|data structures|related pages|main page"
                r"|all (?:classes|packages|modules)|package summary|module index"
                r"|python module index|table of contents|site ?map|search results)$"
            ),
            r"\b(?:class|file|namespace) members\b(?: - \w+)?$",
            (  # of one of many pages, behind the name of what it documents
                r":\s(?:globals|(?:class|file|namespace) (?:list|index|hierarchy)|related pages"
                r"|data (?:fields|structures)|main page)$|\(index(?: - \S{1,3})?\)$"
                r"|^(?:class )?hierarchy for \S|^(?:api|object|symbol) index$|^list of all items$"
                r"|^(?:constant field values|serialized form|deprecated (?:api|list)|contents)$"
                r"|^overview: module code$|^all (?:modules|classes) (?:for|and) \S.*$"
            ),
            r"^(?:first|second|third|another|last|next) (?:paragraph|heading|section|line)\W*$",
            (
                r"^(?:authors|contributors|credits|maintainers|licen[cs]es?|copying|to ?do|thanks"
                r"|acknowledge?ments|danksagung|mitwirkende|lizenz|auteurs|autores|лицензия)\W*$"
            ),
            (
                r"\s(?:--?|[|:\u2013\u2014])\s"
                r"(?:index|indice analitico|stichwortverzeichnis|register)$"
            ),
            r"^about this document\W*$|^(?:über dieses dokument|à propos de ce document)\W*$",
            r"&\w{2,8};",  # an entity that nobody knows
            r"^abcdefgh|^абвгд|^αβγδ",
            r"^[\w.-]+\.(?:com|de|edu|fr|io|net|org)/$",
        )
    ),
    re.IGNORECASE,
)
"""Titles that tests, templates and servers have, and pages that belong to a site or a book.

A book may well be called so, and says who wrote it.
"""

ACCOUNTS = re.compile(
    r"^(user|admin|administrator|owner|author|default|guest|root|pc|home|customer|client|office"
    r"|microsoft|hp|dell|acer|lenovo|windows|scanner|calibre|test|me|staff|student|unknown)\b"
    r"|\d|@|_|[\\/]",
    re.IGNORECASE,
)
"""Names of accounts, programs and computer makers that are found in place of the author."""

NOT_AN_AUTHOR = re.compile(
    r"^(user|admin|administrator|owner|default|guest|root|pc|customer|client|office user"
    r"|microsoft( office)?( user)?|benutzer|utilisateur|usuario|utente|python-docx|apache poi"
    r"|openoffice\.org|libreoffice|calibre|pandoc|doxygen|sphinx|latex|tex|pdftex|dvips|acrobat"
    r"|author|authors|author unknown|autor|auteur|autore|anonymous|anonym|various|n/?a|none|null"
    r"|unknown|unbekannt|inconnu|desconocido|sconosciuto|home page|web ?master"
    r"|作者|用户|ユーザー|пользователь)( \d+)?$"
    r"|^\W*(family|last|first|given|full|your|my|vor|nach|prénom|nom|nombre|apellidos?)"
    r"[ -]*(name|given|first|last|family|nom|et)?\W*$"
    r"|^(the )?(author|your|first|last|given|family)('s)? (name|given|last|first)\b|\bname here\b"
    r"|\b(übersetzung|übersetzt|translated|translation|translators?|traduction|traduit|traducción"
    r"|traduzione|tradução|перевод|illustrat\w+|foreword|vorwort|typeset\w*|cover|layout|maintainer)\b"
    r"|^[\[<{].*[\]>}]$|\b(family given|firstname|lastname|first ?name last ?name)\b",
    re.IGNORECASE,
)
"""What stands for an author and is none: placeholders of templates, accounts, programs."""

_OF_CICERO = frozenset(
    """
    a ab accusamus accusantium ad adipisci adipiscing alias aliqua aliquam aliquid amet anim
    animi aperiam architecto asperiores aspernatur assumenda at atque aut autem beatae
    blanditiis cillum commodi commodo consectetur consequat consequatur consequuntur
    corporis corrupti culpa cum cumque cupidatat cupiditate debitis delectus deleniti
    deserunt dicta dignissimos distinctio dolor dolore dolorem doloremque dolores doloribus
    dolorum ducimus duis ea eaque earum eius eiusmod eligendi elit enim eos error esse est
    et eu eum eveniet ex excepteur excepturi exercitation exercitationem expedita explicabo
    facere facilis fuga fugiat fugit harum hic id illo illum impedit in incididunt incidunt
    inventore ipsa ipsam ipsum irure iste itaque iure iusto labore laboriosam laboris
    laborum laudantium libero lorem magna magnam magni maiores maxime minima minus modi
    molestiae molestias mollit mollitia nam natus necessitatibus nemo neque nesciunt nihil
    nisi nobis non nostrud nostrum nulla numquam occaecat occaecati odio odit officia
    officiis omnis optio pariatur perferendis perspiciatis placeat porro possimus
    praesentium proident provident quae quaerat quam quas quasi qui quia quibusdam quidem
    quis quisquam quo quod quos ratione recusandae reiciendis rem repellat repellendus
    reprehenderit repudiandae rerum saepe sapiente sed sequi similique sint sit soluta sunt
    suscipit tempor tempora tempore temporibus tenetur totam ullam ullamco unde ut vel velit
    veniam veritatis vero vitae voluptas voluptate voluptatem voluptates voluptatibus
    voluptatum
    """.split()  # noqa: SIM905 - words read better than a list of strings
)
"""The words of the text that stands for any other, of which programs make headings, too."""


def is_dummy_text(title: str) -> bool:
    """Return whether a title is made of the words that stand for a text that is to come."""
    words = [word for word in words_of(title).split() if len(word) > 1]
    return len(words) > 1 and all(word in _OF_CICERO for word in words)
