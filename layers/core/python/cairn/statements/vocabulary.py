"""The words and phrases by which small talk, questions and requests are told from statements."""

from __future__ import annotations

import re
from typing import Final


def words(text: str) -> frozenset[str]:
    """Make a set of the words in a line, which reads better than a list of literals."""
    return frozenset(text.split())


# --- small talk -------------------------------------------------------------------------------------------------------

GREETINGS: Final = words(
    "hi hey hello hiya howdy yo greetings dear goodbye bye thanks thx ty cheers congratulations congrats welcome "
    "sorry hola bonjour hallo ciao merci gracias danke salut servus"
)
THANKS: Final = words("thank thanks thx ty cheers sorry congratulations congrats merci danke gracias")
VERY_MUCH: Final = words("very much a lot so all you again everyone")
SALUTES: Final = frozenset(
    tuple(salute.split(" "))
    for salute in (
        "good morning",
        "good afternoon",
        "good evening",
        "good night",
        "good day",
        "thank you",
        "many thanks",
        "see you",
        "see ya",
    )
)
SALUTE_WORDS: Final = words("morning afternoon evening night thank see")
# What is said whole, so that what follows does not make it a statement.
COURTESIES: Final = re.compile(
    r"(?:take care(?! of)|talk to you|have a (?:nice|good|great|lovely)|nice to (?:meet|see|hear)|"
    r"(?:pleased|glad|great) to meet|you(?:['’]?re| are) welcome|no (?:problem|worries)|my pleasure|happy birthday|"
    r"good luck|well done|good (?:job|work|idea|point)|nice (?:work|job|one)|great (?:job|work|idea)|got it|"
    r"sounds (?:good|great|like)|(?:that|it|this)(?:['’]?s| is| was| sounds| helps| helped)"
    r" (?:all|it|ok|okay|fine|great|good|nice|cool|right|true|awesome|amazing|helpful|correct|perfect|a lot|me)[\W]*$|"
    r"that (?:helps|helped|works)|i (?:see|understand|agree|got it|know|hope so|think so|guess so|"
    r"appreciate (?:it|that|your help)|don['’]?t know|do not know|don['’]?t care|will|do|did)[\W]*$|"
    r"let me (?:know|see|think)|let['’]?s\b)(?!\w)",
    re.IGNORECASE,
)
OPENERS: Final = words(
    "so well ok okay k oh ah aha um uh hmm hm and but also actually btw anyway anyways yes yeah yep yup no nope "
    "nah sure right alright great cool nice perfect awesome wow haha hahaha lol fine now then again really please "
    "pls kindly maybe honestly basically look listen because"
)
PLEASE: Final = words("please pls kindly")

# --- questions --------------------------------------------------------------------------------------------------------

AUXILIARIES: Final = words(
    "do does did can could will would shall should may might am are is was were have has had don't doesn't didn't "
    "can't couldn't won't wouldn't shouldn't aren't isn't wasn't weren't haven't hasn't hadn't ain't doesnt didnt "
    "isnt wasnt"
)
# "Had a dog once" and "Did my homework" have only lost their "I"; "had you" and "did my" … need a "?".
ONLY_BEFORE_PRONOUNS: Final = words("have had may might will do did don't has was were")
BEFORE_NAMES: Final = words("is are does isn't aren't doesn't")
PRONOUNS: Final = words("i you he she it we they there anyone anybody someone somebody everyone everybody u ya")
DETERMINERS: Final = words("this that these those my your his her its our their the a an any some all")
WH: Final = words(
    "what who whom whose when where why which how what's who's where's when's how's why's what're how're who'd what'd"
)
HOW: Final = words("many much often long old far come about big tall well soon fast likely high deep good")
WH_ASKS: Final = words("not else if time kind kinds sort to about")
ASKING_PARTICLES: Final = ("吗", "嗎", "呢", "か", "까", "ไหม")

# --- requests ---------------------------------------------------------------------------------------------------------

# "Remember that …": the rest is what is to be kept.
REMEMBER: Final = re.compile(
    r"(?:(?:please|pls|hey|hi|hello|ok|okay|so|and|also|just|oh|btw|by the way|(?:can|could|will|would) you|"
    r"i (?:want|need|would like) you to|i['’]d like you to|you should)[\s,]+)*"
    r"(?:remember|note|make a note|take note|keep in mind|bear in mind|don['’]?t forget|do not forget|never forget|"
    r"know|fyi|for your information|for the record|just so you know|so you know|for future reference)"
    r"(?P<that>(?:\s*:|[\s,]+that\b)[\s,]*|[\s,]+)",
    re.IGNORECASE,
)
NOT_REMEMBERED: Final = words("to when if what how where who why which whether me us this it about from the")
COMMANDS: Final = words(
    "tell give show explain remind summarize summarise translate suggest recommend describe generate write draft "
    "rewrite list find search calculate compute convert compare define repeat create imagine pretend ignore "
    "forget delete help let lemme gimme analyze analyse proofread paraphrase recall answer disregard"
)
# Also nouns, or what people say of themselves without "I": commands only in front of an object.
MAYBE_COMMANDS: Final = words(
    "make send play set turn open close stop start check look call add remove fix improve plan book order "
    "schedule cancel update continue read save store ask say act be take put get bring buy pick choose keep use "
    "try wait come go do name provide include sort change clear reset run solve test share teach guess consider "
    "speak talk"
)
OBJECTS: Final = words(
    "me us my the a an it this that these those some up down out on off him her them all every any again in for "
    "as your five three two ten one another"
)
NOT_TO_DO: Final = words("worry mention bother ask")
REQUESTS: Final = re.compile(
    r"(?:i (?:need|want|would like|wish) you to|i['’]?d (?:like|love|want) (?:you to|to (?:know|ask))|"
    r"i (?:want|need|would like) to (?:know|ask)|i(?:['’]?m| am| was)?(?: just)? wondering|i(?: just)? wonder|"
    r"any (?:ideas?|suggestions?|recommendations?|advice|tips|thoughts)|how about|what about|"
    r"i have (?:a|another|one) (?:question|request))\b",
    re.IGNORECASE,
)

# --- statements -------------------------------------------------------------------------------------------------------

SUBJECTS: Final = words("i i'm im i've ive i'd i'll my we we're we've our he he's she she's they they're mine")
# Behind a subject these ask or hedge: "I should get a coat", "I wonder".
NOT_TELLING: Final = words("can could should would may might must shall wonder guess think mean hope suppose")
# Two words are enough where they say who or what: "I'm vegan", "love pizza".
TELLING: Final = SUBJECTS | words("love like hate prefer enjoy live work study call name's it's")

# A sentence of nothing but these says nothing that could be remembered.
CONTENTLESS: Final = (
    GREETINGS
    | OPENERS
    | AUXILIARIES
    | PRONOUNS
    | DETERMINERS
    | WH
    | SUBJECTS
    | words(
        "good morning afternoon evening night day thank very much lot lots that's thats it's see here guys later soon "
        "tomorrow too indeed exactly correct true absolutely definitely totally course of done bad best better agreed "
        "understood noted problem worries yay hooray oops ugh meh whatever to be been not same interesting excellent "
        "wonderful fantastic amazing brilliant lovely fair enough me him us them for at in on just like everything "
        "nothing something anything ready think guess hope know mean"
    )
)
CJK_GREETINGS: Final = (
    "你好",
    "您好",
    "谢谢",
    "謝謝",
    "再见",
    "再見",
    "早上好",
    "晚上好",
    "こんにちは",
    "こんばんは",
    "おはよう",
    "ありがとう",
    "さようなら",
    "안녕",
    "감사",
    "สวัสดี",
    "ขอบคุณ",
)
