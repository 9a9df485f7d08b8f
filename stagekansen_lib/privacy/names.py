"""Names by which the privacy gate knows that a text is about somebody, written for this project.

No list is complete, so the gate also looks at what stands around a name. A given name that is also an ordinary
word of Dutch or English (Ben, Max, Roos, Will, Hope, Mark) counts only before a family name or after a title.
"""

from __future__ import annotations

__all__ = ["COMPANIES", "FAMILY_NAMES", "GIVEN_NAMES", "NOT_NAMES", "PARTICLES", "SOMETIMES_GIVEN"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GIVEN_NAMES = _words(
    """
    aafke aaliyah aart abdel abdelkader abdellah abderrahim abdul abdullah abdulrahman achmed achraf adam adriaan adil
    adnan agnieszka ahmad ahmed ahmet aicha aisha albert alberto aleksandra alessandro alexander alexandra alexandru
        alfons ali alicia alina aliyah alya amal amani amber amina amine amira amy ana anass anastasia andreas
    andrei andrzej
    angela angelique anika anisa anita anja anke ann anna annabel anne annefleur annelies anneke annemarie annemiek
        annet annika anouar anouk ans anthonie anthony anton antonio antoon arda arend ariana arie arjan arjen
    arnold arthur
    arwa asha ashley astrid aukje avni ayaan ayan ayoub ayse aysel aysha aziz azra badr bahar bart bartek bartosz bas
        bastiaan beatriz bente berend berat bernard bert betul bianca bilal birgit birgul björn boris boudewijn
    bouchra bram
    brahim brecht brenda brigitte britt bruno burak busra caner carla carlijn carlo carlos carmen caroline casper
    catharina cem cemal ceylin chaima chaimae chantal charlotte chen cheyenne chloe christiaan christian christina
    christine cihan claudia coen cor corina cornelis cristina daan dagmar damian daniel daniela danielle danique dani
    danny daphne darius david dean deborah dejan delano delphine demi denise dennis derya desiree diana dick diederik
        diego dilan dilara dimitri dina dirk djamila domenico dominique donny dorien douae douwe driss dylan ebru
    eda edgar
        edith eduard edwin eefje eelco ege eline elif elina elisa elisabeth elise elizabeth ella elke ellen els else
    elsbeth
        emanuel emile emilia emily emine emir emma emre enes engin eric erik erika erwin esma esmee esra esther eva
    evelien
    evelyn evi ewa fabian fadma faisal fardau farah farid fatih fatiha fatima fatma fatoumata fatoush feline femke
        fenna ferdi ferhat ferry fien fiona floor floris florian fouad frans fransje frederik frederique freek
    furkan gabriel
    gabriela geert gerard gerben gerda gerrit gerwin giel gijs gina giovanni gizem gokhan greet greetje gretha guido
    gulsum gustavo gwen hacer hafsa hajar hakan hakim halil halima hamid hamza hana hanan hanna hannah hanneke hans
    harm harmen harold harun hasan hassan hatice hava heleen helena helga hendrik hendrika henk henri henriette henry
        herman hicham hidde hilal hilde houda hugo huib huseyin ibrahim ibtissam ilham ilias ilja ilona ilse imad
    iman imane
        imke imran ineke inge ingrid irem irene irfan iris irina isabel isabella isabelle isa ismael ismail ivan ivo
    ivonne
        jaap jacob jacoba jacqueline jade jakub jamal jamila jan jana janine janna jannes jannie jarno jasmijn
    jasmine jasper
    javier jayden jeanette jelena jelle jelmer jennifer jens jeremy jeroen jerome jessica jesse jill jimmy jip joana
    joanna joao joep johan johanna johannes johnny jolanda jolien joost joren joris jorrit jos jose josefien joshua
        josien joyce juan judith julia julian julie juliette julius jurgen jurre justin kaan kadir kaoutar karel
    karim karima
        karin karlijn kars kasper katarzyna katja kawtar kees kelly kemal kenan kenza kerem kevin khadija khalid
    khalil kim
        kimberley kirsten klaas koen kristel krzysztof kubra kyra laila lamyae lara lars laura laurens leandro leila
    lennart
        leon leonie leroy lianne lieke liesbeth lieselotte lilian linda lindsey linde lisa lisanne liselotte loek
    loes lotte
    louise loubna lucas lucia luca luis luuk lydia maaike maarten maartje machteld madelief magdalena mahmoud mahmut
    maike malak malika mandy manon manuel marcel marcin marco marek margot margriet maria mariam marie mariëlle mariam
        marieke marije marijke marijn marina mario marit marja marjan marjolein marleen marlies marloes marta marten
    martha
    martijn martin martine marvin maryam mathijs matteo matthias matthijs maurice mauro mazin meera mehdi mehmet meike
        melissa melanie melek melle melike merve meryem michael michal michel michelle michiel mieke miguel mike
    mila milan
        milou mira miranda miriam mirjam mirte mirthe mitchell moad moestafa mohamed mohammad mohammed mohamud
    moniek monika
    monique mounir mourad moussa muhammad muhammed murat musa mustafa myrthe naima nadia nadine najat najib najoua
    nando naomi natalia natasja nathalie nawal nazli nele nermin neslihan nick nicky nico nicolaas nicole niek niels
    nienke nihad nikki nina nisa noa noah noor noortje nora nouhaila nouri nour nourdin nynke oguz okan olga olivia
    olivier omar omer onno orhan oscar osman osama oussama ouafae ozan ozge ozlem pablo pascal patricia patrick paul
        paula paulien pavel pedro peter petra philip philippe piet pieter pieternel piotr priya quincy quinten
    rachel rachid
    rachida rafael raisa ralph ramazan ramon ranya raoul rashid raymond rayan redouan reinier reinout rekha remco remy
        renate rene renske ria ricardo richard rick rico rik rianne riley rinus rita rob robbert robert robin robyn
    rodrigo
    roeland roelof rogier roland romy ronald ronja rosalie rosanne rowan ruben rudolf ruud ryan saar sabah sabine
        sabrina saida said salim salma salma salah saloua samantha samira samir samuel sander sandra sanne santiago
    sara sarah
    sascha sebastiaan selim selin selma sem semra serdar serena serge serkan sevda sevgi shaira shanaya sharon sharida
    shirley shivani siem sietse sigrid silke silvia simone sinan sjoerd sjors soner sofia sofie sofyan sonia sonja
    sophia sophie soraya soukaina stan stefan stefanie stephan steven stijn storm sultan suleyman sumaya susan susanne
        suzan suzanne svenja sven sylvia tahir tamara tamar tania tanja tarik tariq tatiana teun thalia theo theresa
    thijmen
    thijs thomas tiffany tijmen tijn timo timon tineke tirza tjeerd tobias tomas tomasz tommy tristan tugba tycho umut
    ursula valerie vanessa veerle vera victor victoria vincent vivian wael walid wanda wendy werner wesley wessel
    wiebe wieke willem willemijn wilma wim winnie wouter xander yana yara yasemin yasin yasmin yasmina yasmine yassin
    yassine yassir youssef youssra yusuf yvette yvonne zahra zainab zakaria zara zehra zeinab zeynep ziad zineb zohra
    zoë zuzanna
    """
)

# Ordinary words too, so they count only before a family name or after a title.
SOMETIMES_GIVEN = _words(
    """
    an ben bo bob bob can deniz dean eden faith floor fleur grace guus hope iris job jet joy june kees lily lot luna
    mark max may mees merel mark per pim pleun rens rik roos rose rosa sam sky sol sterre stan storm sun tess tim tom
    ties will wil yes
    """
)

FAMILY_NAMES = _words(
    """
    aarts abdi abdullah acar achterberg ahmed ait akkerman aksoy alberts ali altena amrani arslan aydin bakker bakkali
        beek benali bennani berg beukers bos bosch bosman bouzid brink brouwer bruin bruijn celik chen cohen dam
    demir dijk
    dijkstra dogan doorn driessen dubois eijk el elst evers garcia gerritsen gonzalez graaf groot haan hassan hassani
        heijden hendriks hermans heuvel hoek hoekstra huisman idrissi jacobs jansen janssen jong jonge jonker kaya
    khan kilic
    klein kok koning koster kowalski kramer kuijpers kuipers lange leeuwen linden lopez martens martina meer meijer
    mertens meulen meyer mohamed mohammadi mol molenaar mulder nguyen nowak ozdemir ozturk peeters perez peters polat
    post postma prins ramdin ramdhani rodriguez sahin samson sanchez santos schipper schouten schouten silva singh
    smeets smit smits snijders timmer timmermans tran veen veenstra velde verbeek verhoeven verkerk vermeer vermeulen
    visser vliet vos vries wal wang wit wiersma willems willemsen wisniewski wolf wolters yildirim yildiz yilmaz zwart
    """
)

PARTICLES = _words("van von de den der het ten ter te la le el al da dos del di du 't bin ben ibn")

# Employers that students in Haaglanden often name, as a text would write them. A curated list, not a register.
COMPANIES = (
    "Aegon", "Ahold", "Albert Heijn", "Allianz", "ANWB", "ASML", "Basic-Fit", "Bol.com", "Booking.com", "Burger King",
    "Capgemini", "Cardia", "Coolblue", "Decathlon", "Deloitte", "Domino's", "Etos", "Florence", "Gamma", "GGZ Delfland",
    "Haga", "HagaZiekenhuis", "Hema", "HMC Westeinde", "HTM", "Ikea", "ING", "Ipse de Bruggen", "Jumbo", "Karwei",
    "KPMG", "KPN", "Kruidvat", "Lidl", "Mauritshuis", "McDonald's", "McDonalds", "MediaMarkt", "Middin",
    "Nationale-Nederlanden", "Parnassia", "Picnic", "Pieter van Foreest", "PostNL", "PricewaterhouseCoopers", "Primark",
    "PwC", "Rabobank",
    "Randstad Uitzendbureau", "Reinier de Graaf", "Saffier", "Shell", "Siemens", "Staedion", "Starbucks", "Stedin",
    "Subway", "T-Mobile", "Thuisbezorgd", "Trekpleister", "Unilever", "VodafoneZiggo", "WoonInvest", "WZH", "Zalando",
)  # fmt: skip

# Words with a capital that follow a title or "bij", and are nobody: places, languages, schools and bodies to report to.
NOT_NAMES = _words(
    """
    zorg welzijn techniek economie kinderopvang verzorgingshuis verpleeghuis thuiszorg ziekenhuis basisschool bakkerij
    restaurant hotel supermarkt winkel horeca administratie marketing hr hrm it verpleging wiskunde rekenen spaans sport
    kapper garage kantoor advocatenkantoor onderwijs handel logistiek bouw vond bleef belt meer at in on from who she he
    they my our your their and but then when me
        amsterdam antilliaanse arabisch arabische bureau bbl bol college cao covid corona delft den discriminatie
    duits duo
        engels engelse europa europese facebook frans google haagse haaglanden hbo hogeschool ict inholland
    instagram islam
    islamitische leiden leidschendam linkedin maandag dinsdag woensdag donderdag vrijdag zaterdag zondag marokkaanse
        mbo meldpunt meldpunten mondriaan nederland nederlands nederlandse nl ns politie ramadan rijswijk roc
    rotterdam sbb
    school scheveningen stage stagemarkt surinaamse teams turkse universiteit utrecht uwv wassenaar westland whatsapp
    wo zoetermeer zoom january february march april may june july august september october november december januari
    februari maart mei juni juli augustus oktober dutch english the gemeente ik je jij hij zij ze we wij u dat die dit
        deze er het een en of maar want dus als toen nu daar hier wat wie waar waarom hoe wel niet geen ook nog al
    mijn jouw
    zijn haar ons onze hun mij me hem is was heeft had wil wilde zei vroeg gaf kon mag moet
    """
)
