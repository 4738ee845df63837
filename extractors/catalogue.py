"""The datasets that the archive knows: one row each, no code.

To add a source: a `DatasetSpec` here, its module under `sources/`, its raw tables in `raw_tables.py`.
"""

from __future__ import annotations

from extractors.model import DatasetSpec

_PC = dict(
    source="projections_central",
    publisher="Projections Managing Partnership (Projections Central)",
    licence="No licence stated; state agencies own the figures",
    attribution="Projections Central, www.projectionscentral.org",
    home_url="https://public.projectionscentral.org",
    raw_tables=("projections_central__projections",),
    fetchable=True,
    per_state=False,
    vintage_help="base and projected year of the newest cycle, e.g. 2024-2034",
    vintage_pattern=r"\d{4}-\d{4}",
    history=True,
    env_host="CURRENCY_PROJECTIONS_CENTRAL_URL",
    default_host="https://public.projectionscentral.org",
)
_OEWS = dict(
    source="bls_oews",
    publisher="U.S. Bureau of Labor Statistics",
    licence="Public domain (U.S. federal work)",
    attribution="BLS Occupational Employment and Wage Statistics",
    home_url="https://www.bls.gov/oes/tables.htm",
    raw_tables=("bls_oews__wages",),
    fetchable=True,
    per_state=False,
    vintage_help="reference month, e.g. 2025-05",
    vintage_pattern=r"\d{4}-05",
    history=True,
    env_host="CURRENCY_BLS_URL",
    default_host="https://www.bls.gov",
)
_SOC = dict(
    source="soc",
    publisher="U.S. Bureau of Labor Statistics",
    licence="Public domain (U.S. federal work)",
    attribution="BLS Standard Occupational Classification",
    home_url="https://www.bls.gov/soc/",
    fetchable=True,
    per_state=False,
    env_host="CURRENCY_BLS_URL",
    default_host="https://www.bls.gov",
    min_row_ratio=1.0,
    max_row_ratio=1.0,
)
_STATE = dict(
    publisher="The state",
    licence="As the state declares it in the file",
    attribution="Supplied by the state, which declares source and licence in its file",
    home_url="",
    fetchable=False,
    per_state=True,
    min_row_ratio=0.5,
    max_row_ratio=2.0,
)

DATASETS: dict[str, DatasetSpec] = {
    d.name: d
    for d in (
        DatasetSpec(name="projections_long", title="Long-term occupational projections", **_PC),  # type: ignore[arg-type]
        DatasetSpec(name="projections_short", title="Short-term occupational projections", **_PC),  # type: ignore[arg-type]
        DatasetSpec(
            name="state_projections",
            source="state_projections",
            title="State and sub-state occupational projections",
            raw_tables=("state_projections__projections",),
            vintage_help="base and projected year, e.g. 2022-2032",
            vintage_pattern=r"\d{4}-\d{4}",
            history=True,
            **_STATE,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="state_projections_supplement",
            source="state_projections",
            title="Supplementary projections, e.g. agriculture (I9, K15)",
            raw_tables=("state_projections__projections",),
            vintage_help="base and projected year, e.g. 2022-2032",
            vintage_pattern=r"\d{4}-\d{4}",
            **_STATE,  # type: ignore[arg-type]
        ),
        DatasetSpec(name="oews_national", title="OEWS national estimates", **_OEWS),  # type: ignore[arg-type]
        DatasetSpec(name="oews_state", title="OEWS state estimates", **_OEWS),  # type: ignore[arg-type]
        DatasetSpec(name="oews_metro", title="OEWS metropolitan and nonmetropolitan estimates", **_OEWS),  # type: ignore[arg-type]
        DatasetSpec(name="oews_all", title="OEWS all data in one workbook", only_on_request=True, **_OEWS),  # type: ignore[arg-type]
        DatasetSpec(
            name="state_oews",
            source="state_oews",
            title="OEWS estimates in a state agency's layout",
            raw_tables=("state_oews__wages",),
            vintage_help="year of the estimates, e.g. 2023",
            vintage_pattern=r"\d{4}",
            history=True,
            **_STATE,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="onet",
            source="onet",
            title="O*NET database",
            publisher="U.S. Department of Labor, Employment and Training Administration",
            licence="CC BY 4.0",
            attribution="O*NET Database by the U.S. Department of Labor, Employment and Training Administration (USDOL/ETA), CC BY 4.0",
            home_url="https://www.onetcenter.org/database.html",
            raw_tables=(
                "onet__occupations",
                "onet__job_zones",
                "onet__job_zone_reference",
                "onet__education",
                "onet__titles",
                "onet__tasks",
            ),
            fetchable=True,
            per_state=False,
            vintage_help="release, e.g. 31.0",
            vintage_pattern=r"\d{2}\.\d",
            env_host="CURRENCY_ONET_URL",
            default_host="https://www.onetcenter.org",
        ),
        DatasetSpec(
            name="soc_structure",
            title="SOC 2018 structure",
            raw_tables=("soc__structure",),
            vintage_help="2018",
            vintage_pattern=r"2018",
            **_SOC,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="soc_2010_2018",
            title="SOC 2010 to 2018 crosswalk",
            raw_tables=("soc__crosswalk_2010_2018",),
            vintage_help="2018",
            vintage_pattern=r"2018",
            **_SOC,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="soc_oews_hybrid",
            title="OEWS hybrid structure of May 2019 and 2020",
            raw_tables=("soc__oews_hybrid",),
            vintage_help="2019",
            vintage_pattern=r"2019",
            **_SOC,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="soc_onet",
            title="O*NET-SOC 2019 to SOC 2018 crosswalk",
            source="soc",
            publisher="National Center for O*NET Development",
            licence="CC BY 4.0",
            attribution="O*NET-SOC taxonomy by the National Center for O*NET Development, CC BY 4.0",
            home_url="https://www.onetcenter.org/taxonomy.html",
            raw_tables=("soc__onet_to_soc",),
            fetchable=True,
            per_state=False,
            vintage_help="2019",
            vintage_pattern=r"2019",
            min_row_ratio=1.0,
            max_row_ratio=1.0,
            env_host="CURRENCY_ONET_URL",
            default_host="https://www.onetcenter.org",
        ),
        DatasetSpec(
            name="living_wage",
            source="living_wage",
            title="Living wage by area and family",
            raw_tables=("living_wage__living_wage",),
            vintage_help="year of the data, e.g. 2026",
            vintage_pattern=r"\d{4}",
            **_STATE,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="regions",
            source="regions",
            title="Regions of a state",
            raw_tables=("regions__membership",),
            vintage_help="year from which it holds, e.g. 2026",
            vintage_pattern=r"\d{4}",
            **_STATE,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="industry_map",
            source="industry_map",
            title="Share of occupations in industry sectors",
            raw_tables=("industry_map__occupations",),
            vintage_help="year, e.g. 2026",
            vintage_pattern=r"\d{4}",
            **_STATE,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="industry_sectors",
            source="industry_map",
            title="Industry sectors of a state and its priorities",
            raw_tables=("industry_map__sectors",),
            vintage_help="year, e.g. 2026",
            vintage_pattern=r"\d{4}",
            **_STATE,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="source_inventory",
            source="source_inventory",
            title="Sources that a state's list rests on",
            raw_tables=("source_inventory__sources",),
            vintage_help="year, e.g. 2026",
            vintage_pattern=r"\d{4}",
            **_STATE,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="reference_lists",
            source="reference_lists",
            title="Occupation lists of other states and agencies",
            raw_tables=("reference_lists__occupations",),
            vintage_help="year, e.g. 2026",
            vintage_pattern=r"\d{4}",
            **_STATE,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="job_postings",
            source="job_postings",
            title="Job postings of a feed",
            raw_tables=("job_postings__postings", "job_postings__month_profile"),
            vintage_help="newest posting month, e.g. 2026-06",
            vintage_pattern=r"\d{4}-\d{2}",
            has_deliveries=True,
            only_on_request=True,
            env_host="CURRENCY_NLX_URL",
            default_host="https://api.nlxresearchhub.org",
            **{**_STATE, "fetchable": True},  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="occupation_verdicts",
            source="occupation_verdicts",
            title="Verdicts of reviewers on titles",
            raw_tables=("occupation_verdicts__verdicts",),
            vintage_help="year of the newest verdict, e.g. 2026",
            vintage_pattern=r"\d{4}",
            **_STATE,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="credential_list",
            source="credential_list",
            title="A state's own list of credentials",
            raw_tables=("credential_list__credentials",),
            vintage_help="year of the list, e.g. 2024",
            vintage_pattern=r"\d{4}",
            **_STATE,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="training_programs",
            source="training_programs",
            title="Programmes of study and training of a state",
            raw_tables=("training_programs__programs",),
            vintage_help="year, e.g. 2026",
            vintage_pattern=r"\d{4}",
            **_STATE,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="school_directory",
            source="school_lists",
            title="Districts and schools of a state",
            raw_tables=("school_directory__school",),
            vintage_help="year, e.g. 2026",
            vintage_pattern=r"\d{4}",
            **_STATE,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="course_crosswalk",
            source="school_lists",
            title="Courses, pathways and the credentials earned in them",
            raw_tables=("course_crosswalk__course_credential",),
            vintage_help="year, e.g. 2026",
            vintage_pattern=r"\d{4}",
            **_STATE,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="vendor_exam_crosswalk",
            source="school_lists",
            title="Exams of vendors and the credentials that they lead to",
            raw_tables=("vendor_exam_crosswalk__exam",),
            vintage_help="year, e.g. 2026",
            vintage_pattern=r"\d{4}",
            **_STATE,  # type: ignore[arg-type]
        ),
        DatasetSpec(
            name="cip_soc_crosswalk",
            source="cip_soc_crosswalk",
            title="CIP 2020 to SOC 2018 crosswalk",
            publisher="National Center for Education Statistics and U.S. Bureau of Labor Statistics",
            licence="Public domain (U.S. federal work)",
            attribution="CIP 2020 to SOC 2018 crosswalk by NCES and BLS",
            home_url="https://nces.ed.gov/ipeds/cipcode/post3.aspx?y=56",
            raw_tables=("cip_soc_crosswalk__pairs",),
            fetchable=False,
            per_state=False,
            vintage_help="2020",
            vintage_pattern=r"2020",
        ),
        DatasetSpec(
            name="credential_registry",
            source="credential_registry",
            title="Credential Registry",
            publisher="Credential Engine",
            licence="Credential Engine terms of use; not to be published again without an agreement",
            attribution="Credential Registry by Credential Engine",
            home_url="https://credentialengineregistry.org",
            raw_tables=(
                "credential_registry__credentials",
                "credential_registry__alignments",
                "credential_registry__quality_actions",
            ),
            fetchable=True,
            per_state=False,
            vintage_help="month of the fetch, e.g. 2026-11",
            vintage_pattern=r"\d{4}-\d{2}",
            only_on_request=True,
            env_host="CURRENCY_CREDENTIAL_REGISTRY_URL",
            default_host="https://credentialengineregistry.org",
        ),
        DatasetSpec(
            name="certification_finder",
            source="certification_finder",
            title="Certification Finder",
            publisher="CareerOneStop, U.S. Department of Labor",
            licence="CareerOneStop Web API terms of use",
            attribution="CareerOneStop, sponsored by the U.S. Department of Labor, Employment and Training Administration",
            home_url="https://www.careeronestop.org",
            raw_tables=("certification_finder__certifications",),
            fetchable=True,
            per_state=False,
            vintage_help="month of the fetch, e.g. 2026-11",
            vintage_pattern=r"\d{4}-\d{2}",
            only_on_request=True,
            env_host="CURRENCY_CAREERONESTOP_URL",
            default_host="https://api.careeronestop.org",
        ),
    )
}
