-- Occupation codes that no reading of SOC 2018, the OEWS hybrid or SOC 2010 explains (X3).
select
    soc_version,
    occupation_code,
    code_level
from {{ ref('int_occupation_code_mapped') }}
where mapping_method is null and code_level = 'unmapped'
