"""The grammar of `harbour`, written for this course. `grammar.py` explains the notation.

Frozen: the shipped checkpoint is trained on it, and lessons quote its entropy rate. Four things in
it are there for a network to find. What opens must close: quotation marks and brackets. The name
at the head of a stanza fixes "he" or "she", the trade, and who speaks; the boat's name fixes its
kind; a number fixes "it was" or "they were". Every stanza has six lines and a last line of its own
sort. And the words inside a quotation stand in the present tense, those outside in the past.
"""

SOURCE = '''
stanza:
  3* {when} {who=person} took the {ship=boat} {course}.¶{body}{home}¶¶
  2* {sky} {skyward}. {who=person} {do} {np} on the {ship=boat}.¶{body}{home}¶¶
  2* {who=person} {sat} on the {ship=boat} {where}.¶{body}{home}¶¶

body:
  {event}¶{event}¶{event}¶{event}¶

event:
  5* {who.He} {did}.
  3* {sky} {skyward}.
  3* {animal} {beast} {where}.
  5* {speech}
  3* {tally}
  2* In the {ship.kind} lay {list}.
  2* {who.He} {did} ({aside}).

home:
  Then {who.he} {rested}. | By {day} the {ship.kind} was {adj}. | The {who.trade} {rested}.

speech:
  3* "{say}," said {who.name}.
  2* The {folk} {asked}: "{say}?" {who.He} {nodded}.
  {who.He} {cried}, "{say}!"

say:
  3* {do.Now} {np}
  2* {do.Now} {np} and {do.now} {np}
  We {do.now} {np} {where}
  I {do.now} {np} if you {do.now} {np}
  They {do.now} {np} when {w=weather} {w.now}

tally:
  {n=count} {adj} {thing}{n.s} {n.was} {gone}, and {who.he} {missed} {n.it}.
  For {n=count.low} {thing}{n.s} {who.he} paid {sum}; {n.they} {n.was} {adj}.

did:
  3* {do} {np}
  3* {do} {np} {where}
  2* {do} {np} and {do} {np}
  {went} {along} the {spot}
  {went} {along} the {spot} and {do} {np}

np:
  4* {the} {thing} | 4* {the} {adj} {thing} | {the} {thing} from {port} |
  {the} {adj} {thing} of the {folk}

list:
  {np}, {np} and {np} | {cargo}, {np} and {cargo} | {np} and {cargo} | {np}

aside:
  {adj} and {adj} | as the {folk} did | {w=weather} {w.was} | the {adj} {thing} was {adj} |
  for {port}, for the {folk}, for {cargo}

course:
  {along} the {spot} | to {port} for {cargo} | from {port} with {cargo} | out of {port}

where:
  {by} the {spot} | {by} the {adj} {spot} | {late}

rested:
  slept | went home | drank {drink} | wrote to {port} | lit {the} {adj} {lamp} | ate {meal}

skyward:
  {came} from {port} | {came} on the {spot} | {came} {late} | {came}

count name low s was it they:
  One / one / / was / it / it | Two / two / s / were / them / they |
  Three / three / s / were / them / they | Four / four / s / were / them / they |
  Five / five / s / were / them / they | Six / six / s / were / them / they

person name he He his trade:
  Ada / she / She / her / cook | Bram / he / He / his / pilot | Carl / he / He / his / smith |
  Dora / she / She / her / smith | Edda / she / She / her / pilot | Finn / he / He / his / cook |
  Hugh / he / He / his / clerk | Ines / she / She / her / clerk | Lars / he / He / his / pilot |
  Nell / she / She / her / cook | Olga / she / She / her / clerk | Piet / he / He / his / smith

boat name kind:
  Lark / ketch | Tern / sloop | Juno / yawl | Swift / punt | Wren / ketch | Teal / sloop |
  Comet / yawl | Heron / punt | Ida May / ketch | Vesta / sloop | Merle / yawl | Otter / punt

weather name now was:
  rain / comes / came | fog / lifts / lifted | snow / falls / fell | ice / forms / formed |
  wind / drops / dropped | dawn / breaks / broke

when:
  At dawn | At noon | At dusk | In May | One day | In fog | Too late | Alone

sat:
  sat | slept | sang | hid | read | ate | wept | stood

asked:
  asked | called | wrote | said

nodded:
  nodded | smiled | agreed | laughed

cried:
  cried | sang | swore | prayed

gone:
  lost | stolen | burnt | sunk

missed:
  missed | cursed | forgot | wanted

sum:
  {digit}{digit} pence | {digit} crowns | a kiss | a song

digit:
  2 | 3 | 4 | 5 | 6 | 7 | 8 | 9

late:
  at dawn | at noon | at dusk | in May | in vain | too late | alone | again

day:
  dawn | noon | dusk | March | Easter | night

drink:
  tea | rum | ale | milk | gin | stout

meal:
  soup | bread | fish | plums | stew | cake

lamp:
  fire | pipe | stove | candle

folk:
  priest | widow | doctor | mayor | nurse | tinker | weaver | child

port:
  Holm | Vard | Pell | Lund | Orne | Ruan | Kell | Marsk | Tarn | Esk | Brack | Ness

sky:
  Rain | Fog | Snow | Hail | Mist | Sleet | Smoke | Frost

came:
  came | fell | rose | spread | turned | passed | stayed | broke

animal:
  A gull | The dog | A seal | Two rats | A crow | The cat | Six geese | The mule

beast:
  slept | fought | sang | stared | hid | fed | limped | cried

spot:
  pier | quay | slip | wall | shed | inn | bar | rock | dock | mill | ramp | gate | hut | cove |
  lock | well

by:
  by | near | under | behind | above | past | below | at

along:
  round | across | beyond | up to | down to | along

went:
  ran | walked | rowed | crept | sailed | rode

cargo:
  cod | coal | tar | wool | oats | eels | crabs | slate | rye | hemp | nails | lime | wine | peat
  | sand | salt

the:
  the | a | {who.his} | this | one | no

adj:
  wet | old | red | new | low | dry | raw | big | bad | odd | sad | hot | cold | blue | grey |
  long | torn | thin | soft | dull | warm | dark | pale | flat | neat | wide | deep | tall | fine
  | rich | poor | bent

thing:
  net | oar | sail | rope | bell | cork | hook | flag | mast | coat | boot | cap | key | mug | map
  | drum | saw | hat | cask | nail | pot | bag | coin | book | knot | pen | kite | shoe | ring |
  jug | lamp | pump

do past now Now:
  mended / mend / Mend | found / find / Find | sold / sell / Sell | hid / hide / Hide |
  lent / lend / Lend | lifted / lift / Lift | dropped / drop / Drop | took / take / Take |
  kept / keep / Keep | hauled / haul / Haul | filled / fill / Fill | stole / steal / Steal |
  moved / move / Move | packed / pack / Pack | fixed / fix / Fix | tied / tie / Tie |
  cut / cut / Cut | hung / hang / Hang | burned / burn / Burn | held / hold / Hold |
  sent / send / Send | used / use / Use | saw / see / See | won / win / Win | wore / wear / Wear |
  bit / bite / Bite | hit / hit / Hit | bent / bend / Bend | tossed / toss / Toss |
  sank / sink / Sink | kicked / kick / Kick | drew / draw / Draw
'''
