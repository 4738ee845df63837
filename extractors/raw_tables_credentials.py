"""The contracts of the raw tables about credentials: states' lists, registries, programmes, the CIP crosswalk.

As in `raw_tables`: parsers produce exactly these columns, dbt staging reads exactly these, landing gates guard them.
Every table carries besides: `dataset`, `capture_id`, `row_number`.
"""

from __future__ import annotations

from extractors.model import RawTable
from extractors.model import column as _c

CREDENTIAL_LIST = RawTable(
    "credential_list",
    "credentials",
    "Credentials on a state's own list: current, former and planned (L5, P11, I32)",
    (
        _c("state_postal", "string", "Postal code of the state that supplied the list", required=True),
        _c("list_name", "string", "Name of the list, where the file has several"),
        _c("source_code", "string", "The state's own code of the credential"),
        _c("credential_name", "string", "Name as the state writes it, trimmed", required=True),
        _c("issuer_name", "string", "Who grants it, as the state writes it"),
        _c("issuer_code", "string", "The state's own code of the issuer"),
        _c("credential_type", "string", "certification | licence | registration | certificate | badge | card | permit"),
        _c("soc_code", "string", "Occupation code as given, NN-NNNN; one row per occupation where there are several"),
        _c("tier", "string", "Tier on the state's list"),
        _c("effective_from", "date", "First day on the list"),
        _c("effective_to", "date", "Last day on the list; null while it is on it"),
        _c("is_stepping_stone", "bool", "Kept apart as a step to another credential (I27)"),
        _c("training_hours", "float64", "Hours of training (Q9)"),
        _c("postsecondary_credits", "float64", "Articulated credits (Q7)"),
        _c("audience", "string", "HS | PS | WF, separated by | (Q8)"),
        _c("is_deleted", "bool", "The state marks the row as deleted", required=True),
        _c("deleted_on", "date", "Day of the deletion"),
        _c("url", "string", "Where it is described"),
        _c("dirt", "string", "What is odd about the row, words separated by |: duplicate_name, truncated_name, …"),
    ),
    ("state_postal", "row_number"),
)
REGISTRY_CREDENTIALS = RawTable(
    "credential_registry",
    "credentials",
    "Credentials in the Credential Registry (CTDL), one row per CTID (Q5)",
    (
        _c("ctid", "string", "Registry identifier, ce- and a UUID", required=True, source="ceterms:ctid"),
        _c("ctdl_type", "string", "CTDL class, e.g. ceterms:Certification", required=True, source="@type"),
        _c("credential_name", "string", "Name, English where there are several", required=True, source="ceterms:name"),
        _c("owner_name", "string", "Owner, resolved inside the graph where possible", source="ceterms:ownedBy"),
        _c("status", "string", "Active | Deprecated | Superseded | …", source="ceterms:credentialStatusType"),
        _c("url", "string", "Page of the credential", source="ceterms:subjectWebpage"),
        _c("updated_at", "string", "When the registry changed it, ISO 8601", source="updated_at"),
    ),
    ("ctid",),
)
REGISTRY_ALIGNMENTS = RawTable(
    "credential_registry",
    "alignments",
    "Occupations, programmes and industries that registry credentials name, one row per code",
    (
        _c("ctid", "string", "Credential", required=True),
        _c("framework", "string", "occupation | program | industry", required=True),
        _c("code", "string", "codedNotation, e.g. 31-9092.00 or a CIP code"),
        _c("code_name", "string", "Name of the code"),
    ),
    ("ctid", "framework", "row_number"),
)
REGISTRY_QUALITY_ACTIONS = RawTable(
    "credential_registry",
    "quality_actions",
    "Who accredits, approves, recognises or regulates a registry credential (Q5)",
    (
        _c("ctid", "string", "Credential", required=True),
        _c("action", "string", "accredited | approved | recognized | regulated", required=True),
        _c("agent_name", "string", "Organisation, by name where the graph has it, else its address", required=True),
    ),
    ("ctid", "action", "agent_name"),
)
CERTIFICATION_FINDER = RawTable(
    "certification_finder",
    "certifications",
    "Certifications in the CareerOneStop finder (Q6)",
    (
        _c("certification_id", "string", "Id in the finder", required=True, source="Id"),
        _c("certification_name", "string", "Name", required=True, source="Name"),
        _c("organization_name", "string", "Who grants it", source="Organization"),
        _c("acronym", "string", "Acronym", source="Acronym"),
        _c("certification_type", "string", "Type as the finder words it", source="Type"),
        _c("url", "string", "Page", source="Url"),
        _c("accreditors", "string", "Accrediting bodies, separated by |", source="CertAccredAgencyList"),
        _c("is_in_demand", "bool", "The finder flags it as in demand", required=True),
    ),
    ("certification_id",),
)
CIP_SOC = RawTable(
    "cip_soc_crosswalk",
    "pairs",
    "CIP 2020 to SOC 2018, one row per pair (NCES and BLS)",
    (
        _c("cip_code", "string", "CIP 2020 code NN.NNNN, leading zero restored", source="CIP2020Code"),
        _c("cip_title", "string", "Title", source="CIP2020Title"),
        _c(
            "soc_code",
            "string",
            "SOC 2018 detailed code; null where the pair names none",
            source="SOC2018Code",
        ),
        _c("soc_title", "string", "Title", source="SOC2018Title"),
    ),
    ("cip_code", "soc_code"),
)
TRAINING_PROGRAMS = RawTable(
    "training_programs",
    "programs",
    "Programmes of study or training of a state, with CIP code and the credential that they name",
    (
        _c("state_postal", "string", "Postal code of the state that supplied the file", required=True),
        _c("program_id", "string", "The state's id", required=True),
        _c("program_name", "string", "Name", required=True),
        _c("provider_name", "string", "Who offers it"),
        _c("course_code", "string", "Course or pathway code, where the file has one"),
        _c("cip_code", "string", "CIP code NN.NNNN, leading zero restored"),
        _c("credential_name", "string", "Industry credential that it names"),
        _c("licence_name", "string", "Licence that it names"),
        _c("leads_to_credential", "bool", "Flag of the file, as given"),
        _c("has_flag_conflict", "bool", "The flag and the named credential contradict each other", required=True),
        _c("tuition_usd", "float64", "Tuition, USD"),
        _c("training_hours", "float64", "Clock hours"),
        _c("county_name", "string", "County"),
    ),
    ("state_postal", "program_id"),
)

CREDENTIAL_TABLES = (
    CREDENTIAL_LIST,
    REGISTRY_CREDENTIALS,
    REGISTRY_ALIGNMENTS,
    REGISTRY_QUALITY_ACTIONS,
    CERTIFICATION_FINDER,
    CIP_SOC,
    TRAINING_PROGRAMS,
)
