-- Published change against projected minus base, and the openings identity where exits and transfers are published
-- (I5, I6). Rounding explains one unit; the rest is for a person to look at.
select
    area_id,
    horizon,
    capture_role,
    line_code,
    line_title,
    base_jobs_count,
    projected_jobs_count,
    change_jobs_count,
    projected_jobs_count - base_jobs_count - change_jobs_count as change_gap_jobs_count,
    annual_openings_count - annual_exits_count - annual_transfers_count
    - change_jobs_count / nullif(horizon_years, 0) as openings_gap_count,
    count_rounding_unit,
    data_vintage,
    capture_id
from {{ ref('int_projection_line_classified') }}
where
    abs(projected_jobs_count - base_jobs_count - change_jobs_count) > count_rounding_unit
    or abs(
        annual_openings_count - annual_exits_count - annual_transfers_count
        - change_jobs_count / nullif(horizon_years, 0)
    ) > count_rounding_unit
