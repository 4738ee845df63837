"""Words of job titles: abbreviations and what they stand for, and words that say nothing about the occupation.

Belongs here: our own word lists, in the form that `normalise` leaves words in (lower case, singular). Does not belong
here: any rule of how a title is read (`normalise`), or words learnt from a capture.

The lists were written from general knowledge of American job titles and from unlabelled posting titles, never from
the labelled titles that the coder is judged by. An abbreviation with two common readings ("pt", "ma", "pm", "or") is
left alone: the n-grams of the capture's own titles decide.
"""

from __future__ import annotations

_ABBREVIATIONS = """
accnt=account; acct=account; acctg=accounting; acctnt=accountant; accts=account; adj=adjunct; adm=administrative
admin=administrative; admn=administrative; adv=advertising; adviser=advisor; advsr=advisor; ae=account executive
aerosp=aerospace; ag=agricultural; agri=agricultural; agric=agricultural; ambul=ambulatory; amusmt=amusement
appl=application; appr=apprentice; aprn=nurse practitioner; arch=architect; arnp=nurse practitioner
asm=assistant store manager; asoc=associate; assist=assistant; assit=assistant; assoc=associate; asst=assistant
asstnt=assistant; ast=assistant; atty=attorney; auto=automotive; automtv=automotive; avp=assistant vice president
backend=back end; bartndr=bartender; bcba=behavior analyst; bdr=business development representative
bkkpr=bookkeeper; bldg=building; bldr=builder; boh=back of house; bsa=business system analyst; bsn=nurse
busboy=busser dining room attendant; busser=busser dining room attendant; carney=carnival worker; carp=carpenter
cdl=truck driver cdl; cdla=truck driver cdl; ceo=chief executive officer; cert=certified; certif=certified
cfo=chief financial officer; chem=chemical; chf=chef; cio=chief information officer
ciso=chief information security officer; clin=clinical; clk=clerk; cln=cleaner; cma=certified medical assistant
cna=certified nursing assistant; cnas=certified nursing assistant; cnm=nurse midwife; cns=clinical nurse specialist
coll=collection; comm=commercial; comml=commercial; commun=communication; cond=conditioning; cons=consultant
conslt=consultant; const=construction; constr=construction; constrn=construction; coo=chief operating officer
coord=coordinator; coordntr=coordinator; corp=corporate; corr=correctional; cota=occupational therapy assistant
couns=counselor; counsellor=counselor; cpa=public accountant; cpht=pharmacy technician; crna=nurse anesthetist
crnp=nurse practitioner; csr=customer service representative; cst=surgical technologist
cto=chief technology officer; cust=customer; custserv=customer service; dba=database administrator
dbas=database administrator; dds=dentist; del=delivery; dept=department; devel=development; devsecops=devops
dir=director; dishw=dishwasher; dist=district; distr=distribution; div=division; dnp=nurse practitioner; drv=driver
drvr=driver; dsp=direct support professional; dvm=veterinarian; dvr=driver; ece=early childhood education
educ=education; ehs=environmental health safety; elec=electrical; elect=electrical; electr=electrical
electrn=electronic; elem=elementary; emp=employee; empl=employment; emt=emergency medical technician
emts=emergency medical technician; eng=engineer; engg=engineering; engnr=engineer; engr=engineer; engrg=engineering
env=environmental; enviro=environmental; environ=environmental; eqpt=equipment; equip=equipment
esl=english second language; esol=english second language; est=estimator; evp=executive vice president
evs=environmental service; exec=executive; fab=fabricator; facil=facility; fin=financial
fnp=family nurse practitioner; foh=front of house; fohs=front of house; frnt=front; frontend=front end
fullstack=full stack; fwd=forward; gen=general; genl=general; gm=general manager; govt=government; grad=graduate
grdn=gardener; grdskpr=groundskeeper; groundsman=groundskeeper; hc=healthcare; helpdesk=help desk; hgv=truck driver
hha=home health aide; hort=horticultural; hosp=hospital; hotl=hotel; housemaid=maid housekeeper; hr=human resource
hris=human resource information system; hrly=hourly; hse=health safety environment; hskp=housekeeping
hskpg=housekeeping; hskpr=housekeeper; hsse=health safety environment; hvac=heating ventilation air conditioning
hvacr=hvac; hvy=heavy; hw=hardware; hwy=highway; hyg=hygienist; icu=intensive care unit; ind=industrial
indust=industrial; info=information; ins=insurance; insp=inspector; inspec=inspector; inst=instructor
instal=installation; instr=instructor; instrum=instrument; intl=international; inv=inventory; invest=investigator
irrig=irrigation; jan=janitor; jour=journeyman; jrnymn=journeyman; js=javascript; kinder=kindergarten
kit=kitchen; lab=laboratory; labour=labor; labourer=laborer; labr=laborer; labs=laboratory; landsc=landscape
landscap=landscape; lawncare=lawn care; lbr=laborer; lcsw=clinical social worker; lgv=truck driver; lib=librarian
libr=librarian; lic=licensed; lmft=marriage family therapist; lmsw=social worker; lmt=massage therapist
lndscp=landscape; lndscpr=landscaper; lpc=professional counselor; lpn=licensed practical nurse; ltc=long term care
lvn=licensed vocational nurse; mach=machine; maint=maintenance; maintenace=maintenance; manuf=manufacturing
matl=material; mech=mechanic; med=medical; merch=merchandiser; mfg=manufacturing; mfr=manufacturer; mgmt=management
mgr=manager; mgrs=manager; mgt=management; mkt=market; mktg=marketing; mkting=marketing; mngr=manager
mngt=management; mnt=maintenance; mntnc=maintenance; msw=social worker; mtce=maintenance; mtl=material
mtnc=maintenance; natl=national; nde=nondestructive testing; ndt=nondestructive testing; np=nurse practitioner
nurs=nursing; ofc=office; ofcr=officer; offcr=officer; op=operator; oper=operator; opns=operation; opr=operator
oprtr=operator; ops=operation; optr=operator; org=organization; otr=over the road; para=paraprofessional
paraeducator=paraprofessional educator; pca=personal care aide; pcas=personal care aide; pcp=primary care physician
pct=patient care technician; perm=permanent; pers=personnel; pharm=pharmacy; pharmd=pharmacist; phleb=phlebotomist
phys=physical; plmbr=plumber; plumb=plumber; pmhnp=psychiatric nurse practitioner; pos=point of sale
prac=practitioner; pract=practical; prek=preschool; prep=preparation; pres=president; prin=principal
proc=processing; prod=production; prof=professor; prog=programmer; progmr=programmer; proj=project
psych=psychiatric; pta=physical therapist assistant; pub=public; purch=purchasing; qa=quality assurance
qc=quality control; rad=radiologic; rbt=behavior technician; rda=dental assistant; rdh=dental hygienist
rec=recreation; recep=receptionist; recept=receptionist; regl=regional; rehab=rehabilitation; rep=representative
repr=representative; repre=representative; reps=representative; res=research; resp=respiratory; rest=restaurant
rma=registered medical assistant; rn=registered nurse; rns=registered nurse; rph=pharmacist; rpr=repair
rrt=respiratory therapist; sci=science; sde=software development engineer; sdet=software test engineer
sdr=sales development representative; secy=secretary; seo=search engine optimization; serv=service; servic=service
sgt=sergeant; slp=speech language pathologist; spclst=specialist; spec=specialist; specl=specialist
speclst=specialist; sped=special education; splst=specialist; spvr=supervisor
sre=site reliability engineer; srv=service; stat=statistical; stk=stock; strat=strategic; struct=structural
sub=substitute; super=superintendent; supp=support; supr=supervisor; suprv=supervisor; supt=superintendent
supv=supervisor; supvr=supervisor; surg=surgical; surv=survey; svc=service; svcs=service; svp=senior vice president
svr=server; sw=software; swdev=software developer; swe=software engineer; sys=system; sysadm=system administrator
sysadmin=system administrator; tchr=teacher; teachr=teacher; tec=technician; tech=technician; techn=technician
techs=technician; tel=telephone; telecom=telecommunication; temp=temporary; therap=therapist; trans=transportation
transp=transportation; trk=truck; trlr=trailer; trng=training; twr=tower; ui=user interface; univ=university
util=utility; ux=user experience; veh=vehicle; vet=veterinary; vp=vice president; vps=vice president
waitperson=waiter waitress; waitstaff=waiter waitress; warehse=warehouse; wh=warehouse; whse=warehouse; wkr=worker
wkrs=worker; wldr=welder; wrhs=warehouse; wrkr=worker; wtr=waiter; wwtp=wastewater treatment plant
"""

_PHRASES = {
    "a/p": "account payable",
    "a/r": "account receivable",
    "ap/ar": "account payable receivable",
    "a&p": "airframe powerplant",
    "r&d": "research development",
    "f&b": "food beverage",
    "o&m": "operation maintenance",
    "m&a": "merger acquisition",
    "fp&a": "financial planning analysis",
    "l&d": "labor delivery",
    "h/r": "human resource",
    "q/a": "quality assurance",
    "q/c": "quality control",
    "ob/gyn": "obstetrician gynecologist",
    "i&c": "instrumentation control",
    "i&e": "instrumentation electrical",
    "e&i": "electrical instrumentation",
    "c#": "csharp programmer",
    "c++": "cplusplus programmer",
    ".net": "dotnet programmer",
}

# Say something about the offer, the place or the level, not about the work. Words that also name work ("lead", "day",
# "night", "field", "remote sensing") are not here or only inside phrases of `normalise`.
_NOISE = """
remote hybrid onsite telecommute telework wfh urgent urgently hiring hire immediate immediately asap now apply today
open opening opportunity opportunitie vacancy job position needed wanted required req fulltime parttime ft prn
perdiem diem flexible schedule hourly salaried bonus bonuse competitive wage week weekly month monthly annual
annually year yearly hour shift evening morning overnight weekend am monday tuesday wednesday thursday friday
saturday sunday temporary seasonal permanent regular interim contingent h2b h2a w2 c2c 1099 new usa us united state
america preferred eligible relocate level lvl i ii iii iv v vi experienced exp ref id no num number pay paid rate up
to per the of for in at and or a an with on by from our we your you is be as its it's this that no various multiple
several etc great best top amazing exciting excellent male female m f d mw
"""


def _parsed() -> dict[str, str]:
    found = {}
    for entry in _ABBREVIATIONS.replace("\n", ";").split(";"):
        form, _, meaning = entry.strip().partition("=")
        if meaning and meaning != form:
            found[form] = meaning
    return found


ABBREVIATIONS: dict[str, str] = _parsed()
PHRASES: dict[str, str] = dict(_PHRASES)
NOISE: frozenset[str] = frozenset(_NOISE.split())

# Words of running text that carry no meaning for the occupation.
_STOP = """
a about above across after again against all almost along also although always am among an and any are as at be
because been before being below between both but by can cannot could did do does doing down during each either else
etc ever every few for from further get had has have having he her here him his how however i if in into is it its
itself last least less made make many may me might more most much must my never next no nor not now of off often on
once one only or other others our out over own per perhaps rather same see she should since so some such than that
the their them then there these they this those through to together too toward under until up upon us very via was
we well were what when where whether which while who whom whose why will with within without would yet you your
"""
STOP: tuple[str, ...] = tuple(_STOP.split())
# Words of sentences about the offer, the employer and the law instead of the work. A sentence with two of them is not
# read (`features.BOILERPLATE_ALLOWED`); one alone may be the work itself (an insurance agent, a dental assistant).
_BOILERPLATE = """
equal opportunity employer employment eeo affirmative action race color religion sex sexual orientation gender
identity national origin age veteran disability protected status discriminate discrimination harassment
accommodation applicant qualified applicants dental vision medical insurance 401k benefits pto vacation holidays
bonus bonuses salary compensation pay paid reimbursement tuition wellness retirement competitive perks eligible
eligibility offer offers culture diverse diversity inclusion inclusive belonging values passionate founded
headquartered leading global mission degree bachelor diploma ged equivalent years experience preferred required
ability pounds lbs lift standing sitting walking apply resume background drug screening vaccination covid cookie
privacy
"""
BOILERPLATE: tuple[str, ...] = tuple(_BOILERPLATE.split())
