"""The contract of every raw table: names, types, keys and what each column means.

Parsers produce exactly these columns, dbt staging reads exactly these, the landing gates guard them.
Beside a number that an agency may replace by a mark stands `<number>_mark` with the mark as published
(`*` wage not available, `**` employment not available, `#` at or above the top code, `~` less than 0.5 %,
`blank` an empty cell where the layout promises a number).
Every table carries besides: `dataset`, `capture_id`, `row_number` (1-based row in the source file or page order).
"""

from __future__ import annotations

from extractors.model import Column, RawTable
from extractors.model import column as _c
from extractors.raw_tables_credentials import CREDENTIAL_TABLES
from extractors.raw_tables_postings import JOB_POSTINGS, MONTH_PROFILE, OCCUPATION_VERDICTS
from extractors.raw_tables_schools import SCHOOL_TABLES

COMMON = (
    Column("dataset", "string", "Dataset of the archive that the row came from", nullable=False),
    Column("capture_id", "string", "Capture of that dataset", nullable=False),
    Column("row_number", "int64", "1-based row in the source, in reading order", nullable=False),
)


def _marked(name: str, description: str, source: str | None = None) -> tuple[Column, Column]:
    return (
        _c(name, "float64", description, source=source),
        _c(f"{name}_mark", "string", f"Mark published in place of {name}", source=source),
    )


PROJECTIONS_CENTRAL = RawTable(
    "projections_central",
    "projections",
    "Occupational projections as Projections Central publishes them: area x occupation x horizon",
    (
        _c("stfips", "string", "State FIPS without leading zero; 0 is the nation", required=True, source="STFIPS"),
        _c("area_name", "string", "Area name, trimmed", required=True, source="Area"),
        _c("horizon", "string", "long | short: which service or file it came from", required=True),
        _c("occ_code", "string", "Occupation code as published, NN-NNNN", required=True, source="OccCode"),
        _c("title", "string", "Occupation title as published", required=True, source="Title"),
        _c("base_year", "int64", "First year of the projection", required=True, source="BaseYear"),
        _c("base", "float64", "Employment in the base year, jobs (rounded by the agency)", source="Base"),
        _c("proj_year", "int64", "Last year of the projection", required=True, source="ProjYear"),
        _c("proj", "float64", "Employment in the projected year, jobs", source="Projected"),
        _c("change", "float64", "Published change, jobs over the whole horizon", source="Change"),
        _c("pct_change", "float64", "Published change in percent over the whole horizon", source="PercentChange"),
        _c("avg_annual_openings", "float64", "Average annual openings, jobs", source="AvgAnnualOpenings"),
    ),
    ("stfips", "horizon", "occ_code", "base_year"),
)

STATE_PROJECTIONS = RawTable(
    "state_projections",
    "projections",
    "State and sub-state projections supplied by a state through a column map (I4, I28, K13)",
    (
        _c("state_postal", "string", "Postal code of the state that supplied the file", required=True),
        _c("area_code", "string", "The state's own area code; the postal code for the whole state", required=True),
        _c("area_name", "string", "Area name, trimmed", required=True),
        _c("area_kind", "string", "state | region", required=True),
        _c("horizon", "string", "long | short", required=True),
        _c("occ_code", "string", "Occupation code as published, NN-NNNN", required=True),
        _c("title", "string", "Occupation title as published", required=True),
        _c("base_year", "int64", "First year", required=True),
        _c("base", "float64", "Employment in the base year, jobs"),
        _c("proj_year", "int64", "Last year", required=True),
        _c("proj", "float64", "Employment in the projected year, jobs"),
        _c("change", "float64", "Published change, jobs over the whole horizon"),
        _c("pct_change", "float64", "Published change in percent over the whole horizon"),
        _c("openings", "float64", "Openings as published, on the basis named beside"),
        _c("openings_basis", "string", "annual | total: annual average, or sum over the horizon (K13)", required=True),
        _c("exits", "float64", "Labor force exits on the same basis, where published"),
        _c("transfers", "float64", "Occupational transfers on the same basis, where published"),
        _c("is_supplement", "bool", "True for a gap filler such as agriculture (I9, K15)", required=True),
    ),
    ("area_code", "horizon", "occ_code", "base_year"),
)

_WAGE_NUMBERS: tuple[Column, ...] = (
    *_marked("tot_emp", "Employment, jobs, rounded by the agency", "TOT_EMP"),
    *_marked("emp_prse", "Relative standard error of employment, percent", "EMP_PRSE"),
    *_marked("h_mean", "Mean hourly wage, USD", "H_MEAN"),
    *_marked("a_mean", "Mean annual wage, USD", "A_MEAN"),
    *_marked("mean_prse", "Relative standard error of the mean wage, percent", "MEAN_PRSE"),
    *_marked("h_pct10", "10th percentile hourly wage, USD", "H_PCT10"),
    *_marked("h_pct25", "25th percentile hourly wage, USD", "H_PCT25"),
    *_marked("h_median", "Median hourly wage, USD", "H_MEDIAN"),
    *_marked("h_pct75", "75th percentile hourly wage, USD", "H_PCT75"),
    *_marked("h_pct90", "90th percentile hourly wage, USD", "H_PCT90"),
    *_marked("a_pct10", "10th percentile annual wage, USD", "A_PCT10"),
    *_marked("a_pct25", "25th percentile annual wage, USD", "A_PCT25"),
    *_marked("a_median", "Median annual wage, USD", "A_MEDIAN"),
    *_marked("a_pct75", "75th percentile annual wage, USD", "A_PCT75"),
    *_marked("a_pct90", "90th percentile annual wage, USD", "A_PCT90"),
)

BLS_OEWS = RawTable(
    "bls_oews",
    "wages",
    "BLS OEWS estimates: area x industry x ownership x occupation for one May",
    (
        _c("reference_year", "int64", "May of this year", required=True),
        _c(
            "area",
            "string",
            "Area code: 99 nation, two-digit state FIPS, MSA or nonmetropolitan code",
            required=True,
            source="AREA",
        ),
        _c("area_title", "string", "Area title", required=True, source="AREA_TITLE"),
        _c(
            "area_type",
            "int64",
            "1 nation, 2 state, 3 territory, 4 MSA, 6 nonmetropolitan",
            required=True,
            source="AREA_TYPE",
        ),
        _c("prim_state", "string", "Postal code of the primary state", source="PRIM_STATE"),
        _c("naics", "string", "NAICS code; 000000 is cross-industry", required=True, source="NAICS"),
        _c("naics_title", "string", "NAICS title", source="NAICS_TITLE"),
        _c("i_group", "string", "Industry level", source="I_GROUP"),
        _c("own_code", "string", "Ownership code; 1235 is all", required=True, source="OWN_CODE"),
        _c("occ_code", "string", "Occupation code as published, NN-NNNN", required=True, source="OCC_CODE"),
        _c("occ_title", "string", "Occupation title as published", required=True, source="OCC_TITLE"),
        _c("o_group", "string", "total | major | minor | broad | detailed", required=True, source="O_GROUP"),
        *_marked("jobs_1000", "Jobs per 1,000 in the area", "JOBS_1000"),
        *_marked("loc_quotient", "Location quotient", "LOC_QUOTIENT"),
        *_WAGE_NUMBERS,
        _c("annual_only", "bool", "Only annual wages are published (ANNUAL = TRUE)", required=True, source="ANNUAL"),
        _c("hourly_only", "bool", "Only hourly wages are published (HOURLY = TRUE)", required=True, source="HOURLY"),
        _c("topcode_hourly_usd", "float64", "Hourly top code from the workbook's notes; null where the file has none"),
        _c("topcode_annual_usd", "float64", "Annual top code from the workbook's notes; null where the file has none"),
    ),
    ("area", "naics", "own_code", "occ_code", "o_group"),
)

STATE_OEWS = RawTable(
    "state_oews",
    "wages",
    "OEWS estimates in a state agency's own layout, through a column map",
    (
        _c("state_postal", "string", "Postal code of the state that supplied the file", required=True),
        _c("reference_year", "int64", "Year of the estimates, as the importer declared it", required=True),
        _c("area", "string", "The state's own area code; its FIPS or postal code for the whole state", required=True),
        _c("area_title", "string", "Area title, trimmed", required=True),
        _c("area_kind", "string", "state | region | metro", required=True),
        _c("occ_code", "string", "Occupation code as published, NN-NNNN", required=True),
        _c("occ_title", "string", "Occupation title as published", required=True),
        *_WAGE_NUMBERS,
        *_marked("a_entry", "Entry annual wage as the state defines it, USD"),
        *_marked("a_experienced", "Experienced annual wage as the state defines it, USD"),
        _c("annual_only", "bool", "The layout has annual wages only", required=True),
    ),
    ("area_kind", "area", "occ_code"),
)

ONET_OCCUPATIONS = RawTable(
    "onet",
    "occupations",
    "O*NET-SOC occupations",
    (
        _c("onetsoc_code", "string", "O*NET-SOC code NN-NNNN.NN", required=True, source="O*NET-SOC Code"),
        _c("title", "string", "Title", required=True, source="Title"),
        _c("description", "string", "Description", source="Description"),
    ),
    ("onetsoc_code",),
)
ONET_JOB_ZONES = RawTable(
    "onet",
    "job_zones",
    "Job Zone of each O*NET-SOC occupation that has one",
    (
        _c("onetsoc_code", "string", "O*NET-SOC code NN-NNNN.NN", required=True, source="O*NET-SOC Code"),
        _c(
            "job_zone",
            "int64",
            "Job Zone; null where the service answers null. Never assume five levels (K6)",
            source="Job Zone",
        ),
        _c("date", "string", "Month of the rating, MM/YYYY", source="Date"),
        _c("domain_source", "string", "Who rated", source="Domain Source"),
    ),
    ("onetsoc_code",),
)
ONET_JOB_ZONE_REFERENCE = RawTable(
    "onet",
    "job_zone_reference",
    "What each Job Zone means in this release",
    (
        _c("job_zone", "int64", "Job Zone", required=True, source="Job Zone"),
        _c("name", "string", "Name", required=True, source="Name"),
        _c("experience", "string", "Experience", source="Experience"),
        _c("education", "string", "Education", source="Education"),
        _c("job_training", "string", "Job training", source="Job Training"),
        _c("svp_range", "string", "SVP range", source="SVP Range"),
    ),
    ("job_zone",),
)
ONET_EDUCATION = RawTable(
    "onet",
    "education",
    "Required level of education (element 2.D.1, scale RL): percent of respondents per category",
    (
        _c("onetsoc_code", "string", "O*NET-SOC code NN-NNNN.NN", required=True, source="O*NET-SOC Code"),
        _c("element_id", "string", "Element, 2.D.1", required=True, source="Element ID"),
        _c("scale_id", "string", "Scale, RL", required=True, source="Scale ID"),
        _c(
            "category",
            "int64",
            "1 less than high school, 2 high school, 3 and above beyond it",
            required=True,
            source="Category",
        ),
        _c("data_value", "float64", "Percent of respondents", source="Data Value"),
        _c("n", "float64", "Respondents", source="N"),
        _c("standard_error", "float64", "Standard error", source="Standard Error"),
        _c("recommend_suppress", "string", "Y where O*NET recommends suppression", source="Recommend Suppress"),
        _c("date", "string", "Month of the rating", source="Date"),
        _c("domain_source", "string", "Who rated", source="Domain Source"),
    ),
    ("onetsoc_code", "element_id", "scale_id", "category"),
)
ONET_TITLES = RawTable(
    "onet",
    "titles",
    "Alternate titles (Job Titles since 30.3) and reported titles",
    (
        _c("onetsoc_code", "string", "O*NET-SOC code NN-NNNN.NN", required=True, source="O*NET-SOC Code"),
        _c("job_title", "string", "Title in use", required=True, source="Alternate Title"),
        _c("short_title", "string", "Short form", source="Short Title"),
        _c("title_kind", "string", "alternate | reported", required=True),
    ),
    ("onetsoc_code", "job_title", "title_kind"),
)
ONET_TASKS = RawTable(
    "onet",
    "tasks",
    "Task statements",
    (
        _c("onetsoc_code", "string", "O*NET-SOC code NN-NNNN.NN", required=True, source="O*NET-SOC Code"),
        _c("task_id", "int64", "Task id", required=True, source="Task ID"),
        _c("task", "string", "Task statement", required=True, source="Task"),
        _c("task_type", "string", "Core | Supplemental | null", source="Task Type"),
        _c("date", "string", "Month of the rating", source="Date"),
        _c("domain_source", "string", "Who rated", source="Domain Source"),
    ),
    ("onetsoc_code", "task_id"),
)

SOC_STRUCTURE = RawTable(
    "soc",
    "structure",
    "SOC 2018 structure: 23 major, 98 minor, 459 broad, 867 detailed (I13)",
    (
        _c("soc_code", "string", "SOC 2018 code", required=True),
        _c("soc_level", "string", "major | minor | broad | detailed", required=True),
        _c("soc_title", "string", "Title", required=True),
    ),
    ("soc_code",),
)
SOC_2010_2018 = RawTable(
    "soc",
    "crosswalk_2010_2018",
    "SOC 2010 to SOC 2018, detailed codes (I14)",
    (
        _c("soc_2010_code", "string", "SOC 2010 code", required=True),
        _c("soc_2010_title", "string", "SOC 2010 title"),
        _c("soc_2018_code", "string", "SOC 2018 code", required=True),
        _c("soc_2018_title", "string", "SOC 2018 title"),
    ),
    ("soc_2010_code", "soc_2018_code"),
)
SOC_OEWS_HYBRID = RawTable(
    "soc",
    "oews_hybrid",
    "The OEWS hybrid structure of May 2019 and 2020: OEWS code, SOC 2018 and SOC 2010 codes (I15)",
    (
        _c("oews_code", "string", "OES 2019 estimates code", required=True),
        _c("oews_title", "string", "OES 2019 estimates title", required=True),
        _c("soc_2018_code", "string", "SOC 2018 code", required=True),
        _c("soc_2018_title", "string", "SOC 2018 title"),
        _c("oes_2018_code", "string", "OES 2018 estimates code"),
        _c("soc_2010_code", "string", "SOC 2010 code"),
    ),
    ("row_number",),
)
SOC_ONET = RawTable(
    "soc",
    "onet_to_soc",
    "O*NET-SOC 2019 to SOC 2018",
    (
        _c("onetsoc_code", "string", "O*NET-SOC 2019 code", required=True),
        _c("onetsoc_title", "string", "O*NET-SOC 2019 title"),
        _c("soc_code", "string", "SOC 2018 code", required=True),
        _c("soc_title", "string", "SOC 2018 title"),
    ),
    ("onetsoc_code", "soc_code"),
)

LIVING_WAGE = RawTable(
    "living_wage",
    "living_wage",
    "Living, poverty and minimum wage by area and family, supplied by the state (I20, I21)",
    (
        _c("state_postal", "string", "Postal code of the state that supplied the file", required=True),
        _c("geo_type", "string", "state | region | county | metro", required=True),
        _c(
            "geo_code",
            "string",
            "State FIPS (2 digits), region code, county FIPS (5 digits) or CBSA",
            required=True,
            source="fips",
        ),
        _c(
            "family_composition",
            "string",
            "e.g. 1A1C: adults, children; 2A1W2C: two adults, one working",
            required=True,
        ),
        _c("measure", "string", "living_wage | poverty_wage | minimum_wage", required=True),
        _c("hourly_usd", "float64", "USD per hour and working adult", required=True),
        _c("data_year", "int64", "Year of the data", required=True),
        _c("source", "string", "Where the state took it from", required=True),
        _c("licence", "string", "Licence or permission"),
        _c("retrieved_on", "date", "Day it was taken"),
    ),
    ("geo_type", "geo_code", "family_composition", "measure", "data_year"),
)
REGIONS = RawTable(
    "regions",
    "membership",
    "Which county, ZIP or OEWS area belongs to which region of a scheme (I21, I28)",
    (
        _c("state_postal", "string", "Postal code", required=True),
        _c("scheme", "string", "Name of the region scheme, e.g. workforce_region", required=True),
        _c("region_code", "string", "Region code within the scheme", required=True),
        _c("region_name", "string", "Region name", required=True),
        _c("member_type", "string", "county | zip | oews_area", required=True),
        _c("member_code", "string", "County FIPS (5), ZIP (5) or OEWS area code", required=True),
        _c("member_name", "string", "County, city or area name"),
        _c("valid_from", "date", "First day"),
        _c("valid_to", "date", "Last day; null while valid"),
    ),
    ("scheme", "member_type", "member_code"),
)
INDUSTRY_OCCUPATIONS = RawTable(
    "industry_map",
    "occupations",
    "Share of an occupation's employment in each industry sector (staffing pattern, I25)",
    (
        _c("state_postal", "string", "Postal code of the state that supplied the file", required=True),
        _c("soc_code", "string", "Occupation code", required=True),
        _c("sector_code", "string", "Sector code, NAICS sector or the state's own", required=True),
        _c("employment_share", "float64", "Share of the occupation's employment, 0-1", required=True),
    ),
    ("soc_code", "sector_code"),
)
INDUSTRY_SECTORS = RawTable(
    "industry_map",
    "sectors",
    "The state's industry sectors with size and whether they are priorities (I31)",
    (
        _c("state_postal", "string", "Postal code of the state that supplied the file", required=True),
        _c("sector_code", "string", "Sector code", required=True),
        _c("sector_title", "string", "Sector title", required=True),
        _c("is_priority", "bool", "The state named it a priority", required=True),
        _c("employment", "float64", "Jobs in the sector"),
        _c("employers", "float64", "Employers in the sector"),
        _c("employment_share", "float64", "Share of the state's employment, 0-1", required=True),
    ),
    ("sector_code",),
)
SOURCE_INVENTORY = RawTable(
    "source_inventory",
    "sources",
    "The analyses and data sources that a state's list rests on, with class and age (I2-I4, I34, K14)",
    (
        _c("state_postal", "string", "Postal code", required=True),
        _c("source_id", "string", "Short id", required=True),
        _c("title", "string", "Title", required=True),
        _c(
            "source_kind",
            "string",
            "wioa_plan | projections | wages | skills | advisory | postings | registry | other",
            required=True,
        ),
        _c("evidence_class", "string", "primary | secondary, in the sense of R1 (K14)", required=True),
        _c("mode", "string", "traditional | real_time", required=True),
        _c("owner", "string", "Agency that owns the analysis", required=True),
        _c("analysis_date", "date", "Day of the analysis", required=True),
        _c("base_year", "int64", "Base year"),
        _c("horizon_years", "int64", "Horizon in years"),
        _c("has_counts", "bool", "Numbers of jobs are available"),
        _c("has_percent", "bool", "Percent growth is available"),
        _c("separates_replacement", "bool", "New jobs are told from replacement"),
        _c("needs_update", "bool", "The owner says that an update is needed"),
        _c("licence", "string", "Licence"),
        _c("licence_ends_on", "date", "End of the licence"),
        _c("url", "string", "Where it is"),
    ),
    ("source_id",),
)
REFERENCE_LISTS = RawTable(
    "reference_lists",
    "occupations",
    "Occupations on lists of other states or of the state's own agencies (I32, X4)",
    (
        _c("state_postal", "string", "Postal code of the state that compares itself", required=True),
        _c("list_kind", "string", "other_state | agency | national_research | board", required=True),
        _c("publisher", "string", "Who publishes the list", required=True),
        _c("list_name", "string", "Name of the list", required=True),
        _c("list_date", "date", "Day of the list", required=True),
        _c("soc_code", "string", "Occupation code", required=True),
        _c("title", "string", "Title on the list"),
        _c("url", "string", "Where it is"),
    ),
    ("publisher", "list_name", "list_date", "soc_code"),
)

RAW_TABLES: dict[str, RawTable] = {
    t.full_name: t
    for t in (
        PROJECTIONS_CENTRAL,
        STATE_PROJECTIONS,
        BLS_OEWS,
        STATE_OEWS,
        ONET_OCCUPATIONS,
        ONET_JOB_ZONES,
        ONET_JOB_ZONE_REFERENCE,
        ONET_EDUCATION,
        ONET_TITLES,
        ONET_TASKS,
        SOC_STRUCTURE,
        SOC_2010_2018,
        SOC_OEWS_HYBRID,
        SOC_ONET,
        LIVING_WAGE,
        REGIONS,
        INDUSTRY_OCCUPATIONS,
        INDUSTRY_SECTORS,
        SOURCE_INVENTORY,
        REFERENCE_LISTS,
        JOB_POSTINGS,
        MONTH_PROFILE,
        OCCUPATION_VERDICTS,
        *CREDENTIAL_TABLES,
        *SCHOOL_TABLES,
    )
}
