"""The words by which entities and relations are told in English, and languages from each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


def words(text: str) -> frozenset[str]:
    """Make a set of the words in a text, which reads better than a list of literals."""
    return frozenset(text.split())


# --- roles ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Role:
    """What somebody is to somebody: its normal name. `shared` is one that many may have, so that it names nobody."""

    name: str
    type: str = "person"
    shared: bool = False


_KIN: Final = (
    "mother father sister brother son daughter wife husband partner spouse fiancé fiancée girlfriend boyfriend "
    "grandmother grandfather grandson granddaughter stepmother stepfather stepsister stepbrother stepson stepdaughter "
    "mother-in-law father-in-law sister-in-law brother-in-law son-in-law daughter-in-law ex-wife ex-husband "
    "ex-girlfriend ex-boyfriend godmother godfather baby child boss manager supervisor landlord landlady therapist "
    "psychiatrist dentist doctor gynecologist pediatrician psychologist mentor coach trainer roommate flatmate nanny "
    "babysitter accountant lawyer hairdresser"
)
_SHARED: Final = (
    "friend colleague coworker neighbor classmate teammate cousin uncle aunt nephew niece student client teacher "
    "professor patient buddy"
)
_ANIMALS: Final = "dog cat puppy kitten horse pony parrot hamster rabbit turtle tortoise budgie guinea-pig"
_SYNONYMS: Final = {
    "mom": "mother", "mum": "mother", "mommy": "mother", "mummy": "mother", "mama": "mother", "dad": "father",
    "daddy": "father", "papa": "father", "sis": "sister", "bro": "brother", "hubby": "husband", "fiance": "fiancé",
    "fiancee": "fiancée", "gf": "girlfriend", "bf": "boyfriend", "grandma": "grandmother", "granny": "grandmother",
    "nan": "grandmother", "grandpa": "grandfather", "granddad": "grandfather", "grandad": "grandfather",
    "neighbour": "neighbor", "co-worker": "coworker", "workmate": "coworker", "auntie": "aunt", "kid": "child",
    "mother in law": "mother-in-law", "father in law": "father-in-law", "sister in law": "sister-in-law",
    "brother in law": "brother-in-law", "son in law": "son-in-law", "daughter in law": "daughter-in-law",
    "guinea pig": "guinea-pig", "stepmom": "stepmother", "stepdad": "stepfather", "best friend": "best friend",
    "bestie": "best friend", "ex wife": "ex-wife", "ex husband": "ex-husband",
}  # fmt: skip


def _roles() -> dict[str, Role]:
    plain = {name: Role(name) for name in _KIN.split()}
    plain |= {name: Role(name, shared=True) for name in _SHARED.split()}
    plain |= {name: Role(name, "animal") for name in _ANIMALS.split()}
    plain["best friend"] = Role("best friend")
    return plain | {name: plain[meant] for name, meant in _SYNONYMS.items()}


ROLES: Final = _roles()
"""Each role by the words for it. "My best friend" is one, "my friend" may be any."""
BARE_ROLES: Final = words("mom mum mommy mummy mama dad daddy papa grandma granny grandpa granddad grandad")
PLURALS: Final = {
    "children": "child", "kids": "child", "wives": "wife", "babies": "baby", "puppies": "puppy", "ponies": "pony",
    "buddies": "buddy", "nannies": "nanny",
}  # fmt: skip
# Those that tell one sister from another stay in the normal form; the others say nothing of who is meant.
_TELLING: Final = words("older younger oldest youngest twin first second third former")
_ALIKE: Final = {"elder": "older", "eldest": "oldest", "big": "older", "little": "younger"}
_IDLE: Final = words("new old dear own lovely sweet beautiful wonderful amazing poor good close late")
ADJECTIVES: Final[dict[str, str]] = {word: word for word in _TELLING} | _ALIKE | dict.fromkeys(_IDLE, "")
# What may follow a role in lower case; "my dog food" is not about the dog.
AFTER_ROLE: Final = words(
    "is was has had will would can could can't won't should must might may did does do and or but who whom that which "
    "in at on from with to for of by as about because when while if than then so too also always never still just "
    "really recently often sometimes usually once again today yesterday tomorrow now there here got went came said "
    "told gave made bought took left broke ate fell ran began taught won lost sold sent spent kept met found felt "
    "thought knew grew wrote drove flew sang swam slept let put hurt quit named called i we he she they both into "
    "last this next every before after since until during near whose not even only all"
)

# --- names ------------------------------------------------------------------------------------------------------------

TITLES: Final = words("Dr Mr Mrs Ms Mx Prof St Mt Sgt Capt Rev Sir Lord Lady")
CONNECTORS: Final = words("of de da di do du des del della dos das la le van von der den ter ten bin al el y e & the")
# A name does not begin with these, however they are written. Pronouns, starters, interjections, and what else begins
# sentences.
NEVER: Final = words(
    "i i'm i've i'd i'll im ive a an the this that these those he she it we you they he's she's it's we're you're "
    "they're we've they've you've we'll you'll they'll he'd she'd we'd you'd they'd he'll she'll it'll that's there's "
    "here's who's what's where's how's when's let's who what which whose whom where when why how my your his her its "
    "our their mine yours hers ours theirs me him us them myself yourself himself herself itself ourselves themselves "
    "in on at by for from of to with without within into onto over under after before since until till during about "
    "above across against along among around as because behind below beneath beside besides between beyond but and "
    "or nor so yet if unless although though while whereas whether than then once again also too even ever just only "
    "still very really quite rather almost always never often sometimes usually rarely maybe perhaps probably "
    "possibly definitely certainly surely absolutely totally actually basically honestly literally obviously "
    "apparently unfortunately fortunately luckily hopefully sadly finally eventually recently lately currently "
    "nowadays today yesterday tomorrow tonight now later soon earlier afterwards meanwhile suddenly immediately not "
    "no yes yeah yep nope ok okay sure well right alright oh ah aha um uh hmm hm wow haha lol happy merry hey hi "
    "hello omg hiya howdy bye goodbye thanks thank thx cheers welcome sorry please congrats congratulations great "
    "good nice cool awesome amazing perfect lovely wonderful fantastic excellent interesting funny sweet fine "
    "bad worse worst better "
    "best more most less least much many few several some any all both each every either neither none nothing "
    "something anything everything someone anyone everyone nobody somebody anybody everybody one two three four five "
    "six seven eight nine ten first second third last next another other others such same own there here is am are "
    "was were be been being do does did don't doesn't didn't can can't could couldn't will won't would wouldn't shall "
    "should shouldn't may might must has have had haven't hasn't hadn't isn't aren't wasn't weren't let make take get "
    "got give go going come see look listen wait try tell ask say call send remember remind note check help show keep "
    "stop start open close use add set put find think know want need like love hate enjoy hope wish guess feel dear "
    "morning afternoon evening night day week weekend month year time people man men woman women kids life work home "
    "school thing things gosh god goodness jesus christ damn yay oops ugh meh btw fyi asap re etc pm tv pc id "
    "am. ps p.s aka diy ceo cto cfo hr it ai api url pdf html css json sql xml csv http https usb cpu gpu ram rsvp tbd "
    "tba faq faqs ugh yup nah congrats lmao rofl idk imo imho tbh smh todo note warning error info debug true false "
    "null none mr mrs ms dr saw met had went came took spoke heard bought mah khz mhz ghz hz kb mb gb tb dbmv kwh "
    "kw kg png svg jpg wav dsl utc gmt sleep"
)
NOT_ASKED: Final = (NEVER | {"user's", "mine", "many", "old"}) - words("home work school")
# Names of people that are words too, or months: at the beginning of a sentence what follows must tell.
ALSO_WORDS: Final = words("may april june august will mark bill grace hope joy faith rose jack frank art sue drew rich")
CALENDAR: Final = words(
    "monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays "
    "sundays january february march april may june july august september october november december mon tue wed thu fri "
    "sat sun jan feb mar apr jun jul aug sep sept oct nov dec spring summer autumn winter fall"
)
HOLIDAYS: Final = words("christmas easter halloween thanksgiving ramadan diwali hanukkah eid passover pentecost")
PEOPLES: Final = words(
    "english british american german french spanish italian portuguese dutch belgian swiss austrian danish swedish "
    "norwegian finnish icelandic irish scottish welsh polish czech slovak hungarian romanian bulgarian greek turkish "
    "russian ukrainian serbian croatian chinese japanese korean vietnamese thai indian pakistani bengali persian "
    "iranian iraqi arabic arab hebrew israeli egyptian moroccan nigerian kenyan ethiopian african european asian "
    "latin mexican brazilian argentinian chilean colombian peruvian cuban canadian australian mediterranean hindi "
    "tamil urdu mandarin cantonese catholic christian protestant orthodox muslim islamic jewish buddhist hindu "
    "catalan basque swahili western eastern victorian democrat republican filipino indonesian malaysian lebanese "
    "syrian jamaican ghanaian"
)
NUMBERED: Final = words("model windows playstation galaxy pixel boeing airbus route apollo formula xbox section iphone")
KEPT_POSSESSIVES: Final = words("mcdonald's levi's wendy's domino's lay's macy's lowe's sotheby's christie's kellogg's")
# After a first word with a capital these tell that it is a name: people do them.
TELLING_VERBS: Final = words(
    "said says told tells asked asks called calls texted emailed phoned lives lived works worked loves loved likes "
    "hates prefers married met invited wants wanted visited studied studies thinks thought knows plays enjoys promised "
    "suggested recommended offered agreed bought gave taught teaches wrote visits grew graduated owns dislikes adores "
    "bakes cooks dances sings swims speaks laughed smiled cried adopted proposed hugged kissed apologized apologised"
)
AFTER_CALLING: Final = words(
    "how what when where who did do are have can could would will you your you're i i'm i've that it's is was thanks "
    "thank please my that's we let's don't congrats good great"
)
GIVEN_NAMES: Final = words(
    "james john robert michael david william richard joseph thomas charles daniel matthew anthony steven paul andrew "
    "joshua kenneth kevin brian george edward jason jeffrey ryan jacob gary nicholas eric jonathan stephen larry "
    "justin scott brandon benjamin samuel gregory alexander patrick jacqueline dennis jerry tyler aaron henry peter "
    "adam nathan zachary kyle walter ethan jeremy noah liam lucas oliver leo hugo oscar felix simon martin tom ben "
    "sam alex tim jim joe bob mike dave steve dan matt chris nick tony mary patricia jennifer linda elizabeth barbara "
    "susan jessica sarah karen lisa nancy betty sandra margaret ashley kimberly emily donna michelle carol amanda "
    "melissa deborah stephanie rebecca sharon laura cynthia dorothy amy kathleen angela shirley emma brenda pamela "
    "nicole anna samantha katherine christine helen debra rachel carolyn janet maria catherine heather diane olivia "
    "julie joyce victoria ruth virginia lauren kelly christina joan evelyn judith andrea hannah megan alice sophia "
    "sofia mia chloe ella julia clara eva nina lena sara kate jane ann anne ana mohammed muhammad ahmed ali omar "
    "fatima priya raj ravi wei yuki kenji carlos juan jose luis pedro miguel antonio marco luca giulia pierre jean "
    "marie claire lars sven ingrid astrid olga ivan dmitri natasha caroline melanie gina jon"
)
_ORGANIZATIONS: Final = words(
    "university college school institute academy bank inc ltd corp gmbh company museum hospital"
)
_PLACES: Final = words("street road avenue lake mount river island park beach bridge station airport square")
_EVENTS: Final = words("festival marathon olympics")
TYPES_BY_WORD: Final = (
    dict.fromkeys(_ORGANIZATIONS, "organization") | dict.fromkeys(_PLACES, "place") | dict.fromkeys(_EVENTS, "event")
)

# --- relations --------------------------------------------------------------------------------------------------------

_VERBS: Final = {
    "lives_in": ("live in", "lives in", "living in", "based in", "reside in", "resides in"),
    "lived_in": ("lived in", "used to live in"),
    "moved_to": ("moved to", "moved back to", "moved over to", "relocated to"),
    "works_at": (
        "work at", "work for", "works at", "works for", "working at", "working for", "employed at", "employed by",
    ),
    "worked_at": ("worked at", "worked for", "used to work at", "used to work for", "interned at"),
    "born_in": ("was born in", "were born in", "born in"),
    "grew_up_in": ("grew up in", "was raised in", "were raised in"),
    "comes_from": ("from", "come from", "comes from"),
    "married_to": ("married to", "married"),
    "studies_at": ("study at", "studies at", "studying at"),
    "studied_at": ("studied at", "graduated from"),
    "visited": ("visited", "went to", "traveled to", "travelled to", "flew to", "been to"),
    "likes": (
        "like", "likes", "love", "loves", "enjoy", "enjoys", "adore", "adores", "into", "fond of", "a fan of",
        "a big fan of", "a huge fan of",
    ),
    "dislikes": (
        "hate", "hates", "dislike", "dislikes", "detest", "detests", "can't stand", "cannot stand", "can not stand",
        "don't like", "do not like", "doesn't like", "does not like",
    ),
    "prefers": ("prefer", "prefers"),
    "allergic_to": ("allergic to",),
    "owns": ("own", "owns", "own a", "own an", "owns a", "owns an", "have a", "have an", "has a", "has an", "got a"),
}  # fmt: skip
VERBS: Final = {phrase: relation for relation, phrases in _VERBS.items() for phrase in phrases}
"""Each phrase that relates what stands before it to what stands behind it, with its relation."""
NEED_TO_BE: Final = words("from into") | {"fond of", "allergic to", "a fan of", "a big fan of", "a huge fan of"}
NAMES_ONLY: Final = frozenset({"have a", "have an", "has a", "has an", "got a"})
THIRD_PERSON: Final = words("lives works resides likes loves enjoys adores hates dislikes detests prefers owns has")
OF_THINGS: Final = words("likes dislikes prefers owns allergic_to")
TARGET_TYPES: Final = {
    "lives_in": "place", "lived_in": "place", "moved_to": "place", "born_in": "place", "grew_up_in": "place",
    "comes_from": "place", "visited": "place", "works_at": "organization", "worked_at": "organization",
    "studies_at": "organization", "studied_at": "organization", "married_to": "person",
}  # fmt: skip
SOURCE_TYPES: Final = frozenset(TARGET_TYPES) - {"visited", "comes_from"}
"""Relations that only people have."""
ADVERBS: Final = (
    "just also now currently still really recently always absolutely actually usually mostly both only finally "
    "originally once first already truly definitely especially particularly generally simply personally strongly "
    "dearly totally honestly secretly proudly happily then all"
)
# These begin no thing that is liked or owned.
NO_THING: Final = NEVER | words(
    "to it you being having doing lot lots bit couple trying seeing getting making working visiting living"
)
ENDS_THING: Final = (
    "and or but because when while with in on at for from of to since so than over more less most too as that which "
    "who if though although very especially after before during about by these is are was not anymore now every"
)
IF: Final = "if wish whether unless imagine pretend dreamed dreamt would"

# --- languages --------------------------------------------------------------------------------------------------------

ENGLISH: Final = words(
    "the a an is was are were i i'm i've my me we our you your he she it his her they their and of to in on at for "
    "with from that this have has had not but what when where who how will would can could should be been do does did "
    "don't it's about just so as by or if loves likes lives works called named moved said met visited plays"
)
TELL_ENGLISH: Final = ENGLISH | TELLING_VERBS | frozenset(ROLES) | frozenset(VERBS)
SAFE: Final = {
    "es": words("el los las un una es y en con mi mis su de del que por para soy vivo tengo trabajo está muy pero fui "
                "me nos vive desde hace mañana yo también"),
    "fr": words("le les un une est et en dans avec mon ma mes je j'ai j'habite suis à au aux des du de chez pour que "
                "qui pas ne nous il elle très mais habite travaille vit sœur frère depuis c'est"),
    "it": words("il lo gli un una è e in con mio mia miei di del della che per sono ho abito vivo lavoro da non ma "
                "molto anche mi ci al alla nel nella dal siamo tre anni vive sorella fratello madre padre piace"),
    "pt": words("o os um uma é e em no na com meu minha de do da que por para sou moro tenho trabalho eu não muito mas "
                "fui também nós ele ela está desde dos"),
    "nl": words("de het een is en in met mijn ik van voor bij op niet wij we hij zij heb woon werk werkt woont maar "
                "ook naar uit dat te zijn ben mij"),
    "sv": words("en ett är och i med min mitt jag på av för inte har bor att det som vi han hon till från men också "
                "arbetar jobbar fru syster jeg er og på av ikke har bor det som vi til fra men også mit søster"),
    "tr": words("ben bir ve benim çok ile için bu var yok değil ama adım "
                "yaşıyorum çalışıyorum oturuyorum yaşıyor çalışıyor okuyor seviyor kardeşim annem babam eşim"),
    "vi": words("tôi là và của không có với ở cho một người chị tên bạn làm sống thích mình"),
    "id": words("saya aku dan dengan yang tidak ini dari untuk ke adalah suami istri "
                "teman tinggal bekerja nama adik kakak"),
}  # fmt: skip
"""Languages in which a capital inside a sentence is a name, with words that tell them."""
UNSAFE: Final = words(
    "ich und der die das ist nicht ein eine einen einem einer mein meine meinen meiner wir habe hat mit auf für zu im "
    "am es sie den dem von bei wohne arbeite arbeitet aus sehr aber auch bin sind war w z się jest nie na mam mieszkam "
    "do že je v se mám jsem asun olen minä ja on és egy vagyok az sunt și în cu mea "
    "wohnt heißt bester beste freund freundin bruder schwester mutter vater gern"
)
"""Words of languages in which it is not, or in which names are inflected."""
