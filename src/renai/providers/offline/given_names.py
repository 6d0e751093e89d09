"""Given names, by which a line of names is told from a line of other capitalised words.

Data, written down from everyday knowledge of many languages and without accents; a new one is a
new word. It need not be complete: a name that is missing only makes an author less certain.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

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
aart abbas abdallah abdelaziz abdelhamid abdelkader abdelmalek abdolreza abhijit abhishek abiodun
adebayo adel adil aditi aditya adolfo adriaan afonso afshin agostino agustin ahmet aigul aino ajay
ajit akash akhil akihiko akihiro akiko akio akram aksel akshay alaa alasdair alastair aled
aleksandar aleksandra aleksei aleksis ales alessio alexandros alfonso alireza alistair alla alzbeta
amadou ambrogio amedeo amin amirhossein amitabh amol amparo amr anabela anand anant ananya anas
anastasios anatol anca andreea andriy ane angeles angelos angharad angus anibal anirban anjali ankit
ankur annalisa anneke annelies ansel anselmo ansgar antonino antonios anuj anurag anwar aparecida
aparna arash archana archie aristide aristotelis arjan arjun arkady arlene arman armindo arnab arnie
arsalan artem arto arturo aruna arvid arvind arvo asad asbjorn ashish ashok ashraf ashwin asim
athanasios atsushi atul augusto aurelio avinash ayman ayodele ayoub ayumi aziz babak babatunde
bahram balaji balazs balint baltasar bardo barend barnaby bassam bastien behnam behrouz bela belmiro
bence benedict benedita bengt benito benno berend bernadette bernardino bernhardt bernie bertil
bertolt beth bethany bharat bhaskar bhavesh biagio bilal biljana bimal birger birte blaz bodo
bogumil bohdan bohumil bojan borja borje borys bozena bradford bram brandi branimir branislav branko
britt brody bronwyn bryce burak burkhard burkhart byron caetano caitlin calvin cameron camillo
camilo carles carlton carly carmelo carmine carolien cassandra catalin catalina cayetano cecil
celestino celso cem cesare cezary chandan changho charalampos charlene charlie chelsea cheryl
chester chidi chihiro chinedu christos chukwuma cihan cindy ciprian ciro clarissa clea clint clyde
cody coen colette conchita connor consuelo cordula corentin corey corne corneliu cosimo cosmin
costas costin courtney cristiane cristiano cristobal csaba curtis cyprien czeslaw dagfinn dagmara
daichi daisuke dalibor damaso damiano damjan danijel danuta danylo daphne dariush dariusz darrell
darryl daryl davood deanna debasish declan deepa deepika dejan delphine demetrio denes denny denys
desmond detlev devendra devin dexter dezso dhananjay dhruv dianne didier dieter dilip dimitra
dimitrios dinesh diogo dionisio divya djordje dmitrii dmytro domenico domingo dominick donatella
dongwoo donnie donovan dorin dorota dorothee douwe dragan dragos dragoslav duarte dumitru dusan
dwayne dylan ebony eckart eckhard eckhart edeltraud edgardo edmundo edna edo edoardo edouard eduarda
edwina edyta eero efrain egbert egil egor ehsan eiichi eija eiji eike einar eivind ekaterina
ekkehard ekrem elfriede elham eli eliane elif elijah elin elio elisabete elisenda elisha eliska
ellie elliott elmer elodie eloi elzbieta emad emanuele emeka emeric emerson emeterio emiliano
emmanouil emmett emre encarnacion enes ercan erdem erhard erkan erling ermanno ernie erzsebet esa
eskil espen esperanza essam estanislao estelle eszter ethan ettore eugenio eulalia eunice eunji
eusebio evandro evangeline evangelos evariste evaristo evert evgenii evgeniya ewelina ezio ezra
fabiana fabricio facundo fahad faisal farhad farshad fatemeh fawzi federica fedor femi femke
ferdinando fereydoun fergus fermin fernand ferruccio fidel filomena firas flavia flavien fletcher
floris folkert fotis fran franjo frankie frantisek frauke freda freya frieder friederike frits frode
froukje fulvio fumihiko fumio furio fyodor gael gaelle gaetan gaetano galina garth gaspar gaurav
gautam geeta geir gemma genevieve gennady gennaro geoffroy georgy gerardo gerben gerbrand gergely
gerlinde germain gerry gertraud geza ghassan gheorghe ghislain giada giancarlo gianfranco gianni
giannis gianpaolo gijs gijsbert gil gilberto gilson ginny gino gioacchino giordano giorgos giovanna
girish girolamo gisbert giuliano giuseppina gleb glenda glyn goncalo gonzalo gopal gordana gosta
gottlieb govert govind graca graziano grazyna gregorio grigoris grzegorz guadalupe guenole guglielmo
guilhem gunda gunn gunnhild guntram gwen gwenael gwendolyn gyula haakon hadi haidar hakim hakon
halina halvor hamed hamish hamza hanneke hannelore hanno hannu hanspeter haralambos harish harley
harm harmen harri harrison hartwig haruhiko haruo hasan hashem hatem hauke havard hayato hayden hege
heidrun heikki hein heinke heitor helder helle helmar hemant henning henrietta henriqueta hermine
herminio hesham hidde hideaki hideo hideto hidetoshi hilario hilbert hildegard hilmar hinrich
hippolyte hiroaki hirofumi hirohisa hiroki hiroko hironobu hironori hirotaka hiroto hisashi hisham
hitesh hjalmar hollis horacio horia hossein houshang hrvoje hryhoriy hubertus hugues huib humphrey
hussain hussein hynek hyunsoo ibrahima ifeanyi ignasi ignazio ihab iker ikuo ilaria ildiko ileana
ilhan ilia ilias ilie ilkka ilmars imad iman imke imogen imran inaki indira indrek ineke ingram
inmaculada inna ioan ioana iona ionut irmgard irmtraud isaiah isaias isamu isao isidro isla ismael
ismo isolde issam italo iulian ivano ivar ivica ivone ivor jaakko jacek jacinto jacopo jacqui
jadranka jaewon jafar jagdish jair jalal jamal jamil janelle janine janis janne janusz jari jarl
jarle jarmila jaroslaw jarrod jarvis jasmine jasna jaume javad jayant jayesh jed jeffery jelle
jelmer jenna jeremiah jermaine jeroen jeronimo jerrold jess jethro jianhua jihoon jimin jindrich
jinho jisoo jitendra joana joanie jocelyn jody joep jolanta jolene jonah jonatan joni joop jordane
jorgen jorgina joris jorma jorn josep josiah jost jostein josue jouni jovan jozsef juhani jukka
julianne jungho junho junichi junko jure jurriaan jussara justine jutta jyoti kaarina kailash kaja
kalyan kamal kambiz kamila kamran kaori kapil kara kari karlheinz karlis karlo karoly karthik
katalin katarzyna katerina katrina kaushik kaveh kavita kayla kazem kazimierz kazuaki kazuhiko
kazuhiro kazuki kazumi kazunori kazushi kazuya kees keiichi keiji keisuke keita kelvin kemal kendra
kenta kentaro kerry keshav khalid kieran kinga kiran kirill kirk kirsi kirsty kishore kiyoshi kjetil
klaas knud koen koenraad koichi koji konstantinos kosuke kourosh kresimir kristjan kristoffer
krisztina krystyna ksenia kunihiko kuno kvetoslav kwabena kwame kwasi kylie kyohei kyriakos ladislav
laetitia lajos lakshmi lalit lamberto lauren laurentiu laurie lautaro leandra leandro leena leila
lenka lennart lenny leonhard leonidas leonor leopoldo leszek letizia lev levent libor lieke lieven
lijun linus liviu ljiljana ljubisa lluis lodewijk loic lorand lorena lorenz lori lorna lorraine
louella lourenco lubomir luciana lucinda ludek ludmila ludovica lukasz lurdes lyle lyn lynda
lyudmila maaike macarena machiel maciej mackenzie maddalena madhav madhu madis maelle maggie magne
mahdi mahesh mahmoud mahmud majid makoto maksim maksym malgorzata mamadou mamoru manabu manel manish
manlio manoel manolo mansour mantas marat marcelino marcello marcial margo marian mariano maribel
maricarmen marieke marijan marijke mariko marilyn mariona marios mariska mariya marjorie marketa
marlies marloes marshall marton marty marvin maryam masaaki masafumi masahiko masahito masaki masako
masami masanori masao masaru masashi masaya masayoshi masayuki masoud massimiliano massimo massoud
matej mateusz matija mats matti mattia matyas maurizio maximo maxine maxwell mayank mazen mechthild
meena mehran mehrdad meike meindert meinhard meinolf melinda melvin menno meredith merja merlin
mervyn metin mette michail michalis michiko mick mickael micky mieczyslaw mieke mihaela mihailo
mihajlo mihaly mikio mikko miklos milad mildred mile milica miljenko millie milorad milton mindaugas
mindy minho minjun minna minoru minsoo miodrag miquel mircea mirco mirjana mirko miroslaw mitch
mitsuhiro mitsuo mitsuru mladen mogens mohamad mohan mohit mohsen mojtaba molly momir mona
montserrat monty mort morteza mostafa motohiro mourad muhammad mukesh mukund murali murat muriel
murray musa mykhailo mykola myles myra nabil nader nadezhda nadja nagesh nandini naoki naoko naoto
naoya narayan narciso narendra nasser natalya nathaniel naveen nazanin nebojsa ned neeraj neha
nektarios nell nellie nello nenad nestor neven neville ngozi nicanor nico nicolae nicolo nienke
nikhil nikola nikolay nilesh nima nirmal nitin nkechi nnamdi nobuhiro nobuo nobuyuki noriko norio
nuno nuria octavian oddvar ognjen oksana olav oldrich ole oleh oleksandr oleksiy olena olli ollie
olof oluwaseun omer ondrej onno onur ophelie orazio oreste orhan oriol ornella ortwin osama osmo
otavio ottavio ottmar oumar ovidiu oystein ozgur paal paavo paco padma palle pankaj panos parag
paresh parisa partha pascale pascual pasi pasquale patrizia patsy patty paulien pavlo pavlos payam
pekka pentti pernille petar petri petro petter peyman phoebe pier piero piet pirkko piter piyush
polly poul pouya prabhakar pradeep pramod pranav prasad prashant pratik praveen preben predrag
preeti primitivo priscilla priya priyanka przemyslaw purushottam qasim quim rachid radim radmila
radomir radoslaw radovan rafaela rafal raffaella raghu ragnar rahul raimo raimund raimundo rajat
rajeev rajendra rajiv rajkumar rakesh raman rami ramiro ranjan ranko raquel rashmi rasmus ratko
ravindra razvan reagan reg regis reid reijo reiko reimar reinier reinoud rekha remus remy renata
renaud renzo reuben reza rhiannon rhoda rhonda rhys ricky rigoberto riikka riitta rik rike rimantas
rinaldo risto ritesh roald robbert robbie robyn rocio roel roeland roelof rogelio rogerio rohan
rohit romuald ronnie roos rory rosana rosario rosemarie rostislav roxanne rubens rudiger rudolph
ruediger rufus ruggero ruprecht ruslan russ rustam ruud ryo ryohei ryoichi ryota ryszard ryuichi
ryuji saad sachin sagar saleh salim salman salvatore sami sammy sampo sanaz sander sandip sandor
sandrine sandro sanja sanjeev santosh sarita sasa saskia satish satoru saurabh saverio sayaka seamus
sebastiao segun seiichi seiji sekou selim semyon seppo serafino sergi sergii serhii serhiy serkan
seungho severine seymour shadi shahin shahram shailesh shankar sharad shashi shauna shekhar sheldon
sheridan sherif sherman sherry sherwin shigeki shigeo shigeru shingo shinichi shinji shinobu
shintaro shinya shirish shivani shogo shoichi shoji shota shreya shubham shuichi shuji shunsuke
siddharth siebe siegbert sieglinde siegmar sietse sigitas sigmar sigurd silvana silvano silvio
sindre sinisa siri sissel sjoerd slaven slawomir slobodan sneha snezana soheil solange sorin
sotirios soumya spyridon spyros srdjan sridhar srikanth stacy stavros steinar stelios stepan stian
stijn stipe stjepan sture stylianos subhash subramanian sudha sudhir sujata suleiman sumit sungho
suresh susana susannah sushil susumu svatopluk svein sverre swantje swapnil swati sylvester szabolcs
szilvia szymon tabitha tadashi taehyun taichi taiki taina takaaki takafumi takahiko takahiro takako
takamasa takanori takao takayuki takeo takuma takumi takuya tamer tammy tanguy tania tanmay tanner
tapani tarek tariq tarja tarun tassilo tatsuo tatsuya tatyana teemu telmo teodor teodoro tereza tero
terrance terri tessa tetsuo tetsuro tetsuya teun thanasis thelma theodoros theodosios theophile
thibaud thijs thorben tiago tiberiu tiffany tihomir tiit tilman tilmann timofey timoteo timur tineke
tiziana tiziano tjark tjeerd toivo tolga tommaso tommy tomoaki tomohiro tomonori tomoya tomoyuki
toomas toon torben tord torgeir toribio torkel tormod toru toshiaki toshihiko toshihiro toshiki
toshio toshiyuki tracey traian traugott travis trent tricia trine trisha troels troy trudy tsutomu
tsuyoshi tudor tunde tuomas turgut tushar tuula tyler tyrone uday ugur ullrich ulrik umesh umut
urmas ursel urszula usama usha vaclav vahid vaibhav valdir valdis valerio valery vanja varun vasant
vasco vasile vasileios vasilis vasyl vaughan veikko veit veli velimir veljko veniamin vesa vesna
viacheslav vicent vicky vidar vikas vikram viktoria ville vilmos vinay vineet vinicius vinod vipul
virgilio virginie vishal vitor vittoria vivek vjekoslav vladan vlastimil vojislav vojtech volkmar
vsevolod vuk vyacheslav vytautas wael wagner walburga waldemar walid wallace walther wanderley
wendelin wessel wiebe wieslaw wietse willard willemijn willis wilma wilson winifred wlodzimierz
wolfram wouter wulf wyatt xabier xaver xavi xiaoming ximena yakov yannis yaroslav yash yasin yasser
yasuhiko yasuo yasushi yasuyuki yaw yevgeny yiannis yifan yme yngve yoann yogesh yohei yoichi
yoichiro yolanda yoshiaki yoshihiko yoshihiro yoshihito yoshiki yoshiko yoshinori yoshio yoshitaka
yosuke yota younes youngho yousef youssef youssouf yuichi yuichiro yuji yuka yukihiro yukio yuko
yulia yumi yurii yuriy yusuke yuta yutaka yuya zacarias zack zahra zainab zalan zarko zbigniew
zdenka zdravko zelda zelia zeljko ziad zinaida zlatko zofia zsofia zsolt zsuzsanna zuzana zvonimir
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


@lru_cache(maxsize=4096)
def is_given_name(word: str) -> bool:
    """Return whether a word is a known given name; of a double one the first part counts."""
    return folded(word).split("-", 1)[0].rstrip(".") in _GIVEN


def is_chinese_surname(character: str) -> bool:
    """Return whether Chinese names often begin with this character."""
    return character in _SURNAMES
