"""What stands before the name of a person: an office, a rank, a first name.

Headlines call people by their last names. Who watches "Jamal Khashoggi" wants what is said of Khashoggi, too; who
watches "Alex Jones" does not want every Jones. So it matters which last names are common. Only first names that are
hardly anything else are listed (no Jordan, Paris or Grace).
"""

# ruff: noqa: SIM905 - lists of words are what this module is made of

from __future__ import annotations

from digest.folding import fold

_OFFICES = frozenset(
    """
    admiral ambassador archbishop ayatollah bishop captain cardinal ceo chairman chancellor chief coach colonel
    commander congressman congresswoman defence defense deputy dr finance foreign former gen general gov governor
    interior judge justice mayor minister mr mrs ms premier president prime prof professor rep representative rev
    secretary sen senator sir state vice
    """.split()
)
_RANKS = frozenset(
    """
    crown duchess duke earl emir emperor empress king lady lord prince princess queen saint sheik sheikh sultan
    """.split()
)
_FIRST_NAMES = frozenset(
    """
    aaron abdel abdullah abigail abraham adele adolf adrian ahmad ahmed aisha al alan albert alberto alejandro
    aleksandar aleksandr alessandro alex alexander alexandra alexandria alexandros alexei alexey alexis alfred ali
    alice alicia alison allan allen amal amanda amber amir amy ana anastasia anders andre andrea andreas andrei
    andrej andres andrew andrey andrzej andy angel angela angelina angelo anita ann anna anne annie anthony antonio
    antonis antony arnold arthur arturo arvind ashley ashraf asif augusto aung axel ayman barack barbara bart bashar
    beata ben benedict benigno benjamin benny bernard bernie beth betty bill billy bob bobby boris brad bradley
    brandon brenda brett brian brigitte britney bruce bryan bulent camilla carla carles carlos carmen carol carolina
    caroline catherine cathy cecilia cesar charles charlie charlotte chelsea cheryl chris christian christina
    christine christopher christos cindy claire clara claudia claudio colin conor corazon craig cristiano cristina
    cynthia cyril dan daniel daniela danielle danny daphne darren dave david davide deborah denis dennis derek diana
    diane dick diego dilma dirk dmitri dmitry dominic dominique don donald donna doris dorothy doug douglas dzhokhar
    ed eddie edgar edith eduardo edward edwin elena eliot elisabeth elizabeth ellen elon emily emma emmanuel enrique
    eric erik erika ernest ernesto ernst esther eugene eva evan evelyn evo fabio fatima felipe felix ferdinand
    fernando fidel filippo fiona florian francesco francis francisco francois frank frans franz fred frederic
    frederick frederik friedrich fumio gabriel gabriela gareth gary gavin geert gennady george georges georgi
    georgios gerald gerard gerhard ghislaine gianni gilbert gina giorgia giorgio giovanni giuseppe gloria gordon
    graham greg gregory greta guillermo gunter gustav gustavo guy hamid hannah hans harold harriet harvey hassan
    heather hector heidi heinrich heinz helen helena helmut henri henry herbert herman hillary hiroshi hosni howard
    hubert hugh hugo hussein ian ibrahim igor ilham imran ingrid irene isaac isabel isabella ismail ivan jack jacob
    jacqueline jacques jair jakob jamal james jamie jan jane janet jared jason javier jay jean jeff jeffrey jennifer
    jens jeremy jerome jerry jesse jessica jesus jill jim jimmy joachim joan joanna joe joel johan johann johannes
    john johnny jon jonas jonathan jorge jose josef joseph josh joshua juan judith judy julia julian juliana julie
    julius jurgen justin kamala karen karim karl karol kate katherine kathleen kathryn kathy katie katrin keiko keir
    keith ken kenneth kevin kirsten kofi konrad konstantin kristen kristin kurt kyle lara larry lars laszlo laura
    lauren laurent lawrence lech lee-anne leila leo leon leonard leonardo leonid leslie lewis liam lily linda
    lindsay lindsey lionel lisa liz lloyd lorenzo louis louise luca lucas lucia lucy luigi luis luiz lukas luke
    lydia lynn mahathir mahmoud mahsa malala malcolm manfred manuel marc marcel marco marcos marcus margaret maria
    marian marianne marie marilyn marina mario marion marjorie mark marko markus marta martha martin martina marwan
    mary masoud mateusz matt matteo matthew maurice mauricio max maximilian mehdi mehmet melania melissa michael
    michel michele michelle miguel mike mikhail milan milos miriam mirza mitch mitt mohamed mohammad mohammed monica
    moqtada muammar muhammad murray mustafa nadia nancy naomi narendra natalia natalie nathalie nathan neil nelson
    nicholas nick nicola nicolas nicole nigel nikki nikol nikolai nikolas nina noam noel nora norman nouri olaf oleg
    olga oliver olivia olof omar oprah osama oscar oskar otto owen pablo pam pamela paolo pascal patricia patrick
    paul paula paulo pavel pedro penelope peter petr petra petro phil philip philippe phillip pierre pietro prayut
    quentin rachel rafael raila ralph ramon ramzan rania raul ray raymond rebecca recep renate rene rex ricardo
    riccardo richard rick ricky rishi rita rob robert roberta roberto robin rodrigo roger roland roman ron ronald
    rosa rosemary ross roy ruben rudi rudolf rudy rupert russell ruth ryan saad saddam salman salvador salvatore sam
    samantha samuel sandra sanna sara sarah saul scott sean sebastian sepp serena serge sergei sergey sergio seth
    shane shannon sharon shaun sheryl shinzo silvio simon simone slobodan sofia sonia sophia sophie stanley stefan
    stefano steffi stephane stephanie stephen steve steven stuart susan susana suzanne sven svetlana sylvia tanya
    tayyip ted terence teresa terry thabo theodore theresa thomas tiffany tim timothy tina todd tom tommy toni tony
    tracy trevor tyler ursula vaclav valentina valerie vanessa venus vera veronica victor victoria viktor vincent
    virginia vitali vladimir vojislav volodymyr walter warren wayne wendy werner wesley wilhelm will willem william
    willy winston wladimir wojciech wolfgang yasser yevgeny yoshihide yulia yuri yusuf yvonne zachary zoran
    """.split()
)
_COMMON_LAST_NAMES = frozenset(
    """
    adams aguilar ahmed alexander ali allen alvarez anderson andrews bailey baker barnes bell bennett brooks brown
    bryant butler campbell carter castillo castro chan chang chavez chen clark clarke cole coleman collins cook
    cooper costa cox cruz davies davis diaz edwards ellis evans fernandez ferreira fisher flores ford foster fox
    francis garcia gibson gomez gonzales gonzalez gordon graham grant gray green griffin gupta gutierrez hall
    hamilton harris harrison hassan hayes henderson henry hernandez hill howard hughes hunt hunter hussain hussein
    ibrahim jackson james jenkins jimenez johnson jones jordan kelly kennedy khan kim king kumar lee lewis li lin
    liu long lopez marshall martin martinez mason mcdonald mendoza meyer miller mills mitchell mohamed mohammed
    moore morales moreno morgan morris muller murphy murray myers nelson nguyen oliveira ortiz owens parker patel
    patterson pereira perez perry peters peterson phillips pierce powell price ramirez ramos reed reyes reynolds
    rice richards richardson rivera roberts robertson robinson rodriguez rogers romero rose ross ruiz russell ryan
    sanchez sanders santos schmidt schneider scott shah sharma shaw silva simmons simpson singh smith stevens
    stewart stone sullivan suzuki tanaka taylor thomas thompson torres tran tucker turner vargas vasquez walker
    wallace wang ward warren washington watson weber wells west white williams wilson wong wood woods wright wu yang
    young zhang
    """.split()
)


def is_office(word: str) -> bool:
    """Whether it is one that reports of its holder leave out, or a courtesy; in English."""
    return fold(word) in _OFFICES


def is_rank(word: str) -> bool:
    """Whether it is part of what somebody is called, and no name by itself; in English."""
    return fold(word) in _RANKS


def is_first_name(word: str) -> bool:
    """Whether it is a first name and hardly anything else."""
    return fold(word) in _FIRST_NAMES


def is_common_last_name(word: str) -> bool:
    """Whether many of those whom the news tells of have it."""
    return fold(word) in _COMMON_LAST_NAMES
