"""Words of titles and employers that carry no meaning of their own, or a special one.

Belongs here: data. Does not belong here: how a name is cut into words (`name_words`), what a difference decides
(`pair_rules`).

The words were collected from real titles of the field (boards, hospital sites, government lists) and are ours. Each
list is lower-case ASCII, one word each; an accent or an apostrophe never reaches it.
"""

from __future__ import annotations


def _list(words: str) -> list[str]:
    return words.split()


# Said on one site and not on the other about the same opening.
DECORATION = _list(
    "the a an of for and in at to with or our your we you on is as by from near "
    "urgent urgently hiring hire immediate immediately now new job jobs opening openings opportunity position "
    "positions vacancy career careers apply today start starts available wanted needed join team us usa "
    "remote hybrid onsite offsite wfh telecommute virtual "
    "sign bonus bonuses pay paid weekly hourly salary competitive benefits free great up plus relocation "
    "shift shifts hrs hour hours time week wk month year yr schedule flexible "
    "level grade step tier external internal entry experienced experience required req id ref "
    "licensed certified m f d w h x"
)

# Units: a number in front of them is pay, hours or a count, not a rank.
AFTER_NUMBER = _list(
    "hr hrs hour hours hourly week weekly wk year yr yearly annually month monthly k bonus am pm usd days"
)

# Who differs in one of these is another opening; who does not say is not.
SHIFT = {
    "day": 1, "days": 1, "morning": 1, "mornings": 1, "1st": 1,
    "evening": 2, "evenings": 2, "afternoon": 2, "afternoons": 2, "2nd": 2, "swing": 2,
    "night": 4, "nights": 4, "overnight": 4, "overnights": 4, "noc": 4, "nocturnal": 4, "3rd": 4, "graveyard": 4,
    "weekend": 8, "weekends": 8,
}  # fmt: skip
HOURS = {
    "full": 16,
    "fulltime": 16,
    "ft": 16,
    "part": 32,
    "parttime": 32,
    "pt": 32,
    "prn": 64,
    "diem": 64,
    "casual": 64,
}
TERM = {"temporary": 128, "temp": 128, "seasonal": 128, "permanent": 256, "perm": 256}

# A title with one of these more is another job, however alike the texts are.
RANK = _list(
    "senior junior lead leader chief head principal manager management supervisor supervisory director assistant "
    "associate deputy vice president intern internship apprentice trainee graduate executive coordinator "
    "foreman captain chair dean fellow resident student helper charge bank locum relief "
    "float substitute"
)

# One word or two for the same thing.
SYNONYM = {
    "sr": "senior", "snr": "senior", "jr": "junior", "jnr": "junior", "mgr": "manager", "mngr": "manager",
    "supv": "supervisor", "supvr": "supervisor", "dir": "director", "asst": "assistant", "assist": "assistant",
    "assoc": "associate", "coord": "coordinator", "admin": "administrative", "exec": "executive",
    "eng": "engineer", "engr": "engineer", "dev": "developer", "tech": "technician", "spec": "specialist",
    "rep": "representative", "acct": "account", "maint": "maintenance", "mech": "mechanic", "elec": "electrical",
    "svc": "service", "svcs": "services", "cust": "customer", "ops": "operations", "op": "operator",
    "dept": "department",
    "med": "medical", "surg": "surgical", "hosp": "hospital", "ctr": "center", "centre": "center", "univ": "university",
    "intl": "international", "natl": "national", "mfg": "manufacturing", "mgmt": "management", "sch": "school",
    "rn": "registered nurse", "lpn": "practical nurse", "lvn": "vocational nurse",
    "cna": "nursing assistant", "np": "nurse practitioner", "pa": "physician assistant",
    "er": "emergency", "ed": "emergency", "hvac": "hvac", "hr": "human resources",
    "i": "1", "ii": "2", "iii": "3", "iv": "4", "one": "1", "two": "2", "three": "3",
}  # fmt: skip

EMPLOYER_SYNONYM = {
    "st": "saint", "ste": "saint", "mt": "mount", "ft": "fort", "hosp": "hospital", "ctr": "center", "centre": "center",
    "univ": "university", "intl": "international", "natl": "national", "mfg": "manufacturing", "svcs": "services",
    "svc": "service", "dept": "department", "mgmt": "management", "med": "medical", "sys": "system",
    "tech": "technologies",
    "assoc": "associates", "sch": "school", "dist": "district", "cnty": "county", "govt": "government",
}  # fmt: skip

# Legal forms and what boards put around an employer's name.
EMPLOYER_DECORATION = _list(
    "the a an of for and at in inc incorporated llc llp lp ltd limited corp corporation co company companies plc gmbh "
    "sa ag nv bv pllc pc na dba usa us careers career jobs job hiring hr official site"
)

# Words that name a kind of employer, not an employer.
EMPLOYER_GENERIC = _list(
    "hospital hospitals health healthcare medical center clinic clinics school schools university college district "
    "department services service system systems group holdings care city county state national american first "
    "regional general community public home senior international global partners associates solutions industries "
    "enterprises foundation institute technologies technology management saint mount north south east west new"
)

# Whose name hides the employer.
STAFFING = _list(
    "staffing staff recruitment recruiting recruiters recruiter recruit talent personnel temps temporaries "
    "confidential undisclosed anonymous employment workforce headhunters randstad adecco manpower aerotek teksystems "
    "jobot cybercoders lensa talentify dice indeed ziprecruiter linkedin glassdoor monster careerbuilder jobs2careers "
    "jobcase snagajob upward neuvoo talroo appcast recruitics"
)
