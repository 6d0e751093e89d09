"""Given names, by which a line of names is told from a line of other capitalised words.

Data, written down from everyday knowledge of many languages and without accents; a new one is a
new word. It need not be complete: a name that is missing only makes an author less certain. A name
that is a common word, too, or a town, is better left out: it would make authors of headings.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_NAMES = """
aapo aarne aaron aart aatu abbas abdallah abdel abdelaziz abdelhamid abdelkader abdelmalek abdolreza
abdul abdulaziz abdulkadir abdullah abdulrahman abebe abel abena abhijit abhishek abigail abiodun
abraham achim ada adaeze adalgisa adam adebayo adel adela adelaida adele adelheid adelina adem
adeola adil adilson aditi aditya adnan adolf adolfo adriaan adrian adriana adriano afaf afonso
afshin agata agnes agnese agnieszka agostino agota agustin ahlam ahmad ahmadreza ahmed ahmet aigars
aigul aiko ainars aino airton aisha aivar aivars ajay ajit akane akash akemi akhil akihiko akihiro
akiko akio akira akito akos akosua akram aksel akshay alaa alain alan alasdair alastair albert
alberta alberto albrecht aldo aled aleida alejandra alejandro aleksandar aleksander aleksandr
aleksandra aleksei aleksi aleksis alena ales alessandra alessandro alessia alessio alex alexander
alexandra alexandre alexandros alexandru alexei alexey alexis alfio alfons alfonsina alfonso alfred
alfredo algirdas ali alice alicia alina aline alireza alison alistair alla allan allen almos alois
alok alper altan alvaro alzbeta amadou amal amalia aman amanda amani amar amauri ambika ambrogio
amedeo amelia amin amina aminata amir amirhossein amit amitabh amol amparo amr amy ana anabela anand
anant ananya anas anastasia anastasios anatol anatolii anatoly anca anders anderson andjela andras
andre andrea andreas andree andreea andrei andreia andrej andres andrew andrey andrii andris andrius
andriy andrus andrzej andy ane aneta anette angel angela angeles angelika angelo angelos angharad
angus anibal aniket aniko anil anirban anirudh anita anja anjali anke ankit ankita ankur ann anna
annabel annalisa annamaria anne anneke anneli annelies annemarie annette annibale annie annika
annukka ansel anselm anselmo ansgar anshul anssi antal antanas antero anthony antje antoine anton
antonella antonello antonia antonin antonino antonio antonios antoon antti anuj anupam anupama
anurag anwar anya aparecida aparna apostolos april araceli arash archana archibald archie ardalan
arezoo arianna ariel arif aris aristide aristides aristidis aristotelis arjan arjen arjun arkady
arlene arlindo arman armando armin armindo arnab arnaud arndt arne arnie arno arnold aron arpit
arsalan artem arthur arto artur arturo arturs artyom arun aruna arunas arved arvi arvid arvind arvo
arvydas arwa asad asami asbjorn asen asger asha ashish ashley ashok ashraf ashwin asia asim asko
aslak asli asparuh astrid asuka asuman ataide atanas athanasios athena atilla atsuko atsushi attila
attilio atul audrey audrius audun august augustin augusto aurel aurelia aurelien aurelio aurora
austin avi avinash axel ayaka ayako aylin ayman ayodele ayoub ayse aysegul aysun ayumi ayush azadeh
aziz azucena babak babatunde badr bahaa bahar bahram baiba balaji balazs balint baltasar barbara
bardo barend barnabas barnaby barry bart bas basak basem bashar basil bassam bastian bastien batuhan
bauke bayu beat beata beate beatrice beatriz behcet behnam behrouz behzad bekir bela belen belgin
belmiro ben bence bendeguz benedetta benedetto benedict benedikt benedita bengt beniamino benito
benjamin benno benoit bent berend berenice berit berkay berna bernadette bernard bernardino bernardo
bernd bernhard bernhardt bernie bert berta berthold bertil bertolt bertram bertrand beth bethany
bettina beverly beyza bharat bhaskar bhavana bhavesh biagio bianca bijan bilal biljana bill bimal
birger birgit birgitta birol birte birute bjarne bjarte bjorg bjorn blagovest blaz bo bob bodo
bogdan bogdana boglarka bogumil bohdan bohumil bohuslav bojan bojana boleslaw borbala boris borislav
borja borje borut borys bostjan boyan boyko bozena bozhidar bozidar brad bradford bradley bram
brandi brandon branimir branislav branka branko brenda brendan brent bretislav brett brian brigitte
brita britt britta brody bronwyn bruce bruna brunella bruno bryan bryce budi bulent burak burcu
burkhard burkhart byron caetano caio caitlin caleb callum calvin cameron camila camille camillo
camilo canan carl carla carles carlo carlos carlota carlotta carlton carly carmela carmelo carmen
carmine carol carola carole carolien caroline carsten casimiro cassandra cassio catalin catalina
catarina caterina catherine cayetano cecil cecile cecilia cedric cees ceferino celestino celia
celina celine celso cem cemal cemil cengiz cenk cesar cesare cezary chandan chandra changho chantal
charalampos charlene charles charlie charlotte chelsea chen cheryl chester chet chetan chiara chidi
chieko chiharu chihiro chika chinedu chinwe chloe chris christa christel christer christian
christiane christina christine christof christoph christophe christopher christos chuck chukwuma
cihan cindy cinzia ciprian ciro claire clara clarence clarissa clark claude claudia claudio claudiu
claus clayton clea cleber clelia clemens clement cliff clifford clint clive clyde codruta cody coen
colette colin conceicao concetta conchita connor conrad constanta constantin consuelo cora cordula
corentin corey corinna corne cornelia cornelis corneliu corrado corrie cosimo cosmin cosmina costas
costel costin courtney craig crina cristi cristian cristiane cristiano cristina cristobal csaba
csilla ctibor cuneyt curt curtis cvetko cynthia cyprien cyril cyrille czeslaw daan dacian dag
dagfinn dagmar dagmara dagny daichi daiki dainis dainius daisuke daiva dale dalibor damaso damian
damiano damien damir damjan dan dana danica daniel daniela daniele danielle danijel danila danilo
danny danuta danylo daphne dario darius dariush dariusz darko darrell darren darryl darya daryl dave
david davide davood dawn dean deanna debashis debasish debbie debora deborah debra decebal declan
deepa deepak deepika deividas dejan delphine demetrio denes denilson denis denise dennis denny denys
derek derya desislava desmond detlef detlev devendra devin dewi dexter dezso dhananjay dhruv diana
dianne dick didem didier diederik diego dierk dieter diether dietmar dietrich dilek diletta dilip
dimitar dimitra dimitri dimitrios dimitris dina dinesh diogo dionisio dirceu dirk divya djordje
dmitri dmitrii dmitry dmytro dobromir dolores domenico domingo domingos dominic dominick dominik
dominique don donald donatella donato dongwoo donna donnie donovan dora dorin doris dorota dorothea
dorothee dorothy dorottya doug douglas douwe dragan dragana dragoljub dragos dragoslav dries duarte
dubravka dumitru duncan dusan dusana dusko dustin dwayne dwight dylan eamon earl eberhard ebony
ebrahim ebru ebuka ecaterina ecem eckart eckhard eckhart ed eddie eddy edeltraud edgar edgardo
edgars edina edith edmund edmundo edna edo edoardo edouard edson eduard eduarda eduardo edvardas
edward edwin edwina edyta eelco eero eeva efrain egbert egil egon egor ehsan eiichi eija eiji eike
eiko eileen einar eino eirik eirini eivind ekaterina ekkehard ekrem eladio elaine elda eleanor
eleftherios elemer elena eleni eleonora eleuterio elfriede elham eli eliane elias elif eligio elijah
elin elina elio elisa elisabete elisabeth elisangela elise elisenda elisha eliska elizabeth
elizaveta elke ella ellen ellie ellinor elliot elliott elmar elmer elnaz elodie eloi eloisa elsa
else elske elvira elzbieta emad eman emanuel emanuela emanuele emeka emel emeric emerson emese
emeterio emiko emil emilce emile emilia emilian emiliano emilie emilio emily emine emma emmanouil
emmanuel emmett emmi emre encarnacion ender endre enes ennio enrico enrique enriqueta enzo ercan
erdal erdem erdinc ergun erhan erhard eric erica erich erik erika erkan erkki erland erling ermanno
ernani ernest ernesto ernie erno ernst erol ersin ertan ertugrul erwin erzsebet esa eskil esma espen
esperanza esra essam estanislao esteban estela estelle estevao esther eszter etelka ethan etienne
etsuko ettore eufemia eugen eugene eugenia eugenio eulalia eunice eunji eusebio eusebiu eva evan
evandro evangelia evangeline evangelos evariste evaristo evelien evelyn evert evgeni evgenii evgeniy
evgeniya evgeny ewa ewald ewelina eyup ezequiel ezio ezra fabian fabiana fabiano fabien fabio
fabiola fabrice fabricio fabrizio facundo fadi fahad faisal faith farah farhad fariba farid farouk
farshad farshid farzad farzaneh fatemeh faten fatih fatima fatma fatou faustino fawzi federica
federico fedor felicia felicity felipe felix femi femke ferdinand ferdinando ferenc fereydoun fergus
ferhat fermin fernand fernanda fernando ferruccio feyza fidel fikret filip filippo filomena fiona
fiorella firas flaminia flavia flavien flavio flaviu fletcher florence florencia florent florian
florica florina floris floyd folake folke folkert fotis fouad fran francesca francesco francis
francisca francisco franciszek franck franco francois francoise franjo frank frankie frans frantisek
franz franziska frauke fred freda freddy frederic frederick frederik frederique fredrik freja freya
frida fridtjof frieder friederike friedhelm friedrich frits fritz frode froilan froukje fruzsina
fulvio fulya fumihiko fumiko fumio fumitaka furio furkan fyodor gabi gabor gabriel gabriela gabriele
gabriella gael gaelle gaetan gaetano gail galina gamze gareth garrett garth gary gaspar gasper
gaston gaurav gautam gavin gediminas geert geeta geir gejza gemma genevieve genki gennady gennaro
genoveva genowefa geoff geoffrey geoffroy georg george georges georgeta georgi georgia georgiana
georgios georgiy georgy gerald geraldine geraldo gerard gerardo gerben gerbrand gerd gerda gergana
gergely gerhard gerjan gerlinde germain gernot geronimo gerrie gerrit gerry gerson gert gertraud
gertrud geza ghada ghassan ghazal gheorghe gherardo ghislain giacomo giada giampaolo giampiero gian
giancarlo gianfranco gianluca gianmarco gianni giannis gianpaolo gica gideon giedrius gigliola gijs
gijsbert gil gilbert gilberto gilles gilmar gilson gina ginevra ginny gino gintaras gints gioacchino
giordano giorgio giorgos giovana giovanna giovanni girish girolamo gisbert gisela gisele giulia
giuliana giuliano giulio giuseppe giuseppina gizella gizem glauber gleb glen glenda glenn gloria
glyn gokce gokhan golnaz gonca goncalo gonzalo gopal goran gorana gordana gordon gosta gottfried
gottlieb govert govind gozde graca grace graciela graeme graham grant graziano graziella grazyna
greetje greg greger gregor gregorio gregory greta grethe grigore grigoris grigoriy grigory grzegorz
guadalupe gudrun guenole guglielmo guido guilhem guilherme guillaume guillermo gulay gulsen gulsum
gunda gunhild gunilla gunn gunnar gunnhild guntars gunter gunther guntis guntram gurkan gurpreet gus
gustaf gustav gustavo guy gwen gwenael gwendolyn gyorgy gyula haakon hadi haidar haitham hajnalka
hakan hakim hakon hal halil halina haluk halvard halvor hamed hamid hamidreza hamish hamza han hanan
handan hande hank hanna hannah hanne hanneke hannele hannelore hannes hanno hannu hans hanspeter
haralambos harald hardik hari harish harley harm harmen harold harpreet harri harriet harris
harrison harry hartmut hartwig haruhiko haruka haruki haruko harun haruo harvey hasan hashem hassan
hatem hatice hauke havard hayato hayden hazem heather heba hector hedda hedwig hege heide heidi
heidrun heike heiki heikki heiko hein heiner heinke heinrich heinz heitor helder helen helena helene
helga helge helle helmar helmut hemant hemmo hendra hendrik hendrika henk henning henri henrietta
henriette henrik henrique henriqueta henry henryk herbert heriberto herman hermann hermine herminio
hernan hernando herve hesham hicham hidde hideaki hidekazu hideki hidenori hideo hideto hidetoshi
hideyuki hieronim hilario hilary hilbert hilda hilde hildegard hilmar hinrich hippolyte hiro hiroaki
hirofumi hirohisa hirokazu hiroki hiroko hiromi hironobu hironori hiroshi hirotaka hiroto hiroyuki
hisako hisashi hisham hitesh hitomi hitoshi hjalmar hjordis holger hollis homa hooman horacio
horatiu horia horst hossam hossein houshang howard hristo hrvoje hryhorii hryhoriy hubert hubertus
huda hugh hugo hugues huib hulya humberto humphrey huseyin hussain hussein hynek hyunsoo iacob
iacopo iago ian iara ibolya ibrahim ibrahima ibtisam ichiro ida ifeanyi ignacio ignasi ignazio igor
ihab ihor ikechukwu iker ikuko ikuo ilaria ildiko ileana ilhan ilia ilias ilie ilija ilinca iliya
ilja ilker ilkka ilknur illia ilmari ilmars ilona ilse ilya ilze imad iman imke imogen imran imre
inacio inaki indira indrek ineke ines inese inga inge ingeborg ingemar inger ingo ingram ingrid
ingus ingvar ingvild inkeri inmaculada inna ioan ioana ioanna ioannis iolanda iona ionel ionela
ionut iordanis ira irena irene irfan irina iris irma irmantas irmgard irmtraud irune irving isaac
isabel isabela isabella isabelle isadora isaiah isaias isamu isao ishaan isidore isidro isla ismael
ismail ismo isolde issam istvan italo iulia iulian iuliana ivan ivana ivanna ivano ivar ivaylo
ivelina ivett ivica ivo ivone ivor iwona izabela iztok izzet jaak jaakko jaan jaana jaanus jaap
jabari jaber jacek jacinto jack jackie jacob jacobus jacopo jacqueline jacques jacqui jader jadranka
jadwiga jaewon jafar jagdish jagoda jaime jair jake jakob jakub jalal jamal james jamie jamil jamila
jan jana janaina jandira jane janelle janet janez jani janice janina janine janis janne jannie
jannike janos janusz jared jari jarkko jarl jarle jarmila jarmo jaroslav jaroslaw jarrod jarvis
jasmin jasmine jasna jason jasper jatin jaume javad javier javiera jay jayant jaydeep jayesh jean
jeanne jed jeff jeffery jeffrey jelena jelica jelle jelmer jen jenna jennifer jenny jeno jens
jeremiah jeremy jermaine jernej jeroen jerome jeronimo jerrold jerry jerzy jesica jesper jess jesse
jessica jesus jethro jianhua jihoon jill jim jimin jimmy jin jindrich jinho jiri jirina jisoo
jitendra jitka joachim joan joana joanie joann joanna joanne joao joaquim joaquin joaquina jocelyn
jochen jody joe joel joep joerg johan johann johanna johannes john johnny joko jolan jolanta jolene
jon jonah jonas jonatan jonathan joni jonny joonas joop joost jordan jordane jordi jorg jorge jorgen
jorgina joris jorma jorn jos jose josef josefa josefina josep joseph josephine josh joshua josiah
josiane josip jost jostein josue jouko jouni jovan jovana joy joyce joze jozef jozefina jozsef juan
juana juanita judit judith judy juergen juha juhani juho jukka jules julia julian juliana juliane
julianna julianne juliano julie julien juliet julieta julio julita julius jun jungho junho junichi
junji junko juozas juraj jurate jure jurgen jurgis juris jurriaan jussara jussi justin justinas
justine justyna jutta jyoti jyri jyrki kaare kaarina kacper kadir kai kaija kailash kaisa kaj kaja
kajsa kalervo kalevi kalle kalliopi kalman kaloyan kalpana kalyan kamal kambiz kamil kamila kamran
kandis kaori kaoru kapil kara karan karel karen kari karim karin karina karl karla karlheinz karlis
karlo karol karolina karoly karsten karthik kaspars kasper katalin katarina katarzyna kate katerina
katharina katherine kathleen kathryn kathy katie katja katrin katrina katsuhiko katsumi katsuya
kauko kaushik kaveh kavita kay kayla kazem kazimierz kazuaki kazue kazuhiko kazuhiro kazuki kazuko
kazumi kazunori kazuo kazushi kazuya kazuyoshi kazuyuki kazys kees keiichi keiji keiko keisuke keita
keith kelly kelvin kemal ken kenan kendra kengo kenichi kenji kenneth kensuke kent kenta kentaro
kerem kerry kersti kerstin kerttu keshav kestutis kevin keyvan khadija khaled khalid khalil khosrow
kieran kim kimberly kimmo kinga kiran kiril kirill kirk kirsi kirsten kirsti kirsty kishore kiyoshi
kjell kjersti kjetil klaas klara klaudia klaus klemen knud knut koen koenraad kofi kohei koichi koji
kolbjorn konrad konstantin konstantina konstantinos koos koray korhan kornel kostas kosuke kotaro
kouji kourosh kozo krasimir kresimir kris krishna krista kristaps kristen kristian kristin kristina
kristjan kristof kristoffer krisztian krisztina krystian krystyna krzysztof ksenia kumar kumiko
kunal kunihiko kuno kurt kveta kvetoslav kwabena kwaku kwame kwasi kwesi kyle kylie kyohei kyoko
kyosti kyriakos lachezar ladan ladislav laercio laetitia laimonas lajos lakshmi lalit lamberto
lambros larissa larry lars lasse laszlo laura laure lauren laurence laurens laurent laurentiu lauri
laurie lautaro lavinia lawrence layla lea leah leandra leandro lech lee leena leendert leevi leif
leila lena lenie lenka lennart lenny leo leocadia leon leonard leonardo leonhard leonid leonidas
leonor leopold leopoldo lerato leroy leslie lester leszek leticia letizia lev levent levente lewis
leyla liam libor lidia lieke lieven liina liisa lijun lili lilian liliana lillian lily lina linda
linus lionel lisa lisandro lisbeth liudmyla livia livio liviu liz ljiljana ljubica ljubisa ljubomir
lloyd lluis lodewijk loic lois lorand lorant loredana lorella loren lorena lorenz lorenza lorenzo
lori lorna lorraine lothar lotte lou louella louis louisa louise lourenco lovisa lovro luana lubica
lubna lubomir lubos luc luca lucas lucia lucian luciana luciano lucie lucien lucinda lucio lucja
lucrecia lucy ludek ludger ludmila ludovic ludovica ludovico ludwig luigi luigia luis luisa luiz
luiza luka lukas lukasz luke luminita lurdes lutz luuk luzia lydia lyle lyn lynda lynn lyuben
lyubomir lyubov lyudmila maaike maarit maarja maarten mabel macarena machiel machteld maciej
mackenzie madalina maddalena madeleine madhav madhu madis mads maelle magda magdalena maggie magne
magnhild magnus mahdi maher mahesh mahmoud mahmud mahmut mahsa maja majid makoto maksim maksym
malcolm malek malgorzata malin malte malwina mamadou mami mamoru manabu manal mandla manel manfred
manfredi manish manisha manlio manoel manoj manolis manolo mansoor mansour mantas manuel manuela
marat marc marcel marcela marcelina marcelino marcell marcello marcelo marcia marcial marcin marcio
marco marcos marcus marek margaret margareta margarete margarita margherita margit margo margot
margrethe margriet margus maria marian mariana mariangela marianna marianne mariano maribel
maricarmen maricica marie marieke mariella marija marijan marijana marije marijke marijn mariko
marilena marilia marilyn marina mario marion mariona marios marisa mariska marisol marit marius
mariusz mariya marja marjan marjatta marjorie mark marketa markku marko markos markus marleen
marlene marlies marloes marshall marta martha martial martijn martin martina martine marton marty
marvin marwa marwan mary maryam maryna marzena marzia masaaki masafumi masaharu masahide masahiko
masahiro masahito masaki masako masami masanobu masanori masao masaru masashi masataka masato
masatoshi masaya masayoshi masayuki masoud massimiliano massimo massoud matej mateja mateo mateus
mateusz matevz matheus mathias mathieu mathilde matias matija matilde matjaz mats matt matteo
matthew matthias matthieu matthijs matti mattia mattias matus matyas maud maura maureen mauri
maurice mauricio maurizio mauro max maxim maxime maximilian maximiliano maximo maxine maxwell maya
mayank mayara maysa mayumi mazen mechthild medhat meelis meena meera megan megumi mehdi mehmet
mehran mehrdad meike meindert meinhard meinolf mel melanie melchor melih melike melinda melissa
meltem melvin menno mercedes meredith merel merike merja merle merlin merve mervyn mesut metin metka
mette micaela micah micha michael michail michal michalina michalis michel michela michele micheline
michelle michiel michiko michio mick mickael micky mieczyslaw mieke miguel mihaela mihai mihail
mihailo mihajlo mihaly mihkel mika mikael mike mikhail mikio mikkel mikko miklos milad milada
milagros milan mildred mile milena milica milivoj miljenko millie milorad milos miloslav milton mimi
mina mindaugas mindy minh minho minjun minna minoru minsoo miodrag miquel miranda mircea mirco
mireille mirela mirella miriam mirja mirjam mirjana mirko mirona miroslav miroslava miroslaw
miroslawa mirva misaki mitch mitchell mitsuhiro mitsuo mitsuru miyuki mizuki mladen moacir moataz
mogens mohamad mohamed mohammad mohammed mohan mohit mohsen moira mojca mojtaba molly momchil
momcilo momir mona monica monika monique montserrat monty morgan moritz morris mort morten morteza
moses mostafa motohiro motoki mounir mourad moussa moustafa muhamad muhammad muhammet mujdat mukesh
mukul mukund munir murali murat muriel murilo murray musa mustafa mustapha mwangi mykhailo mykola
mykyta myles myra nabil naci nader nadezhda nadia nadiia nadine nadja nagesh naguib nahla najib
nalan nanako nancy nandini nandor naoki naoko naomi naoto naoya narayan narciso narendra naresh
nasrin nasser natalia natalie nataliia natalya natasha nathalie nathan nathaniel natsuki naveen
navid nawal nazanin nazim nazzareno neal nebojsa necati ned nedim nedyalko neelam neeme neeraj neha
neide neil nejc nektarios nelida nell nellie nello nelly nelson nemanja nenad nerijus nermin
neslihan nestor neusa neven nevena neville ngozi niall nicanor nicholas nick nicla nico nicola
nicolae nicolai nicolas nicole nicoleta nicoletta nicolo nicu niels nienke nigel nihal nihat niilo
nijole nikhil nikita niklas niko nikola nikolai nikolaos nikolaus nikolay nikos nilesh nilgun
niloofar nils nilson nilufer nima nina nirmal nisha nitin nizar njal njoroge nkechi nkosi nnamdi
noah noam nobuaki nobuhiro nobuko nobuo nobuyuki noel noelia noemi nora norbert norihiro noriko
norio noriyuki norm norma norman normunds noura nuno nunzia nuray nurcan nurettin nuria oana obinna
octavian octavio odair oddvar odile odon odysseas ognjen ognyan oksana oktay olaf olav olavi olavo
oldrich ole oleg oleh oleksandr oleksii oleksiy olena olev olga olha oliver olivia olivier oliwia
olle olli ollie olof olufemi olumide oluwaseun omar omer omid omkar ondrej onno onur ophelie orazio
oren oreste orhan oriol orlando ornella orsola orsolya ortwin osama osamu oscar oskar oskari osman
osmo ostap osvaldo oswald ota otakar otavio ottavio ottmar otto oumar ousmane ovid ovidiu owen
oystein oyvind ozge ozgur ozlem paal paavo pablo paco padma paivi pal pallavi palle palmiro pam
pamela panagiota panagiotis pankaj panos pantelis paola paolo parag paraskevi paresh paride parisa
parth partha parviz pascal pascale pascual pasi pasquale pat patric patrice patricia patricio
patrick patrik patrizia patryk patsy patty paul paula paulette paulien paulina paulo pavan pavel
pavla pavlo pavlos pawel payam pedro peeter peggy pekka pelin penelope pentti per percy periklis
pernilla pernille perry pertti perttu petar pete peter peteris petr petra petras petre petri petrica
petro petronela petros petru petter petteri petya peyman phil philip philipp philippe phillip phoebe
phyllis pia pier pierangelo piergiorgio pierluigi piero pierpaolo pierre pierrick piet pieter pietro
pilar piotr piret pirjo pirkko piroska piter piyush plamen pleun polina polly polona pooja pooya
poul pouya povilas prabhakar pradeep prakash pramod pranav prasad prashant pratik praveen pravoslav
preben predrag preeti priit primitivo primoz priscila priscilla priya priyanka przemyslaw puneet
purushottam qasim quentin quim quirino quiteria rabab rachel rachid rachna radek radha radim radmila
radomir radoslav radoslaw radost radostina radovan radu rafael rafaela rafal raffaele raffaella
rafik raghad raghav raghu ragna ragnar ragnhild rahul raija raimo raimonds raimund raimundo rainer
raissa raivis raivo raj rajat rajeev rajendra rajesh rajiv rajkumar rakesh ralf ralph raluca ram
raman ramazan ramesh rami ramin ramiro ramon ramona ramunas randall randi randolph randy rania
ranjan ranjit ranko raoul raphael raquel rasha rashid rashmi rasmus rastislav ratko raul ravi
ravindra ray raymond razan razvan reagan rebeca rebecca recep reem reena reg regina reginald regine
regis reid reidar reijo reiko reimar reinaldo reiner reinhard reinhold reinier reinoud reinout reka
rekha remco remi remus remy remzi renan renata renate renato renaud rene renee renzo reto reuben rex
reyhan reza rezso rhiannon rhoda rhonda rhys rianne ricardo riccardo rich richard rick ricky ridvan
rieko rigoberto riikka riina riitta rik rike rimantas rinaldo risto rita ritesh ritu ritva rizki
roald rob robbert robbie robert roberta roberto robin robyn rocco rocio rod roderick rodica rodney
rodolfo rodrigo roel roeland roelof rogelio roger rogerio rohan rohit roland rolf romain roman
romuald romulo ron ronald ronaldo ronan ronnie roopa roos rory rosa rosalba rosalia rosalind rosana
rosangela rosanna rosaria rosario rose rosemarie rosemary rosendo ross rossana rossella rostislav
roswitha roxana roxanne roy rozalia ruben rubens ruchi rudi rudiger rudolf rudolph rudy ruediger
rufus ruggero rui runar rupert ruprecht ruslan russ russell rustam ruth ruud ruzena ryan ryo ryohei
ryoichi ryoji ryoko ryosuke ryota ryszard ryuichi ryuji saad saara sabina sabine sabri sabrina
sachiko sachin sadegh sadie sadik saeed sagar sahar said saija sajad sakari salah saleh salih salim
sally salma salman salvatore salwa sam samaneh samantha samar samer sami samia samir sammy sampo
samuel samuele samuli sanaz sandeep sander sandip sandis sandor sandra sandrine sandro sandy sanja
sanjay sanjeev sanne santeri santiago santosh sara sarah sarita sarka saroj sasa sascha saskia
satish satoko satomi satoru satoshi saul saulius saurabh saverio sawsan sayaka sayuri scott seamus
sean sebastian sebastiao sebastien sedat seema segun seiichi seija seiji sekou selcuk selda selim
selin selma semih semyon senad sepideh seppo septimiu serafin serafino serap serdar serge sergei
sergej sergey sergi sergii sergio sergiu sergiy serhat serhii serhiy serkan serpil setareh seth
seungho sevda severine sevgul sevil seyfi seymour sezgin shadi shahab shahin shahram shailesh
shaimaa shalini shane shankar shannon shantanu sharad sharon shashank shashi shaun shauna shawn
sheila shekhar sheldon shelley sheridan sherif sherman sherry sherwin shigeki shigeo shigeru shiho
shilpa shingo shinichi shinji shinobu shintaro shinya shiori shirin shirish shirley shiva shivani
shizuka shobha shogo shohei shoichi shoji shota shreya shubham shuhei shuichi shuji shunsuke shweta
siamak sibel sibylle sid siddharth sidney siebe siebren siegbert siegfried sieglinde siegmar sietse
sigbjorn sigita sigitas sigmar sigmund sigrid sigurd sigvard siham silke silvana silvano silvia
silvina silvio silviu simeon simin simon simona simone simonetta sindre sinem sinisa sipho siri
sirje sirkka sirpa sissel sjaak sjoerd slaven slavko slavomir slawomir slobodan sneha snezana
snezhana sofia sofie sofiya soheil solange solveig sonia sonja sonsoles sophia sophie soren sorin
sorina soroush sotirios soumya spencer spyridon spyros srdjan sridhar srikanth srinivas stacey stacy
staffan stan stanimir stanislav stanislava stanislaw stanley stasys stavros stef stefan stefania
stefanie stefano steffen stefka steinar stelios stella sten stepan stephan stephane stephanie
stephen stevan steve steven stewart stian stig stijn stipe stjepan stojan stoyan stuart sture
stylianos suat subhash subramanian sudha sudhir sue suely suhair suheyla sujata sulaiman suleiman
suleyman suman sumiko sumit suncica sungho sunil sunita sunniva suraj suresh susan susana susanna
susannah susanne susanto sushil susumu suzanne svatopluk svein sven svend sverre svetlana svetoslav
svetozar svitlana swantje swapnil swati sybil sybren sylvain sylvester sylvia sylvie sylwester
sylwia synne szabolcs szilard szilvia szymon tabitha tadao tadashi tadeu tadeusz taehyun tahir
taichi taiki taina takaaki takafumi takahiko takahiro takahisa takako takamasa takanori takao
takashi takayuki takehiko takeo takeshi takuma takumi takuro takuya talat tamaki tamara tamas tamer
tamires tammy tamotsu tanel taner tanguy tania tanja tanmay tanner tanvi tanya tapani tapio taras
tarcisio tarek tareq tarik tariq tarja tarjei tarmo tarun tassilo tatiana tatjana tatsuo tatsuro
tatsuya tatyana tayfun ted teemu teguh tellervo telma telmo tendai teodor teodora teodoro teppo
terence teresa teresinha tereza terhi terje tero terrance terrence terri terry teruo tess tessa
tetiana tetsuo tetsuro tetsuya teun teuvo thabo thais thales thanasis thea thelma themba theo
theodor theodora theodore theodoros theodosios theofanis theophile theresa therese thiago thibaud
thibault thierry thijs thilo thomas thorben thorbjorn thore thorsten thorvald tiago tiberiu tibor
tiffany tihamer tihomir tiina tiit tijmen till tilman tilmann tim timea timo timofey timoteo timothy
timur tina tineke tivadar tiziana tiziano tjalling tjark tjeerd tobias toby todd todor toivo tokuko
tolga tom tomas tomasz tomaz tomi tomislav tommaso tommy tomoaki tomohiko tomohiro tomoko tomomi
tomonori tomoya tomoyo tomoyuki toni tonu tony toomas toon torben torbjorn tord tore torgeir torgny
torhild toribio torill torkel torkild torleif tormod torsten toru torunn toshiaki toshihiko
toshihiro toshiki toshiko toshimitsu toshio toshiyuki tracey tracy traian traugott travis trent
trevor tricia triin trine trisha tristan troels trond troy trudy truus trygve tsutomu tsuyoshi
tsvetan tsvetelina tudor tugba tugrul tuija tulay tulin tullio tunde tuomas tuomo turgay turgut
tushar tuukka tuula tyler tyrone ubaldo uday udo ueli ugo ugur uldis ulf uli ulisses ulku ulla ulle
ullrich ulrich ulrik ulrike umberto umesh umut unal upendra urho urmas uros urs ursel urska ursula
urszula usama usha uta ute uwe vaclav vaclava vadim vadym vafa vahid vaibhav valdas valdecir
valdemar valdir valdis valentijn valentin valentina valentino valentyna valeria valerie valerio
valeriu valeriy valeriya valery valtteri vanderlei vanessa vangelis vania vanja varsha varun vasant
vasco vasile vasileios vasilica vasiliki vasilis vasily vassilis vasyl vaughan vavrinec vedat vedran
vegard veijo veikko veit veli velimir veljko vemund veniamin venkat venkatesh ventsislav vera verena
verica vernon veronica veronika veronique vesa vesela vesna vesselin veysel viacheslav vicent
vicente vicki vicky victor victoria vidak vidar vidya vigdis viggo vija vijay vijaya vikas vikram
vikrant viktor viktoria vilde vilem vilho vilius viljar ville vilma vilmos vimal vinay vincent
vincenza vincenzo vineet vineeta vinicius vinita vinod viola violet viorel viorica vipul virendra
virgil virgilio virginia virginie virginijus virginio virpi virtudes vishal vishnu vit vitaliano
vitalii vitalija vitaliy vitaly vito vitor vittoria vittorio vivek vivian viviana viviane vivien
vjekoslav vlad vladan vladimir vladimiro vladislav vlado vlasta vlastimil vojin vojislav vojtech
volkan volker volkmar volodymyr vsevolod vuk vyacheslav vygantas vytautas wade wael wafa wagner
wahyu walaa walburga waldemar waldir waleed walid wallace wally walter walther waltraud wanda
wanderley wanjiru warren wayan wayne wei wendelin wendell wendy werner wes wesley wessel wiebe
wieslaw wieslawa wietse wiktor wiktoria wilbur wilfred wilfried wilhelm wilhelmus will willard
willeke willem willemijn willi william willis willy wilma wilson wim wincenty winfried winifred
winston witold wladimir wladyslaw wlodzimierz wojciech wolf wolfgang wolfram wouter wulf wyatt wybo
xabier xaver xavi xavier xenia xiaoming ximena yael yahya yakov yakup yamila yan yang yann yannick
yannis yara yaroslav yaroslava yasaman yasemin yaser yash yashwant yasin yasmin yasser yasuhiko
yasuhiro yasuo yasushi yasuyuki yavuz yaw yelda yelena yevgenia yevgeny yevhen yiannis yifan ying
yme yngvar yngve yoana yoann yogendra yogesh yohei yoichi yoichiro yoko yolanda yordan yorgos yoshi
yoshiaki yoshihiko yoshihiro yoshihito yoshiki yoshiko yoshinori yoshio yoshitaka yosuke yota younes
youngho younis yousef yousra youssef youssouf ypke yucel yudi yuichi yuichiro yuji yuka yuki
yukihiro yukio yuko yulia yuliya yumi yunus yuri yurii yuriy yury yusuf yusuke yuta yutaka yuya yves
yvette yvonne zac zacarias zachary zack zahari zaharia zahra zainab zaki zalan zane zanele zarko
zbigniew zbynek zdenek zdenka zdenko zdislava zdravko zdzislaw zehra zeinab zekeriya zelda zelia
zeljka zeljko zeno zenon zerrin zeynep zhanna zhivko ziad ziga zigmas zilvinas zinaida zivko ziyad
zlatko zoe zofia zoltan zoran zorana zornitsa zrinka zsigmond zsofia zsolt zsuzsanna zuzana zuzanna
zvonimir zygmunt
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


_STROKES = str.maketrans("\u0142\u0111\u00f8\u0131", "ldoi")
"""Letters that are no others with an accent."""


def folded(word: str) -> str:
    """Return a word in small letters without accents, as the names stand here."""
    parts = unicodedata.normalize("NFKD", word.casefold().translate(_STROKES))
    return "".join(part for part in parts if not unicodedata.combining(part))


_GIVEN = frozenset(map(folded, f"{_NAMES} {_CYRILLIC}".split()))


@lru_cache(maxsize=4096)
def is_given_name(word: str) -> bool:
    """Return whether a word is a known given name; of a double one the first part counts."""
    return folded(word).split("-", 1)[0].rstrip(".") in _GIVEN


def is_chinese_surname(character: str) -> bool:
    """Return whether Chinese names often begin with this character."""
    return character in _SURNAMES
