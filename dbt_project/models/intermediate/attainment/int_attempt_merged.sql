-- Every sitting, put together from all reports of it, whatever their agreements allow (P1, P2, P3): what follows for one
-- purpose reads the filter of that purpose.
{{ attempts() }}
