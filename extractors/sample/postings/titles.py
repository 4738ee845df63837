"""Titles of the sample's ads: the singular of the occupations' own titles, so that what is coded from them is clear.

Each title belongs to one O*NET-SOC code; a title that two occupations would share is written out in full. Beside them
stand titles from which nobody can tell the occupation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from extractors.sample import occupations
from extractors.sample.occupations import OnetOccupation

# Titles of occupations whose own title does not shorten well: O*NET-SOC code|titles of ads.
_WRITTEN_OUT = """
11-1021.00|General and Operations Manager;Operations Manager
11-3021.00|Computer and Information Systems Manager;Information Systems Manager
11-3071.00|Transportation, Storage, and Distribution Manager
11-9111.00|Medical and Health Services Manager
13-1151.00|Training and Development Specialist
13-2011.00|Accountant;Auditor;Accountant and Auditor
15-1253.00|Software Quality Assurance Analyst;Software Quality Assurance Tester
15-1299.00|Web Administrator
15-1299.08|Computer Systems Engineer
19-2041.00|Environmental Scientist and Specialist
19-5011.00|Occupational Health and Safety Specialist
21-1012.00|Educational, Guidance, and Career Counselor
21-1021.00|Child, Family, and School Social Worker
23-2011.00|Paralegal;Legal Assistant;Paralegal and Legal Assistant
27-2042.00|Musician;Singer
29-2011.00|Medical and Clinical Laboratory Technologist;Medical Laboratory Technologist
29-2012.00|Medical and Clinical Laboratory Technician;Medical Laboratory Technician
33-1012.00|First-Line Supervisor of Police and Detectives
33-3012.00|Correctional Officer and Jailer
33-3051.00|Police Patrol Officer;Sheriff's Patrol Officer
35-1012.00|First-Line Supervisor of Food Preparation and Serving Workers
35-3031.00|Waiter and Waitress
37-1011.00|First-Line Supervisor of Housekeeping and Janitorial Workers
37-2011.00|Janitor and Cleaner
41-1011.00|First-Line Supervisor of Retail Sales Workers
41-3091.00|Sales Representative of Services
41-4012.00|Sales Representative, Wholesale and Manufacturing
43-1011.00|First-Line Supervisor of Office and Administrative Support Workers
43-3031.00|Bookkeeping, Accounting, and Auditing Clerk
43-5071.00|Shipping, Receiving, and Inventory Clerk
43-6011.00|Executive Secretary;Executive Administrative Assistant
45-1011.00|First-Line Supervisor of Farming Workers
45-2092.00|Crop, Nursery, and Greenhouse Farmworker
45-2093.00|Farm, Ranch, and Aquacultural Animal Farmworker
47-1011.00|First-Line Supervisor of Construction Trades Workers
47-2073.00|Operating Engineer
49-1011.00|First-Line Supervisor of Mechanics, Installers, and Repairers
49-3011.00|Aircraft Mechanic and Service Technician
49-3023.00|Automotive Service Technician and Mechanic
49-9021.00|Heating, Air Conditioning, and Refrigeration Mechanic
49-9071.00|Maintenance and Repair Worker
51-1011.00|First-Line Supervisor of Production and Operating Workers
51-8031.00|Water and Wastewater Treatment Plant Operator
53-1042.00|First-Line Supervisor of Helpers, Laborers, and Material Movers
53-1043.00|First-Line Supervisor of Material-Moving Machine and Vehicle Operators
53-1044.00|First-Line Supervisor of Passenger Attendants
53-2011.00|Airline Pilot;Airline Copilot
53-3032.00|Heavy and Tractor-Trailer Truck Driver;Tractor-Trailer Truck Driver
53-7051.00|Industrial Truck and Tractor Operator
53-7062.00|Laborer and Freight Mover
53-7065.00|Stocker and Order Filler
"""
# Nobody can tell the occupation from these, and their ads speak of nothing particular.
UNCODABLE = (
    "Team Member", "Join Our Crew", "Opportunity Close to Home", "Associate, Various Departments", "General Opening",
    "Now Hiring - All Shifts", "Career Event", "Talent Pool",
)  # fmt: skip


@dataclass(frozen=True)
class Title:
    """A title of ads; codes are empty where nobody can tell."""

    text: str
    plural: str
    onet_code: str
    soc_code: str

    @property
    def major(self) -> str:
        """Major group of SOC, two digits; 00 where nobody can tell."""
        return self.soc_code[:2] or "00"


class Titles:
    """All titles, in the order of their codes, the uncodable ones last."""

    def __init__(self) -> None:
        written = dict(line.split("|") for line in _WRITTEN_OUT.strip().splitlines())
        short = {o.code: written.get(o.code) or _singular(o) for o in occupations.onet_occupations()}
        owners: dict[str, set[str]] = {}
        for o in occupations.onet_occupations():
            for text in short[o.code].split(";"):
                owners.setdefault(text.lower(), set()).add(o.soc_code)
        self.all: list[Title] = []
        for o in occupations.onet_occupations():
            plural = o.title.split(", Except")[0].split(", All Other")[0].lower()
            for text in short[o.code].split(";"):
                clear = len(owners[text.lower()]) == 1
                self.all.append(Title(text if clear else o.title, plural, o.code, o.soc_code))
        self.first_uncodable = len(self.all)
        self.all.extend(Title(text, "", "", "") for text in UNCODABLE)

    @cached_property
    def texts(self) -> list[str]:
        """The titles themselves."""
        return [t.text for t in self.all]

    @cached_property
    def plurals(self) -> list[str]:
        """The occupations' titles inside a sentence."""
        return [t.plural or "the department" for t in self.all]

    @cached_property
    def of_soc(self) -> dict[str, list[int]]:
        """SOC code to the numbers of its titles."""
        result: dict[str, list[int]] = {}
        for n, title in enumerate(self.all):
            result.setdefault(title.soc_code, []).append(n)
        return result


def _singular(o: OnetOccupation) -> str:
    first = o.title.split(", ")[0].split(" and ")[-1].split("/")[0]
    if first.endswith("ies"):
        return first[:-3] + "y"
    return first.removesuffix("s")


TITLES = Titles()
