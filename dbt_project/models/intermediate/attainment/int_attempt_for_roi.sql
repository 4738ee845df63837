-- Sittings that may be read for return on investment: only from rows whose agreement allows it (K10, M9). Models with
-- the tag purpose:roi read sittings here and nowhere else.
{{ config(materialized='view', tags=['purpose_filter']) }}
{{ attempts('roi') }}
