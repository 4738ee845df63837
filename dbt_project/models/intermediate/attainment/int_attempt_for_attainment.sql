-- Sittings that may be counted for attainment rates, from rows whose agreement allows that (K10, M9).
{{ config(materialized='view', tags=['purpose_filter']) }}
{{ attempts('attainment') }}
