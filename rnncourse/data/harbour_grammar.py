"""The grammar of `harbour`, written for this course. `grammar.py` explains the notation.

Frozen: the shipped checkpoint is trained on it, and lessons quote its entropy rate. Three things
in it are there for a network to find. What opens must close: quotation marks and brackets. What
was said decides what comes: the name at the head of a story fixes "he" or "she", the trade and
the name that speaks; the boat fixes its kind; a number fixes "it was" or "they were". And lines
break at a fixed width (`entropy.wrap`), so where a line ends depends on where it began.
"""

SOURCE = '''
story:
  3* {when} {who=person} took the {ship=boat} {course}. {body} {home}¶
  2* {sky} {skyward}. {who=person} {do} {np} aboard the {ship=boat}. {body} {home}¶
  2* {who=person} {stayed} in the {ship=boat} {where}. {body} {home}¶

when:
  At dawn | At noon | At dusk | In May | On Sunday | Before light | After Mass | That night |
  Next day | Past midnight | At low tide | One morning | In March | On Friday | Too late | Alone

course:
  {along} the {spot} | to {port} for {cargo} | from {port} with {cargo} | out of {port}

stayed:
  sat | slept | sang | worked | hid | waited | read | ate | wept | stayed | stood | dozed

body:
  {event} | 2* {event} {event} | 2* {event} {event} {event} | {event} {event} {event} {event}

event:
  6* {who.He} {did}.
  3* {sky} {skyward}.
  3* {animal} {beast} {where}.
  5* {speech}
  3* {tally}
  2* In the {ship.kind} lay {list}.
  2* {who.He} {did} ({aside}).

did:
  3* {do} {np}
  3* {do} {np} {where}
  2* {do} {np} and {do} {np}
  {went} {along} the {spot}
  {went} {along} the {spot} and {do} {np}

speech:
  3* "{say}," said {who.name}.
  2* The {folk} {asked}: "{say}?" {who.He} {nodded}.
  {who.He} {cried}, "{say}!"

say:
  3* {do.Now} {np}
  2* {do.Now} {np} and {do.now} {np}
  We {do.now} {np} {where}
  I {do.now} {np} if you {do.now} {np}
  They {do.now} {np} when {weather} {weather.now}
  You {do.now} {np}, or {weather} {weather.now}

asked:
  asked | called | wrote | replied

nodded:
  nodded | laughed | shrugged | frowned | smiled | agreed | refused | coughed

cried:
  cried | sang | swore | prayed | whispered | shouted | yelled | begged

tally:
  {n=count} {adj} {thing}{n.s} {n.was} {gone}, and {who.he} {missed} {n.it}.
  For {n=count.low} {thing}{n.s} {who.he} paid {sum}; {n.they} {n.was} {adj}.

gone:
  lost | stolen | burnt | sunk | cracked | sold | left behind | washed away

missed:
  missed | cursed | mourned | forgot | drew | wanted | sought | named

sum:
  a crown | two crowns | ten pence | a kiss | nothing | six eggs | one song | too much

count name low s was it they:
  One / one / / was / it / it | Two / two / s / were / them / they |
  Three / three / s / were / them / they | Four / four / s / were / them / they |
  Five / five / s / were / them / they | Six / six / s / were / them / they

list:
  {np}, {np} and {np} | {cargo}, {np} and {cargo} | {np} and {cargo} | {np}

aside:
  {adj} and {adj} | as the {folk} did | {weather} {weather.was} | the {adj} {thing} was {adj} |
  for {port}, for the {folk}, for {cargo}

np:
  3* {the} {thing} | 4* {the} {adj} {thing} | {the} {thing} from {port} |
  {the} {adj} {thing} of the {folk}

the:
  the | a | {who.his} | this | that | one | no | each

where:
  {by} the {spot} | {by} the {adj} {spot} | {late}

late:
  at dawn | at noon | at dusk | in May | all night | in vain | too late | alone | by hand | again

home:
  3* Then {who.he} {rested}.
  2* By {day} the {ship.kind} was {adj}.
  2* The {who.trade} {rested}.
  Nobody {do} the {ship.name}.

rested:
  slept | went home | drank {drink} | wrote to {port} | lit {the} {adj} {lamp} | ate {meal}

day:
  dawn | noon | dusk | March | Friday | Easter | winter | night

drink:
  tea | rum | ale | milk | cider | water | gin | stout

meal:
  soup | bread | cheese | fish | plums | stew | cake | beans

lamp:
  lamp | pipe | stove | candle

person name he He his trade:
  Ada / she / She / her / cooper | Bram / he / He / his / pilot |
  Carl / he / He / his / smith | Dora / she / She / her / smith |
  Edda / she / She / her / pilot | Finn / he / He / his / baker |
  Greta / she / She / her / baker | Hugh / he / He / his / cooper |
  Ines / she / She / her / clerk | Jonas / he / He / his / clerk |
  Klara / she / She / her / cooper | Lars / he / He / his / pilot |
  Marta / she / She / her / smith | Nils / he / He / his / baker |
  Olga / she / She / her / clerk | Piet / he / He / his / smith

boat name kind:
  Marigold / ketch | Petrel / sloop | Swift / yawl | Osprey / cutter | Lark / ketch |
  Tern / sloop | Juno / yawl | Heron / cutter | Plover / ketch | Teal / sloop | Fulmar / yawl |
  Linnet / cutter | Wren / ketch | Comet / sloop | Vesta / yawl | Anchor / cutter

folk:
  priest | widow | miller | doctor | warden | child | tailor | mayor | porter | nurse | sexton |
  tinker | weaver | gunner | consul | stranger

port:
  Carrow | Tessel | Holm | Vard | Pell | Skerry | Lund | Marsk | Orne | Brack | Thorsby | Elling |
  Dunmere | Ketter | Salt Ness | Ruan

sky:
  Rain | Fog | Snow | Hail | Mist | Sleet | Thunder | Smoke | Frost | Dusk | Spray | Warm air

skyward:
  {came} from {port} | {came} over the {spot} | {came} {late} | {came}

came:
  came | fell | rolled in | lifted | thinned | turned | spread | drifted | waited | passed

weather name now was:
  rain / comes / came | fog / lifts / lifted | snow / falls / fell | ice / forms / formed |
  frost / bites / bit | wind / drops / dropped | the tide / turns / turned | dawn / breaks / broke

animal:
  A gull | The dog | A seal | Two rats | A heron | The cat | Six geese | A crow | The mule | A pike

beast:
  slept | waited | fought | sang | stared | hid | fed | limped | circled | barked

spot:
  pier | quay | slip | wall | stair | ferry | shed | inn | chapel | market | crane | buoy | ford |
  bar | rock | bridge | dock | mill | ramp | gate | hut | cove | mole | lock | tower | beach |
  sluice | cliff | lane | yard | well | orchard

by:
  by | near | under | behind | above | past | below | beside

along:
  past | around | towards | beyond | up to | down to | round | across

went:
  ran | walked | rowed | crept | drove | limped | sailed | rode

adj:
  wet | grey | old | red | blue | cold | salt | new | long | torn | low | small | dry | green |
  white | black | loose | rusty | soft | narrow | hollow | quiet | crooked | round | warm |
  dirty | clean | brown | yellow | thin | sour | sound | short | huge | pale | dark | bent | odd
  | dull | neat | raw | light | wide | tall | deep | spare | good | bad | poor | rich | dear |
  cheap | fine | rough | smooth | blunt | sharp | stiff | damp | plain | fresh | hard | mild |
  pink

thing:
  net | oar | sail | rope | crate | basket | chain | bell | barrel | cork | bucket | ladder |
  hook | plank | flag | mast | tiller | chart | kettle | coat | boot | cap | glove | ledger |
  key | whistle | pump | rudder | mug | map | spade | drum | saw | hat | cask | nail | wheel |
  pot | bag | quilt | clock | coin | letter | book | plate | knot | stone | shell | chair | pen
  | broom | spoon | bolt | mirror | kite | post | shoe | ring | violin | button | hammer | brush
  | cart | lid | jug | pin | tub | rug | fork | axe | table | tile | bead | brick | pipe | fan |
  tray | jar | vest | plum | pear | egg | bun | pie | seed | log | twig | rake | sack | wig |
  harp | lute | horn | trunk | shirt | tool | tent

cargo:
  herring | cod | salt fish | coal | tar | wool | oats | eels | crabs | slate | rye | hemp |
  timber |
  nails | apples | mussels | lime | wine | peat | copper | paper | glass | sand | pepper

do past now Now:
  mended / mend / Mend | found / find / Find | sold / sell / Sell | hid / hide / Hide |
  lent / lend / Lend | lifted / lift / Lift | dropped / drop / Drop | carried / carry / Carry |
  tarred / tar / Tar | counted / count / Count | dragged / drag / Drag | cleaned / clean / Clean
  | bought / buy / Buy | lost / lose / Lose | tied / tie / Tie | cut / cut / Cut |
  painted / paint / Paint | hung / hang / Hang | weighed / weigh / Weigh | kept / keep / Keep |
  swung / swing / Swing | burned / burn / Burn | hauled / haul / Haul | filled / fill / Fill |
  stole / steal / Steal | forgot / forget / Forget | watched / watch / Watch |
  moved / move / Move | kicked / kick / Kick | packed / pack / Pack | fixed / fix / Fix |
  shook / shake / Shake | threw / throw / Throw | left / leave / Leave | took / take / Take |
  broke / break / Break | wanted / want / Want | drew / draw / Draw | praised / praise / Praise
  | bent / bend / Bend | bit / bite / Bite | hit / hit / Hit | held / hold / Hold |
  sent / send / Send | used / use / Use | saw / see / See | won / win / Win | wore / wear / Wear
'''
