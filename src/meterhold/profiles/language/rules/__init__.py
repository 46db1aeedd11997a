"""Rules that one section alone cannot hold. Each names the sections it reads and yields all it finds.

A rule runs only if the sections it needs are whole, so that one slip in a file does not hide what else is wrong
with it. Of the points those are given that are whole, and the names of all.
"""

from functools import partial

from meterhold.profiles.language.references import REFERENCES
from meterhold.profiles.language.rules.asking import addressed, asked, checked, short_enough
from meterhold.profiles.language.rules.carrying import carried
from meterhold.profiles.language.rules.coding import decoded, encoded
from meterhold.profiles.language.rules.meaning import billed, guarded, identified, known, used
from meterhold.profiles.language.rules.proving import always_fresh, dated, limited, provable, ways_back
from meterhold.profiles.language.rules.rule import Around, Problem, Rule
from meterhold.profiles.language.rules.sparing import spared

RULES: tuple[Rule, ...] = (
    *(Rule(("points", section), partial(known, section)) for section in REFERENCES),
    Rule(("points", *REFERENCES), used),
    Rule(("points", "registers"), billed),
    Rule(("identity", "registers"), identified),
    Rule(("guards", "identity"), guarded),
    Rule(("commands", "state", "load", "load_side"), provable),
    Rule(("commands", "reconnect"), ways_back),
    Rule(("commands",), limited),
    Rule(("commands", "forbidden"), spared),
    Rule(("points", "line", "settings"), short_enough),
    Rule(("line", "state", "load"), always_fresh),
    Rule(("points", "questions", "reports"), asked),
    Rule(("points", "questions", "reports", "state", "load"), dated),
    Rule(("points", "questions", "reports", "commands"), checked),
    Rule(("questions", "reports", "settings", "commands", "availability", "address", "carrier"), addressed),
    Rule(("commands", "carrier"), carried),
    Rule(("commands",), encoded),
    Rule(("questions", "reports"), decoded),
)

__all__ = ["RULES", "Around", "Problem"]
