"""A small tracker for the merge: one published review, three agencies, one action each way."""

from datetime import date

TRACKER = """
## Agencies
| agency | name | areas | board_partner |
|---|---|---|---|
| SWP | South Wales Police (sample) | Cardiff; Vale of Glamorgan | Yes |
| CC | Cardiff Council (sample) | Cardiff | Yes |
| TP | Third Party (sample) | Cardiff | No |

## Reviews
| review_id | title | review_type | started_on | report_published_on | plan_published_on | stage |
|---|---|---|---|---|---|---|
| RV-0001 | Sample review | SUSR | 2025-06-01 | 2026-06-01 | 2026-06-01 | Monitoring |

## Actions
| action_id | review_id | action | measure | due_on | lead_agency | area | contributing |
|---|---|---|---|---|---|---|---|
| A-0001 | RV-0001 | Write the protocol | Protocol in force | 2027-06-30 | SWP | Cardiff | CC |
| A-0002 | RV-0001 | Audit 20 files | Audit report | 2027-05-31 | SWP | Cardiff | |

## Assignments
| assignment_id | action_id | agency | area | role | progress | evidence | impact | progress_update |
|---|---|---|---|---|---|---|---|---|
| AS-0001 | A-0001 | SWP | Cardiff | Lead | Not started | | | |
| AS-0002 | A-0001 | CC | Cardiff | Contributing | | | | |
| AS-0003 | A-0002 | SWP | Cardiff | Lead | In progress | Draft audit | Staff ask earlier | Half the files read |
"""

MET = date(2027, 3, 30)
