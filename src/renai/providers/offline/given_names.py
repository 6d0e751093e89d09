"""Given names, by which a line of names is told from a line of other capitalised words.

Data, written down from everyday knowledge of many languages and without accents; a new one is a
new word. It need not be complete: a name that is missing only makes an author less certain.
"""

from __future__ import annotations

import unicodedata

_NAMES = """
aaron abdel abdul abdullah abel abigail abraham achim ada adam adele adelheid adnan adolf adrian
adriana agata agnes agnieszka ahmad ahmed aiko aisha akira akos alain alan albert alberto albrecht
aldo alejandro aleksander aleksandr alena alessandra alessandro alex alexander alexandra alexandre
alexandru alexei alexey alexis alfons alfred alfredo ali alice alicia alina alison allan allen
alois alvaro amanda amar amelia amina amir amit amy ana anastasia anatoly anders andras andre
andrea andreas andree andrei andrej andres andrew andrey andrzej andy angel angela angelika angelo
anil anita anja anke ann anna annabel anne annette annie annika anselm antal anthony antje antoine
anton antonella antonia antonin antonio antti anupam anya apostolos april archibald ariel arjen
armando armin arnaud arndt arne arno arnold arthur artur arun arved asger ashley asia astrid athena
attila audrey august augustin aurelien aurora austin avi axel ayse barbara barry bart bas basil
bastian beat beate beatrice beatriz ben benedetto benedikt benjamin benoit bent berenice bernard
bernardo bernd bernhard bert berta berthold bertrand bertram bettina beverly bill birgit birgitta
bjarne bjorn bo bob bogdan boris borut brad bradley brandon brenda brendan brent brett brian
brigitte britta bruce bruno bryan caleb callum camille carl carla carlo carlos carmen carol carola
carole caroline carsten catherine cecile cecilia cedric celia celine cesar chandra charles charlotte
chen chet chiara chloe chris christa christel christian christiane christina christine christof
christoph christophe christopher chuck claire clara clarence clark claude claudia claudio claus
clemens clement cliff clifford clive colin conrad constantin cora corinna cornelia corrado craig
cristian cristina curt cynthia cyril cyrille dag dagmar dale damian damien damir dan dana daniel
daniela daniele danielle danny dario darren dave david davide dawn dean debbie deborah debra deepak
denis denise dennis derek detlef dick diego dierk diether dietmar dietrich dimitri dimitris dina
dirk dmitri dmitry dolores dominic dominik dominique don donald donato donna dora doris dorothea
dorothy doug douglas duncan dustin dwight eamon earl eberhard ed eddie eddy edgar edith edmund
eduard eduardo edward edwin egon eileen eirik elaine eleanor elena eleni elias elisa elisabeth
elise elizabeth elke ella ellen elliot elmar elsa else emanuel emil emile emilia emilie emilio
emily emma emmanuel endre enrico enrique enzo eric erica erich erik erika ernest ernesto ernst
erwin esteban esther etienne eugen eugene eugenia eva evan evelyn evgeny ewa ewald fabian fabien
fabio fabrice fadi faith farid fatima federico felicia felicity felipe felix ferdinand ferenc
fernanda fernando filip filippo fiona flavio florence florent florian floyd francesca francesco
francis francisco franck franco francois francoise frank frans franz franziska fred freddy frederic
frederick frederik frederique fredrik frida friedhelm friedrich fritz gabor gabriel gabriela
gabriele gabriella gail gareth garrett gary gaston gavin geert geoff geoffrey georg george georges
georgi georgia georgios gerald geraldine gerard gerd gerda gerhard gernot gerrit gert gertrud
giacomo gian gianluca gideon gilbert gilles gina giorgio giovanni gisela giulia giulio giuseppe
glen glenn gloria gordon goran gottfried grace graeme graham grant greg gregor gregory greta grigory
guido guillaume guillermo gunnar gunter gunther gus gustav gustavo guy gyorgy hakan hal hamid han
hank hanna hannah hannes hans harald hari harold harriet harris harry hartmut harvey hassan heather
hector hedwig heide heidi heike heiko heiner heinrich heinz helen helena helene helga helge helmut
hendrik henk henri henriette henrik henrique henry herbert herman hermann herve hideki hilary hilda
hilde hiro hiroshi hiroyuki holger horst howard hubert hugh hugo humberto ian ibrahim ida ignacio
igor ilja ilona ilse ilya imre ines inga inge ingeborg inger ingo ingrid ioannis ira irena irene
irina iris irma irving isaac isabel isabella isabelle isidore ismail istvan ivan ivana ivo jaap
jack jackie jacob jacqueline jacques jaime jake jakob jakub james jamie jan jana jane janet janice
janina janos jared jaroslav jasmin jason javier jay jaydeep jean jeanne jeff jeffrey jelena jen
jennifer jenny jens jeremy jerome jerry jerzy jesper jesse jessica jesus jill jim jimmy jin jiri
joachim joan joann joanna joanne joao joaquin jochen joe joel joerg johan johann johanna johannes
john johnny jon jonas jonathan joost jordan jordi jorg jorge jos jose josef joseph josephine josh
joshua josiane josip joy joyce juan juana judith judy juergen juha jules julia julian juliane
julie julien juliet julio julius jun jurgen jussi justin justyna kai kaj kamil kandis karel karen
karim karin karl karla karsten kasper katarina kate katharina katherine kathleen kathryn kathy katie
katja katrin kay kazuo keiko keith kelly ken kenichi kenji kenneth kent kerstin kevin khaled kim
kimberly kirsten kjell klara klaus knut konrad konstantin kostas kris krishna kristen kristian
kristin kristina kristof krzysztof kumar kurt kyle kyoko lars larry laszlo laura laure laurence
laurent lauri lawrence lea leah lech lee leif lena leo leon leonard leonardo leonid leopold leroy
leslie lester levente lewis liam lidia liisa lili lilian lily linda lionel lisa livia liz lloyd
lois lorenzo loren lothar lotte lou louis louisa louise luc luca lucas lucia lucian luciano lucie
lucien lucy ludger ludovic ludwig luigi luis luisa luiz luka lukas luke lutz lydia lynn maarten
mabel madeleine magda magdalena magnus maja malcolm malte manfred manoj manuel manuela marc marcel
marcelo marcia marcin marco marcos marcus marek margaret margarete margarita margit margot maria
mariana marianne marie marija marina mario marion marisa marit marius mariusz marjan mark marko
markus marlene marta martha martial martijn martin martina martine mary masahiro masato mathias
mathieu mathilde matias matt matteo matthew matthias matthieu mattias maud maureen maurice mauricio
mauro max maxim maxime maximilian maya megan mehdi mehmet mel melanie melissa mercedes merle
michael michal michel michele micha micah micheline michelle michiel miguel mihai mihail mika mikael
mike mikhail milan milos mimi mina minh miranda mireille miriam miroslav mitchell mohamed mohammad
mohammed moira monica monika monique morgan morris morten moritz moses mustafa nadia nadine nancy
naomi natalia natalie natasha nathalie nathan neal neil nelly nelson niall nicholas nick nicola
nicolai nicolas nicole nicoletta niels nigel nikita niklas niko nikolai nikolaos nikolaus nikos
nils nina noah noam noel nora norbert norm norma norman octavio odile olaf oleg olga oliver olivia
olivier olle omar oren orlando osamu oscar oskar osman oswald ota otto ovid owen pablo pal pam
pamela panagiotis paola paolo pascal pat patric patrice patricia patricio patrick patrik paul paula
paulette paulina paulo pavel pawel pedro peggy penelope per percy perry pete peter petr petra petros
petru phil philip philipp philippe phillip phyllis pia pierluigi pierre pierrick pieter pietro pilar
piotr prakash quentin rachel radek radu rafael raffaele rainer raj rajesh ralf ralph ram ramesh
ramon ramona randall randolph randy raoul raphael rashid raul ravi ray raymond rebecca regina regine
reginald reiner reinhard reinhold remi renate renato rene renee reto rex ricardo riccardo rich
richard rick rita rob robert roberta roberto robin rocco rod roderick rodney rodolfo rodrigo roger
roland rolf roman romain ron ronald ronan rosa rosalind rosanna rose rosemary ross roswitha roxana
roy ruben rudi rudolf rudy rui rupert russell ruth ryan sabina sabine sabrina sachiko sadie saeed
said sally sam samantha samir samuel sandeep sandra sandy sanjay sara sarah sascha satoshi scott
sean sebastian sebastien selma serge sergei sergej sergey sergio seth shane shannon sharon shaun
shawn sheila shelley shirley sibylle sid sidney siegfried sigmund sigrid silke silvia simon simona
simone sofia sofie solveig sonia sonja sophia sophie soren spencer srinivas stacey stan stanislav
stanislaw stanley stef stefan stefania stefanie stefano steffen stella sten stephan stephane
stephanie stephen steve steven stewart stig stuart sue sunil susan susanna susanne suzanne sven
svetlana sybil sylvain sylvia sylvie tadeusz takashi takeshi tamara tamas tanja tanya tapio taras
tatiana tatjana ted teresa terence terje terrence terry tess thea theo theodor theodore theresa
therese thibault thierry thilo thomas thorsten tibor till tim timo timothy tina tobias toby todd
tom tomas tomasz tomaz tomislav tomoko toni tony torbjorn tore torsten tracy trevor tristan trond
udo ueli ugo ulf uli ulla ulrich ulrike umberto uros ursula urs uta ute uwe vadim vafa valentin
valentina valeria valerie vanessa vasily vassilis vera verena vernon veronica veronika veronique
vicente vicki victor victoria vijay viktor vilem vincent vincenzo viola violet virginia vit vitaly
vito vittorio vivian vivien vlad vladimir vladislav volker volodymyr wade wally walter waltraud
wanda warren wayne wei wendell wendy werner wes wesley wilbur wilfred wilfried wilhelm will willem
william willi willy wim winfried winston wladimir wojciech wolf wolfgang wybo xavier yael yan yang
yann yannick yasmin yasuhiro ying yoko yoshi yuki yuri yusuf yves yvette yvonne zac zachary zdenek
zdzislaw zeno zoe zoltan zoran
"""

_CYRILLIC = """
александр александра алексей алёна алла анатолий андрей анна антон артём борис вадим валентин
валерий василий вера виктор виталий владимир владислав вячеслав галина геннадий георгий григорий
денис джосип дмитрий евгений евгения екатерина елена иван игорь илья ирина кирилл константин
ксения лев леонид людмила максим марина мария михаил надежда наталья никита николай оксана олег
ольга осаму павел пётр роман светлана семён сергей станислав степан тарас татьяна тимофей фёдор
юлия юрий яков
"""

_SURNAMES = (
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭"
    "曾肖田董袁潘于蒋蔣蔡余杜叶葉程苏蘇魏吕呂丁任沈姚卢盧姜崔钟鍾谭譚陆陸汪范金石廖贾賈夏韦韋付方"
    "白邹鄒孟熊秦邱江尹薛闫段雷侯龙龍史陶黎贺賀顾顧毛郝龚龔邵万萬钱錢严嚴覃武戴莫孔向汤湯"
)
"""First characters of most Chinese names."""


def folded(word: str) -> str:
    """Return a word in small letters without accents, as the names stand here."""
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


_GIVEN = frozenset(map(folded, f"{_NAMES} {_CYRILLIC}".split()))


def is_given_name(word: str) -> bool:
    """Return whether a word is a known given name; of a double one the first part counts."""
    return folded(word).split("-", 1)[0].rstrip(".") in _GIVEN


def is_chinese_surname(character: str) -> bool:
    """Return whether Chinese names often begin with this character."""
    return character in _SURNAMES
