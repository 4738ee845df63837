-- Sittings that may be read for money that is paid for credentials: only from rows whose agreement allows it (K10, M9).
-- Models with the tag purpose:incentive read sittings here and nowhere else.
{{ config(materialized='view', tags=['purpose_filter']) }}
{{ attempts('incentive') }}
