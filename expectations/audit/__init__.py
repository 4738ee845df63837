"""Audits of awards: which are drawn, what auditors are given, what their verdicts say, and what that holds back.

Belongs here: audit policy (`policy`), sampling plans (`sampling`, `plan`), worklists (`worklist`, `evidence`), verdicts
(`verdicts`), the error rate with its interval (`intervals`, `estimate`), the life of an audit (`state`), districts'
sign-off and the frozen counts (`signoff`), keeping it all sealed (`store`). Does not belong here: Dagster, SQL, the
landing of files, what a rate is.

The unit is an award: a pass that counts, known by its `exam_key`. Requirements P4-P7, P16.
"""
