"""The credentials that the sample's postings name: codes of the lexicon, the words of an ad, the steps between them.

The codes are those of `dbt_project/seeds/reference/credential.csv` (a test compares); how often an ad names one is
made up, here for postings in bulk and in `postings/design.py` for the sample's own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Credential:
    """A credential as the sample's ads write it.

    Attributes:
        key: short name inside the sample.
        code: code of the lexicon.
        name: its name in the lexicon.
        forms: the ways in which an ad writes it, each one a whole noun phrase.
    """

    key: str
    code: str
    name: str
    forms: tuple[str, ...]


# key|code|name in the lexicon|forms, separated by semicolons (on a line of their own where there is no room)
_CREDENTIALS = """
rn|STNUR001|Registered nurse license (RN)|RN license;registered nurse license
bls|AHEAR001|Basic Life Support (BLS) for healthcare providers|
  Basic Life Support (BLS) certification;BLS certification
acls|AHEAR002|Advanced Cardiovascular Life Support (ACLS)|
  Advanced Cardiovascular Life Support (ACLS) certification;ACLS certification
pals|AHEAR003|Pediatric Advanced Life Support (PALS)|
  Pediatric Advanced Life Support (PALS) certification;PALS certification
ccrn|AACNC001|Critical care registered nurse certification (CCRN)|CCRN certification
cen|BCENU001|Certified emergency nurse (CEN)|Certified Emergency Nurse (CEN) certification;CEN certification
cna|STNAR001|Certified nursing assistant (CNA)|Certified Nursing Assistant (CNA) certification;CNA certification
rdh|STDEN001|Dental hygienist license (RDH)|dental hygienist license;dental hygiene license
rrt|NBRCR001|Registered or certified respiratory therapist (RRT, CRT)|
  Registered Respiratory Therapist (RRT) credential;RRT credential
mls|ASCPB002|Medical laboratory scientist or technologist (MLS, MT, ASCP)|
  Medical Laboratory Scientist (MLS) certification;ASCP MLS certification
mlt|ASCPB003|Medical laboratory technician (MLT, ASCP)|Medical Laboratory Technician (MLT) certification
cpa|AICPA001|Certified public accountant (CPA)|CPA license;Certified Public Accountant (CPA) license
cma|IMAXX001|Certified management accountant (CMA)|Certified Management Accountant (CMA) certification
cia|IIAXX001|Certified internal auditor (CIA)|Institute of Internal Auditors CIA certification
ea|IRSXX001|Enrolled agent (EA)|Enrolled Agent (EA) credential
cfe|ACFEX001|Certified fraud examiner (CFE)|Certified Fraud Examiner (CFE) credential
pmp|PMINS001|Project Management Professional (PMP)|
  PMP certification;Project Management Professional (PMP) certification
capm|PMINS002|Certified Associate in Project Management (CAPM)|
  CAPM certification;Certified Associate in Project Management (CAPM) certification
aplus|COMPT001|CompTIA A+|CompTIA A+ certification;CompTIA A+
netplus|COMPT002|CompTIA Network+|CompTIA Network+;CompTIA Network+ certification
secplus|COMPT003|CompTIA Security+|CompTIA Security+ certification;CompTIA Security+
ccna|CISCO001|Cisco Certified Network Associate (CCNA)|CCNA;CCNA certification
cissp|ISCXX001|Certified Information Systems Security Professional (CISSP)|CISSP certification
aws|AMAZN002|AWS Certified Solutions Architect - Associate|AWS Solutions Architect - Associate certification
csm|SCRAL001|Certified ScrumMaster (CSM, A-CSM, CSP-SM)|Certified ScrumMaster (CSM) certification
istqb|ISTQB001|Software testing certification (ISTQB, CSTE, CSQA)|ISTQB certification
elec|STELE001|Journeyman electrician license|journeyman electrician license
osha10|OSHAX001|OSHA 10-hour card|OSHA 10-hour card;OSHA 10 card
osha30|OSHAX002|OSHA 30-hour card|OSHA 30-hour card;OSHA 30 card
nims|NIMSX001|NIMS machining or CNC credential|NIMS machinist certification
weld|AWSXX001|AWS certified welder (D1.1, 3G, 6G ...)|AWS Certified Welder certification
cdla|FMCSA001|Commercial driver's license (CDL) Class A|Class A CDL;CDL Class A
driver|STDMV001|Driver's license|valid driver's license
atp|FAAXX005|FAA airline transport pilot certificate (ATP)|Airline Transport Pilot (ATP) certificate;ATP certificate
teach|STEDU001|State teaching license or certificate|state teaching license;state teaching certificate
post|STPOS001|Peace officer certification (POST, TCOLE, law enforcement academy)|POST certification
notary|STNOT001|Notary public commission|notary public commission
bar|STBAR001|Bar admission (attorney license)|state bar admission
pe|STPEB002|Professional engineer license (PE)|Professional Engineer (PE) license;PE license
fe|STPEB001|Engineer in training or fundamentals of engineering (EIT, FE)|Engineer in Training (EIT) certification
servsafe|NRAEF001|ServSafe Manager (certified food protection manager)|ServSafe Manager certification
cpht|PTCBX001|Certified pharmacy technician (CPhT)|
  Certified Pharmacy Technician (CPhT) certification;CPhT certification
shrm|SHRMX001|SHRM Certified Professional (SHRM-CP)|SHRM-CP certification
itil|AXELO001|ITIL Foundation|ITIL 4 Foundation certification;ITIL Foundation certification
"""


def _table() -> dict[str, Credential]:
    rows = (line.split("|") for line in _CREDENTIALS.replace("|\n  ", "|").strip().splitlines())
    return {key: Credential(key, code, name, tuple(forms.split(";"))) for key, code, name, forms in rows}


CREDENTIALS = _table()

# What leads to what (I27): codes from, to. All steps of the lexicon that lie on a way between the credentials above;
# the practical nurse's license and the CDL of class B stand between them without being named by any ad.
STEPS: tuple[tuple[str, str], ...] = (
    ("STNAR001", "STNUR002"), ("STNUR002", "STNUR001"), ("AHEAR001", "AHEAR002"), ("AHEAR001", "AHEAR003"),
    ("ASCPB003", "ASCPB002"), ("COMPT001", "COMPT002"), ("COMPT002", "COMPT003"), ("COMPT002", "CISCO001"),
    ("COMPT003", "ISCXX001"), ("IIAXX001", "ACFEX001"), ("IMAXX001", "AICPA001"), ("OSHAX001", "OSHAX002"),
    ("PMINS002", "PMINS001"), ("STPEB001", "STPEB002"),
    ("STDMV001", "FMCSA002"), ("FMCSA002", "FMCSA001"),
)  # fmt: skip
