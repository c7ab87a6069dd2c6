"""In which language a text is written, told by its most frequent little words; pure.

Languages whose endings PostgreSQL's full text search knows, and some more that would else be taken for one of these.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

UNKNOWN = ""
CONFIGURATIONS: Mapping[str, str] = {
    "en": "english",
    "de": "german",
    "fr": "french",
    "es": "spanish",
    "it": "italian",
    "pt": "portuguese",
    "nl": "dutch",
    "sv": "swedish",
    "da": "danish",
    "no": "norwegian",
    "fi": "finnish",
    "ru": "russian",
    "hu": "hungarian",
    "ro": "romanian",
    "tr": "turkish",
    "el": "greek",
    "lt": "lithuanian",
    "id": "indonesian",
    "ar": "arabic",
    "pl": "simple",
    "cs": "simple",
    "uk": "simple",
}
"""PostgreSQL's name for each language that can be told; "simple" takes words as they stand."""

LEAST_WORDS = 3
"""So many little words of a language tell it; fewer may stand in any text."""
MOST_CHARACTERS = 4_000
"""What a language is told from: the beginning is enough, and a text may be long."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Little words that are frequent in one of these languages; those that several share count for each of them.
_LITTLE = {
    "en": _words(
        "the and of to in for with you your we our is are on as will be or have this that from by an at who what"
    ),
    "de": _words(
        "und der die das in mit für von zu den ist sie wir ein eine im auf bei des als oder du deine dein unsere werden sich dem"
    ),
    "fr": _words(
        "et de la le les des en du un une pour vous nous est dans au aux avec sur votre nos notre vos ou par que qui ce"
    ),
    "es": _words(
        "y de la el en los las con para un una del que por se tu nuestro nuestra es como al o más su sus tus"
    ),
    "it": _words(
        "e di la il in le per con un una del della dei che si nel alla i gli o è sono come nostro nostra"
    ),
    "pt": _words(
        "e de a o em para com um uma da do das dos que na no os as ou nossa nosso você é são por seu sua"
    ),
    "nl": _words(
        "en de het een van in je voor met op te bij is aan wij ons onze jij zijn als of die dat naar ook"
    ),
    "sv": _words("och att i som för på med du en är av vi till ett den om eller har vår våra dig din kan"),
    "da": _words("og at i for på med du en er af vi til et den som eller har vores dig din kan det os"),
    "no": _words(
        "og å i som for på med du en er av vi til et den eller har vår våre deg din kan det oss ikke"
    ),
    "fi": _words(
        "ja on sekä että tai ei se olet myös kuin sinulla meillä voit työ työn olemme sinun meidän joka"
    ),
    "ru": _words("и в на с по для от до или не мы вы что как за из к это опыт работы вам наш"),
    "hu": _words(
        "és a az hogy egy nem van vagy is meg mint csak való munka amely illetve valamint számára minket"
    ),
    "ro": _words("și în de la cu pe pentru să este sunt care din sau un o nu ai noastră noastre echipa vei"),
    "tr": _words("ve bir bu için ile olarak da de en olan veya çok sahip bizim ekip iş gibi üzere"),
    "el": _words("και το της την του των για με σε στο στην που είναι από τα να οι μια θα ή"),
    "lt": _words("ir į iš su kad yra ar tai mes mūsų darbo už kaip tau bei jūsų būti komandos"),
    "id": _words("dan yang di untuk dengan dari pada ini itu atau kami anda akan dalam memiliki ke tim"),
    "ar": _words("في من على و إلى أن مع هذا عن أو التي العمل لدينا الذي ما هذه"),
    "pl": _words("i w z na do się że jest oraz dla nie o po za od lub przez jak praca twoje naszych co"),
    "cs": _words("a v na se z s je do pro že o jsme nebo jako za k od si naše tým práce které"),
    "uk": _words("і в на з у та до для що не від або ми ви як за це є роботи наш досвід"),
}
_WORD = re.compile(r"[^\W\d_]+")


def read_language(text: str) -> str:
    """Give the ISO 639-1 code of a text's language, UNKNOWN where its little words do not tell."""
    words = Counter(_WORD.findall(text[:MOST_CHARACTERS].lower()))
    found = {language: sum(words[word] for word in little) for language, little in _LITTLE.items()}
    best = max(found, key=lambda language: (found[language], language == "en"))
    return best if found[best] >= LEAST_WORDS else UNKNOWN
