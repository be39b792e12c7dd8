"""What Snowball does not know of English: words that only look like inflections, irregular forms, two spellings.

Snowball goes by endings. It puts under one stem what has nothing in common but its beginning (housing and houses; the
contraction of an economy and a contract for gas), under two what is spelled in two ways (defence, defense), and
knows no form that is made otherwise than by an ending (won, women). What of this the news is full of is listed here.

A word of two meanings that differ in no letter (a strike, at work and from the air) cannot be parted so, and forms
that are words by themselves as well (left, found, saw, struck) stay words by themselves.
"""

# ruff: noqa: SIM905 - lists of words are what this module is made of

from __future__ import annotations

from collections.abc import Callable


def _table(lines: str) -> dict[str, tuple[str, ...]]:
    """First words of the lines → the others."""
    rows = (line.split() for line in lines.replace(";", "\n").splitlines())
    return {row[0]: tuple(row[1:]) for row in rows if row}


_FORMS = _table("""
    arise arose arisen; beat beaten; begin began begun; bite bitten; bleed bled; blow blew blown; break broke broken
    breed bred; bring brought; build built; burn burnt; buy bought; catch caught; child children
    choose chose chosen; crisis crises; deal dealt; diagnosis diagnoses; dig dug; drive drove driven; eat ate eaten
    fall fell fallen; fight fought; flee fled; fly flew flown; foot feet; forbid forbade forbidden
    forgive forgave forgiven; freeze froze frozen; give gave given; grow grew grown; hang hung; hide hid hidden
    hold held; keep kept; knife knives; know knew known; lay laid; leap leapt; lend lent; lose lost; man men
    meet met; memorandum memoranda; mouse mice; overtake overtook overtaken; overthrow overthrew overthrown
    pay paid; referendum referenda; repay repaid; ride rode ridden; rise rose risen; seek sought; sell sold
    send sent; shake shook shaken; shrink shrank shrunk; sing sang sung; sink sank sunk; slay slain
    speak spoke spoken; spend spent; spill spilt; stadium stadia; stand stood; steal stole stolen; sue sued suing
    swear swore sworn; sweep swept; swim swam swum; take took taken; teach taught; tear tore torn; thief thieves
    throw threw thrown; tooth teeth; undertake undertook undertaken; uphold upheld; wear wore worn; wife wives
    win won; withdraw withdrew withdrawn; wolf wolves; woman women; write wrote written
""")
"""Words → those of their forms that no ending makes."""

_SPELLINGS = _table("""
    airplan aeroplan; aluminum aluminium; analyz analys; anemia anaemia; anesthet anaesthet; archaeolog archeolog
    armor armour; artifact artefact; behavior behaviour; catalog catalogu; center centr; color colour
    counselor counsellor; councillor councilor; czar tsar; defens defenc; dialog dialogu; diarrhea diarrhoea
    dispatch despatch; encyclopedia encyclopaedia; endeavor endeavour; estrogen oestrogen; favor favour
    favorit favourit; fetal foetal; fetus foetus; fiber fibr; flavor flavour; harbor harbour; hemorrhag haemorrhag
    honor honour; humor humour; inquir enquir; inquiri enquiri; jail gaol; jewelri jewelleri; judgment judgement
    kidnap kidnapp; kilomet kilometr; labor labour; leukemia leukaemia; licens licenc; liter litr; maneuv manoeuvr
    meter metr; mold mould; muslim moslem; neighbor neighbour; neighborhood neighbourhood; odor odour; offens offenc
    orthoped orthopaed; paralyz paralys; pediatr paediatr; pediatrician paediatrician; pedophil paedophil
    pedophilia paedophilia; plow plough; pretens pretenc; program programm; quran koran; recogn recognit
    rumor rumour; savior saviour; sheik sheikh; skeptic sceptic; smolder smoulder; sulfur sulphur; theater theatr
    tumor tumour; vapor vapour; whiskey whiski; worship worshipp; yogurt yoghurt; ahm ahmad; abdullah abdallah
    alexei alexey aleksei aleksey; andrei andrey; gaddafi qaddafi gadhafi kadafi kadhafi khadafi qadhafi gadafi
    gorbachev gorbachov; hussein hussain; lukashenko lukashenka; moham muhammad mohammad muham; nikolai nikolay
    osama usama; sergei sergey; tymoshenko timoshenko; yanukovych yanukovich; yushchenko yuschenko
    zelenski zelenskyy zelenskiy
""")
"""Stems → those of the same word, or name from another script, as others spell it."""

APART = _table("""
    account accountab; adam adamant; aid aided aide; air aired airing; anim animat; apart apartment; arm armed arms
    ash ashes; attend attendant; audit audition; author authorit authoriz; bar barred barring; bear bearing
    board boarded boarding; bond bonded bonding; book booked booking; bowl bowling bowled; box boxing
    build building; busi business; camp camping; capit capitaliz; care careful; cast caste; celebr celebrit
    charg charging; civil civiliz; clinic clinical; colon coloniz; common commons; compass compassion
    compet competen; concept conception; concert concerted; conserv conservativ; contain container
    content contention; contract contraction; convent conventional; convers conversation; cooper cooperat
    corpor corporal; correspond correspondent; coup coupe; critic critical; current currently
    custom customer customs customiz; cycl cycling; defect defected defection; defend defendant; deni denis
    depart department; deposit deposition; design designat; destroy destroyer; direct direction directiv directly
    divers diversion; doctor doctoral; domin dominic; drill drilling drilled; edit edition; emergenc emergence
    empir empirical; engin engineer; execut executive; expect expectanc; experi experiment
    express expression expressiv; fabric fabricat; feder federation federer; ferri ferris; fertil fertiliz
    final finally finaliz; fire fired firing; fit fitness; forc forced; format formation formativ; franc france
    friend friendly; futur futures; game gaming; general generally generaliz; global globaliz; good goods goodness
    ground grounded; hamburg hamburger; harri harris; hast hastings; heat heating heated; heroin heroine
    high highly highness; hospit hospitality; hous housing; human humanity humanities; ident identical
    import importan; incid incidence; inflat inflatab; inform informal informant; initi initiativ
    integr integrity integral; interest interested interesting; iron ironic; journal journalism; juli julie
    legal legaliz; liber liberal; liquid liquidat liquidit; liter literal literat; live living lively; major majorit
    man manned manning; mari marie; marin marines; mark markedly; market marketing; match matched matching
    medic medicat; memori memorial; messi messy; mind mindful; miner mineral; minor minorit; miss missing
    mobil mobiliz; moral morales morale; nation nationalism nationaliz national; nomin nominal; normal normaliz
    object objectiv objection; occup occupational occupan; offens offensiv; offic officer; oliv oliver
    packag packaging; park parking parked; person personal; petit petition; physic physical; polar polariz
    popul populism; posit positiv; post posted posting; pound pounded pounding; power powerful; practic practical
    premier premiere; privat privatiz; process procession processing processed; product production productiv
    protest protestant; provid providence; public publication publicly; publish publisher; quit quite; race racing
    rate rating rated; ration rational; recess recession; refuge refugee; relat relativ; report reporter reportedly
    reserv reservation; respect respectiv; respons responsib; right rights; row rowing; secur securities
    sever several; share shared sharing; shell shelling shelled; smoke smoking; social socialism socializ
    station stationed; steel steele; stock stocked stocking; storm stormed storming; stream streaming streamed
    subsid subsidiz; success succession successiv; suit suite; sunni sunny; support supporter; suspens suspense
    termin terminat; tire tired tiring; titan titanic; trade trading traded; train training trained
    transit transition; tribun tribune; unit united uniting; util utiliz; vacat vacated; veget vegetation
    wave waved waving; wild wilde; wilder wilderness
""")
"""Stems → the beginnings of words that have another meaning; they are stems then."""

_NEVER_WITH_Z = frozenset(
    """
    advertis advis apprais chastis compris compromis demis despis devis disguis enterpris excis exercis expertis
    franchis improvis merchandis paradis precis premis promis revis supervis surpris televis treatis
    """.split()
)
_GROUND_FORM = {form: word for word, forms in _FORMS.items() for form in forms}
_ONE_SPELLING = {other: one for one, others in _SPELLINGS.items() for other in others}


def stem(word: str, snowball: Callable[[str], str]) -> str:
    """That of a word in small letters."""
    word = _GROUND_FORM.get(word, word)
    found = snowball(word)
    if found.endswith("is") and _is_respelled(found, word[len(found) :]):
        word = f"{found[:-2]}iz{word[len(found) :]}"
        found = snowball(word)
    found = _ONE_SPELLING.get(found, found)
    if found not in APART:
        return found
    return next((begins for begins in APART[found] if word.startswith(begins)), found)


def _is_respelled(stem: str, ending: str) -> bool:
    """Whether it is a word like organise, or organisation; not like collision."""
    return len(stem) > 5 and ending.startswith(("e", "ing", "at", "ab")) and stem not in _NEVER_WITH_Z
