-- Sittings that may be read for what becomes of people afterwards: only from rows whose agreement allows it (K10, M9).
-- Models with the tag purpose:outcome read sittings here and nowhere else.
{{ config(materialized='view', tags=['purpose_filter']) }}
{{ attempts('outcome') }}
